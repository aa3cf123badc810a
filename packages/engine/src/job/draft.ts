/**
 * A working copy of the state during one transition. Only this folder sees it; the state that comes
 * out is plain data again and the one that went in is untouched.
 */
import { mostUrgent, type OperatorState, type RunEventBody, type RunState } from '@belay/run'
import { instanceOf, type PlannedInstance } from '../plan/physicalPlan.ts'
import type { Effect } from './effect.ts'
import type { Facts } from './input.ts'
import type { ContainerPhase, InstanceState, JobState, ProcessDeath } from './state.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export interface Draft {
  readonly state: Mutable<JobState>
  /** The state that came in: what is still its own is copied before it is changed. */
  readonly before: JobState
  readonly facts: Facts
  readonly effects: Effect[]
}

export function draftOf(state: JobState, facts: Facts): Draft {
  return { state: { ...state }, before: state, facts, effects: [] }
}

export function effect(draft: Draft, next: Effect): void {
  draft.effects.push(next)
}

export function event(draft: Draft, body: RunEventBody): void {
  draft.effects.push({ type: 'event', event: body })
}

/** The process ends itself, and its successor tells why. */
export function exitProcess(draft: Draft, why: string, death: ProcessDeath): void {
  effect(draft, { type: 'journal', entry: { type: 'death', ...death } })
  effect(draft, { type: 'exit-process', why })
}

export function setStatus(draft: Draft, status: RunState, reason: string | null): void {
  const { state } = draft
  if (state.status === status && state.reason === reason) return
  state.status = status
  state.reason = reason
  event(draft, { type: 'run-state', state: status, ...(reason === null ? {} : { reason }) })
}

export function setContainer(draft: Draft, container: string, phase: ContainerPhase): void {
  draft.state.containers = { ...draft.state.containers, [container]: phase }
}

export function setInstance(draft: Draft, instance: string, change: Partial<InstanceState>): void {
  const { state } = draft
  // Copied once in a transition, not with every change: most change several.
  if (state.instances === draft.before.instances) state.instances = { ...state.instances }
  const own = state.instances as Record<string, InstanceState>
  own[instance] = { ...own[instance], ...change }
}

/** Changes the state that people see, with its event. Of several partitions they see the one that needs most attention. */
export function showInstance(draft: Draft, instance: string, operatorState: OperatorState, cause: string | null = null): void {
  const before = draft.state.instances[instance]
  if (before.state === operatorState && before.cause === cause) return
  const planned = plannedInstance(draft, instance)
  const partitions =
    planned.part === 'whole' ? [planned] : draft.state.plan.instances.filter((other) => other.operator === planned.operator)
  const shown = (): { readonly id: string } & InstanceState => {
    const states = partitions.map(({ id }) => ({ id, ...draft.state.instances[id] }))
    return mostUrgent(states) ?? { id: instance, ...draft.state.instances[instance] }
  }
  const old = shown()
  setInstance(draft, instance, { state: operatorState, cause })
  const now = shown()
  if (now.state === old.state && now.cause === old.cause) return
  event(draft, {
    type: 'operator-state',
    operator: planned.operator,
    state: now.state,
    attempt: Math.max(...partitions.map(({ id }) => draft.state.instances[id].attempt)),
    ...(now.cause === null ? {} : { cause: now.cause }),
    ...(planned.part === 'whole' ? {} : { partition: now.id }),
  })
}

/** Those of operators with several partitions, for events that name operators. */
export function partitionsAmong(draft: Draft, instances: Iterable<string>): { readonly partitions?: readonly string[] } {
  const partitions = [...instances].filter((id) => plannedInstance(draft, id).part !== 'whole')
  return partitions.length === 0 ? {} : { partitions }
}

export function plannedInstance(draft: Draft, instance: string): PlannedInstance {
  return instanceOf(draft.state.plan, instance)
}

export function instancesOf(draft: Draft, container: string): readonly string[] {
  return draft.state.plan.containers.find((candidate) => candidate.id === container)?.instances ?? []
}

export function isHeld(draft: Draft, instance: string): boolean {
  return draft.state.held[plannedInstance(draft, instance).operator] !== undefined
}

export function sinkInstances(draft: Draft): readonly PlannedInstance[] {
  return draft.state.plan.instances.filter((instance) => instance.role === 'sink')
}
