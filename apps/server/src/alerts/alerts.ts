/**
 * Watches runs by the rules that people have made: asks each rule once a second, writes down what fires and what is
 * over, and puts what webhooks are to be told into the outbox.
 *
 * Invariant: where a rule stands, the alert and its messages are written in one step, so that whatever dies, an alert
 * fires once and is resolved once.
 */
import { randomUUID } from 'node:crypto'
import {
  isTry,
  type Alert,
  type AlertEnd,
  type AlertRule,
  type AlertRuleBody,
  type RunDelta,
  type RunEvent,
  type RunRecord,
  type RunSnapshot,
  type RunState,
} from '@belay/run'
import { ServerError } from '../http/problems.ts'
import { alertMessage } from '../notify/message.ts'
import type { WebhookStore } from '../notify/webhookStore.ts'
import type { RunObserver } from '../runs/runService.ts'
import { atOnce, type Database } from '../storage/database.ts'
import { MOST_RULES, type AlertStore, type FiredAlert, type Subject } from './alertStore.ts'
import { compileRule, verdictOf, type CompileResult } from './condition.ts'
import { evaluate, QUIET, type AlertState, type Step } from './evaluate.ts'
import { hasEnded, rowOfRun, rowsOfOperators, withEvent, type FactsRow, type RunFacts } from './facts.ts'

/** What it needs of the run service. */
interface LiveRuns {
  record(runId: string): Promise<RunRecord>
  /** Of runs that have not ended; `answers`: a process of it is there. */
  states(): ReadonlyMap<string, { readonly state: RunState; readonly answers: boolean }>
}

export interface AlertsOptions {
  readonly database: Database
  readonly store: AlertStore
  readonly webhooks: WebhookStore
  readonly runs: LiveRuns
  /** As browsers reach the server; null = not known yet. */
  readonly origin: () => string | null
  /** Something is new on the page. */
  readonly changed: () => void
  /** Something waits in the outbox. */
  readonly told: () => void
  readonly defect: (error: unknown) => void
}

interface Watched {
  readonly facts: RunFacts
  readonly sources: ReadonlySet<string>
}

interface Active {
  readonly rule: AlertRule
  readonly compiled: Extract<CompileResult, { ok: true }>['compiled']
}

const FORGET_EVERY_MS = 3_600_000

export class Alerts implements RunObserver {
  readonly #options: AlertsOptions
  readonly #watched = new Map<string, Watched>()
  /** Where rules stand; quiet ones are not in it. */
  readonly #states = new Map<string, { readonly subject: Subject; readonly state: AlertState }>()
  #active: readonly Active[] = []
  #forgotAtMs = 0

  constructor(options: AlertsOptions) {
    this.#options = options
    for (const { subject, state } of options.store.states()) this.#states.set(keyOf(subject), { subject, state })
    this.#loadRules()
  }

  /** After the runs were taken up: those that ended meanwhile, and those that rules stand at. */
  async begin(open: readonly { readonly runId: string; readonly pipelineId: string }[]): Promise<void> {
    const runIds = new Set([...open.map(({ runId }) => runId), ...[...this.#states.values()].map(({ subject }) => subject.runId)])
    for (const runId of runIds) if (!this.#watched.has(runId)) await this.#settle(runId)
  }

  #loadRules(): void {
    this.#active = this.#options.store.rules().flatMap((rule) => {
      const result = compileRule(rule)
      return result.ok && rule.enabled ? [{ rule, compiled: result.compiled }] : []
    })
  }

  connected(runId: string, { pipelineId, document, figures, checkpoints, startedAtMs, events }: RunSnapshot): void {
    if (isTry(runId)) return
    const fed = new Set(document.streams.flatMap(({ to }) => to.map(({ operator }) => operator)))
    const none: RunFacts = {
      runId,
      pipelineId,
      windowMs: document.settings.windowMs,
      state: figures.state,
      figures: null,
      checkpoint: null,
      startedAtMs,
      failures: [],
      rowErrors: [],
    }
    const facts = { ...events.reduce(withEvent, none), state: figures.state, figures, checkpoint: checkpoints.at(-1) ?? null }
    this.#watched.set(runId, { facts, sources: new Set(document.operators.flatMap(({ id }) => (fed.has(id) ? [] : [id]))) })
    // What was settled with the end of the run may fire again: it goes on.
    for (const { subject, state } of this.#states.values())
      if (subject.runId === runId && state.type === 'settled') this.#guarded(() => this.#keep(subject, QUIET))
  }

  delta(runId: string, { figures }: RunDelta): void {
    this.#change(runId, (facts) => ({ ...facts, figures, state: figures.state }))
  }

  event(runId: string, event: RunEvent): void {
    this.#change(runId, (facts) => withEvent(facts, event))
  }

  #change(runId: string, to: (facts: RunFacts) => RunFacts): void {
    const watched = this.#watched.get(runId)
    if (watched !== undefined) this.#watched.set(runId, { ...watched, facts: to(watched.facts) })
  }

  /** A run that is no longer looked after has ended, or is gone. */
  changed(): void {
    const live = this.#options.runs.states()
    for (const runId of this.#watched.keys()) if (!live.has(runId)) void this.#settle(runId)
  }

  async #settle(runId: string): Promise<void> {
    try {
      const { pipelineId, startedAtMs, state, endedAtMs } = await this.#options.runs.record(runId)
      if (endedAtMs === null) return
      const known = this.#watched.get(runId)
      const facts = known?.facts ?? { runId, pipelineId, windowMs: 0, checkpoint: null, startedAtMs, failures: [], rowErrors: [] }
      this.#watched.set(runId, { facts: { ...facts, state, figures: null }, sources: known?.sources ?? new Set() })
    } catch (error) {
      const { code } = error as { code?: unknown }
      if (code === 'RUN_UNKNOWN') this.#drop(({ subject }) => subject.runId === runId, 'run-deleted', Date.now())
      else this.#options.defect(error)
      this.#watched.delete(runId)
    }
  }

  /** Asks every rule of every run. */
  tick(atMs: number): void {
    const live = this.#options.runs.states()
    for (const [runId, { facts, sources }] of this.#watched) {
      const now = live.get(runId)
      const seen = now === undefined || now.answers ? facts : { ...facts, figures: null }
      this.#ask({ ...seen, state: now?.state ?? facts.state }, sources, atMs)
      if (hasEnded(facts) && now === undefined && !this.#standsAt(runId)) this.#watched.delete(runId)
    }
    if (atMs - this.#forgotAtMs < FORGET_EVERY_MS) return
    this.#forgotAtMs = atMs
    this.#guarded(() => {
      this.#options.store.forgetOld(atMs)
      this.#options.webhooks.forgetOld(atMs)
    })
  }

  #standsAt(runId: string): boolean {
    for (const { subject } of this.#states.values()) if (subject.runId === runId) return true
    return false
  }

  #ask(facts: RunFacts, sources: ReadonlySet<string>, atMs: number): void {
    const active = this.#active.filter(({ rule }) => isAbout(rule, facts))
    if (active.length === 0) return
    const ended = hasEnded(facts)
    const ofRun = rowOfRun(facts, sources, atMs)
    const ofOperators = rowsOfOperators(facts, atMs)
    for (const one of active) {
      if (one.rule.scope === 'run') this.#step(one, facts, null, ofRun, ended, atMs)
      else
        for (const operator of this.#operatorsOf(one.rule, facts.runId, ofOperators.keys()))
          this.#step(one, facts, operator, ofOperators.get(operator) ?? { operator }, ended, atMs)
    }
  }

  /** Those that there are figures of, and those that the rule stands at. */
  #operatorsOf(rule: AlertRule, runId: string, known: Iterable<string>): ReadonlySet<string> {
    const operators = new Set(known)
    for (const { subject } of this.#states.values())
      if (subject.ruleId === rule.id && subject.runId === runId) operators.add(subject.operator)
    return rule.operator === null ? operators : new Set([...operators].filter((operator) => operator === rule.operator))
  }

  #step({ rule, compiled }: Active, facts: RunFacts, operator: string | null, row: FactsRow, ended: boolean, atMs: number): void {
    const subject: Subject = { ruleId: rule.id, runId: facts.runId, operator: operator ?? '' }
    const before = this.#states.get(keyOf(subject))?.state ?? QUIET
    const step = evaluate(rule, verdictOf(compiled, row, ended), before, atMs)
    if (step.change === null && step.state.type === before.type) {
      // The same as before, seen a second later: that is nothing to write down.
      if (step.state.type !== 'quiet') this.#states.set(keyOf(subject), { subject, state: step.state })
      return
    }
    this.#guarded(() => this.#write(rule, facts, subject, step, valuesOf(compiled, row), atMs))
  }

  #write(rule: AlertRule, facts: RunFacts, subject: Subject, { state, change }: Step, values: FactsRow, atMs: number): void {
    const { store, database } = this.#options
    let told = false
    atOnce(database, () => {
      store.writeState(subject, state)
      if (change?.type === 'fired') {
        const alert = firedAlert(rule, facts, subject, values, change.sinceMs, atMs)
        store.fired(alert)
        told = this.#tell(rule, { ...alert, ...NOT_OVER }, 'alert-fired', atMs)
      } else if (change?.type === 'resolved') told = this.#resolve(subject, rule, change.end, atMs)
    })
    this.#remember(subject, state)
    if (change !== null) this.#options.changed()
    if (told) this.#options.told()
  }

  /** Within a step of the database. */
  #resolve(subject: Subject, rule: AlertRule | null, end: AlertEnd, atMs: number): boolean {
    const { store } = this.#options
    const alert = store.openOf(subject)
    if (alert === null) return false
    store.resolved(alert.id, end, atMs)
    return rule !== null && this.#tell(rule, { ...alert, resolvedAtMs: atMs, end }, 'alert-resolved', atMs)
  }

  #tell(rule: AlertRule, alert: Omit<Alert, 'deliveries'>, event: 'alert-fired' | 'alert-resolved', atMs: number): boolean {
    const { webhooks, origin } = this.#options
    const body = alertMessage(alert, event, atMs, origin())
    const known = rule.webhooks.filter((id) => webhooks.get(id)?.enabled === true)
    for (const webhookId of known)
      webhooks.enqueue({ id: `${webhookId}/${alert.id}/${event}`, webhookId, alertId: alert.id, runId: alert.runId, event, body }, atMs)
    return known.length > 0
  }

  #keep(subject: Subject, state: AlertState): void {
    this.#options.store.writeState(subject, state)
    this.#remember(subject, state)
  }

  #remember(subject: Subject, state: AlertState): void {
    if (state.type === 'quiet') this.#states.delete(keyOf(subject))
    else this.#states.set(keyOf(subject), { subject, state })
  }

  /** What cannot be written is tried again with the next tick: nothing was remembered of it. */
  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#options.defect(error)
    }
  }

  /** Ends whatever stands there, firing or not. */
  #drop(of: (entry: { readonly subject: Subject }) => boolean, end: AlertEnd, atMs: number): void {
    const { store, database, changed, told } = this.#options
    const entries = [...this.#states.values()].filter(of)
    const rules = new Map(store.rules().map((rule) => [rule.id, rule]))
    let tells = false
    this.#guarded(() => {
      atOnce(database, () => {
        for (const { subject } of entries) {
          store.writeState(subject, QUIET)
          if (this.#resolve(subject, rules.get(subject.ruleId) ?? null, end, atMs)) tells = true
        }
      })
      for (const { subject } of entries) this.#states.delete(keyOf(subject))
      if (entries.length > 0) changed()
      if (tells) told()
    })
  }

  /** Throws ALERT_RULE_INVALID. */
  check(body: AlertRuleBody): void {
    const result = compileRule(body)
    if (!result.ok) throw new ServerError('ALERT_RULE_INVALID', result.problem)
    for (const id of body.webhooks) this.#options.webhooks.known(id)
  }

  /** Throws ALERT_RULE_INVALID, TOO_MANY_RULES. */
  addRule(body: AlertRuleBody, by: string, atMs: number): AlertRule {
    this.check(body)
    if (this.#options.store.rules().length >= MOST_RULES)
      throw new ServerError('TOO_MANY_RULES', `There are ${MOST_RULES} alert rules already. Delete those that nobody needs.`)
    const rule = this.#options.store.writeRule(randomUUID(), body, by, atMs)
    this.#loadRules()
    this.#options.changed()
    return rule
  }

  /** What it is about, or when it fires, is other than before: what it has fired is over. Throws ALERT_RULE_UNKNOWN, ALERT_RULE_INVALID. */
  changeRule(id: string, body: AlertRuleBody, by: string, atMs: number): AlertRule {
    const before = this.#options.store.knownRule(id)
    this.check(body)
    if (meaningOf(before) !== meaningOf(body)) this.#drop(({ subject }) => subject.ruleId === id, 'rule-changed', atMs)
    const rule = this.#options.store.writeRule(id, body, by, atMs)
    this.#loadRules()
    this.#options.changed()
    return rule
  }

  /** Throws ALERT_RULE_UNKNOWN. */
  removeRule(id: string, atMs: number): void {
    this.#options.store.knownRule(id)
    this.#drop(({ subject }) => subject.ruleId === id, 'rule-deleted', atMs)
    this.#options.store.removeRule(id)
    this.#loadRules()
    this.#options.changed()
  }

  /** An alert of a run that has ended is over with it: nothing else would end it. Throws ALERT_UNKNOWN. */
  acknowledge(id: string, by: string, atMs: number): Alert {
    const { store, database, changed } = this.#options
    const alert = store.known(id)
    const subject: Subject = { ruleId: alert.ruleId, runId: alert.runId, operator: alert.operator ?? '' }
    const watched = this.#watched.get(alert.runId)
    const over = alert.resolvedAtMs === null && watched !== undefined && hasEnded(watched.facts)
    atOnce(database, () => {
      store.acknowledged(id, by, atMs)
      if (!over) return
      store.resolved(id, 'acknowledged', atMs)
      store.writeState(subject, { type: 'settled' })
    })
    if (over) this.#remember(subject, { type: 'settled' })
    changed()
    return store.known(id)
  }

  /** Tells the rule's webhooks what they would be told. Throws ALERT_RULE_UNKNOWN. */
  test(id: string, atMs: number): Alert {
    const { store, database, webhooks, changed, told, origin } = this.#options
    const rule = store.knownRule(id)
    const about = { runId: '', pipelineId: rule.pipelineId ?? '' }
    const alert: FiredAlert = {
      ...firedAlert(rule, about, { ruleId: rule.id, runId: '', operator: '' }, {}, atMs, atMs),
      test: true,
    }
    atOnce(database, () => {
      store.fired(alert)
      store.resolved(alert.id, 'acknowledged', atMs)
      const body = alertMessage({ ...alert, ...NOT_OVER }, 'test', atMs, origin())
      for (const webhookId of rule.webhooks)
        webhooks.enqueue({ id: `${webhookId}/${alert.id}/test`, webhookId, alertId: alert.id, runId: '', event: 'test', body }, atMs)
    })
    changed()
    told()
    return store.known(alert.id)
  }
}

const NOT_OVER = { resolvedAtMs: null, end: null, acknowledgedAtMs: null, acknowledgedBy: null } as const

function keyOf({ ruleId, runId, operator }: Subject): string {
  return `${ruleId} ${runId} ${operator}`
}

/** A rule for one run or one pipeline asks no others. */
function isAbout({ pipelineId, runId }: AlertRuleBody, facts: Pick<RunFacts, 'pipelineId' | 'runId'>): boolean {
  return (pipelineId === null || pipelineId === facts.pipelineId) && (runId === null || runId === facts.runId)
}

/** What decides when it fires. */
function meaningOf({ pipelineId, runId, scope, operator, condition, until, enabled }: AlertRuleBody): string {
  return JSON.stringify([pipelineId, runId, scope, operator, condition, until, enabled])
}

function valuesOf(compiled: Active['compiled'], row: FactsRow): FactsRow {
  const columns = [...compiled.condition.columns, ...(compiled.until?.columns ?? [])]
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? null]))
}

function firedAlert(
  rule: AlertRule,
  { runId, pipelineId }: Pick<RunFacts, 'runId' | 'pipelineId'>,
  { operator }: Subject,
  values: FactsRow,
  sinceMs: number,
  atMs: number,
): FiredAlert {
  const { id: ruleId, name: ruleName, severity, condition } = rule
  return {
    id: randomUUID(),
    ruleId,
    ruleName,
    severity,
    runId,
    pipelineId,
    operator: operator === '' ? null : operator,
    condition,
    values,
    sinceMs,
    firedAtMs: atMs,
    test: false,
  }
}
