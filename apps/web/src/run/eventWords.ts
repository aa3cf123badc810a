/** Events as sentences: subject first, by its name, present tense (ui.md §8). */
import type { OperatorState, RunEvent, RunState, SkippedWindows } from '@belay/run'
import { bytes, duration, plural, whole, windowName } from '../theme/numbers.ts'
import { stateWord } from '../theme/states.tsx'

/** quiet = windows and checkpoints going by. */
export type Severity = 'quiet' | 'info' | 'warning' | 'error'

export interface EventLine {
  readonly title: string
  readonly detail: string
  readonly severity: Severity
  /** Whose icon and colour it takes. */
  readonly state: OperatorState | RunState
  readonly operators: readonly string[]
}

function line(
  severity: Severity,
  state: OperatorState | RunState,
  title: string,
  detail = '',
  operators: readonly string[] = [],
): EventLine {
  return { title, detail, severity, state, operators }
}

/** The windows that operators leave out by `onFailure: skip`, and what that costs. */
export function skippedWords({ from, to, rows }: SkippedWindows): string {
  return `${from === to ? windowName(to) : `${windowName(from)} to ${windowName(to)}`}, at least ${plural(rows, 'row')}`
}

const COMMANDS: Readonly<Record<string, string>> = {
  'kill-operator': 'kill',
  'kill-process': 'kill the run process',
  'restore-operator': 'restore',
  'restore-run': 'restore the run',
  'set-checkpoint-interval': 'change the time between checkpoints',
  'set-log-level': 'change which lines are kept',
  'set-config': 'change settings of',
  'take-checkpoint': 'take a checkpoint',
}

function severityOfState(state: OperatorState): Severity {
  switch (state) {
    case 'down':
    case 'failed':
      return 'error'
    case 'stuck':
    case 'held':
      return 'warning'
    case 'pending':
    case 'starting':
    case 'restoring':
    case 'replaying':
    case 'running':
    case 'rolling-back':
    case 'paused':
    case 'finishing':
    case 'finished':
      return 'info'
  }
}

/** Windows and checkpoints going by, several a second: folded unless asked for. */
export function isQuiet(event: RunEvent): boolean {
  return (
    event.type === 'checkpoint-started' ||
    event.type === 'checkpoint-completed' ||
    event.type === 'committed' ||
    event.type === 'sink-committed'
  )
}

export function eventLine(event: RunEvent, nameOf: (operator: string) => string): EventLine {
  switch (event.type) {
    case 'run-state':
      return line(
        event.state === 'failed' || event.state === 'needs-decision' ? 'error' : event.state === 'degraded' ? 'warning' : 'info',
        event.state,
        event.state === 'needs-decision' ? 'The run needs a decision' : `The run is ${stateWord(event.state)}`,
        event.reason,
      )
    case 'operator-state':
      return line(
        severityOfState(event.state),
        event.state,
        `${nameOf(event.operator)} is ${stateWord(event.state)}`,
        event.cause ?? `attempt ${event.attempt}`,
        [event.operator],
      )
    case 'checkpoint-started':
      return line('quiet', 'running', `Checkpoint of ${windowName(event.window)} begins`)
    case 'checkpoint-completed':
      return line(
        'quiet',
        'running',
        `Checkpoint of ${windowName(event.checkpoint.window)} is stored`,
        `${duration(event.checkpoint.durationMs)}, ${bytes(event.checkpoint.sizeBytes)}`,
      )
    case 'checkpoint-failed':
      return line('warning', 'stuck', `Checkpoint of ${windowName(event.window)} failed`, event.message)
    case 'committed':
      return line('quiet', 'running', `${windowName(event.window)} is committed`, `manifest ${event.manifest}`)
    case 'sink-committed':
      return line('quiet', 'finished', `${nameOf(event.operator)} published up to ${windowName(event.window)}`, '', [event.operator])
    case 'failure': {
      if (event.operators.length === 0)
        return event.by === undefined
          ? line('error', 'down', 'The run process died', `${event.code}: ${event.message}`)
          : line('error', 'down', `The run process was killed by ${event.by}`, event.code)
      const names = event.operators.map(nameOf).join(', ')
      return event.by === undefined
        ? line('error', 'down', `${names} failed`, `${event.code}: ${event.message}`, event.operators)
        : line('error', 'down', `${names} killed by ${event.by}`, event.code, event.operators)
    }
    case 'recovery-planned':
      return line(
        'info',
        'rolling-back',
        event.skipped === undefined
          ? `${plural(event.restart.length, 'operator goes', 'operators go')} back to ${windowName(event.cut)}`
          : `${plural(event.restart.length, 'operator skips', 'operators skip')} ${skippedWords(event.skipped)}`,
        `${event.restart.map(nameOf).join(', ')}, attempt ${event.attempt}${event.reason === undefined ? '' : `, ${event.reason}`}`,
        event.restart,
      )
    case 'checkpoint-interval-set':
      return line(
        'info',
        'running',
        `Checkpoints come every ${duration(event.intervalMs)}`,
        `before: every ${duration(event.before)}; set by ${event.by}`,
        [],
      )
    case 'log-level-set':
      return line(
        'info',
        'running',
        `${nameOf(event.operator)} keeps lines from ${event.level} on`,
        `before: from ${event.before} on; set by ${event.by}`,
        [event.operator],
      )
    case 'config-set': {
      const changed = Object.keys({ ...event.before, ...event.values }).filter((key) => event.before[key] !== event.values[key])
      const to = changed.map((key) => `${key} ${event.values[key] === undefined ? 'as in the pipeline' : String(event.values[key])}`)
      return line(
        'info',
        'running',
        `${nameOf(event.operator)} works with ${to.join(', ')}`,
        `from ${windowName(event.window)} on, set by ${event.by}`,
        [event.operator],
      )
    }
    case 'recovered':
      return line('info', 'running', 'Caught up', `${duration(event.durations.caughtUpMs)} after the failure`)
    case 'command-accepted':
      return line(
        'info',
        event.command === 'kill-process' ? 'down' : 'pending',
        `${event.by} asked: ${COMMANDS[event.command] ?? event.command}${event.operator === undefined ? '' : ` ${nameOf(event.operator)}`}`,
        'accepted',
        event.operator === undefined ? [] : [event.operator],
      )
    case 'row-error':
      return line(
        'warning',
        'stuck',
        `${nameOf(event.operator)}: ${event.message}`,
        `${plural(event.count, 'row')}, ${ROW_ACTIONS[event.action]}${event.row === undefined ? '' : `: ${event.row}`}`,
        [event.operator],
      )
    case 'restored':
      return line('info', 'restoring', `Restored to ${windowName(event.window)}`, `manifest ${event.manifest}, lineage ${event.lineage}`)
    case 'decision-needed':
      return line('error', 'needs-decision', 'The run needs a decision', `${event.message} Either ${event.choices.join(', or ')}.`)
    case 'process-started':
      return line(
        'info',
        'starting',
        event.adopted ? 'The server found the run again' : 'The run process started',
        `process ${whole(event.pid)}, attempt ${event.attempt}`,
      )
    case 'notice':
      return line(
        event.level === 'info' ? 'info' : event.level,
        event.level === 'error' ? 'failed' : event.level === 'warning' ? 'stuck' : 'running',
        event.message,
        event.code,
        event.operator === undefined ? [] : [event.operator],
      )
  }
}

const ROW_ACTIONS: Readonly<Record<Extract<RunEvent, { type: 'row-error' }>['action'], string>> = {
  fail: 'the operator failed',
  skip: 'skipped',
  'error-output': 'sent to the errors output',
}
