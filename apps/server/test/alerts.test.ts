/** Alert rules: when they fire, that they do so once, and what a preview says (packages/run, alert.ts). */
import { join } from 'node:path'
import type { Alert, AlertRuleBody, OperatorFigures, RunEvent, RunFigures, RunHistory, RunSnapshot, RunState } from '@belay/run'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Alerts } from '../src/alerts/alerts.ts'
import { AlertStore } from '../src/alerts/alertStore.ts'
import { compileRule } from '../src/alerts/condition.ts'
import { evaluate, GAP_MS, QUIET, type AlertState, type Verdict } from '../src/alerts/evaluate.ts'
import { firingsOf, unknownColumns } from '../src/alerts/preview.ts'
import { WebhookStore } from '../src/notify/webhookStore.ts'
import { openDatabase, type Database } from '../src/storage/database.ts'
import { testHome } from './support/belay.ts'
import { numbers } from './support/documents.ts'

const RULE: AlertRuleBody = {
  name: 'Behind',
  pipelineId: null,
  runId: null,
  scope: 'run',
  operator: null,
  condition: 'lag_seconds > 60',
  until: null,
  forMs: 10_000,
  resolveAfterMs: 5000,
  noData: 'keep',
  severity: 'warning',
  webhooks: [],
  enabled: true,
}

const answer = (condition: boolean | null, more: Partial<Verdict> = {}): Verdict => ({
  condition,
  until: condition === null ? null : !condition,
  ended: false,
  ...more,
})

/** One answer a second from second 0 on; tells the seconds at which something changed. */
function changes(rule: AlertRuleBody, answers: readonly (Verdict | 'nobody looks')[]): string[] {
  let state: AlertState = QUIET
  const told: string[] = []
  for (const [second, verdict] of answers.entries()) {
    if (verdict === 'nobody looks') continue
    const step = evaluate(rule, verdict, state, second * 1000)
    state = step.state
    if (step.change?.type === 'fired') told.push(`${second} fired, since ${step.change.sinceMs / 1000}`)
    if (step.change?.type === 'resolved') told.push(`${second} ${step.change.end}`)
  }
  return told
}

const seconds = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

describe('evaluate', () => {
  test('fires when the condition has held for the hold time, not before, and once', () => {
    expect(changes(RULE, seconds(10, answer(true)))).toEqual([])
    expect(changes(RULE, seconds(60, answer(true)))).toEqual(['10 fired, since 0'])
  })

  test('without a hold time it fires at once', () => {
    expect(changes({ ...RULE, forMs: 0 }, [answer(true)])).toEqual(['0 fired, since 0'])
  })

  test('a condition that flaps within the hold time never fires', () => {
    const flapping = Array.from({ length: 60 }, (_, second) => answer(second % 8 !== 7))
    expect(changes(RULE, flapping)).toEqual([])
  })

  test('it is resolved when the condition has been over long enough: what flaps meanwhile is one alert', () => {
    const answers = [...seconds(11, answer(true)), ...seconds(4, answer(false)), answer(true), ...seconds(10, answer(false))]
    expect(changes(RULE, answers)).toEqual(['10 fired, since 0', '21 condition'])
  })

  test('with `until` it goes on between the two bounds', () => {
    const between = answer(false, { until: false })
    const answers = [...seconds(11, answer(true)), ...seconds(100, between), ...seconds(6, answer(false, { until: true }))]
    expect(changes(RULE, answers)).toEqual(['10 fired, since 0', '116 condition'])
  })

  test('a time that nobody has looked at is no hold: it begins anew', () => {
    const away = seconds(GAP_MS / 1000 + 1, 'nobody looks' as const)
    const answers = [...seconds(9, answer(true)), ...away, ...seconds(11, answer(true))]
    expect(changes(RULE, answers)).toEqual([`${9 + away.length + 10} fired, since ${9 + away.length}`])
  })

  test.each([
    ['keep', []],
    ['resolve', ['16 no-data']],
    ['fire', []],
  ] as const)('a firing alert without data, %s', (noData, then) => {
    const answers = [...seconds(11, answer(true)), ...seconds(30, answer(null))]
    expect(changes({ ...RULE, noData }, answers)).toEqual(['10 fired, since 0', ...then])
  })

  test('no data fires only where a rule says so, and does not count where it does not', () => {
    expect(changes(RULE, seconds(60, answer(null)))).toEqual([])
    expect(changes({ ...RULE, noData: 'fire' }, seconds(60, answer(null)))).toEqual(['10 fired, since 0'])
    expect(changes(RULE, [...seconds(6, answer(true)), ...seconds(20, answer(null)), ...seconds(9, answer(true))])).toEqual([
      '30 fired, since 20',
    ])
  })

  test('the end of the run resolves at once, unless the end is what it is about', () => {
    expect(changes(RULE, [...seconds(11, answer(true)), answer(null, { ended: true })])).toEqual(['10 fired, since 0', '11 run-ended'])
    expect(changes(RULE, [...seconds(11, answer(true)), ...seconds(60, answer(true, { ended: true }))])).toEqual(['10 fired, since 0'])
  })
})

describe('conditions', () => {
  test.each([
    ['state = 1', 'The condition'],
    ['lag_seconds', 'must be true or false'],
    ['lag > 1', 'lag_seconds'],
    ['lag_seconds >', 'The condition'],
    ['NOW() > 1', 'The condition'],
  ])('%s is refused with a hint', (condition, hint) => {
    const result = compileRule({ ...RULE, condition })
    expect(result.ok ? '' : result.problem).toContain(hint)
  })

  test('columns of the other scope are not there', () => {
    expect(compileRule({ ...RULE, condition: 'blocked > 0.5' }).ok).toBe(false)
    expect(compileRule({ ...RULE, scope: 'operator', condition: 'blocked > 0.5' }).ok).toBe(true)
  })
})

function operator(more: Partial<OperatorFigures> = {}): OperatorFigures {
  return {
    state: 'running',
    attempt: 1,
    container: 'c1',
    activity: { busy: 0, blocked: 0, starved: 0, idle: 1 },
    rowsIn: 0,
    rowsOut: 0,
    rowsInPerSecond: 0,
    rowsOutPerSecond: 100,
    window: 100,
    checkpointWindow: 100,
    watermark: null,
    stateSizeBytes: 0,
    rowErrors: 0,
    ...more,
  }
}

function figures(behind: number, state: RunState = 'running', operators: RunFigures['operators'] = { source: operator() }): RunFigures {
  return {
    state,
    lineage: 1,
    attempt: 1,
    targetWindow: 1000,
    committedWindow: 1000 - behind,
    uptimeMs: 0,
    sharedBytes: 0,
    memoryBytes: 0,
    residentBytes: 0,
    operators,
    streams: {},
  }
}

/** The service over a database of its own, with one run that a test makes figures of. */
class Watching {
  readonly database: Database
  readonly store: AlertStore
  readonly webhooks: WebhookStore
  readonly defects: unknown[] = []
  alerts: Alerts
  ended: RunState | null = null
  gone = false

  constructor() {
    this.database = openDatabase(join(testHome(), 'belay.db'))
    onTestFinished(() => void this.database.close())
    this.webhooks = new WebhookStore(this.database)
    this.store = new AlertStore(this.database, this.webhooks)
    this.alerts = this.#made()
  }

  #made(): Alerts {
    const live = new Map([['r', { state: 'running' as RunState, answers: true }]])
    return new Alerts({
      database: this.database,
      store: this.store,
      webhooks: this.webhooks,
      runs: {
        states: () => (this.ended === null && !this.gone ? live : new Map()),
        record: async () => {
          if (this.gone) throw Object.assign(new Error('gone'), { code: 'RUN_UNKNOWN' })
          const state = this.ended ?? 'running'
          const common = { runId: 'r', pipelineId: 'numbers', pipelineName: '', startedAtMs: 0, startedBy: '', reason: null }
          return { ...common, state, endedAtMs: this.ended === null ? null : 1 }
        },
      },
      origin: () => 'http://server',
      changed: () => undefined,
      told: () => undefined,
      defect: (error) => void this.defects.push(error),
    })
  }

  /** A server that died, and the next one. */
  async restart(): Promise<void> {
    this.alerts = this.#made()
    if (this.ended === null && !this.gone) this.connect()
    await this.alerts.begin([{ runId: 'r', pipelineId: 'numbers' }])
  }

  connect(behind = 0): void {
    const document = numbers()
    const snapshot: RunSnapshot = {
      runId: 'r',
      pipelineId: document.id,
      document,
      parameters: {},
      startedAtMs: 0,
      seq: 0,
      figures: figures(behind),
      checkpoints: [],
      events: [],
      tables: {},
      containers: [],
    }
    this.alerts.connected('r', snapshot)
  }

  /** `ticks` seconds from second `from` on. */
  run(from: number, ticks: number, behind: number): void {
    for (let second = from; second < from + ticks; second += 1) {
      this.alerts.delta('r', { runId: 'r', tick: second, atMs: second * 1000, figures: figures(behind), tables: {} })
      this.alerts.tick(second * 1000)
    }
  }

  list(): Alert[] {
    return this.store.list({ open: false, runId: null, ruleId: null, limit: 100 })
  }
}

/** Windows that are 120 s, whatever the document's are. */
const BEHIND = 120_000 / numbers().settings.windowMs

describe('alerts of a server', () => {
  test('an alert fires once and is resolved once, whenever the server dies', async () => {
    const watching = new Watching()
    watching.connect()
    watching.webhooks.write('hook', { name: 'Hook', url: 'http://x/', events: [], pipelineId: null, enabled: true }, 'me', 0)
    watching.alerts.addRule({ ...RULE, webhooks: ['hook'] }, 'me', 0)
    watching.run(0, 11, BEHIND)
    expect(watching.list()).toMatchObject([{ firedAtMs: 10_000, resolvedAtMs: null, values: { lag_seconds: 120 } }])
    await watching.restart()
    watching.run(30, 20, BEHIND)
    await watching.restart()
    expect(watching.list()).toHaveLength(1)
    watching.run(60, 6, 0)
    await watching.restart()
    watching.run(80, 20, 0)
    expect(watching.list()).toMatchObject([{ firedAtMs: 10_000, resolvedAtMs: 65_000, end: 'condition' }])
    expect(watching.webhooks.deliveries(10).map(({ event }) => event)).toEqual(['alert-resolved', 'alert-fired'])
    expect(watching.defects).toEqual([])
  })

  test('what could not be written did not happen: it is tried again', () => {
    const watching = new Watching()
    watching.connect()
    watching.alerts.addRule(RULE, 'me', 0)
    watching.run(0, 10, BEHIND)
    watching.database.exec('ALTER TABLE alerts RENAME TO elsewhere')
    watching.run(10, 3, BEHIND)
    expect(watching.defects).toHaveLength(3)
    watching.database.exec('ALTER TABLE elsewhere RENAME TO alerts')
    watching.run(13, 3, BEHIND)
    expect(watching.list()).toMatchObject([{ firedAtMs: 13_000, sinceMs: 0 }])
  })

  test('a run that failed while no server was there fires with the next one, and is over when somebody has seen it', async () => {
    const watching = new Watching()
    watching.connect()
    watching.alerts.addRule({ ...RULE, condition: "state = 'failed'", forMs: 0 }, 'me', 0)
    watching.run(0, 5, 0)
    expect(watching.list()).toEqual([])
    watching.ended = 'failed'
    await watching.restart()
    watching.alerts.tick(10_000)
    watching.alerts.tick(11_000)
    const [alert] = watching.list()
    expect(alert).toMatchObject({ runId: 'r', values: { state: 'failed' }, resolvedAtMs: null })
    watching.alerts.acknowledge(alert.id, 'ana', 12_000)
    await watching.restart()
    watching.alerts.tick(13_000)
    expect(watching.list()).toMatchObject([{ end: 'acknowledged', acknowledgedBy: 'ana', resolvedAtMs: 12_000 }])
    // It goes on, and fails again.
    watching.ended = null
    await watching.restart()
    watching.run(20, 2, 0)
    watching.ended = 'failed'
    watching.alerts.changed()
    await Promise.resolve()
    watching.alerts.tick(30_000)
    expect(watching.list()).toHaveLength(2)
  })

  test('an alert about a run that was deleted is over', async () => {
    const watching = new Watching()
    watching.connect()
    watching.alerts.addRule(RULE, 'me', 0)
    watching.run(0, 11, BEHIND)
    watching.gone = true
    watching.alerts.changed()
    await Promise.resolve()
    expect(watching.list()).toMatchObject([{ end: 'run-deleted' }])
  })

  test('a rule that means something else ends what it has fired; one with another name does not', () => {
    const watching = new Watching()
    watching.connect()
    const { id } = watching.alerts.addRule(RULE, 'me', 0)
    watching.run(0, 11, BEHIND)
    watching.alerts.changeRule(id, { ...RULE, name: 'Late', severity: 'critical' }, 'me', 12_000)
    expect(watching.list()).toMatchObject([{ resolvedAtMs: null }])
    watching.alerts.changeRule(id, { ...RULE, condition: 'lag_seconds > 600' }, 'me', 13_000)
    expect(watching.list()).toMatchObject([{ end: 'rule-changed' }])
  })

  test('each operator by itself', () => {
    const watching = new Watching()
    watching.connect()
    watching.alerts.addRule({ ...RULE, scope: 'operator', condition: 'blocked > 0.9', forMs: 2000 }, 'me', 0)
    const blocked = operator({ activity: { busy: 0.05, blocked: 0.95, starved: 0, idle: 0 } })
    for (let second = 0; second < 5; second += 1) {
      const now = figures(0, 'running', { a: blocked, b: operator(), c: second > 1 ? blocked : operator() })
      watching.alerts.delta('r', { runId: 'r', tick: second, atMs: second * 1000, figures: now, tables: {} })
      watching.alerts.tick(second * 1000)
    }
    expect(watching.list().map(({ operator: id, firedAtMs }) => [id, firedAtMs])).toEqual([
      ['c', 4000],
      ['a', 2000],
    ])
  })

  test('rules of one run ask no other', () => {
    const watching = new Watching()
    watching.connect()
    watching.alerts.addRule({ ...RULE, runId: 'another' }, 'me', 0)
    watching.alerts.addRule({ ...RULE, pipelineId: 'another' }, 'me', 0)
    watching.alerts.addRule({ ...RULE, enabled: false }, 'me', 0)
    watching.run(0, 30, BEHIND)
    expect(watching.list()).toEqual([])
  })
})

describe('preview', () => {
  const STEP_MS = 10_000
  function history(behind: readonly (number | null)[]): RunHistory {
    const none = behind.map(() => 0)
    return {
      stepMs: STEP_MS,
      times: behind.map((_, i) => i * STEP_MS),
      run: { rowsInPerSecond: none, windowsBehind: behind, sharedBytes: none, residentBytes: none },
      operators: {},
    }
  }
  const past = (behind: readonly (number | null)[], events: readonly RunEvent[] = []) => ({
    runId: 'r',
    pipelineId: 'p',
    windowMs: 1000,
    startedAtMs: 0,
    state: 'running' as RunState,
    histories: [history(behind)],
    events,
  })
  const ask = (rule: AlertRuleBody, of: ReturnType<typeof past>) => {
    const compiled = compileRule(rule)
    if (!compiled.ok) throw new Error(compiled.problem)
    return firingsOf(rule, compiled.compiled, of).map(({ firedAtMs, resolvedAtMs }) => [firedAtMs, resolvedAtMs])
  }

  test('tells when it would have fired and been resolved', () => {
    const behind = [0, 0, 90, 90, 90, 0, 0, 0, 90, 0, 90, 90, 90]
    expect(ask(RULE, past(behind))).toEqual([
      [40_000, 70_000],
      [120_000, null],
    ])
  })

  test('events count: failures, states, age of checkpoints', () => {
    const failure = (atMs: number): RunEvent => ({ type: 'failure', incident: 'i', operators: ['a'], code: 'X', message: '', seq: 1, atMs })
    const often = { ...RULE, condition: 'failures_10m >= 2', forMs: 0, resolveAfterMs: 0 }
    expect(ask(often, past(seconds(100, 0), [failure(15_000), failure(55_000)]))).toEqual([[60_000, 620_000]])
    const old = { ...RULE, condition: 'checkpoint_age_seconds > 100', forMs: 0, resolveAfterMs: 0 }
    expect(ask(old, past(seconds(20, 0)))).toEqual([[110_000, null]])
  })

  test('says which columns it knows nothing of', () => {
    const rule = { ...RULE, condition: 'memory_share > 0.9 AND lag_seconds > 1' }
    const compiled = compileRule(rule)
    expect(compiled.ok && unknownColumns(rule, compiled.compiled)).toEqual(['memory_share'])
  })
})
