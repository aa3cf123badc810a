/**
 * Settings that change while a run goes on (engine-spec §3, live properties).
 *
 * Invariants: a change is journaled with the first window it holds for, before anybody works on that window, so
 * that all partitions take it at the same window's end and every replay of a window works with the value it had
 * the first time. The clock lets nobody into that window before everybody who runs has said that he knows.
 * A new lineage begins with what people wanted last.
 */
import type { LiveValues } from '@belay/run'
import type { PlannedInstance } from '../plan/physicalPlan.ts'
import { accept, refuse, type Of } from './answers.ts'
import { effect, event, type Draft } from './draft.ts'
import type { JobState, LiveChange } from './state.ts'

export function setConfig(draft: Draft, command: Of<'set-config'>): void {
  const { state } = draft
  const { operator } = command
  const instances = configured(state, operator)
  const [planned] = instances
  if (planned === undefined)
    return refuse(draft, command, 'OPERATOR_UNKNOWN', `There is no operator ${operator} in this run.`, { status: 404 })
  if (state.desired === 'stopped') return refuse(draft, command, 'ALREADY_STOPPING', 'The run is stopping already.')
  const before = liveValues(state, operator)
  const values = differing({ ...before, ...command.values }, planned.config)
  if (same(values, before)) return accept(draft, command, [], operator)
  const change: LiveChange = { from: nextWindow(state, operator), values }
  accept(draft, command, [{ type: 'live', operator, change }], operator)
  state.live = withChange(state.live, operator, change)
  event(draft, { type: 'config-set', operator, window: change.from, by: command.by, values, before })
  for (const { id, container } of instances) {
    if (!hears(state, container)) continue
    state.unconfirmed = { ...state.unconfirmed, [id]: change.from }
    effect(draft, { type: 'configure', instance: id, change })
  }
}

/** A unifier has settings of its own. */
function configured(state: JobState, operator: string): readonly PlannedInstance[] {
  return state.plan.instances.filter((instance) => instance.operator === operator && instance.part !== 'merge')
}

/** Deployed, or about to be with what was known before. */
function hears(state: JobState, container: string): boolean {
  const { phase } = state.containers[container]
  return phase === 'deploying' || phase === 'restored' || phase === 'open'
}

/** The first window that nobody has begun: sources work on the one after the target, who has skipped may be one further. */
function nextWindow(state: JobState, operator: string): number {
  const begun = Object.values(state.instances).map((instance) => instance.cut + 1)
  return Math.max(state.target + 2, ...begun.map((window) => window + 1), state.live[operator]?.at(-1)?.from ?? 0)
}

/** What differs from the document once every change has come into force. */
function liveValues(state: JobState, operator: string): LiveValues {
  return state.live[operator]?.at(-1)?.values ?? {}
}

function differing(values: LiveValues, config: Readonly<Record<string, unknown>>): LiveValues {
  return Object.fromEntries(Object.entries(values).filter(([key, value]) => config[key] !== value))
}

function same(a: LiveValues, b: LiveValues): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value)
}

/** A change for the same window takes the place of the one before. */
export function withChange(live: JobState['live'], operator: string, change: LiveChange): JobState['live'] {
  return { ...live, [operator]: [...(live[operator] ?? []).filter(({ from }) => from < change.from), change] }
}

/** Windows of another lineage have other contents: what is wanted now holds from its beginning. */
export function carriedOver(live: JobState['live'], window: number): JobState['live'] {
  return Object.fromEntries(
    Object.entries(live).flatMap(([operator, changes]) => {
      const last = changes.at(-1)
      return last === undefined ? [] : [[operator, [{ from: window + 1, values: last.values }]]]
    }),
  )
}

/** Nobody goes back behind the committed window in this lineage. */
export function forgetOldChanges(draft: Draft): void {
  const { state } = draft
  state.live = Object.fromEntries(
    Object.entries(state.live).map(([operator, changes]) => [
      operator,
      changes.slice(
        Math.max(
          0,
          changes.findLastIndex(({ from }) => from <= state.committed + 1),
        ),
      ),
    ]),
  )
}

export function onConfigured(draft: Draft, instance: string, from: number): void {
  const { state } = draft
  if (state.unconfirmed[instance] === from) confirm(draft, [instance])
}

/** They know every change: they have said so, or are deployed with it. */
export function confirm(draft: Draft, instances: readonly string[]): void {
  const { state } = draft
  state.unconfirmed = Object.fromEntries(Object.entries(state.unconfirmed).filter(([id]) => !instances.includes(id)))
}

/** Somebody who runs does not know yet of a change. */
export function awaitsConfirmation(state: JobState): boolean {
  return state.plan.instances.some(({ id, container }) => state.unconfirmed[id] !== undefined && hears(state, container))
}

/** An instance's config from `window` on, and how it changes later. */
export function configsFrom(
  config: Readonly<Record<string, unknown>>,
  live: readonly LiveChange[],
  window: number,
): {
  readonly now: Readonly<Record<string, unknown>>
  readonly later: readonly { readonly from: number; readonly config: Readonly<Record<string, unknown>> }[]
} {
  const past = live.findLast(({ from }) => from <= window)
  return {
    now: { ...config, ...past?.values },
    later: live.filter(({ from }) => from > window).map(({ from, values }) => ({ from, config: { ...config, ...values } })),
  }
}
