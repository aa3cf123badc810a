import { batchOf, ROW_KIND, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, runDisturbed } from '@belay/engine/testing'
import { expect, test } from 'vitest'
import { consoleSink, type ConsoleConfig } from './manifest.ts'
import { printingTo } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'text', type: 'string', nullable: true },
]

async function start(config: Partial<ConsoleConfig> = {}, state?: Uint8Array) {
  const lines: string[] = []
  const harness = await createOperatorHarness(
    printingTo((text) => lines.push(...text.split('\n').slice(0, -1))),
    {
      operatorId: 'out',
      config: { ...consoleSink.defaultConfig, ...config },
      inputs: { in: { schema: SCHEMA } },
      outputs: {},
      ...(state === undefined ? {} : { state }),
    },
  )
  return { harness, lines }
}

const rows = (from: number, count: number): Value[][] => Array.from({ length: count }, (_, i) => [from + i, `t${from + i}`])

test('the first rows of a window, with what happened to them, and how many more there were', async () => {
  const { harness, lines } = await start({ rows: 2 })
  harness.push('in', {
    ...batchOf(SCHEMA, [
      [1, 'a\n"b"'],
      [1, null],
    ]),
    kinds: Uint8Array.of(ROW_KIND.updateBefore, ROW_KIND.updateAfter),
  })
  harness.push('in', batchOf(SCHEMA, rows(2, 3)))
  expect(lines).toEqual([])
  harness.endWindow({ window: 7 })
  harness.endWindow({ window: 8 })
  harness.push('in', batchOf(SCHEMA, rows(5, 1)))
  harness.endWindow({ window: 9 })
  expect(lines).toEqual([
    'out 7 -U {"id":1,"text":"a\\n\\"b\\""}',
    'out 7 +U {"id":1,"text":null}',
    'out 7 and 3 more',
    'out 9 +I {"id":5,"text":"t5"}',
  ])
})

test('no more than the cap in all, also from a restored state, and long lines are cut', async () => {
  const { harness, lines } = await start({ rows: 10, most: 15 })
  harness.push('in', batchOf(SCHEMA, [[0, 'x'.repeat(5000)], ...rows(1, 9)]))
  harness.endWindow({ window: 1 })
  expect(lines[0]?.length).toBeLessThan(2050)
  const again = await start({ rows: 10, most: 15 }, harness.snapshot())
  again.harness.push('in', batchOf(SCHEMA, rows(10, 10)))
  again.harness.endWindow({ window: 2 })
  again.harness.push('in', batchOf(SCHEMA, rows(20, 10)))
  again.harness.endWindow({ window: 3 })
  expect(again.lines.map((line) => /"id":(\d+)/.exec(line)?.[1] ?? line)).toEqual([
    '10',
    '11',
    '12',
    '13',
    '14',
    'out 2 and 5 more',
    'out 2 15 rows have been printed; no more will be',
  ])
})

test('whatever dies when, every row is printed at least once', async () => {
  const lines: string[] = []
  await runDisturbed(
    printingTo((text) => lines.push(text)),
    {
      config: { rows: 1000, most: 0 },
      inputs: { in: { schema: SCHEMA, rows: rows(0, 300) } },
      outputs: {},
      seed: 3,
      kills: 4,
    },
  )
  const printed = new Set(lines.join('').match(/(?<="id":)\d+/g))
  expect(printed.size).toBe(300)
})
