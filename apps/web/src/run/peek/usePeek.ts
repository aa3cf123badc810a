/** Samples of one stream while the panel is open: asked for again after every reconnect, ended when it closes. */
import { useEffect, useRef, useState } from 'react'
import type { PeekAnswer, PeekedRow, PeekedStream, ServerMessages } from '@belay/run'
import { liveSocket } from '../../api/live.ts'
import { said } from '../../language/t.ts'

/** Rows that stay to be read. */
const KEPT = 200
const ANSWER_MS = 15_000
const RATE_OVER_MS = 2000

export interface ShownRow extends PeekedRow {
  readonly key: number
  readonly instance: string
}

export type Peek =
  | { readonly kind: 'asking' }
  | { readonly kind: 'refused'; readonly message: string }
  | {
      readonly kind: 'open'
      readonly columns: PeekedStream['columns']
      /** Newest first. */
      readonly rows: readonly ShownRow[]
      /** One row in so many is among them; null = none has come yet. */
      readonly every: number | null
      readonly perSecond: number
      readonly sinceMs: number
    }

/** `frozen`: what is shown stays, what comes is let go. */
export function usePeek(runId: string, stream: string, frozen: boolean): Peek {
  const [peek, setPeek] = useState<Peek>({ kind: 'asking' })
  const still = useRef(frozen)
  still.current = frozen
  useEffect(() => {
    const socket = liveSocket()
    let closed = false
    let next = 0
    let passed: { readonly atMs: number; readonly seen: number }[] = []
    const ask = (): void => {
      socket.timeout(ANSWER_MS).emit('peek', { runId, stream }, (error: Error | null, answer: PeekAnswer) => {
        if (closed || error !== null) return
        if (!answer.ok) {
          // While the run process is being started again nobody answers; ask until it does.
          if (answer.code === 'RUN_UNREACHABLE') setTimeout(() => !closed && socket.connected && ask(), 1000)
          else setPeek({ kind: 'refused', message: said(answer.message) })
          return
        }
        setPeek((before) =>
          before.kind === 'open'
            ? before
            : { kind: 'open', columns: answer.columns, rows: [], every: null, perSecond: 0, sinceMs: Date.now() },
        )
      })
    }
    const onPeeked: ServerMessages['peeked'] = (message) => {
      if (message.runId !== runId || message.rows.stream !== stream || still.current) return
      const { rows, every, seen, instance } = message.rows
      const now = Date.now()
      passed = [...passed.filter(({ atMs }) => now - atMs < RATE_OVER_MS), { atMs: now, seen }]
      const perSecond = passed.reduce((sum, told) => sum + told.seen, 0) / (RATE_OVER_MS / 1000)
      const fresh = rows.map((row) => ({ ...row, instance, key: (next += 1) })).reverse()
      setPeek((before) =>
        before.kind === 'open' ? { ...before, rows: [...fresh, ...before.rows].slice(0, KEPT), every, perSecond } : before,
      )
    }
    socket.on('connect', ask)
    socket.on('peeked', onPeeked)
    if (socket.connected) ask()
    return () => {
      closed = true
      socket.off('connect', ask)
      socket.off('peeked', onPeeked)
      socket.emit('unpeek', { runId, stream })
    }
  }, [runId, stream])
  return peek
}
