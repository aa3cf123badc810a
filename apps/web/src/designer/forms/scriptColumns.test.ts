import type { PipelineDocument } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { isDeclared, rowsForScript, writtenRows } from './scriptColumns.ts'

const SCHEMA = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'at', type: 'timestamp', nullable: true },
  { name: 'more', type: 'json', nullable: true },
] as const
const DOCUMENT = { operators: [], streams: [] } as unknown as PipelineDocument
const ghostOf = (rows: readonly (readonly (number | null)[])[]) =>
  ({ kind: 'rows', schema: SCHEMA, rows, origins: null, of: 2, failed: [] }) as const

test('example rows are written as in a test; a row that its source would not pass on is left out', () => {
  const rows = [
    [7, 1000, '{"a":[1]}'],
    [null, 1000, null],
    [3, null, null],
  ]
  expect(writtenRows(SCHEMA, rows)).toEqual([{ id: 7, at: 1000, more: { a: [1] } }, { id: 3 }])
})

test('without example rows those of a test do; without either it is said what stands in the way', () => {
  const tested = { ...DOCUMENT, tests: [{ name: 't', steps: [{ rows: { read: [{ id: 1 }] } }], expected: {} }] }
  expect(rowsForScript(ghostOf([[1, 2, null]]), tested)).toEqual({ kind: 'examples', rows: [{ id: 1, at: 2 }] })
  expect(rowsForScript(ghostOf([]), tested)).toEqual({ kind: 'test' })
  expect(rowsForScript(ghostOf([]), DOCUMENT)).toEqual({ kind: 'none', ghost: ghostOf([]) })
  expect(rowsForScript(undefined, { ...DOCUMENT, tests: [{ name: 't', steps: [{ rows: { read: [] } }], expected: {} }] }).kind).toBe('none')
})

test('what is found is declared where it is the same, or where nothing is and it is what came in', () => {
  const found = [{ name: 'id', type: 'int64', nullable: false }] as const
  expect(isDeclared(found, found, SCHEMA)).toBe(true)
  expect(isDeclared(found, [], found)).toBe(true)
  expect(isDeclared(found, [], SCHEMA)).toBe(false)
  expect(isDeclared(found, [{ ...found[0], nullable: true }], SCHEMA)).toBe(false)
})
