/**
 * The one window clock (H13): how far sources may close windows, and which window carries a
 * checkpoint. Windows stretch when somebody is slow: the target never runs more than 20 ahead, of a source 2.
 */
import { beginFinalCheckpointIfDone, finishIfDone } from './checkpoints.ts'
import { effect, event, instancesOf, plannedInstance, setInstance, showInstance, type Draft } from './draft.ts'
import { behindHeld } from './held.ts'
import type { InstanceFigures } from './input.ts'
import { awaitsConfirmation } from './live.ts'
import type { PlannedInstance } from '../plan/physicalPlan.ts'
import { terminate } from './recovery.ts'
import { noteProgress } from './redeploy.ts'

const MAX_WINDOWS_AHEAD = 20
const MAX_WINDOWS_AHEAD_OF_SOURCES = 2
/** Ticks come many times a second: such a gap means that the whole process stood still, threads and all. */
const STOOD_STILL_MS = 1000
/** Of the time after which an operator is stuck: so much without progress is worth a look at its stack, which takes its time on a busy machine. */
const SUSPICIOUS_SHARE = 0.5
/** On a very busy machine a thread that starts and loads programs may take ten seconds, and an operator that opens its files some. */
const LOAD_AT_LEAST_MS = 30_000
const MAKE_AT_LEAST_MS = 5000
/** L9: a hungry log brings the next checkpoint forward, but not closer than this. */
const MIN_CHECKPOINT_GAP_MS = 200

export function onTick(draft: Draft, figures: Readonly<Record<string, InstanceFigures>>, hungry: boolean): void {
  const { state, facts } = draft
  const beforeMs = state.tickAtMs
  forgiveStandstill(draft)
  for (const [id, seen] of Object.entries(figures)) {
    const instance = state.instances[id]
    if (instance === undefined) continue
    // While it is made nothing can wait for it.
    const moved = seen.progress !== instance.progress || seen.ended !== instance.ended || !(seen.inputWaits || isBeingMade(draft, id))
    if (moved || seen.ended > instance.ended) {
      setInstance(draft, id, {
        ended: Math.max(instance.ended, seen.ended),
        progress: seen.progress,
        ...(moved ? { progressAtMs: facts.atMs } : {}),
      })
    }
    checkStuck(draft, id, beforeMs)
  }
  for (const { id } of state.plan.containers) checkStart(draft, id, figures, beforeMs)
  noteProgress(draft)
  if (state.status === 'failed' || state.status === 'stopped' || state.status === 'finished' || state.status === 'needs-decision') return
  beginFinalCheckpointIfDone(draft)
  advance(draft, hungry)
  finishIfDone(draft)
}

/** Nobody is stuck for having been suspended together with the job. */
function forgiveStandstill(draft: Draft): void {
  const { state, facts } = draft
  const gapMs = facts.atMs - state.tickAtMs
  state.tickAtMs = facts.atMs
  if (gapMs < STOOD_STILL_MS) return
  for (const [id, instance] of Object.entries(state.instances))
    setInstance(draft, id, { progressAtMs: Math.min(facts.atMs, instance.progressAtMs + gapMs) })
}

function isBeingMade(draft: Draft, instance: string): boolean {
  return draft.state.containers[plannedInstance(draft, instance).container]?.phase === 'deploying'
}

/**
 * A container that neither starts nor gets its operators made holds up everybody: it is stuck as one that hangs over a
 * row. Each operator that is made is progress. `beforeMs`: when it was looked at before.
 */
function checkStart(draft: Draft, container: string, figures: Readonly<Record<string, InstanceFigures>>, beforeMs: number): void {
  const { state, facts } = draft
  const phase = state.containers[container]?.phase
  if (phase !== 'starting' && phase !== 'deploying') return
  const instances = instancesOf(draft, container)
  const sinceMs = Math.max(...instances.map((id) => state.instances[id].progressAtMs))
  const made = phase === 'deploying' ? instances.filter((id) => figures[id]?.beingMade === true) : []
  const deadlineMs = Math.max(state.plan.stuckAfterMs, made.length > 0 ? MAKE_AT_LEAST_MS : LOAD_AT_LEAST_MS)
  const suspiciousAtMs = sinceMs + SUSPICIOUS_SHARE * deadlineMs
  if (facts.atMs >= suspiciousAtMs && beforeMs < suspiciousAtMs) effect(draft, { type: 'look-at', container })
  if (facts.atMs - sinceMs < deadlineMs) return
  const seconds = Math.round((facts.atMs - sinceMs) / 1000)
  const names = [...new Set((made.length === 0 ? instances : made).map((id) => plannedInstance(draft, id).operator))].join(', ')
  for (const id of instances) showInstance(draft, id, 'stuck', `not started for ${seconds} s`)
  const message = `${names} did not get through its start for ${seconds} s, so its container was terminated.`
  terminate(draft, container, { code: 'OPERATOR_STUCK', message }, null, [container], true)
}

/** `beforeMs`: when it was looked at before. */
function checkStuck(draft: Draft, id: string, beforeMs: number): void {
  const { state, facts } = draft
  const instance = state.instances[id]
  if (instance.state !== 'running' && instance.state !== 'replaying') return
  const planned = state.plan.instances.find((candidate) => candidate.id === id)
  if (planned === undefined || state.containers[planned.container]?.phase !== 'open') return
  const suspiciousAtMs = instance.progressAtMs + SUSPICIOUS_SHARE * state.plan.stuckAfterMs
  if (facts.atMs >= suspiciousAtMs && beforeMs < suspiciousAtMs) effect(draft, { type: 'look-at', container: planned.container })
  if (facts.atMs - instance.progressAtMs < state.plan.stuckAfterMs) return
  const seconds = Math.round((facts.atMs - instance.progressAtMs) / 1000)
  showInstance(draft, id, 'stuck', `no progress for ${seconds} s while input waits`)
  terminate(
    draft,
    planned.container,
    {
      code: 'OPERATOR_STUCK',
      message: `${planned.operator} made no progress for ${seconds} s while input waited, so its container was terminated.`,
    },
    null,
    [planned.container],
    true,
  )
}

/** The slowest operator that the clock waits for: one that is held, or behind one that is, does not count. */
function slowest(draft: Draft, among: (planned: PlannedInstance) => boolean): number {
  const { state } = draft
  const excused = behindHeld(draft)
  let least = Infinity
  for (const planned of state.plan.instances) {
    const instance = state.instances[planned.id]
    if (excused.has(planned.id) || instance.final !== null || !among(planned)) continue
    least = Math.min(least, Math.max(instance.ended, instance.cut))
  }
  return least
}

/** H13: where somebody is slow windows grow longer, not more. */
function isFarAhead(draft: Draft): boolean {
  const { target } = draft.state
  return (
    target - slowest(draft, () => true) >= MAX_WINDOWS_AHEAD ||
    // One that is held up closes a window with each batch it gets rid of: the next checkpoint is no more than a few of those away.
    target - slowest(draft, ({ role }) => role === 'source') >= MAX_WINDOWS_AHEAD_OF_SOURCES
  )
}

/** A stop or a pause ends with a checkpoint of its last window; until there is one, one more window is given. */
function extendHold(draft: Draft): void {
  const { state } = draft
  if (state.holdAfter === null || state.target < state.holdAfter || state.committed >= state.holdAfter) return
  // Draining sources have ended with that window: what is missing is only their last checkpoints.
  if (state.stopMode === 'drain' || state.checkpoint !== null || Object.keys(state.held).length > 0) return
  state.holdAfter = state.target + 1
}

function advance(draft: Draft, hungry: boolean): void {
  const { state, facts } = draft
  if (state.recovery !== null && state.recovery.phase !== 'replaying') return
  // Nobody is left who would close a window or copy his state for a checkpoint.
  if (state.plan.instances.every(({ id }) => state.instances[id].final !== null)) return
  const { windowMs } = state.plan
  const { checkpointIntervalMs } = state
  extendHold(draft)
  if (state.holdAfter !== null && state.target >= state.holdAfter) return
  if (facts.atMs - state.targetAtMs < windowMs || awaitsConfirmation(state)) return
  if (isFarAhead(draft)) return
  // After a pause of the machine one window is closed, not an hour of empty ones.
  state.targetAtMs = facts.atMs - state.targetAtMs > 2 * windowMs ? facts.atMs : state.targetAtMs + windowMs
  const next = state.target + 1
  const sinceCheckpoint = facts.atMs - state.checkpointAtMs
  const held = Object.keys(state.held).length > 0
  // The last window of a stop or a pause is a checkpoint whatever the interval says.
  const wanted =
    state.checkpointRequest !== null ||
    sinceCheckpoint >= checkpointIntervalMs - windowMs / 2 ||
    (hungry && sinceCheckpoint >= MIN_CHECKPOINT_GAP_MS) ||
    state.holdAfter === next
  // Who has skipped the window takes no checkpoint of it.
  const everybody = Object.values(state.instances).every((instance) => instance.cut < next)
  if (state.checkpoint === null && wanted && !held && everybody) {
    state.checkpointWindow = next
    state.checkpointAtMs = facts.atMs
    state.checkpoint = {
      window: next,
      startedAtMs: facts.atMs,
      pinned: state.checkpointRequest?.pinned ?? false,
      requested: state.checkpointRequest !== null,
      stored: {},
      manifest: null,
    }
    state.checkpointRequest = null
    event(draft, { type: 'checkpoint-started', window: next })
  }
  state.target = next
  setClock(draft)
}

export function setClock(draft: Draft): void {
  const { state } = draft
  effect(draft, {
    type: 'clock',
    target: state.target,
    checkpoint: state.checkpointWindow,
    holdAfter: state.holdAfter,
    drainAfter: state.stopMode === 'drain' ? state.holdAfter : null,
  })
}
