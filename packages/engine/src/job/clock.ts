/**
 * The one window clock (H13): how far sources may close windows, and which window carries a
 * checkpoint. Windows stretch when somebody is slow: the target never runs more than 20 ahead.
 */
import { beginFinalCheckpointIfDone, finishIfDone } from './checkpoints.ts'
import { effect, event, setInstance, showInstance, type Draft } from './draft.ts'
import { behindHeld } from './held.ts'
import type { InstanceFigures } from './input.ts'
import { awaitsConfirmation } from './live.ts'
import { terminate } from './recovery.ts'
import { noteProgress } from './redeploy.ts'

const MAX_WINDOWS_AHEAD = 20
/** Ticks come many times a second: such a gap means that the whole process stood still, threads and all. */
const STOOD_STILL_MS = 1000
/** Of the time after which an operator is stuck: so much without progress is worth a look at its stack, which takes its time on a busy machine. */
const SUSPICIOUS_SHARE = 0.5
/** L9: a hungry log brings the next checkpoint forward, but not closer than this. */
const MIN_CHECKPOINT_GAP_MS = 200

export function onTick(draft: Draft, figures: Readonly<Record<string, InstanceFigures>>, hungry: boolean): void {
  const { state, facts } = draft
  const beforeMs = state.tickAtMs
  forgiveStandstill(draft)
  for (const [id, seen] of Object.entries(figures)) {
    const instance = state.instances[id]
    if (instance === undefined) continue
    const moved = seen.progress !== instance.progress || seen.ended !== instance.ended || !seen.inputWaits
    if (moved || seen.ended > instance.ended) {
      setInstance(draft, id, {
        ended: Math.max(instance.ended, seen.ended),
        progress: seen.progress,
        ...(moved ? { progressAtMs: facts.atMs } : {}),
      })
    }
    checkStuck(draft, id, beforeMs)
  }
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
function slowest(draft: Draft): number {
  const { state } = draft
  const excused = behindHeld(draft)
  let least = Infinity
  for (const [id, instance] of Object.entries(state.instances)) {
    if (excused.has(id) || instance.final !== null) continue
    least = Math.min(least, Math.max(instance.ended, instance.cut))
  }
  return least
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
  if (state.target - slowest(draft) >= MAX_WINDOWS_AHEAD) return
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
