/**
 * What the canvas points at: the set of operators that would go back, or goes back, and a mark that
 * one of them wears afterwards. Outside React Flow's nodes, so that pointing re-renders only what it
 * touches.
 */
import { useSyncExternalStore } from 'react'

export interface Emphasis {
  readonly target: boolean
  readonly faded: boolean
  readonly flag: Flag | null
}

interface Flag {
  readonly kind: 'back' | 'returned'
  readonly text: string
}

export interface RestartSet {
  /** would: foretold, the others fade. does: under way. */
  readonly kind: 'would' | 'does'
  readonly target: string | null
  readonly operators: readonly string[]
  /** The same by instance: those that die, and all that restart. null = every one of the operators. */
  readonly instances: { readonly killed: readonly string[]; readonly restart: readonly string[] } | null
  readonly flags: ReadonlyMap<string, string>
  readonly title: string
}

const NONE: Emphasis = { target: false, faded: false, flag: null }
let restartSet: RestartSet | null = null
let returned: { readonly operator: string; readonly text: string } | null = null
let cache = new Map<string, Emphasis>()
const listeners = new Set<() => void>()

function tell(): void {
  cache = new Map()
  for (const listener of listeners) listener()
}

export function pointAt(next: RestartSet | null): void {
  if (next === restartSet) return
  restartSet = next
  tell()
}

/** "back after 0.31 s" on the operator that had died (engine-spec H32). */
export function markReturned(next: { readonly operator: string; readonly text: string } | null): void {
  if (next === returned) return
  returned = next
  tell()
}

function emphasisOf(id: string): Emphasis {
  let emphasis = cache.get(id)
  if (emphasis !== undefined) return emphasis
  const back = restartSet?.flags.get(id)
  if (restartSet !== null)
    emphasis = {
      target: restartSet.target === id,
      faded: restartSet.kind === 'would' && !restartSet.operators.includes(id),
      flag: back === undefined ? null : { kind: 'back', text: back },
    }
  else if (returned?.operator === id) emphasis = { ...NONE, flag: { kind: 'returned', text: returned.text } }
  else emphasis = NONE
  cache.set(id, emphasis)
  return emphasis
}

/** Of one instance of `operator`. */
function instanceEmphasisOf(id: string, operator: string): Emphasis {
  if (restartSet === null) return emphasisOf(operator)
  const { instances, kind } = restartSet
  let emphasis = cache.get(`instance ${id}`)
  if (emphasis !== undefined) return emphasis
  const whole = emphasisOf(operator)
  const back = instances === null ? restartSet.operators.includes(operator) : instances.restart.includes(id)
  emphasis = {
    target: instances === null ? whole.target : instances.killed.includes(id),
    faded: kind === 'would' && !back,
    flag: back ? whole.flag : null,
  }
  cache.set(`instance ${id}`, emphasis)
  return emphasis
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useEmphasis(id: string): Emphasis {
  return useSyncExternalStore(subscribe, () => emphasisOf(id))
}

export function useInstanceEmphasis(id: string, operator: string): Emphasis {
  return useSyncExternalStore(subscribe, () => instanceEmphasisOf(id, operator))
}

/** Of a collapsed group: pointed at if one of its operators is, stepping back if all do. */
export function useEmphasisOf(ids: readonly string[]): Emphasis {
  const target = useSyncExternalStore(subscribe, () => ids.some((id) => emphasisOf(id).target))
  const faded = useSyncExternalStore(subscribe, () => ids.every((id) => emphasisOf(id).faded))
  const flag = useSyncExternalStore(subscribe, () => ids.map((id) => emphasisOf(id).flag).find((one) => one !== null) ?? null)
  return { target, faded, flag }
}

export function useRestartSet(): RestartSet | null {
  return useSyncExternalStore(subscribe, () => restartSet)
}
