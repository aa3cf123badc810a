import { expect, test } from 'vitest'
import { simulate } from './simulation/simulation.ts'

test('D5 H1 H2 H4 H5 H8 H10 H32 L12 500 random pipelines with 1–5 faults each lose and duplicate nothing, and end', async () => {
  const bad: string[] = []
  let faults = 0
  for (let seed = 1; seed <= 500; seed += 1) {
    const result = await simulate({ seed, faults: [1, 5] })
    faults += result.faults
    if (result.verdict !== 'ok') bad.push(`simulate({ seed: ${seed}, faults: [1, 5] }): ${result.verdict}, ${result.message}`)
  }
  expect(bad).toEqual([])
  expect(faults).toBeGreaterThan(800)
}, 300_000)

test('H6 H7 H11 H17 P14 100 random pipelines with up to 16 faults each, zombies, power cuts and rot among them', async () => {
  const bad: string[] = []
  for (let seed = 10_001; seed <= 10_100; seed += 1) {
    const result = await simulate({ seed, faults: [8, 16] })
    if (result.verdict !== 'ok') bad.push(`simulate({ seed: ${seed}, faults: [8, 16] }): ${result.verdict}, ${result.message}`)
  }
  expect(bad).toEqual([])
}, 300_000)

test('D5 the same seed gives the same run, event by event', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const one = await simulate({ seed, faults: [1, 12] })
    const two = await simulate({ seed, faults: [1, 12], trace: true })
    expect({ ...two, trace: [] }).toEqual({ ...one, trace: [] })
  }
}, 60_000)
