import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { expect, onTestFinished, test } from 'vitest'
import { openLog } from '../src/log/log.ts'
import { Exposition, Histogram } from '../src/metrics/exposition.ts'
import {
  belay,
  pidOf,
  PROCESSES,
  recordOf,
  runProcesses,
  seqOf,
  startRun,
  testHome,
  testServer,
  until,
  untilEvent,
  untilState,
} from './support/belay.ts'
import { numbers } from './support/documents.ts'

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Reads the text format strictly: a line it does not know is an error. */
function parsed(text: string): { readonly samples: Sample[]; readonly types: Map<string, string> } {
  const samples: Sample[] = []
  const types = new Map<string, string>()
  expect(text.endsWith('\n')).toBe(true)
  for (const line of text.split('\n').slice(0, -1)) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line)
    if (type !== null) {
      expect(types.has(type[1])).toBe(false)
      types.set(type[1], type[2])
      continue
    }
    if (/^# HELP \S+ \S.*\.$/.test(line)) continue
    const sample = /^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)*)\})? (-?[0-9.e+-]+|\+Inf)$/.exec(line)
    if (sample === null) throw new Error(`not a line of the format: ${line}`)
    const labels = Object.fromEntries(
      [...(sample[2] ?? '').matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, value]) => [key, value]),
    )
    samples.push({ name: sample[1], labels, value: Number(sample[3].replace('+Inf', 'Infinity')) })
  }
  return { samples, types }
}

test('the text format: families once, labels quoted, histograms cumulative', () => {
  const to = new Exposition()
  const histogram = new Histogram()
  for (const seconds of [0.002, 0.002, 0.3, 400]) histogram.observe(seconds)
  to.gauge('a', 'About a.', { text: 'quote " slash \\ line \n end' }, 1)
  to.counter('b_total', 'About b.', {}, 2)
  to.gauge('a', 'About a.', { text: 'other' }, 3)
  to.histogram('c_seconds', 'About c.', { of: 'x' }, histogram)
  const text = to.text()
  expect(text).toContain('a{text="quote \\" slash \\\\ line \\n end"} 1\na{text="other"} 3\n')
  const { samples, types } = parsed(text)
  expect([...types]).toEqual([
    ['a', 'gauge'],
    ['b_total', 'counter'],
    ['c_seconds', 'histogram'],
  ])
  const buckets = samples.filter(({ name }) => name === 'c_seconds_bucket')
  expect(buckets.map(({ value }) => value)).toEqual([0, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4])
  expect(buckets.at(-1)?.labels).toEqual({ of: 'x', le: '+Inf' })
  expect(samples.find(({ name }) => name === 'c_seconds_count')?.value).toBe(4)
})

test('metrics follow a run through a kill, a command and its end', PROCESSES, async () => {
  const server = await testServer(testHome())
  const scrape = async (): Promise<Sample[]> => {
    const { status, type, body } = await server.call('GET', '/metrics')
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    const { samples, types } = parsed(body as string)
    for (const [name, kind] of types) {
      expect(name).toMatch(/^belay_/)
      expect(name.endsWith('_total')).toBe(kind === 'counter')
      expect(name).not.toMatch(/tuple/)
    }
    return samples
  }
  const valueOf = (samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}): number | undefined =>
    samples.find((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value))?.value

  const idle = await scrape()
  expect(valueOf(idle, 'belay_build_info')).toBe(1)
  expect(valueOf(idle, 'belay_runs')).toBe(0)
  const runId = await startRun(server, numbers())
  await untilEvent(server, runId, 0, (event) => event.type === 'committed')
  const seq = await seqOf(server, runId)
  await server.call('POST', `/api/runs/${runId}/operators/some/kill`, { commandId: 'kill' })
  await server.call('POST', `/api/runs/${runId}/operators/some/kill`, { commandId: 'kill' })
  await server.call('POST', `/api/runs/${runId}/resume`, { commandId: 'resume' })
  await untilEvent(server, runId, seq, (event) => event.type === 'recovered')
  const busy = await until('rows after the kill', async () => {
    const samples = await scrape()
    const above0 = (name: string, labels = {}): boolean => (valueOf(samples, name, { run: runId, ...labels }) ?? 0) > 0
    const recovered = (valueOf(samples, 'belay_recovery_duration_seconds_count') ?? 0) > 0
    return recovered && above0('belay_window_committed') && above0('belay_rows_in_total', { operator: 'some' }) && samples
  })
  // What is shipped for alerts and the dashboard asks for nothing that is not there, labels included.
  for (const file of ['alerts.yml', 'grafana-dashboard.json']) {
    const text = readFileSync(join(import.meta.dirname, '../../../deploy', file), 'utf8')
    const named = [...text.matchAll(/\bbelay_[a-z_]+/g)].map(([name]) => name)
    expect(named.length).toBeGreaterThan(5)
    for (const name of named)
      expect(
        busy.some((one) => one.name === name),
        `${file} names ${name}`,
      ).toBe(true)
    for (const [, states] of text.matchAll(/belay_run_state\{state=~"([^"]+)"\}/g))
      for (const state of states.split('|'))
        expect(valueOf(busy, 'belay_run_state', { state }), `${file} names the state ${state}`).toBeDefined()
  }
  const run = { run: runId, pipeline: 'numbers' }
  expect(valueOf(busy, 'belay_run_state', { ...run, state: 'running' })).toBeDefined()
  expect(busy.filter(({ name, value }) => name === 'belay_run_state' && value === 1)).toHaveLength(1)
  expect(valueOf(busy, 'belay_rows_in_total', { ...run, operator: 'some' })).toBeGreaterThan(0)
  expect(valueOf(busy, 'belay_operator_up', { ...run, operator: 'some' })).toBe(1)
  expect(valueOf(busy, 'belay_failures_total', { ...run, cause: 'KILLED' })).toBe(1)
  expect(valueOf(busy, 'belay_checkpoint_duration_seconds_count', run)).toBeGreaterThan(0)
  expect(valueOf(busy, 'belay_window_committed', run)).toBeGreaterThan(0)
  expect(valueOf(busy, 'belay_run_processes_total', run)).toBe(1)
  // The same command twice was one.
  expect(valueOf(busy, 'belay_commands_total', { command: 'kill-operator', result: 'accepted' })).toBe(1)
  expect(valueOf(busy, 'belay_commands_total', { command: 'resume', result: 'NOT_PAUSED' })).toBe(1)

  await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop', mode: 'abort' })
  await untilState(server, runId, 'stopped')
  const after = await until('the run to be gone from the figures', async () => {
    const samples = await scrape()
    return samples.every(({ labels }) => labels['run'] === undefined) && samples
  })
  expect(valueOf(after, 'belay_runs')).toBe(0)
  expect(valueOf(after, 'belay_runs_failed_total')).toBe(0)

  const broken = numbers({ id: 'broken' })
  const failing = await startRun(server, {
    ...broken,
    operators: broken.operators.map((one) =>
      one.id === 'some' ? { ...one, config: { condition: '10 / (id - id) > 0' }, onRowError: 'fail' } : one,
    ),
  })
  await untilState(server, failing, 'failed')
  await until('the failed run to be counted', async () => valueOf(await scrape(), 'belay_runs_failed_total') === 1)
})

test('readiness says when the server cannot do all it is for', PROCESSES, async () => {
  const home = testHome()
  const server = await testServer(home)
  await until('readiness', async () => (await server.call('GET', '/readyz')).status === 200)
  expect((await server.call('GET', '/livez')).body).toEqual({ ok: true })
  rmSync(join(home, 'files'), { recursive: true })
  const { status, body } = await server.call('GET', '/readyz')
  expect([status, body]).toEqual([503, { ready: false, reasons: [`${home} cannot be written to`] }])
  // Alive all the same: restarting it would not help.
  expect((await server.call('GET', '/livez')).status).toBe(200)
})

test('the log tells of the server, of processes and of who asked for what, a line of JSON each', PROCESSES, async () => {
  const home = testHome()
  const server = await testServer(home)
  const runId = await startRun(server, numbers({ folder: 'home:secret-place' }), { speed: 3000 })
  await untilEvent(server, runId, 0, (event) => event.type === 'committed')
  await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop-it', mode: 'abort' })
  await untilState(server, runId, 'stopped')
  await server.end('SIGTERM')
  const text = readFileSync(join(home, 'log', 'server.jsonl'), 'utf8')
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const events = lines.map((line) => line['event'])
  expect(events[0]).toBe('server-started')
  expect(events.at(-1)).toBe('server-stopped')
  expect(events).toEqual(expect.arrayContaining(['run-connected', 'run-state', 'command']))
  expect(lines.find((line) => line['event'] === 'command')).toMatchObject({
    level: 'info',
    run: runId,
    command: 'stop',
    commandId: 'stop-it',
    by: 'you',
    result: 'accepted',
    pid: server.pid,
  })
  expect(text).not.toContain('secret-place')
})

test('the log turns over by size and keeps three old files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'belay-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const log = openLog(folder, 2000)
  for (let i = 0; i < 200; i += 1) log.write('info', 'counted', { i })
  log.close()
  const names = readdirSync(join(folder, 'log')).sort()
  expect(names).toEqual(['server.jsonl', 'server.jsonl.1', 'server.jsonl.2', 'server.jsonl.3'])
  const counted = names
    .reverse()
    .flatMap((name) =>
      readFileSync(join(folder, 'log', name), 'utf8')
        .trim()
        .split('\n'),
    )
    .map((line) => (JSON.parse(line) as { i: number }).i)
  expect(counted).toEqual(counted.map((_i, at) => 200 - counted.length + at))
})

test('the doctor finds nothing wrong with a good home, and says what to do about a bad one', PROCESSES, async () => {
  const home = testHome()
  const good = await belay(['doctor', '--home', home, '--json'])
  const { findings } = JSON.parse(good.stdout) as { findings: { check: string; result: string; message: string }[] }
  expect(findings.filter(({ result }) => result === 'problem')).toEqual([])
  expect(good.code).toBe(0)
  expect(new Set(findings.map(({ check }) => check))).toEqual(
    new Set([
      'machine',
      'node',
      'files',
      'memory',
      'clock',
      'isolation',
      'control groups',
      'sockets',
      'rights',
      'disk',
      'sync',
      'database',
      'demo',
      'server',
      'port',
      'runs',
    ]),
  )

  const server = await testServer(home)
  const runId = await startRun(server, numbers())
  await untilEvent(server, runId, 0, (event) => event.type === 'committed')
  const running = (await belay(['doctor', '--home', home])).stdout
  expect(running).toMatch(new RegExp(`^ok +server +process ${server.pid} at ${server.url}$`, 'm'))
  expect((await recordOf(server, runId)).state).toBe('running')
  await server.end('SIGKILL')
  process.kill(pidOf(home, runId), 'SIGKILL')
  await until('the process to be gone', () => runProcesses(home).length === 0)
  mkdirSync(join(home, 'runs', 'broken'))
  writeFileSync(join(home, 'runs', 'broken', 'run.json'), '{')
  for (const name of readdirSync(home)) if (name.startsWith('belay.db')) rmSync(join(home, name))
  writeFileSync(join(home, 'belay.db'), 'no database at all. '.repeat(100))
  chmodSync(home, 0o755)
  const bad = await belay(['doctor', '--home', home])
  expect(bad.code).toBe(1)
  expect(bad.stdout).toMatch(/^problem +database .* is damaged: .*Restore it from a backup/m)
  expect(bad.stdout).toMatch(/^problem +rights .*chmod -R go= /m)
  expect(bad.stdout).toMatch(/^warning +server .* ended without a word\. Start it again with belay start/m)
  expect(bad.stdout).toMatch(new RegExp(`^warning +runs +${runId}: the process is gone\\.`, 'm'))
  expect(bad.stdout).toMatch(/^warning +runs .*broken.*cannot be read/m)
})

test('the database of the first version is brought forward', PROCESSES, async () => {
  const home = testHome()
  const document = numbers({ id: 'kept' })
  const database = new Database(join(home, 'belay.db'))
  database.exec(
    'CREATE TABLE pipelines (id TEXT PRIMARY KEY, document TEXT NOT NULL, version INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL)',
  )
  database.prepare('INSERT INTO pipelines VALUES (?, ?, 4, 1000)').run('kept', JSON.stringify(document))
  database.exec('PRAGMA user_version = 1')
  database.close()
  const server = await testServer(home)
  expect((await server.call('GET', '/api/pipelines/kept')).body).toMatchObject({ version: 4, document })
  expect((await server.call('POST', '/api/runs', { pipelineId: 'kept', parameters: { speed: 'x' }, commandId: 'c' })).status).toBe(400)
  expect(existsSync(join(home, 'runs'))).toBe(false)
})
