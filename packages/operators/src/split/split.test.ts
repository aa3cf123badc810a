import { batchOf, ROW_KIND, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed } from '@belay/engine/testing'
import type { EdgeType, PipelineDocument } from '@belay/pipeline'
import { validate } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { manifests } from '../manifests.ts'
import { split, WAY_PORTS } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'n', type: 'int64', nullable: false },
  { name: 'delay', type: 'int64', nullable: true },
]
const outputs = Object.fromEntries([...WAY_PORTS, 'rest'].map((port) => [port, SCHEMA]))
const configOf = (...conditions: string[]) => ({ ways: conditions.map((condition, i) => ({ name: `way ${i}`, condition })) })
const start = (...conditions: string[]) =>
  createOperatorHarness(module, { config: configOf(...conditions), inputs: { in: { schema: SCHEMA } }, outputs })

test('each row leaves once, in order, by the first condition that is true; NULL is not true', async () => {
  const random = randomOf(4)
  const rows: Value[][] = Array.from({ length: 4000 }, (_, n) => [n, random(4) === 0 ? null : random(60)])
  const wayOf = ([, delay]: Value[]): string => {
    if (typeof delay !== 'number') return 'rest'
    return delay >= 45 ? 'out1' : delay >= 15 ? 'out2' : delay % 2 === 0 ? 'out3' : 'rest'
  }
  for (const seed of [1, 2, 3]) {
    const run = await runDisturbed(module, {
      config: configOf('delay >= 45', 'delay >= 15', 'MOD(delay, 2) = 0'),
      inputs: { in: { schema: SCHEMA, rows } },
      outputs,
      seed,
      kills: 4,
      batchRows: 1500,
      fullAfter: 1,
    })
    for (const port of ['out1', 'out2', 'out3', 'rest', 'out4'])
      expect(run.outputs[port]?.map(({ row }) => row['n'])).toEqual(rows.filter((row) => wayOf(row) === port).map(([n]) => n))
  }
})

test('H18 a condition is not asked about rows that are taken already, and a row it fails on leaves by no way', async () => {
  const h = await start('delay = 0', '100 / delay > 10', '100 / (delay - 50) > 0')
  h.push(
    'in',
    batchOf(SCHEMA, [
      [1, 0],
      [2, 5],
      [3, 50],
      [4, 60],
      [5, null],
    ]),
  )
  expect([...WAY_PORTS, 'rest'].map((port) => h.takeRows(port).map(({ n }) => n)).filter((rows) => rows.length > 0)).toEqual([
    [1],
    [2],
    [4],
    [5],
  ])
  expect(h.rowErrors).toMatchObject([{ code: 'DIVISION_BY_ZERO', row: { n: 3 } }])
})

test('C3 halves of an update that go different ways are a delete and an insert', async () => {
  const h = await start('delay >= 15')
  h.push('in', {
    ...batchOf(SCHEMA, [
      [1, 20],
      [1, 3],
    ]),
    kinds: Uint8Array.of(ROW_KIND.updateBefore, ROW_KIND.updateAfter),
  })
  expect(h.takeChanges('out1')).toEqual([{ kind: ROW_KIND.delete, row: { n: 1, delay: 20 } }])
  expect(h.takeChanges('rest')).toEqual([{ kind: ROW_KIND.insert, row: { n: 1, delay: 3 } }])
})

test('typing: as many outputs as ways and the rest; a wrong condition is placed', () => {
  const edge: EdgeType = { schema: SCHEMA, eventTime: null, changes: { kind: 'changes', key: ['n'] } }
  const typed = split.typing({ config: configOf('delay > 1', 'delya > 1'), inputs: { in: edge } })
  expect(typed.outputs).toEqual({ out1: edge, out2: edge, rest: edge })
  expect(typed.problems).toMatchObject([{ configPath: '/ways/1/condition', range: { from: 0, to: 5 } }])
})

test('a stream from a way that there is none of is no stream', () => {
  const document: PipelineDocument = {
    format: 1,
    id: 'p',
    name: 'P',
    parameters: {},
    settings: { windowMs: 100, checkpointIntervalMs: 1000, memoryBytes: 67_108_864 },
    operators: [
      { id: 'rows', type: 'generator', typeVersion: 1, name: 'rows', config: {} },
      { id: 'ways', type: 'split', typeVersion: 1, name: 'ways', config: configOf('id > 1') },
      { id: 'a', type: 'null-sink', typeVersion: 1, name: 'a', config: {} },
      { id: 'b', type: 'null-sink', typeVersion: 1, name: 'b', config: {} },
    ],
    streams: [
      { id: 's1', from: { operator: 'rows', port: 'out' }, to: [{ operator: 'ways', port: 'in' }] },
      { id: 's2', from: { operator: 'ways', port: 'out1' }, to: [{ operator: 'a', port: 'in' }] },
      { id: 's3', from: { operator: 'ways', port: 'out2' }, to: [{ operator: 'b', port: 'in' }] },
    ],
    layout: {},
  }
  const problems = validate(document, manifests).filter(({ place }) => place.operator === 'ways')
  expect(problems).toMatchObject([{ code: 'UNKNOWN_PORT', place: { stream: 's3' } }])
})
