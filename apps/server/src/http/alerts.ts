/** Alert rules, what they have fired, and what they would have. */
import { isTry, type AlertPreview, type AlertRuleBody, type RunEvent } from '@belay/run'
import { Type } from 'typebox'
import { compileRule } from '../alerts/condition.ts'
import { firingsOf, unknownColumns, type RunPast } from '../alerts/preview.ts'
import type { App, Services } from './app.ts'
import { ServerError } from './problems.ts'
import { AlertRuleBodySchema } from './schemas/alerts.ts'
import { answers } from './schemas/answers.ts'

export const AlertParams = Type.Object({ id: Type.String({ maxLength: 64 }) })

const read = { right: 'read-alerts' as const }
const write = { right: 'write-alerts' as const }
const HOUR_MS = 3_600_000
/** As long as seconds are kept, but for the one under way. */
const QUARTER_MS = 890_000
const PREVIEW_POINTS = 1000
const PREVIEW_RUNS = 50
const PREVIEW_FIRINGS = 1000
const EVENTS_AT_ONCE = 10_000
const MOST_EVENTS = 50_000

export function alertsRoutes(app: App, services: Services): void {
  const { alerts, alertStore } = services.watch

  app.get(
    '/alerts',
    {
      config: read,
      schema: {
        operationId: 'listAlerts',
        summary: 'Alerts: those that fire first, then the newest; kept for 90 days',
        querystring: Type.Object({
          open: Type.Optional(Type.Boolean({ description: 'Only those that are not over' })),
          run: Type.Optional(Type.String({ maxLength: 64 })),
          rule: Type.Optional(Type.String({ maxLength: 64 })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200 })),
        }),
        response: answers(200, ['Alert'], 'Alerts'),
      },
    },
    async ({ query: { open, run, rule, limit } }) =>
      alertStore.list({ open: open ?? false, runId: run ?? null, ruleId: rule ?? null, limit: limit ?? 200 }),
  )
  app.post(
    '/alerts/:id/acknowledge',
    {
      config: write,
      schema: {
        operationId: 'acknowledgeAlert',
        summary: 'Somebody looks after it; an alert of a run that has ended is over with that',
        params: AlertParams,
        body: Type.Object({}),
        response: answers(200, 'Alert', 'The alert', [404]),
      },
    },
    async (request) => alerts.acknowledge(request.params.id, request.principal?.name ?? '', Date.now()),
  )
  app.get(
    '/alerts/rules',
    { config: read, schema: { operationId: 'listAlertRules', summary: 'Alert rules', response: answers(200, ['AlertRule'], 'Rules') } },
    async () => alertStore.rules(),
  )
  app.post(
    '/alerts/rules',
    {
      config: write,
      schema: {
        operationId: 'addAlertRule',
        summary: 'Add an alert rule; it is asked from the next second on',
        body: AlertRuleBodySchema,
        response: answers(201, 'AlertRule', 'The rule is there', [404, 409]),
      },
    },
    async (request, reply) => reply.status(201).send(alerts.addRule(request.body, request.principal?.name ?? '', Date.now())),
  )
  app.post(
    '/alerts/rules/preview',
    {
      config: read,
      schema: {
        operationId: 'previewAlertRule',
        summary: 'When a rule would have fired, by the figures and events that are kept',
        body: Type.Object({ rule: AlertRuleBodySchema, hours: Type.Optional(Type.Integer({ minimum: 1, maximum: 24, default: 1 })) }),
        response: answers(200, 'AlertPreview', 'The preview'),
      },
    },
    async (request) => previewOf(services, request.body.rule, (request.body.hours ?? 1) * HOUR_MS),
  )
  app.put(
    '/alerts/rules/:id',
    {
      config: write,
      schema: {
        operationId: 'changeAlertRule',
        summary: 'Change an alert rule; if it means something else now, what it has fired is over',
        params: AlertParams,
        body: AlertRuleBodySchema,
        response: answers(200, 'AlertRule', 'The rule', [404]),
      },
    },
    async (request) => {
      const { id } = request.params
      request.audited.before = alertStore.knownRule(id).condition
      const rule = alerts.changeRule(id, request.body, request.principal?.name ?? '', Date.now())
      request.audited.after = rule.condition
      return rule
    },
  )
  app.delete(
    '/alerts/rules/:id',
    {
      config: write,
      schema: {
        operationId: 'deleteAlertRule',
        summary: 'Delete an alert rule; what it has fired stays in the list, as over',
        params: AlertParams,
        response: answers(204, null, 'It is gone', [404]),
      },
    },
    async (request, reply) => {
      alerts.removeRule(request.params.id, Date.now())
      return reply.status(204).send()
    },
  )
  app.post(
    '/alerts/rules/:id/test',
    {
      config: write,
      schema: {
        operationId: 'testAlertRule',
        summary: "Send a test to the rule's webhooks, and show it in the list",
        params: AlertParams,
        body: Type.Object({}),
        response: answers(201, 'Alert', 'The alert, marked as a test', [404]),
      },
    },
    async (request, reply) => reply.status(201).send(alerts.test(request.params.id, Date.now())),
  )
}

async function previewOf({ runs, history }: Services, rule: AlertRuleBody, spanMs: number): Promise<AlertPreview> {
  const compiled = compileRule(rule)
  if (!compiled.ok) throw new ServerError('ALERT_RULE_INVALID', compiled.problem)
  const toMs = Date.now()
  const fromMs = toMs - spanMs
  const records = (await runs.list()).filter(
    ({ runId, pipelineId, endedAtMs }) =>
      !isTry(runId) &&
      (endedAtMs === null || endedAtMs > fromMs) &&
      (rule.pipelineId === null || rule.pipelineId === pipelineId) &&
      (rule.runId === null || rule.runId === runId),
  )
  const firings: AlertPreview['firings'][number][] = []
  for (const { runId, pipelineId, startedAtMs, state } of records.slice(0, PREVIEW_RUNS)) {
    const past: RunPast = {
      runId,
      pipelineId,
      startedAtMs,
      state,
      ...(await pastOf(runs, runId, fromMs)),
      // Seconds are kept for a quarter of an hour; steps before that are longer.
      histories: [
        history.read(runId, { fromMs, toMs: toMs - QUARTER_MS, points: PREVIEW_POINTS, operator: rule.operator }),
        history.read(runId, { fromMs: toMs - QUARTER_MS, toMs, points: PREVIEW_POINTS, operator: rule.operator }),
      ],
    }
    firings.push(...firingsOf(rule, compiled.compiled, past))
  }
  return {
    fromMs,
    toMs,
    runs: Math.min(records.length, PREVIEW_RUNS),
    firings: firings.sort((a, b) => a.firedAtMs - b.firedAtMs).slice(0, PREVIEW_FIRINGS),
    unknownColumns: unknownColumns(rule, compiled.compiled),
  }
}

/** The newest events that reach back to `fromMs`, and ten minutes before it for what is counted. */
async function pastOf(
  runs: Services['runs'],
  runId: string,
  fromMs: number,
): Promise<{ readonly windowMs: number; readonly events: readonly RunEvent[] }> {
  try {
    const { seq, document } = await runs.snapshot(runId)
    const sinceMs = fromMs - 600_000
    let events: readonly RunEvent[] = []
    for (let after = seq; after > 0 && events.length < MOST_EVENTS && (events[0]?.atMs ?? Infinity) > sinceMs;) {
      const from = Math.max(0, after - EVENTS_AT_ONCE)
      events = [...(await runs.events(runId, from, after - from)), ...events]
      after = from
    }
    return { windowMs: document.settings.windowMs, events: events.filter(({ atMs }) => atMs >= sinceMs) }
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'RUN_UNREACHABLE') throw error
    return { windowMs: 0, events: [] }
  }
}
