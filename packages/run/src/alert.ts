/**
 * Alert rules: what a server watches in its runs, and whom it tells. A rule's condition is an SQL expression over
 * the columns below; it is asked once a second of each run, or of each operator of it.
 */
import type { SecretReference } from '@belay/pipeline'

/** What a condition is about: one row a run, or one row an operator. */
export type AlertScope = 'run' | 'operator'

export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number]

/** What a firing alert does, or one that waits, while its condition is NULL: something it needs is not known. */
export type AlertNoData = 'keep' | 'resolve' | 'fire'

export interface AlertRuleBody {
  readonly name: string
  /** Only runs of this pipeline; null = of all. */
  readonly pipelineId: string | null
  /** Only this run. */
  readonly runId: string | null
  readonly scope: AlertScope
  /** Only this operator; null = each of them by itself. */
  readonly operator: string | null
  /** True = something is wrong. */
  readonly condition: string
  /** A firing alert goes on until this is true; null = until the condition is not true. */
  readonly until: string | null
  /** The condition must hold this long before it fires, */
  readonly forMs: number
  /** and be over this long before it is resolved. */
  readonly resolveAfterMs: number
  readonly noData: AlertNoData
  readonly severity: AlertSeverity
  /** Webhooks that are told beside the page. */
  readonly webhooks: readonly string[]
  readonly enabled: boolean
}

export interface AlertRule extends AlertRuleBody {
  readonly id: string
  readonly changedAtMs: number
  readonly changedBy: string
  /** Why it cannot be asked: the condition of an older version, say. null = it is asked. */
  readonly problem: string | null
}

/** Why an alert is over: its condition is, or what it was about is gone. */
export type AlertEnd = 'condition' | 'no-data' | 'run-ended' | 'run-deleted' | 'rule-changed' | 'rule-deleted' | 'acknowledged'

/** One time that a rule fired. */
export interface Alert {
  readonly id: string
  readonly ruleId: string
  readonly ruleName: string
  readonly severity: AlertSeverity
  /** '' = a test of the rule. */
  readonly runId: string
  readonly pipelineId: string
  /** null = it is about the whole run. */
  readonly operator: string | null
  readonly condition: string
  /** What the condition's columns were when it fired. */
  readonly values: Readonly<Record<string, number | string | null>>
  /** Since when the condition held. */
  readonly sinceMs: number
  readonly firedAtMs: number
  readonly resolvedAtMs: number | null
  readonly end: AlertEnd | null
  readonly acknowledgedAtMs: number | null
  readonly acknowledgedBy: string | null
  readonly test: boolean
  readonly deliveries: readonly Delivery[]
}

/** What webhooks can be told. */
export const WEBHOOK_EVENTS = [
  'run-started',
  'run-finished',
  'run-stopped',
  'run-failed',
  'decision-needed',
  'failure',
  'recovered',
  'alert-fired',
  'alert-resolved',
  'test',
] as const
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number]

export interface WebhookBody {
  readonly name: string
  /** Whoever may not change webhooks sees its origin only. */
  readonly url: string
  /** Events of runs that it is told; alerts name their webhooks themselves. */
  readonly events: readonly WebhookEvent[]
  /** Only runs of this pipeline; null = of all. */
  readonly pipelineId: string | null
  readonly enabled: boolean
  /** A key that the receiver knows, to sign with as Standard Webhooks has it; null or absent = not signed. */
  readonly signWith?: SecretReference | null
}

export interface Webhook extends WebhookBody {
  readonly id: string
  readonly changedAtMs: number
  readonly changedBy: string
}

/** One message to one webhook. */
export interface Delivery {
  /** Sent as `idempotency-key`: a message that comes twice has the same. */
  readonly id: string
  readonly webhookId: string
  readonly webhookName: string
  readonly event: WebhookEvent
  readonly runId: string
  readonly state: 'waiting' | 'delivered' | 'given-up' | 'dropped'
  readonly attempts: number
  readonly createdAtMs: number
  /** When it is tried next, or was decided. */
  readonly atMs: number
  /** Why the newest try failed; null = it did not. */
  readonly problem: string | null
}

/** Times at which a rule would have fired. */
export interface AlertPreview {
  readonly fromMs: number
  readonly toMs: number
  /** Runs that there are figures of in that time. */
  readonly runs: number
  readonly firings: readonly {
    readonly runId: string
    readonly operator: string | null
    readonly firedAtMs: number
    readonly resolvedAtMs: number | null
  }[]
  /** Columns of the condition that are not kept over time: where they decide, the preview knows nothing. */
  readonly unknownColumns: readonly string[]
}

export interface AlertColumn {
  readonly name: string
  readonly type: 'float64' | 'string'
  readonly help: string
  /** Kept over time, so that a preview knows it. */
  readonly kept: boolean
}

/** Figures are NULL while no process of the run answers, and after its end. */
export const ALERT_COLUMNS: Readonly<Record<AlertScope, readonly AlertColumn[]>> = {
  run: [
    {
      name: 'state',
      type: 'string',
      kept: true,
      help: "the run's state, e.g. 'failed', 'needs-decision', 'degraded', 'recovering', 'unreachable'",
    },
    { name: 'rows_per_second', type: 'float64', kept: true, help: 'rows that its sources give' },
    { name: 'windows_behind', type: 'float64', kept: true, help: 'windows that are not committed yet' },
    { name: 'lag_seconds', type: 'float64', kept: true, help: 'the same as time' },
    { name: 'memory_share', type: 'float64', kept: false, help: 'share of its shared memory that is in use, 0 to 1' },
    { name: 'resident_bytes', type: 'float64', kept: true, help: 'memory of the run process' },
    { name: 'state_bytes', type: 'float64', kept: true, help: 'state of all operators' },
    { name: 'checkpoint_age_seconds', type: 'float64', kept: true, help: 'time since the newest checkpoint' },
    { name: 'checkpoint_seconds', type: 'float64', kept: true, help: 'how long the newest checkpoint took' },
    { name: 'checkpoint_bytes', type: 'float64', kept: true, help: 'size of the newest checkpoint' },
    { name: 'failures_10m', type: 'float64', kept: true, help: 'failures in the last 10 minutes' },
    { name: 'row_errors', type: 'float64', kept: false, help: 'rows that could not be processed, since the run process began' },
    { name: 'row_errors_10m', type: 'float64', kept: true, help: 'the same of the last 10 minutes' },
    { name: 'held_operators', type: 'float64', kept: false, help: 'operators that somebody holds' },
  ],
  operator: [
    { name: 'operator', type: 'string', kept: true, help: 'its id' },
    { name: 'state', type: 'string', kept: false, help: "the operator's state, e.g. 'down', 'held', 'stuck', 'replaying'" },
    { name: 'rows_in_per_second', type: 'float64', kept: true, help: 'rows it takes' },
    { name: 'rows_out_per_second', type: 'float64', kept: true, help: 'rows it gives' },
    { name: 'busy', type: 'float64', kept: true, help: 'share of the last second at work, 0 to 1' },
    { name: 'blocked', type: 'float64', kept: true, help: 'share of the last second it waited for a reader (back pressure), 0 to 1' },
    { name: 'windows_behind', type: 'float64', kept: true, help: 'windows it is behind' },
    { name: 'lag_seconds', type: 'float64', kept: true, help: 'the same as time' },
    { name: 'state_bytes', type: 'float64', kept: true, help: 'its state' },
    { name: 'staged_bytes', type: 'float64', kept: false, help: 'staged by a sink and not committed' },
    { name: 'row_errors', type: 'float64', kept: false, help: 'rows it could not process, since the run process began' },
    { name: 'row_errors_10m', type: 'float64', kept: true, help: 'the same of the last 10 minutes' },
    { name: 'skipped_windows', type: 'float64', kept: false, help: 'windows left out after failures' },
    { name: 'failures_10m', type: 'float64', kept: true, help: 'its failures in the last 10 minutes' },
    { name: 'watermark_lag_seconds', type: 'float64', kept: false, help: 'how far its event time is behind the clock' },
  ],
}
