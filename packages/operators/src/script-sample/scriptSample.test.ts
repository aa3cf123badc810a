import { batchOf, type Schema } from '@belay/columns'
import { createOperatorHarness } from '@belay/engine/testing'
import { expect, onTestFinished, test } from 'vitest'
import { columnsOfShapes, propertyShape, type RowShape } from '../script/columnShapes.ts'
import { SHAPE_COLUMN, scriptSample } from './manifest.ts'
import { module } from './runtime.ts'

const INPUT: Schema = [
  { name: 'at', type: 'timestamp', nullable: false },
  { name: 'price', type: 'float64', nullable: true },
  { name: 'id', type: 'int64', nullable: false },
]

const shape = (row: Record<string, unknown>): RowShape => Object.entries(row).map(([name, value]) => propertyShape(name, value, INPUT))

test('H27 a column of the input keeps its type where all values fit it; others are guessed, and what is missing may be NULL', () => {
  const rows = [
    { at: 1000, price: 3, id: 1.5, note: 'a', big: 12345678901234567890n, list: [1], flag: true },
    { at: 2000, price: 4, id: 2, note: null, big: 2n, list: { a: 1 }, more: new Date(0) },
  ]
  expect(columnsOfShapes(rows.map(shape), INPUT)).toEqual([
    { name: 'at', type: 'timestamp', nullable: false },
    { name: 'price', type: 'float64', nullable: true },
    { name: 'id', type: 'float64', nullable: false },
    { name: 'note', type: 'string', nullable: true },
    { name: 'big', type: 'int64', nullable: false },
    { name: 'list', type: 'json', nullable: false },
    { name: 'flag', type: 'bool', nullable: true },
    { name: 'more', type: 'timestamp', nullable: true },
  ])
  expect(columnsOfShapes([shape({ x: 1 }), shape({ x: 'a' })], INPUT)).toEqual([{ name: 'x', type: 'json', nullable: false }])
})

test('H27 the script runs as it does in a run: what it gives is described, what throws is an error of its row', async () => {
  const code = `if (row.id === 2) throw new Error('no'); if (row.id === 3) return row; return [{ ...row.copy(), total: row.price * 3 }, { id: row.id }]`
  const h = await createOperatorHarness(module, {
    config: { ...scriptSample.defaultConfig, code },
    inputs: { in: { schema: INPUT, eventTime: null } },
    outputs: { out: [{ name: SHAPE_COLUMN, type: 'json', nullable: false }] },
  })
  onTestFinished(() => h.close())
  h.push(
    'in',
    batchOf(INPUT, [
      [1000, 1.5, 1],
      [1000, 1.5, 2],
      [1000, 1.5, 3],
    ]),
  )
  const rows = h.takeRows().map((row) => JSON.parse(String(row[SHAPE_COLUMN])) as RowShape)
  expect(columnsOfShapes(rows, INPUT)).toEqual([
    { name: 'at', type: 'timestamp', nullable: true },
    { name: 'price', type: 'float64', nullable: true },
    { name: 'id', type: 'int64', nullable: false },
    { name: 'total', type: 'float64', nullable: true },
  ])
  expect(h.rowErrors.map(({ code: error }) => error)).toEqual(['SCRIPT_THREW'])
})
