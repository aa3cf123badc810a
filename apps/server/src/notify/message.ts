/** What webhooks are sent: one shape for everything, with a sentence for people and the facts for programs. Pure. */
import type { Alert, RunEvent, WebhookEvent } from '@belay/run'

interface RunNamed {
  readonly runId: string
  readonly pipelineId: string
}

export interface MessageBody {
  readonly event: WebhookEvent
  /** ms since the epoch */
  readonly atMs: number
  /** For people; the field that chat tools show. */
  readonly text: string
  /** Where to look, if the server knows its own address. */
  readonly link: string | null
  readonly run: RunNamed | null
  readonly alert: Pick<
    Alert,
    'id' | 'ruleName' | 'severity' | 'operator' | 'condition' | 'values' | 'firedAtMs' | 'resolvedAtMs' | 'end'
  > | null
  readonly details: Readonly<Record<string, unknown>>
}

function linkOf(origin: string | null, runId: string, operator: string | null): string | null {
  if (origin === null || runId === '') return null
  const query = operator === null ? '' : `?${new URLSearchParams({ operator, tab: 'metrics' }).toString()}`
  return `${origin}/runs/${encodeURIComponent(runId)}${query}`
}

/** What an event of a run is to webhooks; null = nothing. */
export function webhookEventOf(event: RunEvent): WebhookEvent | null {
  switch (event.type) {
    case 'run-state':
      return event.state === 'failed'
        ? 'run-failed'
        : event.state === 'finished'
          ? 'run-finished'
          : event.state === 'stopped'
            ? 'run-stopped'
            : null
    case 'decision-needed':
      return 'decision-needed'
    case 'failure':
      return 'failure'
    case 'recovered':
      return 'recovered'
    default:
      return null
  }
}

/** `event` is one that `webhookEventOf` names. Never with rows: who receives it need not be allowed to see data. */
export function runMessage(run: RunNamed, event: RunEvent, name: WebhookEvent, origin: string | null): MessageBody {
  const { text, details } = toldOf(run.runId, event)
  return { event: name, atMs: event.atMs, text, link: linkOf(origin, run.runId, null), run, alert: null, details }
}

function toldOf(runId: string, event: RunEvent): { readonly text: string; readonly details: Readonly<Record<string, unknown>> } {
  const { seq } = event
  switch (event.type) {
    case 'run-state': {
      const why = event.reason === undefined ? '' : `: ${event.reason}`
      return { text: `Run ${runId} has ${event.state}${why}`, details: { seq, state: event.state, reason: event.reason ?? null } }
    }
    case 'decision-needed':
      return { text: `Run ${runId} needs a decision: ${event.message}`, details: { seq, code: event.code, choices: event.choices } }
    case 'failure':
      return {
        text: `${event.operators.length > 0 ? `${event.operators.join(', ')} of run ${runId} failed` : `The process of run ${runId} died`} (${event.code}); it is being recovered`,
        details: { seq, incident: event.incident, operators: event.operators, code: event.code, process: event.process ?? null },
      }
    case 'recovered':
      return {
        text: `Run ${runId} has recovered within ${(event.durations.caughtUpMs / 1000).toFixed(1)} s`,
        details: { seq, incident: event.incident, durations: event.durations },
      }
    default:
      return { text: `Run ${runId}: ${event.type}`, details: { seq } }
  }
}

export function startedMessage(run: RunNamed, atMs: number, resumed: boolean, origin: string | null): MessageBody {
  const text = resumed ? `Run ${run.runId} goes on` : `Run ${run.runId} has started`
  return { event: 'run-started', atMs, text, link: linkOf(origin, run.runId, null), run, alert: null, details: { resumed } }
}

export function alertMessage(alert: Omit<Alert, 'deliveries'>, event: WebhookEvent, atMs: number, origin: string | null): MessageBody {
  const { id, ruleName, severity, runId, pipelineId, operator, condition, values, firedAtMs, resolvedAtMs, end } = alert
  const where = runId === '' ? 'nowhere: this is a test' : operator === null ? `run ${runId}` : `${operator} of run ${runId}`
  return {
    event,
    atMs,
    text: event === 'alert-resolved' ? `Over: ${ruleName}, at ${where}` : `${severity}: ${ruleName}, at ${where}`,
    link: linkOf(origin, runId, operator),
    run: runId === '' ? null : { runId, pipelineId },
    alert: { id, ruleName, severity, operator, condition, values, firedAtMs, resolvedAtMs, end },
    details: {},
  }
}
