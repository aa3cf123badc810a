/**
 * Failure and recovery (engine-spec §3 Execution, H1–H5, H10): one path for crashes, kills, errors
 * and restarts of the process.
 *
 * Order is fixed: journal the new attempt → pin outer streams → empty the containers of the restart
 * set → cut their logs back → deploy all → open together. Any failure in between plans again with
 * the union. Nothing is handed to a successor before its predecessor is gone.
 */
import { ENDED_STATES, type ProcessEnd, type SkippedWindows } from '@belay/run'
import { planRecovery, type RecoveryPlan } from '../plan/planRecovery.ts'
import { spendBudget } from './budget.ts'
import { commitSink, giveUpCheckpoint, snapshotFor } from './checkpoints.ts'
import { LOOK_MS } from './effect.ts'
import {
  effect,
  event,
  exitProcess,
  instancesOf,
  partitionsAmong,
  plannedInstance,
  setContainer,
  setInstance,
  setStatus,
  showInstance,
  type Draft,
} from './draft.ts'
import { staysDown } from './held.ts'
import type { FailedRow, JobInput } from './input.ts'
import { snapshotAt, startDeploying } from './redeploy.ts'
import { START, type ContainerPhase, type FailureCause, type JobState, type Recovery } from './state.ts'

const UNDEPLOY_TIMEOUT_MS = 200
/** A thread that has not gone by then cannot be trusted with the process (H4). */
const EXIT_TIMEOUT_MS = 2000
const BACK_OFF_MS = [0, 200, 1000, 5000, 30_000]
const UNDEPLOY_TIMEOUT = 'UNDEPLOY_TIMEOUT'
/** What was stored cannot be read back: trying again would not help. */
const DAMAGED = ['SNAPSHOT_MISSING', 'SNAPSHOT_CORRUPT', 'SNAPSHOT_UNREADABLE', 'STATE_DAMAGED']

interface RecoveryRequest {
  readonly failed: readonly string[]
  /** null = it belongs to the recovery that runs already, which is planned again. */
  readonly incident: string | null
  readonly foretold: readonly string[] | null
  readonly why: string
  readonly grewBecause?: string
}

/** Incidents are told apart by the attempt that answers them; attempts are never used twice, not even after a restart of the process. */
export function nextIncident(draft: Draft): string {
  return `${draft.state.runId}-${draft.state.attempt + 1}`
}

/** Told to die; dead only at its exit (H4), for which it has two seconds. */
export function terminate(
  draft: Draft,
  container: string,
  cause: FailureCause,
  foretold: readonly string[] | null,
  together: readonly string[] = [container],
  stuck = false,
): void {
  setContainer(draft, container, { phase: 'terminating', cause, foretold, together, attempt: draft.state.attempt })
  effect(draft, { type: 'terminate-container', container, ...(stuck ? { stuck } : {}) })
  // The attempt tells this deadline from one of an earlier kill.
  effect(draft, {
    type: 'arm',
    id: `exit:${container}:${draft.state.attempt}`,
    afterMs: EXIT_TIMEOUT_MS + (stuck ? LOOK_MS : 0),
    endOf: container,
  })
}

/** Members of a recovery that is not over: whatever fails now is recovered from together with them (H10). */
function unfinished(state: JobState): readonly string[] {
  const { recovery } = state
  if (recovery === null || recovery.phase === 'replaying') return []
  return state.plan.containers.filter((container) => recovery.containers.includes(container.id)).flatMap((container) => container.instances)
}

/** The plan that a failure of these instances would lead to, by the facts of this moment. */
export function recoveryPlanFor(draft: Draft, failed: readonly string[]): RecoveryPlan {
  const { state, facts } = draft
  const { checkpoint } = state
  return planRecovery({
    plan: state.plan,
    failed: [...failed, ...unfinished(state)],
    committed: state.committed,
    storedAfterCommitted: (instance) =>
      checkpoint !== null && checkpoint.window > state.committed && snapshotFor(draft, checkpoint, instance) !== null
        ? [checkpoint.window]
        : [],
    retainedFrom: (stream) => facts.retainedFrom(stream),
    finishedAt: (instance) => state.instances[instance].final?.window ?? null,
  })
}

/**
 * What is left out if the members of a plan skip: the windows after their checkpoint up to the one that the
 * streams before them are in, which they would only get in part. null = they replay, or have missed nothing.
 */
export function skippedBy(draft: Draft, plan: RecoveryPlan): SkippedWindows | null {
  if (!plan.skips) return null
  const { state, facts } = draft
  const outer = state.plan.streams.filter((stream) => plan.outer.some((reader) => reader.stream === stream.id))
  const to = Math.max(plan.cut, ...outer.map(({ publisher }) => Math.max(facts.working(publisher), facts.ended(publisher))))
  if (to === plan.cut) return null
  return { from: plan.cut + 1, to, rows: outer.reduce((rows, stream) => rows + facts.rowsSince(stream.id, plan.cut), 0) }
}

export function onContainerExited(draft: Draft, { container, cause, ...input }: Extract<JobInput, { type: 'container-exited' }>): void {
  const row = input.row ?? null
  const phase = draft.state.containers[container]
  if (phase === undefined || phase.phase === 'absent') return
  setContainer(draft, container, { phase: 'absent' })
  effect(draft, { type: 'deactivate', container })
  switch (phase.phase) {
    case 'terminating':
      if (phase.cause.code === UNDEPLOY_TIMEOUT) return proceedWhenEmpty(draft)
      return onKilled(draft, container, phase, row)
    case 'undeploying':
      return proceedWhenEmpty(draft)
    case 'starting':
    case 'ready':
    case 'deploying':
    case 'restored':
    case 'open':
      return fail(
        draft,
        instancesOf(draft, container),
        cause ?? { code: 'CONTAINER_EXITED', message: 'The container ended without a reason.' },
        null,
        row,
      )
  }
}

/** What was seen of a thread that hangs goes with the failure, whether it can be ended or not. */
export function onLookedAt(draft: Draft, { container, sentence, stack }: Extract<JobInput, { type: 'looked-at' }>): void {
  const phase = draft.state.containers[container]
  if (phase?.phase !== 'terminating') return
  const { cause } = phase
  setContainer(draft, container, {
    ...phase,
    cause: { ...cause, message: `${cause.message} ${sentence}`, ...(stack === undefined ? {} : { stack }) },
  })
}

/** Containers that are killed together are one failure, told when the last of them is gone. */
function onKilled(draft: Draft, container: string, kill: Extract<ContainerPhase, { phase: 'terminating' }>, row: FailedRow | null): void {
  const { state } = draft
  const others = kill.together.filter((other) => other !== container)
  const dying = others.some((other) => {
    const phase = state.containers[other]
    return phase.phase === 'terminating' && phase.attempt === kill.attempt && phase.together.includes(container)
  })
  if (dying) {
    for (const id of instancesOf(draft, container)) showInstance(draft, id, 'down', downCause(kill.cause))
    return
  }
  // Who has been brought back meanwhile, by the recovery from another failure, is well.
  const gone = [container, ...others.filter((other) => state.containers[other].phase === 'absent')]
  const instances = state.plan.containers.filter(({ id }) => gone.includes(id)).flatMap((planned) => planned.instances)
  fail(draft, instances, kill.cause, kill.foretold, row)
}

function downCause(cause: FailureCause): string {
  return cause.by === undefined ? `crashed: ${cause.message}` : `killed by ${cause.by}`
}

export function onOperatorFailed(draft: Draft, input: Extract<JobInput, { type: 'operator-failed' }>): void {
  const instance = draft.state.instances[input.instance]
  if (instance === undefined || input.attempt !== instance.attempt) return
  const phase = draft.state.containers[plannedInstance(draft, input.instance).container]?.phase
  if (phase !== 'open' && phase !== 'deploying' && phase !== 'restored') return
  if (phase === 'deploying' && DAMAGED.includes(input.code)) return onDamage(draft, input.message)
  fail(
    draft,
    [input.instance],
    { code: input.code, message: input.message, ...(input.stack === undefined ? {} : { stack: input.stack }) },
    null,
    input.row ?? null,
  )
}

/**
 * A checkpoint that was stored cannot be read. One that is not committed is given up; the committed one
 * is a matter of H6, which is decided where everything is verified: at the start of the process.
 */
function onDamage(draft: Draft, message: string): void {
  const { state } = draft
  event(draft, { type: 'notice', level: 'error', code: 'CHECKPOINT_CORRUPT', message })
  if (state.checkpoint !== null && state.recovery !== null && state.recovery.cut === state.checkpoint.window) return giveUpCheckpoint(draft)
  exitProcess(draft, `a checkpoint cannot be read: ${message}`, {
    cause: { code: 'CHECKPOINT_CORRUPT', message },
    instances: [],
    told: false,
  })
}

/** A failure: noted, and recovered from. */
function fail(
  draft: Draft,
  instances: readonly string[],
  cause: FailureCause,
  foretold: readonly string[] | null,
  row: FailedRow | null,
): void {
  const { state } = draft
  const incident = noteFailure(draft, instances, cause, row)
  if (incident === null) return
  const grewBecause = unfinished(state).length === 0 ? undefined : 'it came while another failure was being recovered from'
  beginRecovery(draft, { failed: instances, incident, foretold, why: cause.message, ...(grewBecause === undefined ? {} : { grewBecause }) })
}

/** Tells the failure and counts it against the budget unless a person wanted it. Null = it was one too many. */
function noteFailure(draft: Draft, instances: readonly string[], cause: FailureCause, row: FailedRow | null): string | null {
  const incident = tellFailure(draft, instances, cause, row)
  return cause.by !== undefined || spendBudget(draft, instances, cause, row) ? incident : null
}

/** `end`: the process has died of it. Returns its incident. */
export function tellFailure(
  draft: Draft,
  instances: readonly string[],
  cause: FailureCause,
  row: FailedRow | null,
  end: ProcessEnd | null = null,
): string {
  const incident = nextIncident(draft)
  event(draft, {
    type: 'failure',
    incident,
    operators: [...new Set(instances.map((id) => plannedInstance(draft, id).operator))],
    ...partitionsAmong(draft, instances),
    code: cause.code,
    message: cause.message,
    ...(cause.stack === undefined ? {} : { stack: cause.stack }),
    ...(cause.by === undefined ? {} : { by: cause.by }),
    ...(row === null ? {} : { row: row.text }),
    ...(end === null ? {} : { process: end }),
  })
  for (const id of end === null ? instances : Object.keys(draft.state.instances)) showInstance(draft, id, 'down', downCause(cause))
  return incident
}

export function beginRecovery(draft: Draft, request: RecoveryRequest): void {
  const { state, facts } = draft
  const running = state.recovery
  const plan = recoveryPlanFor(draft, request.failed)
  const skipped = skippedBy(draft, plan)
  const goesOnAfter = skipped?.to ?? plan.cut
  const incident = request.incident ?? running?.incident ?? nextIncident(draft)
  state.attempt += 1
  effect(draft, { type: 'journal', entry: { type: 'attempt', attempt: state.attempt, why: request.why } })
  const containers = state.plan.containers
    .filter((container) => container.instances.some((id) => plan.restart.has(id)))
    .map((container) => container.id)
  const same = running !== null && running.incident === incident
  state.recovery = {
    incident,
    attempt: state.attempt,
    startedAtMs: same ? running.startedAtMs : facts.atMs,
    phase: 'pinning',
    containers,
    watched: [...new Set([...(running?.watched ?? []), ...(running?.containers ?? [])])].filter(
      (container) => !containers.includes(container),
    ),
    cut: plan.cut,
    goesOnAfter,
    skipped,
    foretold: request.foretold ?? (same ? running.foretold : null),
    grewBecause: request.grewBecause ?? (same ? running.grewBecause : null),
    undeployedMs: null,
    restoredMs: null,
    firstNewRowMs: null,
  }
  for (const id of plan.restart.keys()) {
    const instance = state.instances[id]
    setInstance(draft, id, { attempt: state.attempt, reached: Math.max(instance.reached, instance.ended, facts.ended(id)) })
  }
  const down = plan.outer.filter((reader) => staysDown(draft, reader.container))
  // Who stays down holds nobody up: a pin of an earlier plan would (H32).
  if (down.length > 0) effect(draft, { type: 'unpin', readers: down })
  effect(draft, {
    type: 'pin',
    attempt: state.attempt,
    window: goesOnAfter,
    skips: skipped !== null,
    readers: plan.outer.filter((reader) => !down.includes(reader)),
  })
}

export function onPinned(draft: Draft, attempt: number, refused: readonly string[]): void {
  const { state } = draft
  const { recovery } = state
  if (recovery === null || recovery.attempt !== attempt || recovery.phase !== 'pinning') return
  if (refused.length > 0) {
    // Evicted between plan and pin: what feeds those streams has to send again.
    const publishers = state.plan.streams.filter((stream) => refused.includes(stream.id)).map((stream) => stream.publisher)
    const why = `the buffers of ${refused.join(', ')} no longer reach back`
    return beginRecovery(draft, { failed: publishers, incident: null, foretold: null, why, grewBecause: why })
  }
  state.recovery = { ...recovery, phase: 'emptying' }
  voidCheckpointsAbove(draft, recovery)
  if (recovery.incident !== START) {
    const restart = operatorsOf(draft, recovery)
    const differs = recovery.foretold !== null && !sameSet(recovery.foretold, restart)
    event(draft, {
      type: 'recovery-planned',
      incident: recovery.incident,
      attempt,
      cut: recovery.cut,
      restart,
      ...partitionsAmong(
        draft,
        recovery.containers.flatMap((container) => instancesOf(draft, container)),
      ),
      ...(recovery.foretold === null ? {} : { foretold: recovery.foretold }),
      ...(differs ? { reason: recovery.grewBecause ?? 'buffers or checkpoints moved on between the preview and the kill' } : {}),
      ...(recovery.skipped === null ? {} : { skipped: recovery.skipped }),
    })
    setStatus(draft, 'recovering', null)
  }
  for (const container of recovery.containers) empty(draft, container, recovery)
  proceedWhenEmpty(draft)
}

/**
 * A checkpoint was given up, or one newer than the cut was committed, while a recovery was on its way:
 * it has to be planned again. In the normal course of things neither can be.
 */
export function replanIfCutIsGone(draft: Draft): void {
  const { state } = draft
  const { recovery } = state
  if (recovery === null || recovery.phase === 'replaying' || recovery.cut === state.committed || ENDED_STATES.includes(state.status)) return
  const whole =
    recovery.cut > state.committed && unfinished(state).every((instance) => snapshotAt(draft, instance, recovery.cut) !== undefined)
  if (whole) return
  beginRecovery(draft, {
    failed: [],
    incident: null,
    foretold: null,
    why: `the checkpoint of w ${recovery.cut} was given up`,
    grewBecause: `the checkpoint of w ${recovery.cut} could not be stored`,
  })
}

/** Live members answer an undeploy; one that does not in time is terminated (H10). */
function empty(draft: Draft, container: string, recovery: Recovery): void {
  const phase = draft.state.containers[container]
  switch (phase.phase) {
    case 'deploying':
    case 'restored':
    case 'open':
    case 'undeploying':
      setContainer(draft, container, { phase: 'undeploying' })
      effect(draft, { type: 'undeploy', container, attempt: recovery.attempt })
      effect(draft, { type: 'arm', id: `undeploy:${container}:${recovery.attempt}`, afterMs: UNDEPLOY_TIMEOUT_MS })
      for (const id of instancesOf(draft, container))
        if (draft.state.instances[id].state !== 'down') showInstance(draft, id, 'rolling-back')
      return
    case 'absent':
    case 'starting':
    case 'ready':
    case 'terminating':
      return
  }
}

/** H5: nothing that a member stored above the cut may ever be combined with the others'. */
function voidCheckpointsAbove(draft: Draft, recovery: Recovery): void {
  const { state } = draft
  const members = recovery.containers.flatMap((container) => instancesOf(draft, container))
  const files: string[] = []
  if (state.checkpoint !== null && state.checkpoint.window > recovery.cut) {
    const stored = { ...state.checkpoint.stored }
    for (const id of members) {
      const snapshot = stored[id]
      if (snapshot === undefined) continue
      if (snapshot.file !== null) files.push(snapshot.file)
      delete stored[id]
    }
    state.checkpoint = { ...state.checkpoint, stored }
  }
  for (const id of members) {
    const instance = state.instances[id]
    const finalAbove = instance.finalWindow !== null && instance.finalWindow > recovery.cut
    if (finalAbove && instance.final !== null && instance.final.file !== null) files.push(instance.final.file)
    setInstance(draft, id, {
      cut: recovery.goesOnAfter,
      ended: recovery.goesOnAfter,
      ...(finalAbove ? { finalWindow: null, final: null } : {}),
    })
  }
  // Nor does who goes on behind it.
  const left = state.checkpoint !== null && state.checkpoint.window > recovery.cut && state.checkpoint.window <= recovery.goesOnAfter
  if (left) giveUpCheckpoint(draft)
  // Who is held does not reach its window: the checkpoint cannot come about.
  if (Object.keys(state.held).length > 0 && state.checkpoint !== null && state.checkpoint.window > recovery.cut) giveUpCheckpoint(draft)
  if (files.length > 0) effect(draft, { type: 'delete-snapshots', files: [...new Set(files)] })
}

export function onUndeployed(draft: Draft, container: string, attempt: number): void {
  const { state } = draft
  if (state.recovery === null || state.recovery.attempt !== attempt) return
  if (state.containers[container]?.phase !== 'undeploying') return
  setContainer(draft, container, { phase: 'ready' })
  effect(draft, { type: 'deactivate', container })
  proceedWhenEmpty(draft)
}

function proceedWhenEmpty(draft: Draft): void {
  const { state, facts } = draft
  const { recovery } = state
  if (recovery === null || recovery.phase !== 'emptying') return
  const busy = recovery.containers.some((container) => {
    const phase = state.containers[container].phase
    return phase === 'undeploying' || phase === 'terminating'
  })
  if (busy) return
  const members = recovery.containers.flatMap((container) => instancesOf(draft, container))
  const failures = Math.max(0, ...members.map((id) => state.budget[id]?.failures ?? 0))
  const delayMs = BACK_OFF_MS[Math.max(0, Math.min(failures - 1, BACK_OFF_MS.length - 1))]
  state.recovery = { ...recovery, phase: delayMs > 0 ? 'waiting' : 'deploying', undeployedMs: facts.atMs - recovery.startedAtMs }
  if (delayMs > 0) effect(draft, { type: 'arm', id: `backoff:${recovery.attempt}`, afterMs: delayMs })
  else startDeploying(draft)
}

export function onDeadline(draft: Draft, { id, row }: Extract<JobInput, { type: 'deadline' }>): void {
  const { state } = draft
  const [kind, subject, attempt] = id.split(':')
  switch (kind) {
    case 'undeploy': {
      if (state.containers[subject]?.phase !== 'undeploying' || state.recovery?.attempt !== Number(attempt)) return
      return terminate(draft, subject, { code: UNDEPLOY_TIMEOUT, message: 'It did not answer in time and was terminated.' }, null)
    }
    case 'exit': {
      const container = state.containers[subject]
      if (container?.phase !== 'terminating' || container.attempt !== Number(attempt)) return
      return leaveBehind(draft, subject, container, row ?? null)
    }
    case 'backoff':
      if (state.recovery?.phase !== 'waiting' || state.recovery.attempt !== Number(subject)) return
      state.recovery = { ...state.recovery, phase: 'deploying' }
      return startDeploying(draft)
    case 'commit':
      if (state.instances[subject] === undefined) return
      return commitSink(draft, subject)
    case 'redo': {
      const instance = state.instances[subject]
      if (instance === undefined || instance.attempt !== Number(attempt) || instance.final !== null) return
      return beginRecovery(draft, {
        failed: [subject],
        incident: nextIncident(draft),
        foretold: null,
        why: `the last checkpoint of ${subject} could not be stored`,
      })
    }
  }
}

/** Its thread cannot be ended (a system call that hangs): the process goes with it. What it died of is told and counted first. */
function leaveBehind(
  draft: Draft,
  container: string,
  { cause, together }: Extract<ContainerPhase, { phase: 'terminating' }>,
  row: FailedRow | null,
): void {
  const told = cause.code !== UNDEPLOY_TIMEOUT
  if (told) {
    const instances = draft.state.plan.containers.filter(({ id }) => together.includes(id)).flatMap((planned) => planned.instances)
    if (noteFailure(draft, instances, cause, row) === null) return
  }
  const why = `container ${container} did not end within ${EXIT_TIMEOUT_MS} ms of being terminated`
  exitProcess(draft, why, {
    cause: told
      ? cause
      : { code: cause.code, message: `Container ${container} did not end within ${EXIT_TIMEOUT_MS} ms of being terminated.` },
    instances: [],
    told,
  })
}

function operatorsOf(draft: Draft, recovery: Recovery): string[] {
  return [
    ...new Set(recovery.containers.flatMap((container) => instancesOf(draft, container)).map((id) => plannedInstance(draft, id).operator)),
  ]
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((entry) => b.includes(entry))
}
