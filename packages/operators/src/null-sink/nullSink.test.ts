import { batchOf, type Schema } from '@belay/columns'
import { createOperatorHarness } from '@belay/engine/testing'
import { expect, test } from 'vitest'
import { module } from './runtime.ts'

const SCHEMA: Schema = [{ name: 'n', type: 'int64', nullable: false }]

test('takes every row and stages nothing', async () => {
  const h = await createOperatorHarness(module, { config: {}, inputs: { in: { schema: SCHEMA } }, outputs: {} })
  h.push('in', batchOf(SCHEMA, [[1], [2]]))
  h.prepare(1)
  expect(h.commit(1)).toBe(0)
})
