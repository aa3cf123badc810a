import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  belay,
  eventsOf,
  pidOf,
  runProcesses,
  seqOf,
  spawnBelay,
  startRun,
  startServer,
  testHome,
  testServer,
  until,
  untilEvent,
  untilState,
  PROCESSES,
} from './support/belay.ts'
import { numbers } from './support/documents.ts'

function rowsIn(home: string, folder: string): string[] {
  const path = join(home, 'files', folder)
  return readdirSync(path)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(path, name), 'utf8').split('\n').slice(0, -1))
}

/** Every second of the generator's ids, each once, in order. */
function evenIds(rows: number): number[] {
  return Array.from({ length: rows / 2 }, (_, i) => i * 2)
}

function idsOf(rows: readonly string[]): number[] {
  return rows.map((row) => (JSON.parse(row) as { id: number }).id)
}

test('§6.14 a run goes on without the server; the next one adopts it: same process, events and counters go on', PROCESSES, async () => {
  const home = testHome()
  const first = await testServer(home)
  const runId = await startRun(first, numbers({ folder: 'home:adopted' }))
  await untilEvent(first, runId, 0, (event) => event.type === 'committed')
  const pid = pidOf(home, runId)
  const before = (await first.call('GET', `/api/runs/${runId}/snapshot`)).body
  await first.end('SIGKILL')
  const written = rowsIn(home, 'adopted').length
  await until('more output without a server', () => rowsIn(home, 'adopted').length > written)
  expect(runProcesses(home)).toEqual([pid])

  const second = await testServer(home)
  await untilState(second, runId, 'running')
  expect(pidOf(home, runId)).toBe(pid)
  expect(runProcesses(home)).toEqual([pid])
  const after = (await second.call('GET', `/api/runs/${runId}/snapshot`)).body
  expect(after.seq).toBeGreaterThan(before.seq)
  expect(after.figures.attempt).toBe(before.figures.attempt)
  expect(after.figures.operators.source.rowsOut).toBeGreaterThan(before.figures.operators.source.rowsOut)
  const events = await eventsOf(second, runId)
  expect(events.map((event) => event.seq)).toEqual(events.map((_event, i) => i + 1))
  expect(events.filter((event) => event.type === 'process-started')).toHaveLength(1)

  await second.end('SIGTERM')
  expect(runProcesses(home)).toEqual([pid])
})

test(
  'L12 a run process that is killed is started again by the server, once, loses nothing, and its death is told as a failure',
  PROCESSES,
  async () => {
    const home = testHome()
    const server = await testServer(home)
    const runId = await startRun(server, numbers({ rows: 6000, rowsPerSecond: 3000, folder: 'home:killed' }))
    const killed: number[] = []
    for (const through of ['the API', 'the shell']) {
      const seq = await seqOf(server, runId)
      await untilEvent(server, runId, seq, (event) => event.type === 'committed')
      const pid = pidOf(home, runId)
      killed.push(pid)
      if (through === 'the shell') process.kill(pid, 'SIGKILL')
      else expect((await server.call('POST', `/api/runs/${runId}/kill`, { commandId: 'kill' })).status).toBe(202)
      await untilEvent(server, runId, seq, (event) => event.type === 'recovered')
      expect(runProcesses(home)).not.toContain(pid)
      expect(runProcesses(home)).toHaveLength(1)
    }
    await untilState(server, runId, 'finished')
    expect(idsOf(rowsIn(home, 'killed'))).toEqual(evenIds(6000))
    const events = await eventsOf(server, runId)
    expect(events.map((event) => event.seq)).toEqual(events.map((_event, i) => i + 1))
    const failures = events.filter((event) => event.type === 'failure')
    const process9 = (pid: number) => ({ pid, exitCode: null, signal: 'SIGKILL', downMs: expect.any(Number) as number })
    expect(failures).toMatchObject([
      { operators: [], code: 'KILLED', by: 'you', process: process9(killed[0]) },
      { operators: [], code: 'PROCESS_DIED', message: expect.stringContaining('SIGKILL') as string, process: process9(killed[1]) },
    ])
    for (const { incident } of failures)
      expect(events.flatMap((event) => ('incident' in event && event.incident === incident ? [event.type] : []))).toEqual([
        'failure',
        'recovery-planned',
        'recovered',
      ])
    await until('its process to be gone', () => runProcesses(home).length === 0)
  },
)

test('a server that starts finds a dead run and starts it again from its journal: a hold is still a hold', PROCESSES, async () => {
  const home = testHome()
  const first = await testServer(home)
  const runId = await startRun(first, numbers({ rows: 4000, folder: 'home:dead' }))
  await untilEvent(first, runId, 0, (event) => event.type === 'committed')
  await first.call('POST', `/api/runs/${runId}/operators/some/kill`, { commandId: 'hold', hold: true })
  await untilState(first, runId, 'degraded')
  await first.end('SIGKILL')
  process.kill(pidOf(home, runId), 'SIGKILL')
  await until('the process to be gone', () => runProcesses(home).length === 0)

  const second = await testServer(home)
  await untilState(second, runId, 'degraded')
  const death = await untilEvent(second, runId, 0, (event) => event.type === 'failure' && event.process !== undefined)
  expect(death).toMatchObject({ code: 'PROCESS_DIED', message: "The run's process ended while nobody watched it." })
  expect(runProcesses(home)).toHaveLength(1)
  await second.call('POST', `/api/runs/${runId}/operators/some/restore`, { commandId: 'restore' })
  await untilState(second, runId, 'finished')
  expect(idsOf(rowsIn(home, 'dead'))).toEqual(evenIds(4000))
})

test('a second server on the same home is refused in words, and the first one goes on', PROCESSES, async () => {
  const home = testHome()
  const first = await testServer(home)
  const refused = await belay(['start', '--home', home, '--port', '0'])
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain(`Another Belay server (process ${first.pid}, ${first.url}) uses ${home}.`)
  expect(refused.stderr).toMatch(/Stop it first, or choose another folder with --home\. \(HOME_IN_USE\)/)
  expect((await first.call('GET', '/livez')).status).toBe(200)
  // A server that was killed leaves nothing in the way.
  await first.end('SIGKILL')
  const next = await testServer(home)
  expect((await next.call('GET', '/livez')).status).toBe(200)
})

test('a port that is taken: the next free one, or a refusal where somebody insisted', PROCESSES, async () => {
  const [home, other] = [testHome(), testHome()]
  const first = spawnBelay(['start', '--home', home])
  onTestFinished(() => void first.child.kill('SIGKILL'))
  const second = spawnBelay(['start', '--home', other])
  onTestFinished(() => void second.child.kill('SIGKILL'))
  const note = (path: string): Promise<{ url: string }> =>
    until('an address', () => {
      try {
        return JSON.parse(readFileSync(join(path, 'server.json'), 'utf8')) as { url: string }
      } catch {
        return null
      }
    })
  const [one, two] = [await note(home), await note(other)]
  expect(one.url).not.toBe(two.url)
  for (const { url } of [one, two]) {
    expect(Number(new URL(url).port)).toBeGreaterThanOrEqual(4600)
    expect((await fetch(`${url}/livez`)).status).toBe(200)
  }
  const { port } = new URL(one.url)
  const insisted = await belay(['start', '--home', testHome(), '--port', port])
  expect([insisted.code, insisted.stderr]).toEqual([1, `belay: Port ${port} is taken. Choose another with --port. (PORT_TAKEN)\n`])
})

test('a process that hangs is shown as unreachable; killing the run brings it back, aborting ends it', PROCESSES, async () => {
  const home = testHome()
  const server = await testServer(home)
  const [killed, aborted] = [await startRun(server, numbers()), await startRun(server, numbers({ folder: 'home:other' }))]
  for (const runId of [killed, aborted]) await untilEvent(server, runId, 0, (event) => event.type === 'committed')
  const pid = pidOf(home, killed)
  for (const runId of [killed, aborted]) process.kill(pidOf(home, runId), 'SIGSTOP')
  for (const runId of [killed, aborted])
    expect((await untilState(server, runId, 'unreachable')).reason).toBe('The run process has not reported for 5 s.')

  expect((await server.call('POST', `/api/runs/${aborted}/stop`, { commandId: 'abort', mode: 'abort' })).status).toBe(202)
  const ended = await untilState(server, aborted, 'stopped')
  expect(ended.reason).toMatch(/^aborted by you/)
  // Its death was noticed before its end was written down; no other process was started for it meanwhile.
  expect(runProcesses(home)).toEqual([pid])
  expect((await server.call('GET', `/api/runs/${aborted}/snapshot`)).body.figures.state).toBe('stopped')
  expect((await server.call('DELETE', `/api/runs/${aborted}`)).status).toBe(204)

  expect((await server.call('POST', `/api/runs/${killed}/kill`, { commandId: 'kill' })).status).toBe(202)
  await untilState(server, killed, 'running')
  expect(runProcesses(home)).toEqual([pidOf(home, killed)])
  expect(runProcesses(home)).not.toContain(pid)
})

test('`belay run` and a server that both look after a run never make two processes of it', PROCESSES, async () => {
  const home = testHome()
  const file = join(home, 'numbers.json')
  writeFileSync(file, JSON.stringify(numbers({ rows: 12_000, rowsPerSecond: 1500, folder: 'home:both' })))
  const cli = spawnBelay(['run', file, '--home', home, '--json'])
  onTestFinished(() => void cli.child.kill('SIGKILL'))
  const runId = await until('the run', () => {
    const runs = join(home, 'runs')
    return runProcesses(home).length === 1 && readdirSync(runs)[0]
  })
  const server = await startServer(home)
  onTestFinished(() => server.end('SIGKILL'))
  for (let kill = 0; kill < 3; kill += 1) {
    const seq = await seqOf(server, runId)
    await untilEvent(server, runId, seq, (event) => event.type === 'committed')
    process.kill(pidOf(home, runId), 'SIGKILL')
    await untilEvent(server, runId, seq, (event) => event.type === 'process-started')
    // Whoever came second has left again.
    await until('one process', () => runProcesses(home).length === 1)
  }
  const { code, stdout } = await cli.finished
  expect([code, (JSON.parse(stdout) as { state: string }).state]).toEqual([0, 'finished'])
  expect(idsOf(rowsIn(home, 'both'))).toEqual(evenIds(12_000))
  const events = await eventsOf(server, runId)
  expect(events.filter((event) => event.type === 'process-started')).toHaveLength(4)
  expect(events.map((event) => event.seq)).toEqual(events.map((_event, i) => i + 1))
  await until('no process', () => runProcesses(home).length === 0)
})
