/** Events as sentences: subject first, by its name, present tense (ui.md §8). */
import type { OperatorState, RunEvent, RunState, SkippedWindows } from '@belay/run'
import { bytes, duration, plural, whole, windowName } from '../theme/numbers.ts'
import { stateWord } from '../theme/states.tsx'
import { t } from '../language/t.ts'

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
  return t('{windows}, at least {rows}', {
    windows: from === to ? windowName(to) : t('{from} to {to}', { from: windowName(from), to: windowName(to) }),
    rows: plural(rows, 'row'),
  })
}

const COMMANDS: Readonly<Record<string, string>> = {
  'kill-operator': t('kill'),
  'kill-process': t('kill the run process'),
  'restore-operator': t('restore'),
  'restore-run': t('restore the run'),
  'set-checkpoint-interval': t('change the time between checkpoints'),
  'set-log-level': t('change which lines are kept'),
  'set-on-row-error': t('change what happens to bad rows'),
  'set-row-error-rule': t('change which bad rows are left out'),
  'set-config': t('change settings of'),
  'take-checkpoint': t('take a checkpoint'),
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
        event.state === 'needs-decision' ? t('The run needs a decision') : t('The run is {state}', { state: stateWord(event.state) }),
        event.reason,
      )
    case 'operator-state':
      return line(
        severityOfState(event.state),
        event.state,
        t('{operator} is {state}', { operator: nameOf(event.operator), state: stateWord(event.state) }),
        event.cause ?? t('attempt {attempt}', { attempt: event.attempt }),
        [event.operator],
      )
    case 'checkpoint-started':
      return line('quiet', 'running', t('Checkpoint of {window} begins', { window: windowName(event.window) }))
    case 'checkpoint-completed':
      return line(
        'quiet',
        'running',
        t('Checkpoint of {window} is stored', { window: windowName(event.checkpoint.window) }),
        `${duration(event.checkpoint.durationMs)}, ${bytes(event.checkpoint.sizeBytes)}`,
      )
    case 'checkpoint-failed':
      return line('warning', 'stuck', t('Checkpoint of {window} failed', { window: windowName(event.window) }), event.message)
    case 'committed':
      return line(
        'quiet',
        'running',
        t('{window} is committed', { window: windowName(event.window) }),
        t('manifest {manifest}', { manifest: event.manifest }),
      )
    case 'sink-committed':
      return line(
        'quiet',
        'finished',
        t('{operator} published up to {window}', { operator: nameOf(event.operator), window: windowName(event.window) }),
        '',
        [event.operator],
      )
    case 'failure': {
      if (event.operators.length === 0)
        return event.by === undefined
          ? line('error', 'down', t('The run process died'), `${event.code}: ${event.message}`)
          : line('error', 'down', t('The run process was killed by {by}', { by: event.by }), event.code)
      const names = event.operators.map(nameOf).join(', ')
      return event.by === undefined
        ? line('error', 'down', t('{names} failed', { names }), `${event.code}: ${event.message}`, event.operators)
        : line('error', 'down', t('{names} killed by {by}', { names, by: event.by }), event.code, event.operators)
    }
    case 'recovery-planned':
      return line(
        'info',
        'rolling-back',
        event.skipped === undefined
          ? t('{operators} back to {cut}', {
              operators: plural(event.restart.length, 'operator goes', 'operators go'),
              cut: windowName(event.cut),
            })
          : `${plural(event.restart.length, 'operator skips', 'operators skip')} ${skippedWords(event.skipped)}`,
        t('{names}, attempt {attempt}{reason}', {
          names: event.restart.map(nameOf).join(', '),
          attempt: event.attempt,
          reason: event.reason === undefined ? '' : `, ${event.reason}`,
        }),
        event.restart,
      )
    case 'checkpoint-interval-set':
      return line(
        'info',
        'running',
        t('Checkpoints come every {interval}', { interval: duration(event.intervalMs) }),
        t('before: every {before}; set by {by}', { before: duration(event.before), by: event.by }),
        [],
      )
    case 'on-row-error-set':
      return line(
        'info',
        'running',
        event.action === 'skip'
          ? t('{operator} leaves bad rows out', { operator: nameOf(event.operator) })
          : t('{operator} fails on a bad row', { operator: nameOf(event.operator) }),
        t('set by {by}', { by: event.by }),
        [event.operator],
      )
    case 'row-error-rule-set':
      return line(
        'info',
        'running',
        event.skip
          ? t('{operator} leaves out {what}', { operator: nameOf(event.operator), what: event.code ?? t('one row') })
          : t('{operator} leaves out {what} no longer', { operator: nameOf(event.operator), what: event.code ?? t('one row') }),
        t('set by {by}', { by: event.by }),
        [event.operator],
      )
    case 'log-level-set':
      return line(
        'info',
        'running',
        t('{operator} keeps lines from {level} on', { operator: nameOf(event.operator), level: event.level }),
        t('before: from {before} on; set by {by}', { before: event.before, by: event.by }),
        [event.operator],
      )
    case 'config-set': {
      const changed = Object.keys({ ...event.before, ...event.values }).filter((key) => event.before[key] !== event.values[key])
      const to = changed.map((key) => `${key} ${event.values[key] === undefined ? t('as in the pipeline') : String(event.values[key])}`)
      return line(
        'info',
        'running',
        t('{operator} works with {to}', { operator: nameOf(event.operator), to: to.join(', ') }),
        t('from {window} on, set by {by}', { window: windowName(event.window), by: event.by }),
        [event.operator],
      )
    }
    case 'recovered':
      return line('info', 'running', t('Caught up'), t('{caughtUp} after the failure', { caughtUp: duration(event.durations.caughtUpMs) }))
    case 'command-accepted':
      return line(
        'info',
        event.command === 'kill-process' ? 'down' : 'pending',
        t('{by} asked: {command}{operator}', {
          by: event.by,
          command: COMMANDS[event.command] ?? event.command,
          operator: event.operator === undefined ? '' : ` ${nameOf(event.operator)}`,
        }),
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
      return line(
        'info',
        'restoring',
        t('Restored to {window}', { window: windowName(event.window) }),
        t('manifest {manifest}, lineage {lineage}', { manifest: event.manifest, lineage: event.lineage }),
      )
    case 'decision-needed':
      return line(
        'error',
        'needs-decision',
        t('The run needs a decision'),
        t('{message} Either {choices}.', { message: event.message, choices: event.choices.join(', or ') }),
      )
    case 'process-started':
      return line(
        'info',
        'starting',
        event.adopted ? t('The server found the run again') : t('The run process started'),
        t('process {pid}, attempt {attempt}', { pid: whole(event.pid), attempt: event.attempt }),
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
  fail: t('the operator failed'),
  skip: 'skipped',
  'error-output': t('sent to the errors output'),
}
