/** What the runner asks the thread that looks into checkpoints, and what it hears. */
import type { KeyQuery, StateQuery } from '@belay/run'

export type StateQuestion = AtCheckpoint | { readonly type: 'key'; readonly root: string; readonly query: KeyQuery }

type AtCheckpoint = { readonly root: string; readonly manifest: number } & (
  | { readonly type: 'operators' }
  | { readonly type: 'page'; readonly query: StateQuery }
  | { readonly type: 'changes'; readonly since: number; readonly query: StateQuery }
)

export interface ToStateThread {
  readonly id: number
  readonly question: StateQuestion
}

export type FromStateThread =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failed: { readonly code: string; readonly message: string } }
