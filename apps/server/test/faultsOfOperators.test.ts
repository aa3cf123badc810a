/**
 * Operators that go wrong under a real server (engine-spec §6.8, H4, H18): one that takes all memory, one whose
 * system call never comes back. Whoever is to blame is named; everybody else goes on; no process is left over.
 */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, cpSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { PipelineDocument } from '@belay/pipeline'
import { expect, it, onTestFinished } from 'vitest'
import {
  eventsOf,
  pidOf,
  PROCESSES,
  runProcesses,
  startRun,
  testHome,
  testServer,
  until,
  untilEvent,
  untilState,
  type TestServer,
} from './support/belay.ts'
import { numbers } from './support/documents.ts'
import { numbersWritten } from './support/written.ts'

const OWN = new URL('./fixtures/operators', import.meta.url).pathname
const ROWS = 2000
const HANGS_AT = 500

const sink = (id: string) => ({
  id,
  type: 'file-sink',
  typeVersion: 1,
  name: id,
  config: { folder: `home:out`, name: id, format: 'json-lines', layout: 'parts' },
})

const ids = (home: string, name: string): number[] => numbersWritten(home, 'id', 'out', `${name}-`)

const upTo = (count: number): number[] => Array.from({ length: count }, (_, id) => id)

async function figures(server: TestServer, runId: string) {
  return (await server.call('GET', `/api/runs/${runId}/snapshot`)).body.figures
}

/** A script that hoards from row 1000 on. */
function hoarding(code: string): PipelineDocument {
  return {
    format: 1,
    id: 'hoarding',
    name: 'Hoarding',
    parameters: {},
    settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432, stuckAfterMs: 60_000, maxResidentBytes: 805_306_368 },
    operators: [
      { id: 'rows', type: 'generator', typeVersion: 1, name: 'rows', config: { rows: 0, rowsPerSecond: 5000, seed: 1, keys: 50 } },
      {
        id: 'own',
        type: 'script',
        typeVersion: 1,
        name: 'own',
        config: { code, columns: [{ name: 'id', type: 'int64', nullable: false }], keys: [], changelogAware: false, ttlMs: 0 },
      },
      sink('file'),
    ],
    streams: [
      { id: 's1', from: { operator: 'rows', port: 'out' }, to: [{ operator: 'own', port: 'in' }] },
      { id: 's2', from: { operator: 'own', port: 'out' }, to: [{ operator: 'file', port: 'in' }] },
    ],
    layout: {},
  }
}

const FULL = process.env['BELAY_PROOF'] === 'full'

/** Heaps fill slowly; that one is also in poison.test.ts, without a server. */
const HOARDS = [
  ['objects', 'if (row.id === 1000) { const all = []; for (;;) all.push(Array(1e6).fill(row.id + 0.5)) }\nreturn { id: row.id }'],
  ['buffers', 'if (row.id === 1000) { const all = []; for (;;) all.push(new Uint8Array(5e7).fill(1)) }\nreturn { id: row.id }'],
] as const

it.each(HOARDS.filter(([what]) => FULL || what === 'buffers'))(
  '§6.8 a script that takes all memory with %s is named and given up; the server and another run do not notice',
  PROCESSES,
  async (_what, code) => {
    const home = testHome()
    const server = await testServer(home)
    const other = await startRun(server, numbers())
    await untilEvent(server, other, 0, (event) => event.type === 'committed')
    const [pid, before] = [pidOf(home, other), await figures(server, other)]
    // If the kernel has to choose, it takes a run.
    expect(Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'))).toBe(500)
    const runId = await startRun(server, hoarding(code))
    const { reason } = await untilState(server, runId, 'failed')
    expect(reason).toMatch(/^own failed 3 times .* The row is \{"id":1000,/)
    const failures = (await eventsOf(server, runId)).filter((event) => event.type === 'failure')
    expect(failures.map(({ operators }) => operators)).toEqual([expect.arrayContaining(['own']), ['own'], ['own']])
    expect(ids(home, 'file')).toEqual(upTo(ids(home, 'file').length))
    // It uses nothing any more, and its neighbour is the one it was.
    await until('its process to be gone', () => runProcesses(home).length === 1)
    expect(runProcesses(home)).toEqual([pid])
    const after = await figures(server, other)
    expect([after.state, after.attempt]).toEqual(['running', before.attempt])
    expect(after.operators.source.rowsOut).toBeGreaterThan(before.operators.source.rowsOut)
    expect((await server.call('GET', '/livez')).status).toBe(200)
  },
)

function hanging(pipe: string, stuckAfterMs: number): PipelineDocument {
  return {
    format: 1,
    id: 'hanging',
    name: 'Hanging',
    parameters: {},
    settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432, stuckAfterMs },
    operators: [
      { id: 'mount', type: 'hanging', typeVersion: 1, name: 'mount', config: { pipe, at: HANGS_AT, rows: ROWS } },
      sink('hung'),
      { id: 'rows', type: 'generator', typeVersion: 1, name: 'rows', config: { rows: ROWS, rowsPerSecond: 1000, seed: 1, keys: 5 } },
      sink('well'),
    ],
    streams: [
      { id: 's1', from: { operator: 'mount', port: 'out' }, to: [{ operator: 'hung', port: 'in' }] },
      { id: 's2', from: { operator: 'rows', port: 'out' }, to: [{ operator: 'well', port: 'in' }] },
    ],
    layout: {},
  }
}

/** Starts it and waits until the call has come that does not come back. */
async function hungRun(stuckAfterMs: number) {
  const home = testHome()
  const files = join(home, 'files')
  mkdirSync(files, { recursive: true })
  // Where its document's roots are: nothing else can be reached by a run.
  const pipe = join(files, 'pipe')
  execFileSync('mkfifo', [pipe])
  // The folder of operators is given what they import: a copy, so that nothing of that lies among the tests.
  const operators = join(home, 'operators')
  cpSync(OWN, operators, { recursive: true })
  const server = await testServer(home, ['--operators', operators])
  const runId = await startRun(server, hanging(pipe, stuckAfterMs))
  // Only where somebody waits to read can one open it for writing without waiting. While it is open the read hangs.
  const writer = (): Promise<number> =>
    until('somebody to wait at the pipe', () => {
      try {
        return openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
      } catch {
        return null
      }
    })
  const open = await writer()
  onTestFinished(() => closeSync(open))
  const release = async (): Promise<void> => {
    const fresh = await writer()
    writeSync(fresh, 'x')
    closeSync(fresh)
  }
  const pid = pidOf(home, runId)
  const rows = async () => (await figures(server, runId)).operators.rows.rowsOut as number
  const before = await rows()
  await until('rows of the other branch', async () => (await rows()) > before)
  return { home, server, runId, pid, release }
}

it('H4 a read that hangs is told as stuck, its neighbours only wait; once it comes back nothing is missing', PROCESSES, async () => {
  const { home, server, runId, pid, release } = await hungRun(1500)
  const failure = await untilEvent(server, runId, 0, (event) => event.type === 'failure')
  expect(failure).toMatchObject({ operators: expect.arrayContaining(['mount']) as string[], code: 'OPERATOR_STUCK' })
  // A thread in such a call cannot be ended: the process goes with it.
  await untilEvent(server, runId, failure.seq, (event) => event.type === 'process-started')
  expect(runProcesses(home)).not.toContain(pid)
  await release()
  await untilState(server, runId, 'finished')
  expect([ids(home, 'hung'), ids(home, 'well')]).toEqual([upTo(ROWS), upTo(ROWS)])
  const events = await eventsOf(server, runId)
  for (const operator of ['rows', 'well', 'hung'])
    expect(events.filter((event) => event.type === 'operator-state' && event.operator === operator && event.state === 'stuck')).toEqual([])
  await until('no process', () => runProcesses(home).length === 0)
})

it(
  'H4 an operator in a call that hangs can be killed by hand: the process goes with it, comes back, and none is left over',
  PROCESSES,
  async () => {
    const { home, server, runId, pid, release } = await hungRun(60_000)
    const { seq } = (await eventsOf(server, runId)).at(-1) ?? { seq: 0 }
    expect((await server.call('POST', `/api/runs/${runId}/operators/mount/kill`, { commandId: 'kill', hold: false })).status).toBe(202)
    await untilEvent(server, runId, seq, (event) => event.type === 'process-started')
    await release()
    await untilState(server, runId, 'finished')
    expect(runProcesses(home)).not.toContain(pid)
    expect([ids(home, 'hung'), ids(home, 'well')]).toEqual([upTo(ROWS), upTo(ROWS)])
    await until('no process', () => runProcesses(home).length === 0)
  },
)

it('P19 a call that never comes back ends the run after three times, with the operator named and no process left', PROCESSES, async () => {
  const { home, server, runId } = await hungRun(1000)
  const { reason } = await untilState(server, runId, 'failed')
  expect(reason).toMatch(/^mount failed 3 times at w \d+: mount made no progress for \d+ s/)
  await until('no process', () => runProcesses(home).length === 0)
})
