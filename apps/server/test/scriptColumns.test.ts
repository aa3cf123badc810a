/** Columns of a Script from sample rows: at its input, or of a test of the pipeline; nothing of the document changes. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { belay, PROCESSES, testHome, testServer } from './support/belay.ts'

const operator = (id: string, type: string, config: object) => ({ id, type, typeVersion: 1, name: id, config })
const columns = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'at', type: 'timestamp', nullable: false },
]
const document = {
  format: 1,
  id: 'shaped',
  name: 'Shaped',
  parameters: {},
  settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432 },
  operators: [
    operator('read', 'json-lines-source', {
      file: 'home:none.jsonl',
      columns,
      eventTime: null,
      outOfOrderMs: 0,
      rowsPerSecond: 0,
      follow: false,
    }),
    operator('even', 'filter', { condition: 'id % 2 = 0' }),
    operator('shape', 'script', {
      code: `if (row.id === 4) throw new Error('four'); return { ...row.copy(), half: row.id / 4, name: 'n' + row.id }`,
      columns: [],
      keys: [],
      changelogAware: false,
    }),
    operator('gone', 'null-sink', {}),
  ],
  streams: [
    { id: 's1', from: { operator: 'read', port: 'out' }, to: [{ operator: 'even', port: 'in' }] },
    { id: 's2', from: { operator: 'even', port: 'true' }, to: [{ operator: 'shape', port: 'in' }] },
    { id: 's3', from: { operator: 'shape', port: 'out' }, to: [{ operator: 'gone', port: 'in' }] },
  ],
  layout: {},
  tests: [{ name: 'some', steps: [{ rows: { read: [1, 2, 4, 6].map((id) => ({ id, at: id * 1000 })) } }], expected: {} }],
}
const SHAPED = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'at', type: 'timestamp', nullable: false },
  { name: 'half', type: 'float64', nullable: false },
  { name: 'name', type: 'string', nullable: false },
]

test(
  'H27 rows of a test of the pipeline go through what leads to the script; rows at its input need nothing before it',
  PROCESSES,
  async () => {
    const home = testHome()
    const file = join(home, 'shaped.json')
    writeFileSync(file, JSON.stringify(document))
    const inferred = await belay(['validate', file, '--infer', 'shape', '--home', home])
    expect(inferred.stderr).toBe('1 row failed: Line 1: four\n')
    expect(JSON.parse(inferred.stdout)).toEqual(SHAPED)

    const server = await testServer(home)
    const infer = (body: object) => server.call('POST', '/api/script-columns', { document, operator: 'shape', ...body })
    const given = await infer({ rows: [{ id: 2, at: '2001-01-01T00:00:00Z' }] })
    expect([given.status, given.body]).toEqual([200, { columns: SHAPED, rows: 1, errors: [] }])
    expect(await infer({ operator: 'even' })).toMatchObject({ status: 404, body: { code: 'OPERATOR_UNKNOWN' } })
    expect(await infer({ rows: [{ id: 'no' }] })).toMatchObject({ status: 409, body: { code: 'TEST_STOPPED' } })
  },
)
