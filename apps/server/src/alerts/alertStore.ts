/** Alert rules, where each stands, and every time that one fired. */
import type { Alert, AlertEnd, AlertRule, AlertRuleBody } from '@belay/run'
import { ServerError } from '../http/problems.ts'
import type { WebhookStore } from '../notify/webhookStore.ts'
import type { Database } from '../storage/database.ts'
import { compileRule } from './condition.ts'
import type { AlertState } from './evaluate.ts'

const KEPT_MS = 90 * 24 * 3_600_000
const MOST_KEPT = 10_000
export const MOST_RULES = 200

/** What never changes of an alert once it has fired. */
export type FiredAlert = Omit<Alert, 'resolvedAtMs' | 'end' | 'acknowledgedAtMs' | 'acknowledgedBy' | 'deliveries'>

/** What a rule's state is about: `operator` '' = the whole run. */
export interface Subject {
  readonly ruleId: string
  readonly runId: string
  readonly operator: string
}

interface RuleRow {
  readonly id: string
  readonly body: string
  readonly changed_at_ms: number
  readonly changed_by: string
}

interface StateRow {
  readonly rule_id: string
  readonly run_id: string
  readonly operator: string
  readonly state: string
}

interface AlertRow {
  readonly id: string
  readonly body: string
  readonly resolved_at_ms: number | null
  readonly end: AlertEnd | null
  readonly acknowledged_at_ms: number | null
  readonly acknowledged_by: string | null
}

export interface AlertQuery {
  /** Only those that are not over. */
  readonly open: boolean
  readonly runId: string | null
  readonly ruleId: string | null
  readonly limit: number
}

export class AlertStore {
  readonly #database: Database
  readonly #webhooks: WebhookStore

  constructor(database: Database, webhooks: WebhookStore) {
    this.#database = database
    this.#webhooks = webhooks
  }

  rules(): AlertRule[] {
    return (this.#database.prepare('SELECT * FROM alert_rules ORDER BY rowid').all() as RuleRow[]).map(ruleOf)
  }

  /** Throws ALERT_RULE_UNKNOWN. */
  knownRule(id: string): AlertRule {
    const row = this.#database.prepare('SELECT * FROM alert_rules WHERE id = ?').get(id) as RuleRow | undefined
    if (row === undefined) throw new ServerError('ALERT_RULE_UNKNOWN', `There is no alert rule ${id}. Look at the list of rules.`)
    return ruleOf(row)
  }

  writeRule(id: string, body: AlertRuleBody, by: string, atMs: number): AlertRule {
    const row: RuleRow = { id, body: JSON.stringify(body), changed_at_ms: atMs, changed_by: by }
    this.#database
      .prepare(
        `INSERT INTO alert_rules (id, body, changed_at_ms, changed_by) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET body = excluded.body, changed_at_ms = excluded.changed_at_ms, changed_by = excluded.changed_by`,
      )
      .run(row.id, row.body, row.changed_at_ms, row.changed_by)
    return ruleOf(row)
  }

  removeRule(id: string): void {
    this.#database.prepare('DELETE FROM alert_rules WHERE id = ?').run(id)
  }

  states(): { readonly subject: Subject; readonly state: AlertState }[] {
    return (this.#database.prepare('SELECT * FROM alert_states').all() as StateRow[]).map((row) => ({
      subject: { ruleId: row.rule_id, runId: row.run_id, operator: row.operator },
      state: JSON.parse(row.state) as AlertState,
    }))
  }

  writeState({ ruleId, runId, operator }: Subject, state: AlertState): void {
    if (state.type === 'quiet')
      this.#database.prepare('DELETE FROM alert_states WHERE rule_id = ? AND run_id = ? AND operator = ?').run(ruleId, runId, operator)
    else
      this.#database
        .prepare('INSERT OR REPLACE INTO alert_states (rule_id, run_id, operator, state) VALUES (?, ?, ?, ?)')
        .run(ruleId, runId, operator, JSON.stringify(state))
  }

  fired(alert: FiredAlert): void {
    this.#database
      .prepare('INSERT INTO alerts (id, rule_id, run_id, operator, body, fired_at_ms) VALUES (?, ?, ?, ?, ?, ?)')
      .run(alert.id, alert.ruleId, alert.runId, alert.operator ?? '', JSON.stringify(alert), alert.firedAtMs)
  }

  /** The alert of a subject that is not over. */
  openOf({ ruleId, runId, operator }: Subject): Alert | null {
    const row = this.#database
      .prepare('SELECT * FROM alerts WHERE rule_id = ? AND run_id = ? AND operator = ? AND resolved_at_ms IS NULL')
      .get(ruleId, runId, operator) as AlertRow | undefined
    return row === undefined ? null : this.#alert(row)
  }

  resolved(id: string, end: AlertEnd, atMs: number): void {
    this.#database.prepare('UPDATE alerts SET resolved_at_ms = ?, end = ? WHERE id = ? AND resolved_at_ms IS NULL').run(atMs, end, id)
  }

  /** The first one counts. */
  acknowledged(id: string, by: string, atMs: number): void {
    this.#database
      .prepare('UPDATE alerts SET acknowledged_at_ms = ?, acknowledged_by = ? WHERE id = ? AND acknowledged_at_ms IS NULL')
      .run(atMs, by, id)
  }

  /** Throws ALERT_UNKNOWN. */
  known(id: string): Alert {
    const row = this.#database.prepare('SELECT * FROM alerts WHERE id = ?').get(id) as AlertRow | undefined
    if (row === undefined) throw new ServerError('ALERT_UNKNOWN', `There is no alert ${id}. Old ones are forgotten after 90 days.`)
    return this.#alert(row)
  }

  /** Those that are not over first, then the newest. */
  list({ open, runId, ruleId, limit }: AlertQuery): Alert[] {
    const rows = this.#database
      .prepare(
        `SELECT * FROM alerts WHERE (? = 0 OR resolved_at_ms IS NULL) AND (? IS NULL OR run_id = ?) AND (? IS NULL OR rule_id = ?)
         ORDER BY resolved_at_ms IS NOT NULL, fired_at_ms DESC, id LIMIT ?`,
      )
      .all(open ? 1 : 0, runId, runId, ruleId, ruleId, limit) as AlertRow[]
    return rows.map((row) => this.#alert(row))
  }

  #alert(row: AlertRow): Alert {
    const fired = JSON.parse(row.body) as FiredAlert
    return {
      ...fired,
      resolvedAtMs: row.resolved_at_ms,
      end: row.end,
      acknowledgedAtMs: row.acknowledged_at_ms,
      acknowledgedBy: row.acknowledged_by,
      deliveries: this.#webhooks.deliveriesOf(row.id),
    }
  }

  forgetOld(atMs: number): void {
    this.#database.prepare('DELETE FROM alerts WHERE resolved_at_ms < ?').run(atMs - KEPT_MS)
    this.#database
      .prepare(
        'DELETE FROM alerts WHERE resolved_at_ms IS NOT NULL AND id NOT IN (SELECT id FROM alerts ORDER BY fired_at_ms DESC LIMIT ?)',
      )
      .run(MOST_KEPT)
  }
}

function ruleOf({ id, body, changed_at_ms: changedAtMs, changed_by: changedBy }: RuleRow): AlertRule {
  const parsed = JSON.parse(body) as AlertRuleBody
  const compiled = compileRule(parsed)
  return { ...parsed, id, changedAtMs, changedBy, problem: compiled.ok ? null : compiled.problem }
}
