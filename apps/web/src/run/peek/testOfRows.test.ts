import { expect, test } from 'vitest'
import { testOfRows } from './testOfRows.ts'

const COLUMNS = [
  { name: 'at', type: 'timestamp' },
  { name: 'id', type: 'int64' },
  { name: 'more', type: 'json' },
]

test('rows that passed become a test, oldest first, without those that were cut off or take others back', () => {
  const of = { name: 'Rows', taken: ['Rows'], port: 'count', columns: COLUMNS }
  const { test: made, left } = testOfRows({
    ...of,
    rows: [
      { kind: 'insert', cells: [1000, 2, null] },
      { kind: 'delete', cells: [0, 1, null] },
      { kind: 'insert', cells: [0, 3, '{"a":"long…'] },
      { kind: 'insert', cells: [0, 1, '{"a":1}'] },
    ],
  })
  expect(left).toBe(2)
  expect(made).toEqual({
    name: 'Rows 2',
    steps: [
      {
        rows: {
          count: [
            { at: '1970-01-01T00:00:00.000Z', id: 1, more: { a: 1 } },
            { at: '1970-01-01T00:00:01.000Z', id: 2 },
          ],
        },
      },
    ],
    expected: {},
  })
  expect(testOfRows({ ...of, rows: [{ kind: 'delete', cells: [0, 1, null] }] })).toEqual({ test: null, left: 1 })
})
