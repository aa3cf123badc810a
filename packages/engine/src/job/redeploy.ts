/**
 * The second half of a recovery (engine-spec §3 Execution): everything of the restart set is empty,
 * so their logs are cut back, all are deployed at the cut, and opened together; then they replay.
 *
 * Invariants: nothing is opened before all are restored; who is held, or waits for somebody held
 * with a door that would press back, is not deployed; sinks commit again after every restore (H8).
 */
import { careOf } from './budget.ts'
import { commitSink, restoreStatus, snapshotFor } from './checkpoints.ts'
import { effect, event, instancesOf, plannedInstance, setContainer, setInstance, showInstance, sinkInstances, type Draft } from './draft.ts'
import type { DeployInstance } from './effect.ts'
import { isHeldContainer, staysDown } from './held.ts'
import { confirm } from './live.ts'
import { START, type InstanceState, type Recovery, type SnapshotRef } from './state.ts'

export function startDeploying(draft: Draft): void {
  const { state, facts } = draft
  const { recovery } = state
  if (recovery === null) return
  const members = new Set(recovery.containers.flatMap((container) => instancesOf(draft, container)))
  const streams = state.plan.streams.filter((stream) => members.has(stream.publisher)).map((stream) => stream.id)
  effect(draft, { type: 'rewind-logs', streams, window: recovery.cut, epoch: recovery.attempt })
  for (const container of recovery.containers) {
    if (staysDown(draft, container)) {
      // A live thread stays, empty: it is of no use meanwhile.
      for (const id of instancesOf(draft, container)) {
        if (isHeldContainer(draft, container)) showInstance(draft, id, 'held', heldBy(draft, id))
        else showInstance(draft, id, 'pending', `waits for ${Object.keys(state.held).join(', ')}`)
      }
      continue
    }
    const { phase } = state.containers[container]
    if (phase === 'absent') {
      setContainer(draft, container, { phase: 'starting' })
      for (const id of instancesOf(draft, container)) {
        setInstance(draft, id, { progressAtMs: facts.atMs })
        showInstance(draft, id, 'starting')
      }
      effect(draft, { type: 'start-container', container })
    } else if (phase === 'ready') deploy(draft, container)
  }
  openWhenRestored(draft)
}

function heldBy(draft: Draft, instance: string): string {
  const by = draft.state.held[plannedInstance(draft, instance).operator]
  return by === undefined ? 'held' : `held by ${by} until someone restores it`
}

export function onContainerReady(draft: Draft, container: string): void {
  const { state } = draft
  if (state.containers[container]?.phase !== 'starting') return
  setContainer(draft, container, { phase: 'ready' })
  if (state.recovery?.phase === 'deploying' && state.recovery.containers.includes(container)) deploy(draft, container)
}

function deploy(draft: Draft, container: string): void {
  const { state } = draft
  const { recovery } = state
  if (recovery === null) return
  const { cut, goesOnAfter } = recovery
  const instances = instancesOf(draft, container).map((id): DeployInstance => {
    const planned = plannedInstance(draft, id)
    const instance = state.instances[id]
    const snapshot = snapshotAt(draft, id, recovery.cut)
    if (snapshot === undefined) throw new Error(`no checkpoint of ${id} at w ${recovery.cut}: the planner chose a cut that does not exist`)
    return {
      instance: id,
      snapshot,
      reached: instance.reached,
      finished: endedBy(draft, id, recovery.cut),
      endedInputs: planned.inputs
        .filter((input) => hadEnded(draft, publisherOf(draft, input.stream), recovery.goesOnAfter))
        .map((input) => input.stream),
      verb: state.verbs[planned.operator] ?? null,
      live: planned.part === 'merge' ? [] : (state.live[planned.operator] ?? []),
      // Who skips has left the place behind where it failed.
      ...careOf(draft, id),
      ...(recovery.skipped === null ? {} : { suspectUntil: null }),
    }
  })
  confirm(draft, instancesOf(draft, container))
  setContainer(draft, container, { phase: 'deploying' })
  for (const id of instancesOf(draft, container)) {
    setInstance(draft, id, { progressAtMs: draft.facts.atMs })
    showInstance(draft, id, 'restoring')
  }
  effect(draft, { type: 'deploy', container, attempt: recovery.attempt, lineage: state.lineage, cut, goesOnAfter, instances })
}

/** It has nothing left to do after `window`: its last checkpoint lies there or before. */
function endedBy(draft: Draft, instance: string, window: number): boolean {
  const { final } = draft.state.instances[instance]
  return final !== null && final.window <= window
}

/** Its stream has ended at `window` or before, whether or not its last checkpoint is stored by now. */
function hadEnded(draft: Draft, instance: string, window: number): boolean {
  const { finalWindow } = draft.state.instances[instance]
  return finalWindow !== null && finalWindow <= window
}

function publisherOf(draft: Draft, stream: string): string {
  const found = draft.state.plan.streams.find((candidate) => candidate.id === stream)
  if (found === undefined) throw new Error(`no stream ${stream} in the plan`)
  return found.publisher
}

/** The instance's checkpoint of that window; null = it starts empty, undefined = there is none. */
export function snapshotAt(draft: Draft, instance: string, cut: number): SnapshotRef | null | undefined {
  const { state } = draft
  if (cut === 0) return null
  const { checkpoint } = state
  if (checkpoint !== null && checkpoint.window === cut) return snapshotFor(draft, checkpoint, instance) ?? undefined
  if (endedBy(draft, instance, cut)) return state.instances[instance].final
  const manifest = state.manifests.findLast(
    (candidate) => candidate.window === cut && (candidate.lineage === state.lineage || candidate.seq === state.baseManifest),
  )
  return manifest?.snapshots[instance]
}

export function onDeployed(draft: Draft, container: string, attempt: number): void {
  const { state } = draft
  if (state.recovery === null || state.recovery.attempt !== attempt || state.containers[container]?.phase !== 'deploying') return
  setContainer(draft, container, { phase: 'restored' })
  openWhenRestored(draft)
}

function openWhenRestored(draft: Draft): void {
  const { state, facts } = draft
  const { recovery } = state
  if (recovery === null || recovery.phase !== 'deploying') return
  const members = recovery.containers.filter((container) => !staysDown(draft, container))
  if (members.some((container) => state.containers[container].phase !== 'restored')) return
  state.recovery = { ...recovery, phase: 'replaying', restoredMs: facts.atMs - recovery.startedAtMs }
  verbsDone(draft, members)
  for (const container of members) {
    setContainer(draft, container, { phase: 'open' })
    effect(draft, { type: 'open', container, attempt: recovery.attempt })
    for (const id of instancesOf(draft, container)) {
      const instance = state.instances[id]
      setInstance(draft, id, { progressAtMs: facts.atMs, ...skippedSoFar(instance, recovery) })
      if (endedBy(draft, id, recovery.cut)) showInstance(draft, id, 'finished')
      else showInstance(draft, id, instance.reached > recovery.goesOnAfter ? 'replaying' : 'running')
    }
  }
  for (const sink of sinkInstances(draft)) if (members.includes(sink.container)) commitSink(draft, sink.id)
  noteProgress(draft)
  restoreStatus(draft)
}

/** Counts what is left out now and was not before: a second failure before the next checkpoint leaves out the same windows and more. */
function skippedSoFar(instance: InstanceState, { skipped }: Recovery): Pick<InstanceState, 'skippedWindows' | 'skippedTo'> | null {
  if (skipped === null) return null
  const more = Math.max(0, skipped.to - Math.max(skipped.from - 1, instance.skippedTo))
  return { skippedWindows: instance.skippedWindows + more, skippedTo: skipped.to }
}

/** Sinks that were deployed have done what was asked; one that is held does it when it comes back. A fork goes on for ever. */
function verbsDone(draft: Draft, members: readonly string[]): void {
  const { state } = draft
  const done = new Set(sinkInstances(draft).flatMap((sink) => (members.includes(sink.container) ? [sink.operator] : [])))
  const left = Object.entries(state.verbs).filter(([operator, verb]) => verb === 'fork' || !done.has(operator))
  if (left.length === Object.keys(state.verbs).length) return
  state.verbs = Object.fromEntries(left)
  effect(draft, { type: 'journal', entry: { type: 'verbs', verbs: state.verbs } })
}

/** `replaying` ends when the window reached before is ended again; the recovery when all members have. */
export function noteProgress(draft: Draft): void {
  const { state, facts } = draft
  const { recovery } = state
  if (recovery === null || recovery.phase !== 'replaying') return
  let behind = 0
  let newRow = recovery.firstNewRowMs
  for (const container of [...recovery.containers, ...recovery.watched]) {
    if (staysDown(draft, container)) continue
    for (const id of instancesOf(draft, container)) {
      const instance = state.instances[id]
      const caughtUp = Math.max(instance.ended, facts.ended(id)) >= instance.reached
      if (!caughtUp && instance.finalWindow === null && !endedBy(draft, id, recovery.cut)) behind += 1
      else if (instance.state === 'replaying') {
        showInstance(draft, id, 'running')
        if (newRow === null && plannedInstance(draft, id).role === 'sink') newRow = facts.atMs - recovery.startedAtMs
      }
    }
  }
  if (newRow !== recovery.firstNewRowMs) state.recovery = { ...recovery, firstNewRowMs: newRow }
  if (behind > 0) return
  // Behind a held operator nobody gets anywhere: that recovery ends with its restore.
  const caughtUpMs = facts.atMs - recovery.startedAtMs
  if (recovery.incident !== START) {
    event(draft, {
      type: 'recovered',
      incident: recovery.incident,
      durations: { undeployedMs: recovery.undeployedMs, restoredMs: recovery.restoredMs, firstNewRowMs: newRow, caughtUpMs },
    })
    state.recoveriesMs = [...state.recoveriesMs, caughtUpMs].slice(-50)
  }
  state.recovery = null
  restoreStatus(draft)
}
