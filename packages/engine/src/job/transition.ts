/**
 * Every decision of the job: `transition(state, input) → { state, effects }` (engine-spec §3).
 *
 * Pure and total: an input that does not fit the state, or comes from an attempt that is over,
 * changes nothing. Invariants: at most one recovery and one checkpoint at a time; the attempt is
 * journaled before anything is deployed with it; committed never decreases within a lineage; a
 * recovery is never carried out to a window whose checkpoint has been given up meanwhile.
 */
import { ENDED_STATES } from '@belay/run'
import type { PhysicalPlan } from '../plan/physicalPlan.ts'
import { refuse, withAnswer } from './answers.ts'
import {
  onManifestFailed,
  onManifestStored,
  onSinkCommitFailed,
  onSinkCommitted,
  onSnapshotCopied,
  onSnapshotFailed,
  onSnapshotStored,
} from './checkpoints.ts'
import { onPoisonSkipped } from './budget.ts'
import { onCommand } from './commands.ts'
import { onTick } from './clock.ts'
import { draftOf, effect, type Draft } from './draft.ts'
import type { Effect } from './effect.ts'
import type { Facts, JobInput } from './input.ts'
import { onContainerExited, onDeadline, onLookedAt, onOperatorFailed, onPinned, onUndeployed, replanIfCutIsGone } from './recovery.ts'
import { onContainerReady, onDeployed } from './redeploy.ts'
import { carriedOver, onConfigured, withChange } from './live.ts'
import { onClaimFailed, onClaimStored, onRecovered, retryClaim } from './start.ts'
import type { ContainerPhase, InstanceState, JobState, JournalEntry } from './state.ts'

/** The state of a run that has never done anything. */
export function initialState(runId: string, plan: PhysicalPlan): JobState {
  const containers: Record<string, ContainerPhase> = {}
  for (const container of plan.containers) containers[container.id] = { phase: 'absent' }
  const instances: Record<string, InstanceState> = {}
  for (const instance of plan.instances) {
    instances[instance.id] = {
      state: 'pending',
      cause: null,
      attempt: 0,
      cut: 0,
      skippedWindows: 0,
      skippedTo: 0,
      reached: 0,
      ended: 0,
      finalWindow: null,
      final: null,
      progress: 0,
      progressAtMs: 0,
    }
  }
  return {
    runId,
    plan,
    started: false,
    claim: null,
    status: 'starting',
    reason: null,
    desired: 'running',
    stopMode: null,
    holdAfter: null,
    held: {},
    lineage: 1,
    baseManifest: null,
    forks: {},
    voided: [],
    damaged: [],
    attempt: 0,
    commands: {},
    containers,
    instances,
    committed: 0,
    manifests: [],
    nextManifest: 1,
    checkpoint: null,
    pendingManifest: null,
    abandoned: [],
    commits: {},
    commitFailures: {},
    budget: {},
    poison: {},
    verbs: {},
    live: {},
    unconfirmed: {},
    death: null,
    recovery: null,
    recoveriesMs: [],
    target: 0,
    targetAtMs: 0,
    checkpointWindow: 0,
    checkpointAtMs: 0,
    checkpointRequest: null,
    checkpointIntervalMs: plan.checkpointIntervalMs,
    onRowErrors: {},
    rowErrorRules: {},
    logLevels: {},
    checkpointFailures: 0,
    checkpointProblem: null,
    tickAtMs: 0,
  }
}

/** What the journal says, applied in order; done once, before the first input. */
export function replayJournal(state: JobState, entries: readonly JournalEntry[]): JobState {
  return entries.reduce(replayEntry, state)
}

function replayEntry(state: JobState, entry: JournalEntry): JobState {
  switch (entry.type) {
    case 'attempt':
      // A process that was taken for dead may have written after its successor.
      return { ...state, attempt: Math.max(state.attempt, entry.attempt), death: null }
    case 'death':
      return { ...state, death: { cause: entry.cause, instances: entry.instances, told: entry.told } }
    case 'desired':
      return { ...state, desired: entry.desired, stopMode: entry.stopMode }
    case 'held':
      return { ...state, held: entry.held }
    case 'budget':
      return { ...state, budget: { ...state.budget, [entry.instance]: { window: entry.window, failures: entry.failures, row: entry.row } } }
    case 'poison':
      return { ...state, poison: { ...state.poison, [entry.operator]: entry.rows } }
    case 'live':
      return { ...state, live: withChange(state.live, entry.operator, entry.change) }
    case 'command':
      return { ...state, commands: withAnswer(state.commands, entry.commandId, entry.answer) }
    case 'on-row-error':
      return { ...state, onRowErrors: { ...state.onRowErrors, [entry.operator]: entry.action } }
    case 'row-error-rules':
      return { ...state, rowErrorRules: { ...state.rowErrorRules, [entry.operator]: entry.rules } }
    case 'log-level':
      return { ...state, logLevels: { ...state.logLevels, [entry.operator]: entry.level } }
    case 'checkpoint-interval':
      return { ...state, checkpointIntervalMs: entry.intervalMs }
    case 'checkpoint-request':
      return { ...state, checkpointRequest: entry.request }
    case 'lineage':
      return {
        ...state,
        lineage: entry.lineage,
        baseManifest: entry.baseManifest,
        forks: { ...state.forks, [entry.lineage]: { parent: entry.parent, window: entry.window } },
        verbs: entry.verbs,
        live: carriedOver(state.live, entry.window),
        voided: [...state.voided, ...entry.voided],
      }
    case 'verbs':
      return { ...state, verbs: entry.verbs }
    case 'group':
      return replayJournal(state, entry.entries)
  }
}

export function transition(
  state: JobState,
  input: JobInput,
  facts: Facts,
): { readonly state: JobState; readonly effects: readonly Effect[] } {
  const draft = draftOf(state, facts)
  apply(draft, input)
  replanIfCutIsGone(draft)
  return { state: draft.state, effects: draft.effects }
}

function apply(draft: Draft, input: JobInput): void {
  if (ENDED_STATES.includes(draft.state.status)) {
    if (input.type === 'command')
      refuse(draft, input.command, 'RUN_ENDED', `The run is ${draft.state.status}; nothing can be changed any more.`)
    return
  }
  // Nothing can be decided before it is known what journal and store hold, and that is told once.
  if (draft.state.started === (input.type === 'recovered')) {
    if (input.type === 'command') refuse(draft, input.command, 'RUN_STARTING', 'The run is starting. Try again in a moment.')
    return
  }
  if (draft.state.claim !== null) return whileClaiming(draft, input)
  switch (input.type) {
    case 'recovered':
      return onRecovered(draft, input)
    case 'command':
      return onCommand(draft, input.command)
    case 'tick':
      return onTick(draft, input.figures, input.hungry)
    case 'container-ready':
      return onContainerReady(draft, input.container)
    case 'container-exited':
      return onContainerExited(draft, input)
    case 'looked-at':
      return onLookedAt(draft, input)
    case 'poison-skipped':
      return onPoisonSkipped(draft, input.instance, input.attempt, input.hash, input.window)
    case 'deployed':
      return onDeployed(draft, input.container, input.attempt)
    case 'undeployed':
      return onUndeployed(draft, input.container, input.attempt)
    case 'pinned':
      return onPinned(draft, input.attempt, input.refused)
    case 'operator-failed':
      return onOperatorFailed(draft, input)
    case 'configured':
      return onConfigured(draft, input.instance, input.from)
    case 'snapshot-copied':
      return onSnapshotCopied(draft, input)
    case 'snapshot-stored':
      return onSnapshotStored(draft, input.snapshot)
    case 'snapshot-failed':
      return onSnapshotFailed(draft, input)
    case 'manifest-stored':
      return onManifestStored(draft, input.seq, input.sha256)
    case 'manifest-failed':
      return onManifestFailed(draft, input)
    case 'manifest-lost':
      return onManifestLost(draft, input.seq)
    case 'sink-committed':
      return onSinkCommitted(draft, input)
    case 'sink-commit-failed':
      return onSinkCommitFailed(draft, input)
    case 'deadline':
      return onDeadline(draft, input)
  }
}

/** The process is taking over: all that counts is whether it may. */
function whileClaiming(draft: Draft, input: JobInput): void {
  switch (input.type) {
    case 'manifest-stored':
      return onClaimStored(draft, input.seq, input.sha256)
    case 'manifest-failed':
      return onClaimFailed(draft, input)
    case 'manifest-lost':
      return onManifestLost(draft, input.seq)
    case 'deadline':
      return retryClaim(draft, input.id)
    case 'command':
      if (input.command.type === 'stop' && input.command.mode === 'abort') return onCommand(draft, input.command)
      return refuse(draft, input.command, 'RUN_STARTING', 'The run is starting. Try again in a moment.')
    default:
  }
}

function onManifestLost(draft: Draft, seq: number): void {
  effect(draft, { type: 'exit-process', why: `manifest ${seq} was written by another process of this run` })
}
