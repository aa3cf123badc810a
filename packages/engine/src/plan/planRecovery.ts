/**
 * The recovery planner (engine-spec §3, H1, H2, H3): which instances go back, to which window, and
 * from which streams they read again. Pure; the same function makes the kill preview.
 *
 * If all that goes back skips (engine-spec §3 Modes), nothing is asked for again and the set does not grow
 * upstream: its members take their newest common checkpoint, and go on behind where those before them are.
 *
 * Invariants: the answer depends on the set of failed instances, never on their order; it is closed
 * downstream and over containers (a container is emptied as a whole); the cut is never below `committed`.
 */
import type { PhysicalPlan, PlannedStream } from './physicalPlan.ts'

export interface RecoveryQuestion {
  readonly plan: PhysicalPlan
  /** Instances that failed; all instances of a dead container. */
  readonly failed: Iterable<string>
  /** Every instance has a checkpoint of this window: the newest manifest, or the start. */
  readonly committed: number
  /** Windows > committed at which the instance has a valid stored checkpoint, e.g. of the one in flight. */
  readonly storedAfterCommitted: (instance: string) => readonly number[]
  /** First window that the stream's log still holds; Infinity = nothing. */
  readonly retainedFrom: (stream: string) => number
  /** The instance's last window, once its checkpoint is stored: it counts for all later windows. null = it goes on. */
  readonly finishedAt: (instance: string) => number | null
}

export type RestartReason = 'killed' | 'same-container' | 'downstream' | 'not-retained'

export interface RecoveryPlan {
  /** Instance → why it restarts, in the plan's order. */
  readonly restart: ReadonlyMap<string, RestartReason>
  readonly cut: number
  /** All of them skip: they go on behind what went by, not at cut + 1. */
  readonly skips: boolean
  /** Streams from outside into the restart set, with the reading containers. */
  readonly outer: readonly { readonly stream: string; readonly container: string }[]
}

export function planRecovery(question: RecoveryQuestion): RecoveryPlan {
  const { plan } = question
  const restart = new Map<string, RestartReason>()
  for (const instance of question.failed) restart.set(instance, 'killed')
  const candidates = candidateWindows(question)
  for (;;) {
    close(plan, restart)
    const cut = cutOf(question, restart, candidates)
    const sizeBefore = restart.size
    const skips = allSkip(plan, restart)
    for (const stream of skips ? [] : plan.streams) {
      if (restart.has(stream.publisher) || !stream.readers.some((reader) => restart.has(reader.instance))) continue
      if (endedBy(question, stream.publisher, cut)) continue
      if (question.retainedFrom(stream.id) > cut + 1) restart.set(stream.publisher, 'not-retained')
    }
    if (restart.size === sizeBefore) return { restart: inPlanOrder(plan, restart), cut, skips, outer: outerReaders(question, restart, cut) }
  }
}

function allSkip(plan: PhysicalPlan, restart: ReadonlyMap<string, RestartReason>): boolean {
  return restart.size > 0 && plan.instances.every((instance) => instance.skips || !restart.has(instance.id))
}

/** Whoever shares a container with a member, and whoever reads from one, goes back too. */
function close(plan: PhysicalPlan, restart: Map<string, RestartReason>): void {
  for (let size = -1; size !== restart.size;) {
    size = restart.size
    for (const { instances } of plan.containers) {
      if (instances.some((instance) => restart.has(instance)))
        for (const instance of instances) if (!restart.has(instance)) restart.set(instance, 'same-container')
    }
    for (const stream of plan.streams) {
      if (restart.has(stream.publisher))
        for (const reader of stream.readers) if (!restart.has(reader.instance)) restart.set(reader.instance, 'downstream')
    }
  }
}

/** Newest first: every window > committed at which anything is stored, then committed itself. */
function candidateWindows(question: RecoveryQuestion): number[] {
  const windows = new Set<number>()
  for (const { id } of question.plan.instances) {
    const finishedAt = question.finishedAt(id)
    for (const window of question.storedAfterCommitted(id)) windows.add(window)
    if (finishedAt !== null) windows.add(finishedAt)
  }
  return [...[...windows].filter((window) => window > question.committed).sort((a, b) => b - a), question.committed]
}

/** The newest window for which every member has a stored checkpoint. */
function cutOf(question: RecoveryQuestion, restart: ReadonlyMap<string, RestartReason>, candidates: readonly number[]): number {
  const members = [...restart.keys()]
  const has = (instance: string, window: number): boolean =>
    question.storedAfterCommitted(instance).includes(window) || endedBy(question, instance, window)
  return (
    candidates.find((window) => window === question.committed || members.every((instance) => has(instance, window))) ?? question.committed
  )
}

function endedBy(question: RecoveryQuestion, instance: string, window: number): boolean {
  const finishedAt = question.finishedAt(instance)
  return finishedAt !== null && finishedAt <= window
}

function inPlanOrder(plan: PhysicalPlan, restart: ReadonlyMap<string, RestartReason>): Map<string, RestartReason> {
  const ordered = new Map<string, RestartReason>()
  for (const { id } of plan.instances) {
    const reason = restart.get(id)
    if (reason !== undefined) ordered.set(id, reason)
  }
  return ordered
}

function outerReaders(
  question: RecoveryQuestion,
  restart: ReadonlyMap<string, RestartReason>,
  cut: number,
): { stream: string; container: string }[] {
  return question.plan.streams
    .filter((stream) => !restart.has(stream.publisher) && !endedBy(question, stream.publisher, cut))
    .flatMap((stream) => readersIn(stream, restart).map((container) => ({ stream: stream.id, container })))
}

function readersIn(stream: PlannedStream, restart: ReadonlyMap<string, RestartReason>): string[] {
  return [...new Set(stream.readers.filter((reader) => restart.has(reader.instance)).map((reader) => reader.container))]
}
