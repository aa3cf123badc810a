import {
  applyFix,
  canConnect,
  parseDocument,
  pathGuarantees,
  planHash,
  propagate,
  validate,
  type PipelineDocument,
  type Problem,
} from '@belay/pipeline'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { manifests } from './manifests.ts'

const types = [...Object.keys(manifests), 'gone', 'constructor', '__proto__']
const ids = ['a', 'b', 'c', 'd', 'e', 'f']
const scalars = fc.oneof(
  fc.constantFrom(
    '',
    '${p}',
    '${q}',
    'x${p}',
    '$${p}',
    'delay >= ${p}',
    'time',
    'key',
    'id > 1',
    'id +',
    'constructor',
    'home:x',
    '__proto__',
  ),
  fc.integer({ min: -2, max: 100_000 }),
  fc.boolean(),
  fc.constant(null),
)
const anything = fc.oneof(
  scalars,
  fc.array(scalars, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('name', 'column', 'expression', 'function', 'direction', 'type', 'condition', 'input', 'file'), scalars, {
    maxKeys: 3,
  }),
  fc.array(
    fc.dictionary(fc.constantFrom('name', 'column', 'expression', 'function', 'direction', 'type', 'nullable'), scalars, { maxKeys: 4 }),
    {
      maxLength: 2,
    },
  ),
)

const operators = fc
  .record({
    id: fc.constantFrom(...ids),
    type: fc.constantFrom(...types),
    changes: fc.array(fc.tuple(fc.nat(), anything), { maxLength: 2 }),
    partitions: fc.constantFrom(undefined, 1, 3),
    typeVersion: fc.constantFrom(1, 1, 1, 2),
  })
  .map(({ id, type, changes, partitions, typeVersion }) => {
    const manifest = Object.hasOwn(manifests, type) ? manifests[type] : undefined
    const config: Record<string, unknown> = { ...manifest?.defaultConfig }
    const names = Object.keys(config)
    for (const [at, value] of changes) config[names[at % Math.max(1, names.length)] ?? 'x'] = value
    return { id, type, typeVersion, name: id, config, ...(partitions === undefined ? {} : { partitions }) }
  })

const ports = fc.record({ operator: fc.constantFrom(...ids), port: fc.constantFrom('in', 'in', 'in1', 'in2', 'left', 'right', 'nope') })
const streams = fc.record({
  id: fc.constantFrom('s1', 's2', 's3', 's4', 's5', 's6'),
  from: fc.record({
    operator: fc.constantFrom(...ids),
    port: fc.constantFrom('out', 'out', 'out', 'true', 'false', 'late', 'errors', 'nope'),
  }),
  to: fc.array(ports, { maxLength: 3 }),
})

const documents: fc.Arbitrary<PipelineDocument> = fc.record({
  format: fc.constant(1),
  id: fc.constant('p'),
  name: fc.constant('P'),
  parameters: fc.dictionary(
    fc.constantFrom('p', 'q', 'a-b', '__proto__', 'constructor'),
    fc.record({ type: fc.constantFrom('string' as const, 'number' as const), default: fc.constantFrom('x', 5) }),
    { maxKeys: 2 },
  ),
  settings: fc.record({
    windowMs: fc.constantFrom(100, 500, 5000),
    checkpointIntervalMs: fc.constantFrom(200, 1000),
    memoryBytes: fc.constantFrom(16_777_216, 268_435_456),
  }),
  operators: fc.array(operators, { maxLength: 7 }),
  streams: fc.array(streams, { maxLength: 8 }),
  layout: fc.constant({ a: { x: 0, y: 0 }, b: { x: 10, y: 0 } }),
})

const idOf = ({ code, message, place }: Problem): string => JSON.stringify([code, message, place])

test('no document makes validation throw, and every problem says what, where and what next', () => {
  fc.assert(
    fc.property(documents, (document) => {
      const problems = validate(document, manifests)
      for (const { code, message, place } of problems) {
        expect(code).toMatch(/^[A-Z][A-Z0-9_]+$/)
        expect(message).toMatch(/\.$/)
        if (place.range !== undefined) expect(place.range.to).toBeGreaterThanOrEqual(place.range.from)
        if (place.operator !== undefined && code !== 'INPUT_TWICE') expect(document.operators.map(({ id }) => id)).toContain(place.operator)
        if (place.stream !== undefined) expect(document.streams.map(({ id }) => id)).toContain(place.stream)
      }
      pathGuarantees(document, manifests)
      propagate(document, manifests)
      expect(planHash(document)).toMatch(/^[0-9a-f]{64}$/)
      const [stream] = document.streams
      const [to] = stream?.to ?? []
      if (stream !== undefined && to !== undefined) canConnect(document, manifests, stream.from, to)
      expect(parseDocument(JSON.parse(JSON.stringify(document))).ok).toBe(true)
    }),
    { numRuns: 60 },
  )
})

test('a fix that is applied removes its problem', () => {
  fc.assert(
    fc.property(documents, (document) => {
      const problems = validate(document, manifests)
      for (const problem of problems) {
        for (const fix of problem.fixes) {
          if (fix.kind === 'read-columns') continue
          const same = (other: Problem): boolean => idOf(other) === idOf(problem)
          const left = validate(applyFix(document, fix), manifests).filter(same)
          expect(left.length, `${idOf(problem)} after ${JSON.stringify(fix)}`).toBeLessThan(problems.filter(same).length)
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('any JSON is read as a document or refused with problems', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue({ maxDepth: 5 }), documents), fc.jsonValue({ maxDepth: 2 }), fc.nat(), (json, piece, at) => {
      const broken = JSON.parse(JSON.stringify(json)) as unknown
      if (typeof broken === 'object' && broken !== null && !Array.isArray(broken)) {
        const names = Object.keys(broken)
        const name = names[at % Math.max(1, names.length)]
        if (name !== undefined) (broken as Record<string, unknown>)[name] = piece
      }
      const parsed = parseDocument(broken)
      if (parsed.ok) validate(parsed.document, manifests)
      else expect(parsed.problems.length).toBeGreaterThan(0)
    }),
    { numRuns: 60 },
  )
})
