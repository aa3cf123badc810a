/** Pages of state from the server, one after the other; a new question forgets the old pages. */
import { useEffect, useRef, useState } from 'react'
import type { StateChange, StateChanges, StateEntry, StatePage, StateShape } from '@belay/run'
import { ApiError, get } from '../../api/client.ts'

export interface StateQuestion {
  readonly runId: string
  readonly manifest: number
  /** null = all keys of `manifest`, not what has changed. */
  readonly since: number | null
  readonly instance: string
  readonly state: string | null
  readonly find: string
}

export interface StateAnswer {
  readonly states: readonly StateShape[]
  readonly state: string | null
  readonly entries: readonly StateEntry[]
  /** null = keys were asked for. */
  readonly changes: readonly StateChange[] | null
  readonly counts: { readonly added: number; readonly removed: number; readonly changed: number } | null
  readonly next: number | null
}

type Shown =
  | { readonly kind: 'reading' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'read'; readonly answer: StateAnswer; readonly reading: boolean }

const PAGE = 100
const TYPING_MS = 250

async function read(question: StateQuestion, from: number): Promise<StateAnswer> {
  const { runId, manifest, since, instance, state, find } = question
  const query = new URLSearchParams({ instance, find, from: String(from), limit: String(PAGE) })
  if (state !== null) query.set('state', state)
  const path = `/runs/${runId}/checkpoints/${manifest}/state`
  if (since === null) {
    const page = await get<StatePage>(`${path}/keys?${query}`)
    return { ...page, changes: null, counts: null }
  }
  query.set('since', String(since))
  const { added, removed, changed, ...changes } = await get<StateChanges>(`${path}/changes?${query}`)
  return { ...changes, entries: [], counts: { added, removed, changed } }
}

/** `more` reads the next page, if there is one. */
export function useStatePages(question: StateQuestion | null): { readonly shown: Shown; readonly more: () => void } {
  const [shown, setShown] = useState<Shown>({ kind: 'reading' })
  const asked = question === null ? null : JSON.stringify(question)
  const current = useRef(asked)
  useEffect(() => {
    current.current = asked
    if (asked === null) return
    const wanted = JSON.parse(asked) as StateQuestion
    setShown({ kind: 'reading' })
    const timer = setTimeout(
      () => {
        read(wanted, 0)
          .then((answer) => current.current === asked && setShown({ kind: 'read', answer, reading: false }))
          .catch((error: unknown) => {
            if (current.current === asked) setShown({ kind: 'failed', message: error instanceof ApiError ? error.message : String(error) })
          })
      },
      wanted.find === '' ? 0 : TYPING_MS,
    )
    return () => clearTimeout(timer)
  }, [asked])
  const more = (): void => {
    if (question === null || shown.kind !== 'read' || shown.reading || shown.answer.next === null) return
    const { answer } = shown
    setShown({ ...shown, reading: true })
    read(question, answer.next ?? 0)
      .then((next) => {
        if (current.current !== asked) return
        const changes = answer.changes === null ? null : [...answer.changes, ...(next.changes ?? [])]
        setShown({ kind: 'read', answer: { ...next, entries: [...answer.entries, ...next.entries], changes }, reading: false })
      })
      .catch((error: unknown) => {
        if (current.current === asked) setShown({ kind: 'failed', message: error instanceof ApiError ? error.message : String(error) })
      })
  }
  return { shown, more }
}
