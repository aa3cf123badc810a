/** Webhooks, and the messages that wait for them or were decided: what a restart of the server must not forget. */
import { WEBHOOK_EVENTS, type Delivery, type Webhook, type WebhookBody, type WebhookEvent } from '@belay/run'
import { ServerError } from '../http/problems.ts'
import type { Database } from '../storage/database.ts'

/** Messages that wait at once; further ones are dropped, and the list says so. */
const MOST_WAITING = 1000
const KEPT_MS = 30 * 24 * 3_600_000
const MOST_KEPT = 10_000
export const MOST_WEBHOOKS = 50

export interface Message {
  readonly id: string
  readonly webhookId: string
  readonly alertId: string | null
  readonly runId: string
  readonly event: WebhookEvent
  /** What is sent. */
  readonly body: unknown
}

/** A message whose time has come. */
export interface Due {
  readonly id: string
  readonly webhookId: string
  readonly event: WebhookEvent
  readonly body: string
  readonly attempts: number
}

export interface Outcome {
  readonly state: Delivery['state']
  readonly attempts: number
  readonly atMs: number
  readonly problem: string | null
}

interface WebhookRow {
  readonly id: string
  readonly body: string
  readonly changed_at_ms: number
  readonly changed_by: string
  readonly created_at_ms: number
}

interface DeliveryRow {
  readonly id: string
  readonly webhook_id: string
  readonly webhook: string | null
  readonly run_id: string
  readonly event: WebhookEvent
  readonly body: string
  readonly state: Delivery['state']
  readonly attempts: number
  readonly created_at_ms: number
  readonly at_ms: number
  readonly problem: string | null
}

const DELIVERIES = 'SELECT d.*, w.body AS webhook FROM deliveries d LEFT JOIN webhooks w ON w.id = d.webhook_id'

export class WebhookStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  list(): Webhook[] {
    return (this.#database.prepare('SELECT * FROM webhooks ORDER BY created_at_ms').all() as WebhookRow[]).map(webhookOf)
  }

  /** null = there is no such webhook. */
  get(id: string): Webhook | null {
    const row = this.#database.prepare('SELECT * FROM webhooks WHERE id = ?').get(id) as WebhookRow | undefined
    return row === undefined ? null : webhookOf(row)
  }

  /** Names of those that sign with that secret. */
  signingWith(secret: string): string[] {
    return this.list().flatMap(({ name, signWith }) => (signWith?.secret === secret ? [name] : []))
  }

  /** Throws WEBHOOK_UNKNOWN. */
  known(id: string): Webhook {
    const webhook = this.get(id)
    if (webhook === null) throw new ServerError('WEBHOOK_UNKNOWN', `There is no webhook ${id}. Look at the list of webhooks.`)
    return webhook
  }

  write(id: string, body: WebhookBody, by: string, atMs: number): Webhook {
    this.#database
      .prepare(
        `INSERT INTO webhooks (id, body, changed_at_ms, changed_by, created_at_ms) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET body = excluded.body, changed_at_ms = excluded.changed_at_ms, changed_by = excluded.changed_by`,
      )
      .run(id, JSON.stringify(body), atMs, by, atMs)
    return { ...body, id, changedAtMs: atMs, changedBy: by }
  }

  /** What waits for it is not sent. */
  remove(id: string, atMs: number): void {
    this.#database.prepare('DELETE FROM webhooks WHERE id = ?').run(id)
    this.#database
      .prepare(
        "UPDATE deliveries SET state = 'dropped', at_ms = ?, problem = 'the webhook was deleted' WHERE webhook_id = ? AND state = 'waiting'",
      )
      .run(atMs, id)
  }

  /** Enabled ones that want to be told of it; only of what happened after they were made. */
  wanting(event: WebhookEvent, pipelineId: string, atMs: number): Webhook[] {
    const rows = this.#database.prepare('SELECT * FROM webhooks WHERE created_at_ms <= ?').all(atMs) as WebhookRow[]
    return rows
      .map(webhookOf)
      .filter(({ enabled, events, pipelineId: only }) => enabled && events.includes(event) && (only === null || only === pipelineId))
  }

  /** The same id again changes nothing. */
  enqueue(message: Message, atMs: number): void {
    const { waiting } = this.#database.prepare("SELECT count(*) AS waiting FROM deliveries WHERE state = 'waiting'").get() as {
      waiting: number
    }
    const full = waiting >= MOST_WAITING
    this.#database
      .prepare(
        `INSERT INTO deliveries (id, webhook_id, alert_id, run_id, event, body, state, attempts, created_at_ms, at_ms, problem)
         VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?) ON CONFLICT DO NOTHING`,
      )
      .run(
        message.id,
        message.webhookId,
        message.alertId,
        message.runId,
        message.event,
        JSON.stringify(message.body),
        full ? 'dropped' : 'waiting',
        atMs,
        atMs,
        full ? `${MOST_WAITING} messages wait already` : null,
      )
  }

  /** The oldest messages whose time has come, one a webhook. */
  due(atMs: number): Due[] {
    const rows = this.#database
      .prepare("SELECT *, min(at_ms) FROM deliveries WHERE state = 'waiting' AND at_ms <= ? GROUP BY webhook_id")
      .all(atMs) as DeliveryRow[]
    return rows.map(({ id, webhook_id: webhookId, event, body, attempts }) => ({ id, webhookId, event, body, attempts }))
  }

  /** When the next message is to be sent; null = none waits. */
  nextAtMs(): number | null {
    const { next } = this.#database.prepare("SELECT min(at_ms) AS next FROM deliveries WHERE state = 'waiting'").get() as {
      next: number | null
    }
    return next
  }

  decide(id: string, { state, attempts, atMs, problem }: Outcome): void {
    this.#database
      .prepare("UPDATE deliveries SET state = ?, attempts = ?, at_ms = ?, problem = ? WHERE id = ? AND state = 'waiting'")
      .run(state, attempts, atMs, problem, id)
  }

  deliveries(limit: number): Delivery[] {
    const rows = this.#database.prepare(`${DELIVERIES} ORDER BY d.created_at_ms DESC, d.id LIMIT ?`).all(limit) as DeliveryRow[]
    return rows.map(deliveryOf)
  }

  deliveriesOf(alertId: string): Delivery[] {
    return (this.#database.prepare(`${DELIVERIES} WHERE d.alert_id = ? ORDER BY d.created_at_ms, d.id`).all(alertId) as DeliveryRow[]).map(
      deliveryOf,
    )
  }

  forgetOld(atMs: number): void {
    this.#database.prepare("DELETE FROM deliveries WHERE state != 'waiting' AND created_at_ms < ?").run(atMs - KEPT_MS)
    this.#database
      .prepare(
        "DELETE FROM deliveries WHERE state != 'waiting' AND id NOT IN (SELECT id FROM deliveries ORDER BY created_at_ms DESC LIMIT ?)",
      )
      .run(MOST_KEPT)
  }
}

function webhookOf({ id, body, changed_at_ms: changedAtMs, changed_by: changedBy }: WebhookRow): Webhook {
  const parsed = JSON.parse(body) as WebhookBody
  return { ...parsed, events: parsed.events.filter((event) => WEBHOOK_EVENTS.includes(event)), id, changedAtMs, changedBy }
}

function deliveryOf(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    webhookName: row.webhook === null ? '' : (JSON.parse(row.webhook) as WebhookBody).name,
    event: row.event,
    runId: row.run_id,
    state: row.state,
    attempts: row.attempts,
    createdAtMs: row.created_at_ms,
    atMs: row.at_ms,
    problem: row.problem,
  }
}
