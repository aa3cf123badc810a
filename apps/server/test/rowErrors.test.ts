/** Bad rows by group, with real processes: each counted once whatever dies, kept over the end; the way of bad rows changes live and for a resumption. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
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

test(
  'V4 one kind of error, or one row, is left out while the operator fails on others; that outlives operator and process, and a failed run takes it before it is resumed',
  PROCESSES,
  async () => {
    const home = testHome()
    const server = await testServer(home)
    const code = `
if (row.id === 1000) throw new Error('a first one')
if (row.id % 1000 === 909) throw new Error('cannot parse "x' + row.id + '"')
return { id: row.id }`
    const runId = await startRun(server, pipeline('chosen', 'fail', code))
    const errors = async (): Promise<RowErrors> => (await server.call('GET', `/api/runs/${runId}/row-errors`)).body as RowErrors
    // While it works: should it have failed already, it is tried again.
    const kind = { kind: 'error', code: 'SCRIPT_THREW', shape: 'Line #: cannot parse …' }
    const rule = { commandId: 'kind', rule: kind, skip: true }
    expect((await server.call('POST', `/api/runs/${runId}/operators/some/row-error-rules`, rule)).status).toBe(202)
    await untilState(server, runId, 'failed')
    const row = (await errors()).groups.find(({ message }) => message.endsWith('a first one'))
    expect(row).toMatchObject({ action: 'fail' })
    expect(await belay(['errors', runId, '--group', row?.id ?? '', '--skip', 'row', '--home', home])).toMatchObject({
      stdout: 'accepted\n',
    })
    const resumed = await server.call('POST', `/api/runs/${runId}/resume`, { commandId: 'r' })
    expect(resumed.status).toBe(202)
    const seq = (await eventsOf(server, runId)).at(-1)?.seq ?? 0
    await untilEvent(server, runId, seq, (event) => event.type === 'committed')
    process.kill(pidOf(home, runId), 'SIGKILL')
    await untilState(server, runId, 'finished')
    const bad = new Set([909, 1000, 1909, 2909, 3909, 4909])
    expect(numbersWritten(home, 'id', 'chosen')).toEqual(Array.from({ length: ROWS }, (_, id) => id).filter((id) => !bad.has(id)))
    const { groups, rules } = await errors()
    expect(rules.map(({ rule }) => rule.kind)).toEqual(['error', 'row'])
    const left = groups.filter(({ action }) => action === 'skip').toSorted((a, b) => a.count - b.count)
    expect(left.map(({ count }) => count)).toEqual([1, 5])
    expect((await eventsOf(server, runId)).filter((event) => event.type === 'row-error-rule-set')).toMatchObject([
      { skip: true, kind: 'error', code: 'SCRIPT_THREW' },
      { skip: true, kind: 'row' },
    ])

    // The rows as a file of a root: whole, and nothing is written over.
    const write = () => belay(['errors', runId, '--group', left[1].id, '--write', 'home:dead/letters.jsonl', '--home', home])
    const [first, second] = [await write(), await write()]
    expect(first.stdout).toBe('5 rows in home:dead/letters.jsonl\n')
    expect(second.stdout).toMatch(/^5 rows in home:dead\/letters.+\.jsonl\n$/)
    const lines = readFileSync(join(home, 'files', 'dead', 'letters.jsonl'), 'utf8')
      .trim()
      .split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { row: { id: number } }).row.id)).toEqual([4909, 3909, 2909, 1909, 909])
  },
)
