import { Type } from 'typebox'
import { expect, test } from 'vitest'
import type { PipelineDocument } from './document.ts'
import type { EdgeType } from './edgeType.ts'
import type { ManifestCatalogue, OperatorManifest } from './manifest.ts'
import { partitionsOf, plannedStreams } from './partitioning.ts'
import { propagate } from './propagation.ts'
import { validate } from './validation/validate.ts'

const EDGE: EdgeType = {
  schema: ['a', 'b', 'operator'].map((name) => ({ name, type: 'string', nullable: false })),
  eventTime: null,
  changes: { kind: 'append', key: null },
}
const IN = { name: 'in', title: 'Rows', accepts: ['append' as const] }
const OUT = { name: 'out', title: 'Rows' }

const base: OperatorManifest = {
  type: 'any',
  typeVersion: 1,
  title: 'Any',
  category: 'transform',
  summary: '',
  keywords: [],
  icon: '',
  help: '',
  inputs: [IN],
  outputs: [OUT],
  configSchema: Type.Object({}),
  form: [],
  guarantee: { role: 'transform', sentence: '' },
  flink: { support: 'yes' },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'any' },
  carries: (_input, _port, column) => column,
  defaultConfig: {},
  summarise: () => '',
  typing: ({ inputs }) => ({ outputs: Object.fromEntries(inputs['in'] === undefined ? [] : [['out', inputs['in']]]), problems: [] }),
}

const keys = Type.Object({ keys: Type.Array(Type.String()) })
const keyed: OperatorManifest = {
  ...base,
  type: 'keyed',
  configSchema: keys,
  partitioning: { kind: 'key', columns: (config) => config['keys'] as string[] },
}

const catalogue: ManifestCatalogue = {
  source: {
    ...base,
    inputs: [],
    guarantee: { role: 'source', replay: 'seek', sentence: '' },
    partitioning: { kind: 'none', reason: 'it is one file.' },
    typing: () => ({ outputs: { out: EDGE }, problems: [] }),
  },
  any: base,
  keyed,
  /** Calls `a` `b`, and makes something else of `b`. */
  renames: { ...base, carries: (_input, _port, column) => (column === 'a' ? 'b' : null) },
  best: {
    ...keyed,
    partitioning: {
      kind: 'key',
      columns: (config) => config['keys'] as string[],
      unifier: { type: 'best', config: (config) => ({ ...config, merges: true }) },
    },
  },
  join: { ...keyed, inputs: [IN, { ...IN, name: 'other' }] },
  sink: {
    ...base,
    outputs: [],
    guarantee: { role: 'sink', delivery: 'display', verbs: [], sentence: '' },
    partitioning: { kind: 'none', reason: 'it is one table.' },
  },
}

/** `id:type:partitions:keys < from, from…` in topological order; `from!` reads the errors of `from`. */
function documentOf(...lines: string[]): PipelineDocument {
  const operators: PipelineDocument['operators'] = []
  const streams: PipelineDocument['streams'] = []
  for (const line of lines) {
    const [head, from = ''] = line.split('<')
    const [id, type, partitions = '1', list] = head.trim().split(':')
    const config: Record<string, unknown> = list === undefined ? {} : { keys: list === '' ? [] : list.split('+') }
    operators.push({ id, type, typeVersion: 1, name: '', partitions: Number(partitions), config })
    from
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .forEach((name, i) => {
        const to = { operator: id, port: i === 0 ? 'in' : 'other' }
        const source = { operator: name.replace('!', ''), port: name.endsWith('!') ? 'errors' : 'out' }
        const existing = streams.find((stream) => stream.from.operator === source.operator && stream.from.port === source.port)
        if (existing === undefined) streams.push({ id: `s${streams.length + 1}`, from: source, to: [to] })
        else existing.to.push(to)
      })
  }
  const settings = { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 }
  return { format: 1, id: 'p', name: 'P', parameters: {}, settings, operators, streams, layout: {} }
}

function inputsOf(document: PipelineDocument): Record<string, unknown> {
  const found = partitionsOf(document, catalogue, propagate(document, catalogue).outputs)
  return Object.fromEntries(
    [...found].flatMap(([id, { inputs }]) => Object.entries(inputs).map(([port, exchange]) => [`${id}.${port}`, exchange])),
  )
}

test('H25 equal keys and numbers are joined one to one, anything else is shared out again', () => {
  const document = documentOf(
    'src:source',
    'first:keyed:2:a < src',
    'same:keyed:2:a < first',
    'other:keyed:2:b < first',
    'more:keyed:3:a < first',
    'wider:keyed:2:a+b < first',
    'end:sink < first',
  )
  expect(inputsOf(document)).toEqual({
    'first.in': { kind: 'key', columns: ['a'] },
    'same.in': { kind: 'one-to-one' },
    'other.in': { kind: 'key', columns: ['b'] },
    'more.in': { kind: 'key', columns: ['a'] },
    'wider.in': { kind: 'key', columns: ['a', 'b'] },
    'end.in': { kind: 'whole' },
  })
})

test('H25 keys are followed through operators that pass the column on, under its new name', () => {
  const document = documentOf(
    'src:source',
    'first:keyed:2:a < src',
    'name:renames:2 < first',
    'b:keyed:2:b < name',
    'a:keyed:2:a < name',
    'once:any < first',
    'again:keyed:2:a < once',
  )
  expect(inputsOf(document)).toMatchObject({
    'name.in': { kind: 'one-to-one' },
    'b.in': { kind: 'one-to-one' },
    'a.in': { kind: 'key', columns: ['a'] },
    'once.in': { kind: 'whole' },
    'again.in': { kind: 'key', columns: ['a'] },
  })
})

test('H25 rows that may go anywhere are spread evenly, and follow the partitions before where there are as many', () => {
  const document = documentOf('src:source', 'x:any:2 < src', 'y:any:2 < x', 'z:any:4 < y', 'k:keyed:4:a < z')
  expect(inputsOf(document)).toEqual({
    'x.in': { kind: 'spread' },
    'y.in': { kind: 'one-to-one' },
    'z.in': { kind: 'spread' },
    'k.in': { kind: 'key', columns: ['a'] },
  })
})

test('H25 both sides of a join meet by key, whether or not one of them is shared out already', () => {
  const document = documentOf('l:source', 'r:source', 'left:keyed:2:a < l', 'j:join:2:a < left, r')
  expect(inputsOf(document)).toMatchObject({ 'j.in': { kind: 'one-to-one' }, 'j.other': { kind: 'key', columns: ['a'] } })
})

test('H25 error rows are not shared out by the key of the rows they tell of', () => {
  const document = documentOf('src:source', 'first:keyed:2:operator < src', 'errors:keyed:2:operator < first!')
  expect(inputsOf(document)).toMatchObject({ 'errors.in': { kind: 'key', columns: ['operator'] } })
})

test('H25 without a key a unifier makes one result of the partitions, and what follows reads only that', () => {
  const document = documentOf('src:source', 'top:best:3: < src', 'after:keyed:3:a < top', 'keyedtop:best:3:a < src')
  const found = partitionsOf(document, catalogue, propagate(document, catalogue).outputs)
  expect(found.get('top')).toMatchObject({
    partitions: 3,
    unifier: { type: 'best', config: { keys: [], merges: true } },
    inputs: { in: { kind: 'spread' } },
  })
  expect(found.get('after')?.inputs).toEqual({ in: { kind: 'key', columns: ['a'] } })
  expect(found.get('keyedtop')?.unifier).toBeNull()
  // src in two ways, three to the unifier, one from it.
  expect(plannedStreams(document, found)).toBe(2 + 3 + 1)
})

test('H25 PARTITION_NEEDS_KEY and NOT_PARTITIONABLE say why and offer one partition', () => {
  const problems = validate(documentOf('src:source:2', 'k:keyed:2: < src', 'ok:keyed:2:a < src', 'end:sink < k, ok'), catalogue)
  const found = problems.filter(({ code }) => code.includes('PARTITION'))
  expect(found.map(({ code, place, message }) => [code, place.operator, message])).toEqual([
    ['NOT_PARTITIONABLE', 'src', 'src asks for 2 partitions, but always runs once: it is one file. Set partitions to 1.'],
    [
      'PARTITION_NEEDS_KEY',
      'k',
      'k asks for 2 partitions, but has no key to share rows out by. Choose the columns that it works by, or set partitions to 1.',
    ],
  ])
  for (const { fixes } of found) expect(fixes).toMatchObject([{ kind: 'set-partitions', partitions: 1 }])
})

test('L1 every stream that partitions need counts against the memory', () => {
  const document = documentOf('src:source', 'x:keyed:30:a < src', 'y:keyed:30:b < x', 'end:sink < y')
  const settings = { ...document.settings, memoryBytes: 67_108_864 }
  expect(validate({ ...document, settings }, catalogue).map(({ code }) => code)).toContain('MEMORY_TOO_SMALL')
  expect(validate({ ...document, settings: { ...settings, memoryBytes: 134_217_728 } }, catalogue).map(({ code }) => code)).not.toContain(
    'MEMORY_TOO_SMALL',
  )
})
