import { ROW_KIND, type Schema, type Value } from '@belay/columns'
import { randomOf, runDisturbed, tableOf } from '@belay/engine/testing'
import { expect, test } from 'vitest'
import { normalize } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'name', type: 'string', nullable: true },
]

test('§2 updates by key become whole changes: the table is the last row of each key that is not deleted', async () => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const random = randomOf(seed)
    const rows: Value[][] = []
    const kinds: number[] = []
    const table = new Map<number, string>()
    for (let n = 0; n < 800; n += 1) {
      const id = random(60)
      const gone = random(4) === 0
      rows.push([id, gone ? null : `name ${n}`])
      kinds.push(gone ? ROW_KIND.delete : ROW_KIND.updateAfter)
      if (gone) table.delete(id)
      else table.set(id, `name ${n}`)
    }
    const run = await runDisturbed(module, {
      config: { keys: ['id'] },
      inputs: { in: { schema: SCHEMA, changes: { kind: 'upsert', key: ['id'] }, rows, kinds } },
      outputs: { out: SCHEMA },
      seed,
      kills: 5,
      fullAfter: 1,
    })
    expect(tableOf(run.outputs['out'] ?? [])).toEqual([...table].map(([id, name]) => JSON.stringify({ id, name })).sort())
  }
})

test('typing: the key of the stream', () => {
  const inputs = { in: { schema: SCHEMA, eventTime: null, changes: { kind: 'upsert' as const, key: ['id'] } } }
  expect(normalize.typing({ config: { keys: ['id'] }, inputs }).outputs['out']?.changes).toEqual({ kind: 'changes', key: ['id'] })
  expect(normalize.typing({ config: { keys: ['name'] }, inputs }).problems).toMatchObject([
    { code: 'UPSERT_KEY', fixes: [{ value: ['id'] }] },
  ])
})
