import type { EdgeType, ManifestCatalogue, OperatorManifest, OperatorNode, PipelineDocument } from '@belay/pipeline'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { EngineError } from '../src/operator/engineError.ts'
import type { PhysicalPlan } from '../src/plan/physicalPlan.ts'
import { planPhysical } from '../src/plan/planPhysical.ts'
import { SCHEMA } from './support/plans.ts'

type Kind = 'source' | 'map' | 'count' | 'call' | 'sink'

function manifest(kind: Kind, inputs: number): OperatorManifest {
  const guarantee =
    kind === 'source'
      ? { role: 'source', replay: 'seek', sentence: '' }
      : kind === 'sink'
        ? { role: 'sink', delivery: 'exactly-once', verbs: ['rewind'], sentence: '' }
        : { role: 'transform', sentence: '' }
  return {
    guarantee,
    inputs: Array.from({ length: inputs }, (_, port) => ({ name: `in${port}`, title: '', accepts: ['append'] })),
    outputs: kind === 'sink' ? [] : [{ name: 'out', title: '' }],
    container: kind === 'call' ? 'io' : 'compute',
    stateful: kind === 'source' || kind === 'count' || kind === 'sink',
    partitioning: { kind: 'any' },
  } as unknown as OperatorManifest
}

const MANIFESTS: ManifestCatalogue = Object.fromEntries(
  (['source', 'map', 'count', 'call', 'sink'] as const).flatMap((kind) =>
    [0, 1, 2].map((inputs) => [`${kind}-${inputs}`, manifest(kind, inputs)] as const),
  ),
)

interface Row {
  readonly id: string
  readonly kind: Kind
  readonly from?: readonly string[]
  readonly isolate?: boolean
}

function documentOf(rows: readonly Row[], memoryBytes = 64 * 1024 * 1024): PipelineDocument {
  const operators = rows.map((row): OperatorNode => ({
    id: row.id,
    type: `${row.kind}-${row.from?.length ?? 0}`,
    typeVersion: 1,
    name: row.id,
    config: {},
    ...(row.isolate === true ? { isolate: true } : {}),
  }))
  const streams = rows.map((row) => ({
    id: `s-${row.id}`,
    from: { operator: row.id, port: 'out' },
    to: rows.flatMap((reader) =>
      (reader.from ?? []).flatMap((from, port) => (from === row.id ? [{ operator: reader.id, port: `in${port}` }] : [])),
    ),
  }))
  return {
    format: 1,
    id: 'p',
    name: 'p',
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes },
    operators,
    streams: streams.filter((stream) => stream.to.length > 0),
    layout: {},
  }
}

function planned(document: PipelineDocument): PhysicalPlan {
  const edge: EdgeType = { schema: SCHEMA, eventTime: null, changes: { kind: 'append', key: null } }
  const outputs = new Map(document.operators.map((operator) => [`${operator.id}.out`, edge]))
  return planPhysical({ document, manifests: MANIFESTS, outputs, planHash: 'h' })
}

function containersOf(plan: PhysicalPlan): string[][] {
  return plan.containers.map(({ instances }) => [...instances])
}

const documents = fc
  .array(fc.record({ kind: fc.constantFrom<Kind>('source', 'map', 'count', 'call'), from: fc.array(fc.nat(), { maxLength: 2 }) }), {
    minLength: 2,
    maxLength: 10,
  })
  .map((rows) =>
    documentOf(
      rows.map((row, i): Row => {
        const from = i === 0 ? [] : [...new Set(row.from.map((at) => `o${at % i}`))]
        return from.length === 0 ? { id: `o${i}`, kind: 'source' } : { id: `o${i}`, kind: row.kind === 'source' ? 'map' : row.kind, from }
      }),
    ),
  )

test('H3 runs of stateless operators share the container of their neighbour; state, I/O, sources and sinks head their own', () => {
  const plan = planned(
    documentOf([
      { id: 'src', kind: 'source' },
      { id: 'parse', kind: 'map', from: ['src'] },
      { id: 'clean', kind: 'map', from: ['parse'] },
      { id: 'alone', kind: 'map', from: ['clean'], isolate: true },
      { id: 'count', kind: 'count', from: ['alone'] },
      { id: 'call', kind: 'call', from: ['count'] },
      { id: 'both', kind: 'map', from: ['clean', 'call'] },
      { id: 'out', kind: 'sink', from: ['both'] },
    ]),
  )
  expect(containersOf(plan)).toEqual([['src'], ['parse', 'clean'], ['alone'], ['count'], ['call'], ['both'], ['out']])
  expect(plan.containers.find(({ id }) => id === 'c-call')?.kind).toBe('io')
})

test('H3 every operator is in one container, upstream before downstream, and every stream has its readers', () => {
  fc.assert(
    fc.property(documents, (document) => {
      const plan = planned(document)
      expect(
        containersOf(plan)
          .flat()
          .sort((a, b) => a.localeCompare(b)),
      ).toEqual(document.operators.map(({ id }) => id).sort((a, b) => a.localeCompare(b)))
      const place = new Map(plan.instances.map(({ id }, i) => [id, i]))
      for (const stream of plan.streams) {
        expect(stream.readers.length).toBe(document.streams.find(({ id }) => id === stream.id)?.to.length)
        for (const reader of stream.readers) expect(place.get(reader.instance) ?? 0).toBeGreaterThan(place.get(stream.publisher) ?? 0)
        expect(stream.logBytes > 0).toBe(stream.readers.some((reader) => reader.container !== stream.publisherContainer))
      }
      expect(planned(document)).toEqual(plan)
    }),
  )
})

test('L1 L14 logs share the memory by row width, none below 1 MB, and a run that cannot have that is refused', () => {
  fc.assert(
    fc.property(documents, fc.integer({ min: 8, max: 512 }), (document, mb) => {
      const memoryBytes = mb * 1024 * 1024
      let plan: PhysicalPlan
      try {
        plan = planned({ ...document, settings: { ...document.settings, memoryBytes } })
      } catch (error) {
        expect(error).toBeInstanceOf(EngineError)
        expect((error as EngineError).code).toBe('MEMORY_TOO_SMALL')
        expect(document.streams.length * 1024 * 1024).toBeGreaterThan(memoryBytes * 0.5)
        return
      }
      const logs = plan.streams.filter((stream) => stream.logBytes > 0)
      for (const stream of logs) expect(stream.logBytes).toBeGreaterThanOrEqual(1024 * 1024)
      expect(logs.reduce((sum, stream) => sum + stream.logBytes, 0)).toBeLessThanOrEqual(memoryBytes)
    }),
  )
})

test('H3 H28 a cycle, an unknown type and an unknown port are refused by name', () => {
  const code = (document: PipelineDocument): string => {
    try {
      planned(document)
    } catch (error) {
      return (error as EngineError).code
    }
    return 'planned'
  }
  const chain = documentOf([
    { id: 'src', kind: 'source' },
    { id: 'map', kind: 'map', from: ['src'] },
  ])
  expect(code(chain)).toBe('planned')
  const loop = { id: 's-map', from: { operator: 'map', port: 'out' }, to: [{ operator: 'map', port: 'in0' }] }
  expect(code({ ...chain, streams: [...chain.streams, loop] })).toBe('CYCLE')
  expect(code({ ...chain, operators: chain.operators.map((operator) => ({ ...operator, type: '__proto__' })) })).toBe(
    'UNKNOWN_OPERATOR_TYPE',
  )
  expect(code({ ...chain, streams: [{ ...chain.streams[0], to: [{ operator: 'map', port: 'nowhere' }] }] })).toBe('UNKNOWN_PORT')
})
