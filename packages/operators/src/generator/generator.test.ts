import { createOperatorHarness } from '@belay/engine/testing'
import { expect, test } from 'vitest'
import { generator, type GeneratorConfig } from './manifest.ts'
import { module } from './runtime.ts'

const outputs = { out: generator.typing({ config: generator.defaultConfig, inputs: {} }).outputs['out']?.schema ?? [] }
const config: GeneratorConfig = { rows: 3000, rowsPerSecond: 0, seed: 7, keys: 5 }

test('H9 P6 the same seed gives the same rows, also from a restored id on', async () => {
  const whole = await createOperatorHarness(module, { config, inputs: {}, outputs })
  expect(whole.watermark()).toBe(-Infinity)
  while (whole.read() !== 'ended') continue
  const rows = whole.takeRows()
  expect(rows.map((row) => row['id'])).toEqual(Array.from({ length: 3000 }, (_, i) => i))
  expect(new Set(rows.map((row) => row['key'])).size).toBe(5)
  expect(whole.watermark()).toBe(rows.at(-1)?.['time'])
  expect(whole.progress).toBe(1)

  const first = await createOperatorHarness(module, { config, inputs: {}, outputs })
  first.read()
  const before = first.takeRows()
  const second = await createOperatorHarness(module, { config, inputs: {}, outputs, state: first.snapshot() })
  while (second.read() !== 'ended') continue
  expect([...before, ...second.takeRows()]).toEqual(rows)
})

test('another seed gives other rows', async () => {
  const a = await createOperatorHarness(module, { config, inputs: {}, outputs })
  const b = await createOperatorHarness(module, { config: { ...config, seed: 8 }, inputs: {}, outputs })
  a.read()
  b.read()
  expect(a.takeRows()).not.toEqual(b.takeRows())
})

test('H20 ahead of its pace it is idle and asks to be woken', async () => {
  const slow = await createOperatorHarness(module, { config: { ...config, rowsPerSecond: 0.001 }, inputs: {}, outputs })
  expect(slow.read()).toBe('idle')
  expect(slow.takeRows()).toEqual([])
  expect(slow.wakes.length).toBe(1)
})
