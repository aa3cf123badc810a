/** What the log says of an operator beside its own lines: events that are about it, without rows. */
import type { LogLevel, LogValue, RunEventBody } from '@belay/run'

export interface EngineLine {
  /** Operator or instance. */
  readonly about: string
  readonly level: LogLevel
  readonly text: string
  readonly fields?: Readonly<Record<string, LogValue>>
}

export function engineLines(event: RunEventBody): readonly EngineLine[] {
  switch (event.type) {
    case 'operator-state': {
      const { operator, partition, state, cause } = event
      const level = state === 'failed' || state === 'down' ? 'error' : state === 'stuck' ? 'warning' : 'info'
      return [{ about: partition ?? operator, level, text: `${state.replaceAll('-', ' ')}${cause === undefined ? '' : `: ${cause}`}` }]
    }
    case 'failure': {
      const { partitions, operators, code, message, incident } = event
      return (partitions ?? operators).map((about) => ({ about, level: 'error', text: message, fields: { code, incident } }))
    }
    case 'row-error': {
      const { operator, code, message, action, count } = event
      return [{ about: operator, level: 'warning', text: message, fields: { code, action, count } }]
    }
    case 'notice':
      return event.operator === undefined
        ? []
        : [{ about: event.operator, level: event.level, text: event.message, fields: { code: event.code } }]
    case 'config-set':
      return [
        {
          about: event.operator,
          level: 'info',
          text: `settings changed by ${event.by} from window ${event.window} on`,
          fields: event.values,
        },
      ]
    case 'on-row-error-set':
      return [{ about: event.operator, level: 'info', text: `bad rows: ${event.action} (was ${event.before}), set by ${event.by}` }]
    case 'row-error-rule-set':
      return [{ about: event.operator, level: 'info', text: ruleText(event) }]
    case 'log-level-set':
      return [{ about: event.operator, level: 'info', text: `log level ${event.level} (was ${event.before}), set by ${event.by}` }]
    default:
      return []
  }
}

function ruleText({ kind, skip, code, shape, by }: Extract<RunEventBody, { type: 'row-error-rule-set' }>): string {
  const what = kind === 'row' ? 'one bad row' : `bad rows with ${code ?? ''} (${shape ?? ''})`
  return `${what}: ${skip ? 'left out from now on' : 'no longer left out'}, set by ${by}`
}
