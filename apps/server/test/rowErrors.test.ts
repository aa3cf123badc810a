/** Bad rows by group, with real processes: each counted once whatever dies, kept over the end; the way of bad rows changes live and for a resumption. */
import type { RowErrors } from '@belay/run'
import { expect, test } from 'vitest'
import { belay, eventsOf, pidOf, PROCESSES, startRun, testHome, testServer, until, untilEvent, untilState } from './support/belay.ts'
import { numbers } from './support/documents.ts'
import { numbersWritten } from './support/written.ts'

const CODE = `
if (row.id % 100 === 7) throw new Error('value ' + row.id + ' is out of range')
if (row.id % 1000 === 9) throw new Error('cannot parse "x' + row.id + '"')
return { id: row.id }
`
const ROWS = 5000

function pipeline(folder: string, onRowError: 'fail' | 'skip', code: string) {
  const document = numbers({ rows: ROWS, rowsPerSecond: 4000, folder: `home:${folder}` })
  const script = {
    ...document.operators[1],
    type: 'script',
    onRowError,
    config: { code, columns: [{ name: 'id', type: 'int64', nullable: false }], keys: [], changelogAware: false, ttlMs: 0 },
  }
  return {
    ...document,
    operators: document.operators.map((operator) => (operator.id === 'some' ? script : operator)),
    streams: document.streams.map((stream) => (stream.id === 's2' ? { ...stream, from: { operator: 'some', port: 'out' } } : stream)),
  }
}

test('V4 bad rows are grouped and each is counted once, over kills of the operator and of the process', PROCESSES, async () => {
  const home = testHome()
  const server = await testServer(home)
  const runId = await startRun(server, pipeline('grouped', 'skip', CODE))
  const groups = async (): Promise<RowErrors['groups']> =>
    ((await server.call('GET', `/api/runs/${runId}/row-errors`)).body as RowErrors).groups
  await until('two groups', async () => (await groups()).length === 2)
  await server.call('POST', `/api/runs/${runId}/operators/some/kill`, { commandId: 'k' })
  const back = await untilEvent(server, runId, 0, (event) => event.type === 'recovered')
  process.kill(pidOf(home, runId), 'SIGKILL')
  await untilEvent(server, runId, back.seq, (event) => event.type === 'recovered')
  await untilState(server, runId, 'finished')

  const found = (await groups()).toSorted((a, b) => b.count - a.count)
  expect(found).toMatchObject([
    { operator: 'some', code: 'SCRIPT_THREW', shape: 'Line #: value # is out of range', action: 'skip', count: 50 },
    { operator: 'some', code: 'SCRIPT_THREW', shape: 'Line #: cannot parse …', action: 'skip', count: 5 },
  ])
  const [range] = found
  expect(range.first.window).toBeLessThan(range.last.window)
  expect(range.rows.map(({ row }) => (JSON.parse(row) as { id: number }).id)).toEqual(Array.from({ length: 20 }, (_, i) => 4907 - i * 100))
  const file = await belay(['errors', runId, '--rows', '--group', found[1].id, '--home', home])
  const lines = file.stdout.trim().split('\n')
  expect(lines.map((line) => (JSON.parse(line) as { row: { id: number } }).row.id)).toEqual(
    Array.from({ length: 5 }, (_, i) => 4009 - i * 1000),
  )
})

test('V4 a run that a bad row has failed goes on without it when it is told so and resumed', PROCESSES, async () => {
  const home = testHome()
  const server = await testServer(home)
  const runId = await startRun(server, pipeline('resumed', 'fail', `if (row.id === 1000) throw new Error('no'); return { id: row.id }`))
  await untilState(server, runId, 'failed')
  const [failed] = ((await server.call('GET', `/api/runs/${runId}/row-errors`)).body as RowErrors).groups
  expect(failed).toMatchObject({ action: 'fail', count: 3, rows: [{ row: expect.stringContaining('"id":1000') as string }, {}, {}] })
  const set = await belay(['errors', runId, '--operator', 'some', '--on-row-error', 'skip', '--home', home])
  expect([set.code, set.stdout]).toEqual([0, 'accepted\n'])
  await server.call('POST', `/api/runs/${runId}/resume`, { commandId: 'r' })
  await untilState(server, runId, 'finished')
  expect(numbersWritten(home, 'id', 'resumed')).toEqual(Array.from({ length: ROWS }, (_, id) => id).filter((id) => id !== 1000))
  const { groups } = (await server.call('GET', `/api/runs/${runId}/row-errors`)).body as RowErrors
  expect(groups.map(({ action, count }) => [action, count] as const).toSorted(([a], [b]) => a.localeCompare(b))).toEqual([
    ['fail', 3],
    ['skip', 1],
  ])
  expect((await eventsOf(server, runId)).filter((event) => event.type === 'on-row-error-set')).toMatchObject([
    { action: 'skip', before: 'fail' },
  ])
})
