/** Alert rules, alerts, webhooks and deliveries as JSON Schema; the interfaces are those of packages/run. */
import {
  ALERT_SEVERITIES,
  WEBHOOK_EVENTS,
  type Alert,
  type AlertEnd,
  type AlertNoData,
  type AlertPreview,
  type AlertRule,
  type AlertRuleBody,
  type AlertScope,
  type AlertSeverity,
  type Delivery,
  type Webhook,
  type WebhookBody,
  type WebhookEvent,
} from '@belay/run'
import { SecretReferenceSchema } from '@belay/pipeline'
import { Type, type Static } from 'typebox'
import type { Same } from './same.ts'

const oneOf = <T extends string>(values: readonly T[], description?: string) =>
  Type.Unsafe<T>({ type: 'string', enum: [...values], ...(description === undefined ? {} : { description }) })
/** A type list, not a union: what is sent is taken as it is. */
const maybeText = (description: string, maxLength = 64) => Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength, description })
const Maybe = Type.Unsafe<string | null>({ type: ['string', 'null'] })
const MaybeTime = Type.Unsafe<number | null>({ type: ['number', 'null'], description: 'ms since the epoch' })
const Time = Type.Number({ description: 'ms since the epoch' })
const DAY_MS = 86_400_000

const SeveritySchema = oneOf<AlertSeverity>(ALERT_SEVERITIES)
const WebhookEventSchema = oneOf<WebhookEvent>(WEBHOOK_EVENTS)
const EndSchema = Type.Unsafe<AlertEnd | null>({
  enum: ['condition', 'no-data', 'run-ended', 'run-deleted', 'rule-changed', 'rule-deleted', 'acknowledged', null],
  description: 'Why it is over; null = it is not',
})

const RULE = {
  name: Type.String({ minLength: 1, maxLength: 100 }),
  pipelineId: maybeText('Only runs of this pipeline; null = of all'),
  runId: maybeText('Only this run; null = all'),
  scope: oneOf<AlertScope>(['run', 'operator'], 'What the condition is asked of: each run, or each operator of it'),
  operator: maybeText('Only this operator; null = each by itself'),
  condition: Type.String({ minLength: 1, maxLength: 2000, description: 'An SQL expression that is true while something is wrong' }),
  until: maybeText('Once it fires it goes on until this is true; null = until the condition is not', 2000),
  forMs: Type.Integer({ minimum: 0, maximum: DAY_MS, description: 'The condition must hold this long before it fires' }),
  resolveAfterMs: Type.Integer({ minimum: 0, maximum: DAY_MS, description: 'It must be over this long before the alert is resolved' }),
  noData: oneOf<AlertNoData>(['keep', 'resolve', 'fire'], 'What happens while the condition is NULL'),
  severity: SeveritySchema,
  webhooks: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 20, description: 'Ids of webhooks that are told' }),
  enabled: Type.Boolean(),
}

export const AlertRuleBodySchema = Type.Object(RULE)
export const AlertRuleSchema = Type.Object({ ...RULE, id: Type.String(), changedAtMs: Time, changedBy: Type.String(), problem: Maybe })

export const DeliverySchema = Type.Object({
  id: Type.String({ description: 'Sent as idempotency-key' }),
  webhookId: Type.String(),
  webhookName: Type.String(),
  event: WebhookEventSchema,
  runId: Type.String(),
  state: oneOf<Delivery['state']>(['waiting', 'delivered', 'given-up', 'dropped']),
  attempts: Type.Integer(),
  createdAtMs: Time,
  atMs: Type.Number({ description: 'When it is tried next, or was decided' }),
  problem: Maybe,
})

export const AlertSchema = Type.Object({
  id: Type.String(),
  ruleId: Type.String(),
  ruleName: Type.String(),
  severity: SeveritySchema,
  runId: Type.String({ description: 'Empty: a test of the rule' }),
  pipelineId: Type.String(),
  operator: Maybe,
  condition: Type.String(),
  values: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Null()])),
  sinceMs: Time,
  firedAtMs: Time,
  resolvedAtMs: MaybeTime,
  end: EndSchema,
  acknowledgedAtMs: MaybeTime,
  acknowledgedBy: Maybe,
  test: Type.Boolean(),
  deliveries: Type.Array(DeliverySchema),
})

export const AlertPreviewSchema = Type.Object({
  fromMs: Time,
  toMs: Time,
  runs: Type.Integer({ description: 'Runs that there are figures of in that time' }),
  firings: Type.Array(Type.Object({ runId: Type.String(), operator: Maybe, firedAtMs: Time, resolvedAtMs: MaybeTime })),
  unknownColumns: Type.Array(Type.String(), { description: 'Columns of the condition that are not kept over time' }),
})

const WEBHOOK = {
  name: Type.String({ minLength: 1, maxLength: 100 }),
  url: Type.String({ minLength: 1, maxLength: 2000, description: 'Who may not change webhooks sees its origin only' }),
  events: Type.Array(WebhookEventSchema, { maxItems: WEBHOOK_EVENTS.length, description: 'Events of runs that it is told' }),
  pipelineId: maybeText('Only runs of this pipeline; null = of all'),
  enabled: Type.Boolean(),
  signWith: Type.Optional(
    Type.Union([SecretReferenceSchema, Type.Null()], {
      description: 'A secret to sign with (Standard Webhooks); naming one needs the grant use-secrets',
    }),
  ),
}

export const WebhookBodySchema = Type.Object(WEBHOOK)
export const WebhookSchema = Type.Object({ ...WEBHOOK, id: Type.String(), changedAtMs: Time, changedBy: Type.String() })

true satisfies Same<Static<typeof AlertRuleBodySchema>, AlertRuleBody>
true satisfies Same<Static<typeof AlertRuleSchema>, AlertRule>
true satisfies Same<Static<typeof AlertSchema>, Alert>
true satisfies Same<Static<typeof AlertPreviewSchema>, AlertPreview>
true satisfies Same<Static<typeof DeliverySchema>, Delivery>
true satisfies Same<Static<typeof WebhookBodySchema>, WebhookBody>
true satisfies Same<Static<typeof WebhookSchema>, Webhook>
