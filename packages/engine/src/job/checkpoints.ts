/**
 * Checkpoints, the committed window and the end of a run (engine-spec §3, H5, H8, H17).
 *
 * Invariants: a snapshot is taken only from the attempt that is deployed; a manifest is written only
 * when every instance has a stored snapshot of its window (a finished one's last counts); sinks are
 * told to commit only after the manifest is stored, and again after every restore.
 */
import { forgetPassed } from './budget.ts'
import {
  effect,
  event,
  exitProcess,
  isHeld,
  plannedInstance,
  setInstance,
  setStatus,
  showInstance,
  sinkInstances,
  type Draft,
} from './draft.ts'
import type { JobInput } from './input.ts'
import { forgetOldChanges } from './live.ts'
import { START, type CheckpointInFlight, type FailureCause, type KeptManifest, type ProcessDeath, type SnapshotRef } from './state.ts'

const COMMIT_RETRY_MS = 1000

export function onSnapshotCopied(draft: Draft, input: Extract<JobInput, { type: 'snapshot-copied' }>): void {
  const { state } = draft
  const instance = state.instances[input.instance]
  const expected =
    instance !== undefined &&
    input.attempt === instance.attempt &&
    isAtWork(draft, input.instance) &&
    (input.final || (state.checkpoint?.window === input.window && state.checkpoint.manifest === null))
  if (!expected) return effect(draft, { type: 'drop-snapshot', instance: input.instance, window: input.window, attempt: input.attempt })
  if (input.final) {
    setInstance(draft, input.instance, { finalWindow: input.window, ended: Math.max(instance.ended, input.window) })
    showInstance(draft, input.instance, 'finishing')
  }
  if (input.sizeBytes === 0) {
    effect(draft, { type: 'drop-snapshot', instance: input.instance, window: input.window, attempt: input.attempt })
    return onSnapshotStored(draft, {
      instance: input.instance,
      window: input.window,
      attempt: input.attempt,
      file: null,
      sizeBytes: 0,
      sha256: null,
    })
  }
  effect(draft, { type: 'write-snapshot', instance: input.instance, window: input.window, attempt: input.attempt, lineage: state.lineage })
}

/** Deployed with its attempt and opened; what it has copied stays good when it is told to die. */
function isAtWork(draft: Draft, instance: string): boolean {
  const phase = draft.state.containers[plannedInstance(draft, instance).container]?.phase
  return phase === 'open' || phase === 'terminating'
}

export function onSnapshotStored(draft: Draft, snapshot: SnapshotRef): void {
  const { state } = draft
  const instance = state.instances[snapshot.instance]
  const current = instance !== undefined && instance.attempt === snapshot.attempt
  const isFinal = current && instance.finalWindow === snapshot.window
  const inFlight = current && state.checkpoint?.window === snapshot.window && state.checkpoint.manifest === null
  if (!isFinal && !inFlight) {
    // Of an attempt that is over, or of a checkpoint that was given up (H5).
    if (snapshot.file !== null) effect(draft, { type: 'delete-snapshots', files: [snapshot.file] })
    return
  }
  if (isFinal) setInstance(draft, snapshot.instance, { final: snapshot })
  if (inFlight && state.checkpoint !== null)
    state.checkpoint = { ...state.checkpoint, stored: { ...state.checkpoint.stored, [snapshot.instance]: snapshot } }
  beginFinalCheckpointIfDone(draft)
  writeManifestIfComplete(draft)
}

/** The instance's snapshot for a checkpoint of `window`; null = not stored yet. */
export function snapshotFor(draft: Draft, checkpoint: CheckpointInFlight, instance: string): SnapshotRef | null {
  const stored = checkpoint.stored[instance]
  if (stored !== undefined) return stored
  const { final } = draft.state.instances[instance]
  return final !== null && final.window <= checkpoint.window ? final : null
}

function writeManifestIfComplete(draft: Draft): void {
  const { state, facts } = draft
  const { checkpoint } = state
  if (checkpoint === null || checkpoint.manifest !== null) return
  const snapshots: Record<string, SnapshotRef> = {}
  for (const { id } of state.plan.instances) {
    const snapshot = snapshotFor(draft, checkpoint, id)
    if (snapshot === null) return
    snapshots[id] = snapshot
  }
  const seq = state.nextManifest
  state.nextManifest = seq + 1
  state.checkpoint = { ...checkpoint, manifest: seq }
  const manifest: KeptManifest = {
    seq,
    window: checkpoint.window,
    lineage: state.lineage,
    attempt: state.attempt,
    atMs: facts.wallMs,
    durationMs: facts.atMs - checkpoint.startedAtMs,
    sizeBytes: Object.values(snapshots).reduce((sum, snapshot) => sum + snapshot.sizeBytes, 0),
    pinned: checkpoint.pinned,
    sha256: '',
    snapshots,
    finished: state.plan.instances
      .filter(({ id }) => (state.instances[id].final?.window ?? Infinity) <= checkpoint.window)
      .map(({ id }) => id),
    sinks: state.commits,
  }
  state.pendingManifest = manifest
  effect(draft, { type: 'write-manifest', manifest, parent: state.manifests.at(-1)?.sha256 ?? null })
}

export function onManifestStored(draft: Draft, seq: number, sha256: string): void {
  const { state, facts } = draft
  const pending = state.pendingManifest
  if (pending === null || pending.seq !== seq || state.checkpoint?.manifest !== seq) {
    // It was given up meanwhile and must never be used.
    const files = takeAbandoned(draft, seq)
    if (files !== null) effect(draft, { type: 'delete-manifest', seq, files })
    return
  }
  const manifest: KeptManifest = { ...pending, sha256, durationMs: facts.atMs - state.checkpoint.startedAtMs }
  state.pendingManifest = null
  const { requested } = state.checkpoint
  state.checkpoint = null
  state.checkpointFailures = 0
  state.checkpointProblem = null
  state.committed = manifest.window
  state.manifests = [...state.manifests, manifest]
  forgetPassed(draft)
  forgetOldChanges(draft)
  event(draft, {
    type: 'checkpoint-completed',
    checkpoint: {
      manifest: seq,
      window: manifest.window,
      lineage: manifest.lineage,
      attempt: manifest.attempt,
      atMs: manifest.atMs,
      durationMs: manifest.durationMs,
      sizeBytes: manifest.sizeBytes,
      pinned: manifest.pinned,
    },
  })
  event(draft, { type: 'committed', window: manifest.window, manifest: seq })
  if (requested) effect(draft, { type: 'journal', entry: { type: 'checkpoint-request', request: state.checkpointRequest } })
  for (const sink of sinkInstances(draft)) commitSink(draft, sink.id)
  // What is dropped now may lie on the disk when a successor looks; what was dropped before does not: the store works in order.
  const oldest = Math.min(...state.manifests.map(({ window }) => window))
  dropOldManifests(draft)
  for (const { id, role } of state.plan.instances) if (role === 'source') trimSource(draft, id, oldest)
  restoreStatus(draft)
  beginFinalCheckpointIfDone(draft)
  finishIfDone(draft)
}

/** Tells one sink to publish everything up to the committed window, if it can hear it. */
export function commitSink(draft: Draft, instance: string): void {
  const { state } = draft
  if (state.committed === 0) return
  if (state.containers[plannedInstance(draft, instance).container]?.phase !== 'open') return
  effect(draft, { type: 'commit-sink', instance, window: state.committed })
}

/** Tells a source from which window on checkpoints are kept, if it can hear it (P13). */
function trimSource(draft: Draft, instance: string, window: number): void {
  const { state } = draft
  if (state.containers[plannedInstance(draft, instance).container]?.phase !== 'open') return
  effect(draft, { type: 'trim-source', instance, window })
}

/** Keeps the newest ones and all pinned (D8); a file goes only when no kept manifest names it. */
function dropOldManifests(draft: Draft): void {
  const { state } = draft
  const unpinned = state.manifests.filter((manifest) => !manifest.pinned && manifest.seq !== state.baseManifest)
  const surplus = unpinned.slice(0, Math.max(0, unpinned.length - state.plan.keepCheckpoints))
  if (surplus.length === 0) return
  const dropped = new Set(surplus.map((manifest) => manifest.seq))
  state.manifests = state.manifests.filter((manifest) => !dropped.has(manifest.seq))
  const used = new Set<string>()
  for (const manifest of state.manifests)
    for (const snapshot of Object.values(manifest.snapshots)) if (snapshot.file !== null) used.add(snapshot.file)
  for (const instance of Object.values(state.instances))
    if (instance.final?.file !== null && instance.final !== null) used.add(instance.final.file)
  for (const manifest of surplus) {
    const files = Object.values(manifest.snapshots).flatMap((snapshot) =>
      snapshot.file !== null && !used.has(snapshot.file) ? [snapshot.file] : [],
    )
    effect(draft, { type: 'delete-manifest', seq: manifest.seq, files })
  }
}

export function onSnapshotFailed(draft: Draft, input: Extract<JobInput, { type: 'snapshot-failed' }>): void {
  const { state } = draft
  const instance = state.instances[input.instance]
  if (instance === undefined || instance.attempt !== input.attempt) return
  if (instance.finalWindow === input.window && instance.final === null) {
    // The only copy of a finished operator's state is gone with the failed write: it has to work again.
    effect(draft, { type: 'arm', id: `redo:${input.instance}:${input.attempt}`, afterMs: COMMIT_RETRY_MS })
    noteFailure(draft, input.window, input.code, input.message)
    return
  }
  if (state.checkpoint?.window !== input.window) return
  giveUpCheckpoint(draft)
  noteFailure(draft, input.window, input.code, input.message)
}

/** Only a restart can tell what lies on the disk. */
export function fateUnknown(seq: number, { code, message }: FailureCause): readonly [why: string, death: ProcessDeath] {
  const why = `it is not known whether manifest ${seq} was written: ${message}`
  return [why, { cause: { code, message: `It was not known whether manifest ${seq} was written: ${message}` }, instances: [], told: false }]
}

/** `uncertain`: it may lie on the disk all the same, so only a look at the disk can tell what is true. */
export function onManifestFailed(draft: Draft, input: Extract<JobInput, { type: 'manifest-failed' }>): void {
  const { state } = draft
  if (input.uncertain === true) return exitProcess(draft, ...fateUnknown(input.seq, input))
  // The number is tried again: whoever skipped one could pass by the manifest of a process that has taken over (H11).
  if (state.nextManifest === input.seq + 1) state.nextManifest = input.seq
  const files = takeAbandoned(draft, input.seq)
  if (files !== null) return deleteSnapshots(draft, files)
  if (state.checkpoint?.manifest !== input.seq) return
  const { window } = state.checkpoint
  state.checkpoint = { ...state.checkpoint, manifest: null }
  state.pendingManifest = null
  giveUpCheckpoint(draft)
  noteFailure(draft, window, input.code, input.message)
}

/** Files of a manifest that was given up while it was being written; null = it is none of those. */
function takeAbandoned(draft: Draft, seq: number): readonly string[] | null {
  const { state } = draft
  const found = state.abandoned.find((abandoned) => abandoned.seq === seq)
  state.abandoned = state.abandoned.filter((abandoned) => abandoned !== found)
  return found?.files ?? null
}

function deleteSnapshots(draft: Draft, files: readonly string[]): void {
  if (files.length > 0) effect(draft, { type: 'delete-snapshots', files })
}

function noteFailure(draft: Draft, window: number, code: string, message: string): void {
  const { state } = draft
  state.checkpointFailures += 1
  state.checkpointProblem = message
  event(draft, { type: 'checkpoint-failed', window, code, message })
  restoreStatus(draft)
}

/**
 * Leaves everything as it was: the next interval tries again with another window. What a manifest names
 * that is still being written is deleted only when its fate is known: it must never name missing files,
 * and another process's manifest of that number must not be touched.
 */
export function giveUpCheckpoint(draft: Draft): void {
  const { state } = draft
  const { checkpoint } = state
  if (checkpoint === null) return
  const finals = new Set(Object.values(state.instances).map((instance) => instance.final?.file ?? null))
  const files = Object.values(checkpoint.stored).flatMap((snapshot) =>
    snapshot.file !== null && !finals.has(snapshot.file) ? [snapshot.file] : [],
  )
  if (checkpoint.manifest !== null) state.abandoned = [...state.abandoned, { seq: checkpoint.manifest, files }]
  else deleteSnapshots(draft, files)
  if (checkpoint.requested) state.checkpointRequest = { pinned: checkpoint.pinned || (state.checkpointRequest?.pinned ?? false) }
  state.checkpoint = null
  state.pendingManifest = null
}

/** All inputs have ended everywhere: one last manifest, without waiting for the clock (H17). */
export function beginFinalCheckpointIfDone(draft: Draft): void {
  const { state, facts } = draft
  if (state.checkpoint !== null || state.plan.instances.some(({ id }) => state.instances[id].final === null || isHeld(draft, id))) return
  if (state.recovery !== null && state.recovery.phase !== 'replaying') return
  if (allFinishedInNewest(draft)) return
  const last = Math.max(...state.plan.instances.map(({ id }) => state.instances[id].final?.window ?? 0))
  state.checkpoint = {
    window: Math.max(last, state.committed + 1),
    startedAtMs: facts.atMs,
    pinned: state.checkpointRequest?.pinned ?? false,
    requested: state.checkpointRequest !== null,
    stored: {},
    manifest: null,
  }
  state.checkpointRequest = null
  event(draft, { type: 'checkpoint-started', window: state.checkpoint.window })
  writeManifestIfComplete(draft)
}

function allFinishedInNewest(draft: Draft): boolean {
  const { state } = draft
  const newest = state.manifests.findLast((manifest) => manifest.lineage === state.lineage)
  return newest !== undefined && newest.finished.length === state.plan.instances.length
}

export function onSinkCommitted(draft: Draft, input: Extract<JobInput, { type: 'sink-committed' }>): void {
  const { state } = draft
  const before = state.commits[input.instance] ?? 0
  if (input.attempt !== state.instances[input.instance]?.attempt || input.window > state.committed) return
  if (state.commitFailures[input.instance] !== undefined) {
    state.commitFailures = Object.fromEntries(Object.entries(state.commitFailures).filter(([id]) => id !== input.instance))
    restoreStatus(draft)
  }
  if (input.window <= before) return finishIfDone(draft)
  state.commits = { ...state.commits, [input.instance]: input.window }
  event(draft, { type: 'sink-committed', operator: plannedInstance(draft, input.instance).operator, window: input.window })
  finishIfDone(draft)
}

export function onSinkCommitFailed(draft: Draft, input: Extract<JobInput, { type: 'sink-commit-failed' }>): void {
  const { state } = draft
  if (input.attempt !== state.instances[input.instance]?.attempt) return
  const { operator } = plannedInstance(draft, input.instance)
  if (state.commitFailures[input.instance] === undefined) {
    event(draft, {
      type: 'notice',
      level: 'error',
      code: input.code,
      operator,
      message: `${operator} could not publish ${`w ${input.window}`}: ${input.message} It is tried again every second.`,
    })
  }
  state.commitFailures = { ...state.commitFailures, [input.instance]: `${operator}: commit pending, ${input.message}` }
  restoreStatus(draft)
  effect(draft, { type: 'arm', id: `commit:${input.instance}`, afterMs: COMMIT_RETRY_MS })
}

/** What the run is when nothing special goes on; the reason says what keeps it from being well. */
export function restoreStatus(draft: Draft): void {
  const { state } = draft
  if (state.recovery !== null && state.recovery.phase !== 'replaying')
    return setStatus(draft, state.recovery.incident === START ? 'starting' : 'recovering', null)
  const held = Object.entries(state.held)
  if (held.length > 0) {
    return setStatus(
      draft,
      'degraded',
      `Nothing is committed while ${held.map(([operator, by]) => `${operator} is held by ${by}`).join(' and ')}. Restore it to go on.`,
    )
  }
  if (state.checkpointFailures >= 2)
    return setStatus(draft, 'degraded', `Not checkpointing: ${state.checkpointProblem ?? 'checkpoints cannot be stored.'}`)
  const pending = Object.values(state.commitFailures)
  if (pending.length > 0) return setStatus(draft, 'degraded', pending[0])
  if (state.desired === 'stopped') return setStatus(draft, 'stopping', null)
  if (state.desired === 'paused')
    return setStatus(draft, state.holdAfter !== null && state.committed >= state.holdAfter ? 'paused' : 'pausing', null)
  if (state.recovery !== null && state.recovery.incident !== START) return setStatus(draft, 'recovering', null)
  setStatus(draft, 'running', null)
}

/** `finished` only after the final manifest and every sink's commit (H17); `stopped` after the last cut's. */
export function finishIfDone(draft: Draft): void {
  const { state } = draft
  const sinksDone = sinkInstances(draft).every((sink) => (state.commits[sink.id] ?? 0) >= state.committed)
  if (!sinksDone || state.checkpoint !== null) return
  if (allFinishedInNewest(draft)) {
    for (const { id } of state.plan.instances) showInstance(draft, id, 'finished')
    setStatus(draft, 'finished', null)
    return effect(draft, { type: 'end', state: 'finished', reason: null })
  }
  if (state.desired === 'stopped' && state.stopMode === 'stop' && state.holdAfter !== null && state.committed >= state.holdAfter) {
    setStatus(draft, 'stopped', null)
    effect(draft, { type: 'end', state: 'stopped', reason: null })
  }
}
