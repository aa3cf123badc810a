import { batchOf, ROW_KIND, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed } from '@belay/engine/testing'
import { expect, test } from 'vitest'
import { sample, type SampleConfig } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'user', type: 'string', nullable: true },
]
const random = randomOf(9)
const ROWS: Value[][] = Array.from({ length: 20_000 }, (_, id) => [id, random(20) === 0 ? null : `u${random(500)}`])

async function sampled(config: Partial<SampleConfig>, rows = ROWS): Promise<Record<string, Value>[]> {
  const h = await createOperatorHarness(module, {
    config: { ...sample.defaultConfig, ...config },
    inputs: { in: { schema: SCHEMA } },
    outputs: { out: SCHEMA },
  })
  for (let from = 0; from < rows.length; from += 1000) h.push('in', batchOf(SCHEMA, rows.slice(from, from + 1000)))
  return h.takeRows()
}

test.each([2, 10, 100])('about one row in %d passes, another one for another seed', async (oneIn) => {
  const first = await sampled({ oneIn })
  const expected = ROWS.length / oneIn
  expect(Math.abs(first.length - expected)).toBeLessThan(6 * Math.sqrt(expected))
  const second = await sampled({ oneIn, seed: 2 })
  const both = new Set(first.map(({ id }) => id))
  expect(Math.abs(second.filter(({ id }) => both.has(id)).length - expected / oneIn)).toBeLessThan(6 * Math.sqrt(expected))
})

test('one in one is all; equal rows go together', async () => {
  expect(await sampled({ oneIn: 1 })).toHaveLength(ROWS.length)
  const twice = await sampled({ oneIn: 10 }, [...ROWS.slice(0, 3000), ...ROWS.slice(0, 3000)])
  expect(twice.slice(0, twice.length / 2)).toEqual(twice.slice(twice.length / 2))
})

test('with keys all rows of a key pass or none, and NULL is a key', async () => {
  const passed = await sampled({ oneIn: 5, keys: ['user'] })
  const users = new Set(passed.map(({ user }) => user))
  expect(passed.map(({ id }) => id)).toEqual(ROWS.filter(([, user]) => users.has(user)).map(([id]) => id))
  expect(Math.abs(users.size - 100)).toBeLessThan(40)
})

test('whatever dies when, the sample is the same', async () => {
  const rows = ROWS.slice(0, 3000)
  const expected = await sampled({ oneIn: 7 }, rows)
  for (const seed of [1, 2]) {
    const run = await runDisturbed(module, {
      config: { ...sample.defaultConfig, oneIn: 7 },
      inputs: { in: { schema: SCHEMA, rows } },
      outputs: { out: SCHEMA },
      seed,
      kills: 4,
      batchRows: 300,
      fullAfter: 1,
    })
    expect(run.outputs['out']?.map(({ row }) => row)).toEqual(expected)
  }
})

test('C3 a row is taken back from the sample exactly if it is in it; an update of which one half passes is none', async () => {
  const inside = (await sampled({ oneIn: 3 }, ROWS.slice(0, 50)))[0]
  const outside = ROWS.slice(0, 50).find(([id]) => Number(id) < Number(inside?.['id'])) ?? [49, 'gone']
  const h = await createOperatorHarness(module, {
    config: { ...sample.defaultConfig, oneIn: 3 },
    inputs: { in: { schema: SCHEMA } },
    outputs: { out: SCHEMA },
  })
  h.push('in', {
    ...batchOf(SCHEMA, [[inside?.['id'] ?? 0, inside?.['user'] ?? null], outside]),
    kinds: Uint8Array.of(ROW_KIND.updateBefore, ROW_KIND.updateAfter),
  })
  expect(h.takeChanges()).toEqual([{ kind: ROW_KIND.delete, row: inside }])
})

test('typing: what comes goes; a key column that does not exist is placed', () => {
  const edge = { schema: SCHEMA, eventTime: null, changes: { kind: 'append' as const, key: ['id'] } }
  const typed = sample.typing({ config: { ...sample.defaultConfig, keys: ['usr'] }, inputs: { in: edge } })
  expect(typed.problems).toMatchObject([{ code: 'COLUMN_UNKNOWN', configPath: '/keys/0' }])
  expect(sample.typing({ config: sample.defaultConfig, inputs: { in: edge } })).toEqual({ outputs: { out: edge }, problems: [] })
})
