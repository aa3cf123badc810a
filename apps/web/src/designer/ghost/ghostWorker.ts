/** Computes example rows beside the page, so that drawing never waits for them. */
import type { Schema, Value } from '@belay/columns'
import { computeGhosts, evaluate, type Evaluated, type Ghosts } from './compute.ts'
import type { GhostPlan } from './plan.ts'

export type GhostRequest =
  | { readonly kind: 'ghosts'; readonly serial: number; readonly plan: GhostPlan }
  | {
      readonly kind: 'evaluate'
      readonly serial: number
      readonly text: string
      readonly schema: Schema
      readonly rows: readonly (readonly Value[])[]
    }

export type GhostAnswer =
  | { readonly kind: 'ghosts'; readonly serial: number; readonly ghosts: Ghosts }
  | { readonly kind: 'evaluate'; readonly serial: number; readonly result: Evaluated | null }

// The page's types do not know a worker's own scope.
const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<GhostRequest>) => void) | null
  postMessage: (answer: GhostAnswer) => void
}

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case 'ghosts':
      void computeGhosts(data.plan).then((ghosts) => scope.postMessage({ kind: 'ghosts', serial: data.serial, ghosts }))
      break
    case 'evaluate':
      scope.postMessage({ kind: 'evaluate', serial: data.serial, result: evaluate(data.text, data.schema, data.rows) })
      break
  }
}
