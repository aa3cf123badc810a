import { batchOf, ROW_KIND, type Schema } from '@belay/columns'
import { createOperatorHarness } from '@belay/engine/testing'
import { expect, test } from 'vitest'
import { toChangelog } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [{ name: 'n', type: 'int64', nullable: true }]

test('§2 the kind becomes a first column, and the rows only come', async () => {
  const edge = { schema: SCHEMA, eventTime: null, changes: { kind: 'changes' as const, key: ['n'] } }
  const typed = toChangelog.typing({ config: { column: 'op' }, inputs: { in: edge } })
  expect(typed.outputs['out']?.changes).toEqual({ kind: 'append', key: null })
  const h = await createOperatorHarness(module, {
    config: { column: 'op' },
    inputs: { in: { schema: SCHEMA } },
    outputs: { out: typed.outputs['out']?.schema ?? [] },
    fullAfter: 1,
  })
  const kinds = Uint8Array.of(ROW_KIND.insert, ROW_KIND.updateBefore, ROW_KIND.updateAfter, ROW_KIND.delete)
  h.push('in', { ...batchOf(SCHEMA, [[1], [1], [2], [null]]), kinds })
  h.push('in', batchOf(SCHEMA, [[7]]))
  expect(h.takeChanges()).toEqual(
    [
      ['+I', 1],
      ['-U', 1],
      ['+U', 2],
      ['-D', null],
      ['+I', 7],
    ].map(([op, n]) => ({ kind: ROW_KIND.insert, row: { op, n } })),
  )
  expect(toChangelog.typing({ config: { column: 'n' }, inputs: { in: edge } }).problems).toMatchObject([{ code: 'COLUMN_TWICE' }])
})
