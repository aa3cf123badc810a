/** What a stranger must be able to see of slow operators, diamonds and time (engine-spec §6), by the interface alone. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunFigures } from '@belay/run'
import { expect, test } from 'vitest'
import {
  eventsOf,
  PROCESSES,
  seqOf,
  startRun,
  testHome,
  testServer,
  until,
  untilEvent,
  untilState,
  type TestServer,
} from './support/belay.ts'
import { rowsWritten } from './support/written.ts'

async function figuresOf(server: TestServer, runId: string): Promise<RunFigures> {
  return (await server.call('GET', `/api/runs/${runId}/snapshot`)).body.figures as RunFigures
}

function operator(id: string, type: string, config: object) {
  return { id, type, typeVersion: 1, name: id, config, isolate: true }
}

function fileSink(id: string, folder: string) {
  return operator(id, 'file-sink', { folder: `home:${folder}`, name: id, format: 'json-lines', layout: 'parts' })
}

function stream(from: string, ...to: readonly string[]) {
  const end = (text: string, port: string): { readonly operator: string; readonly port: string } => {
    const [id, own = port] = text.split('.')
    return { operator: id, port: own }
  }
  return { id: `${from}-stream`, from: end(from, 'out'), to: to.map((one) => end(one, 'in')) }
}

function pipeline(id: string, operators: readonly object[], streams: readonly object[], memoryBytes = 33_554_432): object {
  const settings = { windowMs: 50, checkpointIntervalMs: 200, memoryBytes }
  return { format: 1, id, name: id, parameters: {}, settings, operators, streams, layout: {} }
}

/** Its logs could hold what the slow one takes in many minutes. */
const MEMORY_BYTES = 134_217_728
const SLOW = 2000

test(
  '§6.4 an operator far slower than the source: checkpoints go on, the source reads at its speed, memory stays bounded, nobody restarts, the slow one is named',
  PROCESSES,
  async () => {
    const server = await testServer(testHome())
    const runId = await startRun(
      server,
      pipeline(
        'slow',
        [
          operator('rows', 'generator', { rows: 0, rowsPerSecond: 0, seed: 7, keys: 10 }),
          operator('narrow', 'rate-limit', { rowsPerSecond: SLOW }),
          operator('end', 'null-sink', {}),
        ],
        [stream('rows', 'narrow'), stream('narrow', 'end')],
        MEMORY_BYTES,
      ),
    )
    // From then on what goes in is what comes out.
    const full = await until('a source that waits', async () => {
      const figures = await figuresOf(server, runId)
      return figures.operators['rows'].blockedOn === 'narrow' && figures
    })
    await untilEvent(server, runId, await seqOf(server, runId), (event) => event.type === 'committed')
    await untilEvent(server, runId, await seqOf(server, runId), (event) => event.type === 'committed')
    const later = await figuresOf(server, runId)
    expect(later.committedWindow).toBeGreaterThan(full.committedWindow)
    const passed = later.operators['narrow'].rowsOut - full.operators['narrow'].rowsOut
    const read = later.operators['rows'].rowsOut - full.operators['rows'].rowsOut
    expect(passed).toBeGreaterThan(0)
    // What a publisher may be ahead, a batch in hand, and figures that are a moment apart.
    expect(read).toBeLessThan(passed + 6 * SLOW)
    expect(later.sharedBytes).toBeLessThanOrEqual(later.memoryBytes)
    for (const { attempt, state } of Object.values(later.operators)) expect([attempt, state]).toEqual([1, 'running'])
    await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop' })
    await untilState(server, runId, 'stopped')
  },
)

test(
  '§6.5 a diamond with one branch far slower than the other: it ends, each row has met itself once, and nobody is taken for stuck',
  PROCESSES,
  async () => {
    const ROWS = 600
    const home = testHome()
    const server = await testServer(home)
    const narrowed = (id: string): object =>
      operator(id, 'select', { mode: 'listed', columns: ['id', 'time'].map((name) => ({ name, expression: name })), drop: [] })
    const runId = await startRun(
      server,
      pipeline(
        'diamond',
        [
          operator('rows', 'generator', { rows: ROWS, rowsPerSecond: 0, seed: 7, keys: 10 }),
          narrowed('quick'),
          narrowed('plain'),
          operator('slow', 'rate-limit', { rowsPerSecond: 200 }),
          operator('both', 'window-join', { type: 'inner', on: [{ left: 'id', right: 'id' }], sizeMs: 100 }),
          fileSink('pairs', 'diamond'),
        ],
        [
          stream('rows', 'quick', 'plain'),
          stream('plain', 'slow'),
          stream('quick', 'both.left'),
          stream('slow', 'both.right'),
          stream('both', 'pairs'),
        ],
      ),
    )
    await untilState(server, runId, 'finished')
    const ids = rowsWritten(home, 'diamond').map((row) => Number(row['id']))
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: ROWS }, (_, id) => id))
    const events = await eventsOf(server, runId)
    expect(events.filter((event) => event.type === 'failure' || (event.type === 'operator-state' && event.state === 'stuck'))).toEqual([])
  },
)

const ROWS = 600
const STEP_MS = 10
const BOUND_MS = 500
const WINDOW_MS = 1000
/** Rows come up to 400 ms too late, which is within the bound; one at the end comes far beyond it. */
const TIMES = Array.from({ length: ROWS }, (_, at) => at * STEP_MS - ((at * 7919) % 41) * STEP_MS).map((time) => Math.max(0, time))
const line = (time: number): string => `${JSON.stringify({ at: new Date(time).toISOString(), n: 1 })}\n`

test(
  '§6.13 rows out of order within the bound give the batch answer in spite of kills, those beyond it leave as late and are counted, an idle second source holds nobody up',
  PROCESSES,
  async () => {
    const home = testHome()
    const server = await testServer(home)
    const files = join(home, 'files')
    mkdirSync(files, { recursive: true })
    writeFileSync(join(files, 'rows.jsonl'), TIMES.map(line).join(''))
    writeFileSync(join(files, 'quiet.jsonl'), '')
    const lines = (id: string, rowsPerSecond: number): object =>
      operator(id, 'json-lines-source', {
        file: `home:${id}.jsonl`,
        columns: [
          { name: 'at', type: 'timestamp', nullable: false },
          { name: 'n', type: 'int64', nullable: false },
        ],
        eventTime: 'at',
        outOfOrderMs: BOUND_MS,
        rowsPerSecond,
        follow: true,
      })
    const runId = await startRun(
      server,
      pipeline(
        'times',
        [
          lines('rows', 300),
          lines('quiet', 0),
          operator('all', 'union', {}),
          operator('sums', 'window-aggregate', {
            sizeMs: WINDOW_MS,
            keys: [],
            aggregates: [{ name: 'rows', function: 'count', column: null }],
          }),
          fileSink('results', 'times'),
          fileSink('late', 'late'),
        ],
        [
          stream('rows', 'all.in1'),
          stream('quiet', 'all.in2'),
          stream('all', 'sums'),
          stream('sums', 'results'),
          { ...stream('sums.late', 'late'), id: 'late-stream' },
        ],
      ),
    )
    for (const [number, victim] of ['sums', 'rows', 'results', 'all'].entries()) {
      const seq = await seqOf(server, runId)
      await server.call('POST', `/api/runs/${runId}/operators/${victim}/kill`, { commandId: `kill-${number}`, hold: false })
      await untilEvent(server, runId, seq, (event) => event.type === 'recovered')
    }
    const written = (): readonly Readonly<Record<string, unknown>>[] => rowsWritten(home, 'times')
    const complete = Math.floor((Math.max(...TIMES) - BOUND_MS) / WINDOW_MS)
    await until('all complete windows, although the second source says nothing', () => written().length >= complete)
    appendFileSync(join(files, 'rows.jsonl'), line(0))
    await until('the late row', async () => (await figuresOf(server, runId)).operators['sums'].extra?.['late rows'] === 1)
    await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop' })
    await untilState(server, runId, 'stopped')
    const batch = Array.from({ length: complete }, (_, at) => TIMES.filter((time) => Math.floor(time / WINDOW_MS) === at).length)
    expect(
      written()
        .toSorted((a, b) => String(a['window_start']).localeCompare(String(b['window_start'])))
        .map((row) => row['rows']),
    ).toEqual(batch)
    expect(rowsWritten(home, 'late')).toEqual([{ at: expect.stringContaining('1970-01-01'), n: 1 }])
  },
)
