/** `belay alerts`: what fires, what has fired, and the rules. */
import type { Alert, AlertRule, AlertRuleBody } from '@belay/run'
import { defineCommand, HOME_OPTION, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'
import { SERVER_OPTIONS, serverClient, type ServerClient } from './serverClient.ts'

interface AddValues {
  readonly when?: string
  readonly until?: string
  readonly for?: string
  readonly scope?: string
  readonly severity?: string
  readonly pipeline?: string
}

export const alertsCommand: Command = defineCommand({
  name: 'alerts',
  summary: 'what fires and has fired; the rules of the server',
  usage: 'alerts [list | history | rules | add NAME --when EXPRESSION | delete RULE | acknowledge ALERT]',
  examples: [
    'belay alerts',
    'belay alerts history --run flights-261124-1200-ab12 --json',
    'belay alerts add "Run is behind" --when "lag_seconds > 60" --until "lag_seconds < 30" --for 30',
    'belay alerts add "Back pressure" --scope operator --when "blocked > 0.8" --severity warning',
  ],
  options: {
    ...JSON_OPTION,
    ...SERVER_OPTIONS,
    ...HOME_OPTION,
    run: { type: 'string', value: 'RUNID', help: 'only alerts of this run' },
    when: { type: 'string', value: 'EXPRESSION', help: 'add: true while something is wrong' },
    until: { type: 'string', value: 'EXPRESSION', help: 'add: the alert goes on until this is true' },
    for: {
      type: 'string',
      value: 'SECONDS',
      help: 'add: how long it must hold before it fires, and be over before it is resolved; 0 by default',
    },
    scope: { type: 'string', value: 'WHAT', help: 'add: run (the default) or operator: what the expression is asked of' },
    severity: { type: 'string', value: 'WORD', help: 'add: info, warning (the default) or critical' },
    pipeline: { type: 'string', value: 'ID', help: 'add: only runs of this pipeline' },
  },
  async run(values, [verb = 'list', name]) {
    const { ask } = serverClient(values)
    const print = (value: unknown, text: string): number => {
      process.stdout.write(values.json === true ? `${JSON.stringify(value)}\n` : text)
      return EXIT.done
    }
    const usage = (): number => {
      process.stderr.write(`belay ${alertsCommand.usage}\n`)
      return EXIT.invalid
    }
    switch (verb) {
      case 'list':
      case 'history': {
        const query = new URLSearchParams({
          ...(verb === 'list' ? { open: 'true' } : {}),
          ...(values.run === undefined ? {} : { run: values.run }),
        })
        const alerts = await ask<readonly Alert[]>('GET', `/alerts?${query.toString()}`)
        return print(
          alerts,
          alerts.length === 0 ? (verb === 'list' ? 'nothing fires\n' : 'nothing has fired\n') : alerts.map(alertLine).join(''),
        )
      }
      case 'rules': {
        const rules = await ask<readonly AlertRule[]>('GET', '/alerts/rules')
        return print(rules, rules.length === 0 ? 'no rules yet\n' : rules.map(ruleLine).join(''))
      }
      case 'add':
        return name === undefined || values.when === undefined ? usage() : add(ask, name, values, print)
      case 'delete':
        if (name === undefined) return usage()
        await ask('DELETE', `/alerts/rules/${encodeURIComponent(name)}`)
        return print(null, 'deleted\n')
      case 'acknowledge': {
        if (name === undefined) return usage()
        const alert = await ask<Alert>('POST', `/alerts/${encodeURIComponent(name)}/acknowledge`, {})
        return print(alert, alertLine(alert))
      }
      default:
        return usage()
    }
  },
})

async function add(
  ask: ServerClient['ask'],
  name: string,
  { when, until, for: held, scope, severity, pipeline }: AddValues,
  print: (value: unknown, text: string) => number,
): Promise<number> {
  const holdMs = Math.round(Number(held ?? 0) * 1000)
  // What is wrong with it the server says.
  const body = {
    name,
    pipelineId: pipeline ?? null,
    runId: null,
    scope: scope ?? 'run',
    operator: null,
    condition: when ?? '',
    until: until ?? null,
    forMs: holdMs,
    resolveAfterMs: holdMs,
    noData: 'keep',
    severity: severity ?? 'warning',
    webhooks: [],
    enabled: true,
  } satisfies Record<keyof AlertRuleBody, unknown>
  const rule = await ask<AlertRule>('POST', '/alerts/rules', body)
  return print(rule, ruleLine(rule))
}

function alertLine({ id, severity, ruleName, runId, operator, firedAtMs, resolvedAtMs, end, acknowledgedBy }: Alert): string {
  const where = runId === '' ? 'a test' : operator === null ? runId : `${runId} ${operator}`
  const over = resolvedAtMs === null ? 'fires' : `over ${new Date(resolvedAtMs).toISOString()} (${end ?? ''})`
  return `${id}  ${severity.padEnd(8)} ${ruleName}  ${where}  ${new Date(firedAtMs).toISOString()}  ${over}${acknowledgedBy === null ? '' : `  seen by ${acknowledgedBy}`}\n`
}

function ruleLine({ id, name, severity, scope, condition, until, forMs, enabled, problem }: AlertRule): string {
  const ends = until === null ? '' : ` until ${until}`
  return `${id}  ${severity.padEnd(8)} ${name}  each ${scope}: ${condition}${ends}, for ${forMs / 1000} s${enabled ? '' : '  off'}${problem === null ? '' : `  ${problem}`}\n`
}
