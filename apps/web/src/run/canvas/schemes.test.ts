import { expect, test } from 'vitest'
import type { OperatorFigures, PartitionFigures } from '@belay/run'
import { heatOf, schemeOf, SCHEMES, type Surroundings } from './schemes.ts'

const figures: OperatorFigures = {
  state: 'running',
  attempt: 1,
  container: 'c-b',
  activity: { busy: 0.75, blocked: 0, starved: 0.25, idle: 0 },
  rowsIn: 0,
  rowsOut: 0,
  rowsInPerSecond: 0,
  rowsOutPerSecond: 0,
  window: 95,
  checkpointWindow: 90,
  watermark: null,
  stateSizeBytes: 1_000_000,
  rowErrors: 0,
}
const around: Surroundings = { windowMs: 500, targetWindow: 100, inputWindows: [96, 97], containers: ['c-a', 'c-b'] }

test('each scheme tells a share and the value in words, but for health, which the state tells', () => {
  const told = Object.fromEntries(SCHEMES.map(([scheme]) => [scheme, heatOf(scheme, figures, around)]))
  expect(told['health']).toBeNull()
  expect(told['load']).toMatchObject({ share: 0.75, name: 'busy' })
  expect(told['latency']).toMatchObject({ share: 0.2, value: expect.stringContaining('1') })
  expect(told['lag']).toMatchObject({ share: 0.5 })
  expect(told['state']?.share).toBeCloseTo(0.5)
  expect(told['container']).toMatchObject({ kind: 'group', share: 0.5, value: 'c-b' })
  expect(told['skew']).toMatchObject({ share: 0, value: 'one part' })
})

test('skew is that of the partitions, and not of what merges them', () => {
  const part = (id: string, rowsInPerSecond: number): PartitionFigures => ({ ...figures, id, rowsInPerSecond })
  const partitions = [part('x#0', 100), part('x#1', 100), part('x#2', 250), part('x~merge', 9000)]
  expect(heatOf('skew', { ...figures, partitions }, around)).toMatchObject({ value: '1.7×' })
})

test('a scheme that is none is health', () => {
  expect([schemeOf('load'), schemeOf('loud'), schemeOf(null)]).toEqual(['load', 'health', 'health'])
})
