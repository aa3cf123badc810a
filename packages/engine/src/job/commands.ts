/**
 * What people may ask, and when (packages/run, command.ts). An accepted command is journaled together
 * with what it asks for before it is answered, so that after any crash it has happened wholly or not
 * at all, and the same id never has a second effect; what happens comes as events.
 */
import { ROW_ERROR_RULES, USUAL_LOG_LEVEL, type RunCommand } from '@belay/run'
import { sameRule, tooManyRules, withRule } from '../operator/rowErrorRules.ts'
import { accept, refuse, type Of } from './answers.ts'
import { finishIfDone, restoreStatus } from './checkpoints.ts'
import { setClock } from './clock.ts'
import { effect, event, instancesOf, setStatus, type Draft } from './draft.ts'
import { instancesNamed, killPreview } from './killPreview.ts'
import { restoreRun } from './lineage.ts'
import { setConfig } from './live.ts'
import { beginRecovery, nextIncident, terminate } from './recovery.ts'
import type { FailureCause } from './state.ts'

export function onCommand(draft: Draft, command: RunCommand): void {
  const { state } = draft
  const known = state.commands[command.commandId]
  if (known !== undefined) return effect(draft, { type: 'answer', commandId: command.commandId, answer: known })
  if (state.status === 'needs-decision' && !decides(command))
    return refuse(draft, command, 'NEEDS_DECISION', 'The run waits for a decision. Restore a checkpoint, or abort.')
  switch (command.type) {
    case 'stop':
      return stop(draft, command)
    case 'pause':
      return pause(draft, command)
    case 'resume':
      return resume(draft, command)
    case 'kill-operator':
      return killOperator(draft, command)
    case 'kill-process':
      accept(draft, command, [{ type: 'death', cause: killedBy(command.by), instances: [], told: false }])
      return effect(draft, { type: 'exit-process', why: `killed by ${command.by}` })
    case 'restore-operator':
      return restoreOperator(draft, command)
    case 'restore-run':
      return restoreRun(draft, command)
    case 'take-checkpoint':
      return takeCheckpoint(draft, command)
    case 'set-config':
      return setConfig(draft, command)
    case 'set-checkpoint-interval':
      return setCheckpointInterval(draft, command)
    case 'set-on-row-error':
      return setOnRowError(draft, command)
    case 'set-row-error-rule':
      return setRowErrorRule(draft, command)
    case 'set-log-level':
      return setLogLevel(draft, command)
  }
}

function decides(command: RunCommand): boolean {
  return command.type === 'restore-run' || command.type === 'kill-process' || (command.type === 'stop' && command.mode === 'abort')
}

function stop(draft: Draft, command: Of<'stop'>): void {
  const { state } = draft
  if (command.mode === 'abort') {
    accept(draft, command)
    const reason = `aborted by ${command.by}: what was not committed is discarded`
    setStatus(draft, 'stopped', reason)
    return effect(draft, { type: 'end', state: 'stopped', reason })
  }
  if (Object.keys(state.held).length > 0)
    return refuse(draft, command, 'OPERATOR_HELD', 'Nothing can be committed while an operator is held. Restore it first, or abort.')
  if (state.desired === 'stopped') return refuse(draft, command, 'ALREADY_STOPPING', 'The run is stopping already.')
  accept(draft, command, [{ type: 'desired', desired: 'stopped', stopMode: command.mode }])
  state.desired = 'stopped'
  state.stopMode = command.mode
  state.holdAfter = state.target + 1
  restoreStatus(draft)
  setClock(draft)
  finishIfDone(draft)
}

function pause(draft: Draft, command: Of<'pause'>): void {
  const { state } = draft
  if (state.desired !== 'running') return refuse(draft, command, 'NOT_RUNNING', `The run is ${state.status}, so it cannot be paused.`)
  accept(draft, command, [{ type: 'desired', desired: 'paused', stopMode: null }])
  state.desired = 'paused'
  state.holdAfter = state.target + 1
  restoreStatus(draft)
  setClock(draft)
}

function resume(draft: Draft, command: Of<'resume'>): void {
  const { state } = draft
  if (state.desired !== 'paused') return refuse(draft, command, 'NOT_PAUSED', `The run is ${state.status}, not paused.`)
  accept(draft, command, [{ type: 'desired', desired: 'running', stopMode: null }])
  state.desired = 'running'
  state.holdAfter = null
  state.targetAtMs = draft.facts.atMs
  restoreStatus(draft)
  setClock(draft)
}

function takeCheckpoint(draft: Draft, command: Of<'take-checkpoint'>): void {
  const { state } = draft
  if (Object.keys(state.held).length > 0)
    return refuse(draft, command, 'OPERATOR_HELD', 'Nothing can be checkpointed while an operator is held. Restore it first.')
  if (state.desired !== 'running')
    return refuse(draft, command, 'NOT_RUNNING', `The run is ${state.status}: its last checkpoint is the one it stands at.`)
  const request = { pinned: command.pin || (state.checkpointRequest?.pinned ?? false) }
  accept(draft, command, [{ type: 'checkpoint-request', request }])
  state.checkpointRequest = request
}

/** As the document may have it (packages/pipeline, document.ts). */
const INTERVAL_MS = { least: 200, most: 3_600_000 } as const

function setCheckpointInterval(draft: Draft, command: Of<'set-checkpoint-interval'>): void {
  const { state } = draft
  const { intervalMs } = command
  const least = Math.max(INTERVAL_MS.least, state.plan.windowMs)
  if (!Number.isInteger(intervalMs) || intervalMs < least || intervalMs > INTERVAL_MS.most)
    return refuse(
      draft,
      command,
      'INTERVAL_INVALID',
      `Checkpoints can come every ${least} ms, a window or more, up to every hour; ${intervalMs} ms is not between them.`,
      { status: 400 },
    )
  if (state.desired === 'stopped') return refuse(draft, command, 'ALREADY_STOPPING', 'The run is stopping already.')
  const before = state.checkpointIntervalMs
  if (intervalMs === before) return accept(draft, command)
  accept(draft, command, [{ type: 'checkpoint-interval', intervalMs }])
  state.checkpointIntervalMs = intervalMs
  event(draft, { type: 'checkpoint-interval-set', by: command.by, intervalMs, before })
}

/**
 * No window is waited for: a bad row passes in neither case, and where rows may be left out now, one that failed its
 * operator is left out when its window is replayed.
 */
function setOnRowError(draft: Draft, command: Of<'set-on-row-error'>): void {
  const { state } = draft
  const { operator, action } = command
  const planned = state.plan.instances.find((instance) => instance.operator === operator)
  if (planned === undefined)
    return refuse(draft, command, 'OPERATOR_UNKNOWN', `There is no operator ${operator} in this run.`, { status: 404 })
  const before = state.onRowErrors[operator] ?? planned.onRowError
  if (action === before) return accept(draft, command, [], operator)
  accept(draft, command, [{ type: 'on-row-error', operator, action }], operator)
  state.onRowErrors = { ...state.onRowErrors, [operator]: action }
  event(draft, { type: 'on-row-error-set', operator, by: command.by, action, before })
  effect(draft, { type: 'on-row-error', operator, action })
}

/** As `setOnRowError`: no window is waited for. */
function setRowErrorRule(draft: Draft, command: Of<'set-row-error-rule'>): void {
  const { state } = draft
  const { operator, rule, skip } = command
  if (!state.plan.instances.some((instance) => instance.operator === operator))
    return refuse(draft, command, 'OPERATOR_UNKNOWN', `There is no operator ${operator} in this run.`, { status: 404 })
  const before = state.rowErrorRules[operator] ?? []
  if (before.some((one) => sameRule(one, rule)) === skip) return accept(draft, command, [], operator)
  if (skip && before.length >= ROW_ERROR_RULES) return refuse(draft, command, 'TOO_MANY_ROW_ERROR_RULES', tooManyRules(operator))
  const rules = withRule(before, rule, skip)
  accept(draft, command, [{ type: 'row-error-rules', operator, rules }], operator)
  state.rowErrorRules = { ...state.rowErrorRules, [operator]: rules }
  event(draft, { type: 'row-error-rule-set', operator, by: command.by, skip, ...rule })
  effect(draft, { type: 'row-error-rules', operator, rules })
}

/** What is written down changes no result, so no window is waited for. */
function setLogLevel(draft: Draft, command: Of<'set-log-level'>): void {
  const { state } = draft
  const { operator, level } = command
  if (!state.plan.instances.some((instance) => instance.operator === operator))
    return refuse(draft, command, 'OPERATOR_UNKNOWN', `There is no operator ${operator} in this run.`, { status: 404 })
  const before = state.logLevels[operator] ?? USUAL_LOG_LEVEL
  if (level === before) return accept(draft, command, [], operator)
  accept(draft, command, [{ type: 'log-level', operator, level }], operator)
  state.logLevels = { ...state.logLevels, [operator]: level }
  event(draft, { type: 'log-level-set', operator, by: command.by, level, before })
  effect(draft, { type: 'log-level', operator, level })
}

function killOperator(draft: Draft, command: Of<'kill-operator'>): void {
  const { state } = draft
  const planned = instancesNamed(state.plan, command.operator)
  if (planned.length === 0)
    return refuse(draft, command, 'OPERATOR_UNKNOWN', `There is no operator ${command.operator} in this run.`, { status: 404 })
  const [{ operator }] = planned
  if (command.hold && operator !== command.operator)
    return refuse(draft, command, 'PARTITION_HELD', `One partition alone cannot be held. Hold ${operator}, or kill ${command.operator}.`, {
      status: 400,
    })
  if (state.held[operator] !== undefined)
    return refuse(draft, command, 'OPERATOR_DOWN', `${command.operator} is held down already. Restore it instead.`)
  const containers = [...new Set(planned.map((instance) => instance.container))]
  const dead = containers.some((container) => {
    const { phase } = state.containers[container]
    return phase === 'absent' || phase === 'terminating'
  })
  if (dead) return refuse(draft, command, 'OPERATOR_DOWN', `${command.operator} is down already and comes back by itself.`)
  const preview = killPreview(draft, command.operator)
  const foretold = preview.restart.map((entry) => entry.operator)
  if (command.expect !== undefined && !sameSet(command.expect, foretold)) {
    return refuse(draft, command, 'PREVIEW_CHANGED', 'What would restart has changed since the preview. Look at it again and kill then.', {
      preview,
    })
  }
  const held = command.hold ? { ...state.held, [operator]: command.by } : null
  accept(draft, command, held === null ? [] : [{ type: 'held', held }], operator)
  if (held !== null) state.held = held
  for (const container of containers) terminate(draft, container, killedBy(command.by), foretold, containers)
}

function killedBy(by: string): FailureCause {
  return { code: 'KILLED', message: `Killed by ${by}.`, by }
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return new Set(a).size === new Set(b).size && a.every((entry) => b.includes(entry))
}

function restoreOperator(draft: Draft, command: Of<'restore-operator'>): void {
  const { state } = draft
  if (!state.plan.instances.some((instance) => instance.operator === command.operator))
    return refuse(draft, command, 'OPERATOR_UNKNOWN', `There is no operator ${command.operator} in this run.`, { status: 404 })
  if (state.held[command.operator] === undefined)
    return refuse(draft, command, 'OPERATOR_NOT_HELD', `${command.operator} is not held, so there is nothing to restore.`)
  const held = Object.fromEntries(Object.entries(state.held).filter(([operator]) => operator !== command.operator))
  accept(draft, command, [{ type: 'held', held }], command.operator)
  state.held = held
  const containers = [
    ...new Set(state.plan.instances.filter((instance) => instance.operator === command.operator).map((instance) => instance.container)),
  ]
  // Its thread may still be going: then its exit is the failure that is recovered from.
  if (containers.some((container) => state.containers[container].phase === 'terminating')) return
  beginRecovery(draft, {
    failed: containers.flatMap((container) => instancesOf(draft, container)),
    incident: nextIncident(draft),
    foretold: null,
    why: `restored by ${command.by}`,
  })
}
