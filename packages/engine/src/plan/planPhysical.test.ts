import type { Schema } from '@belay/columns'
import type { ManifestCatalogue, OperatorManifest, PipelineDocument } from '@belay/pipeline'
import { propagate } from '@belay/pipeline'
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import type { PhysicalPlan } from './physicalPlan.ts'
import { planPhysical } from './planPhysical.ts'

const SCHEMA: Schema = [
  { name: 'a', type: 'string', nullable: false },
  { name: 'b', type: 'int64', nullable: false },
]
const IN = { name: 'in', title: 'Rows', accepts: ['append' as const] }
const OUT = { name: 'out', title: 'Rows' }

const light: OperatorManifest = {
  type: 'light',
  typeVersion: 1,
  title: 'Light',
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
const keyed: OperatorManifest = {
  ...light,
  stateful: true,
  configSchema: Type.Object({ keys: Type.Array(Type.String()) }),
  partitioning: {
    kind: 'key',
    columns: (config) => config['keys'] as string[],
    unifier: { type: 'keyed', config: (config) => ({ ...config, merges: true }) },
  },
}
const manifests: ManifestCatalogue = {
  source: {
    ...light,
    inputs: [],
    stateful: true,
    guarantee: { role: 'source', replay: 'seek', sentence: '' },
    partitioning: { kind: 'none', reason: 'it is one.' },
    typing: () => ({
      outputs: { out: { schema: SCHEMA, eventTime: null, changes: { kind: 'append', key: null } } },
      problems: [],
    }),
  },
  light,
  keyed,
  sink: {
    ...light,
    outputs: [],
    stateful: true,
    guarantee: { role: 'sink', delivery: 'exactly-once', verbs: ['rewind'], sentence: '' },
    partitioning: { kind: 'none', reason: 'it is one.' },
  },
}

interface Drawn {
  readonly type: string
  readonly from?: string
  readonly partitions?: number
  readonly keys?: string[]
  readonly fuse?: boolean
  readonly isolate?: boolean
  readonly skips?: boolean
  readonly errorsOf?: string
}

function planOf(drawn: Readonly<Record<string, Drawn>>, memoryBytes = 268_435_456): PhysicalPlan {
  const streams: PipelineDocument['streams'] = []
  for (const [id, { from, errorsOf }] of Object.entries(drawn)) {
    const source =
      from === undefined ? (errorsOf === undefined ? null : { operator: errorsOf, port: 'errors' }) : { operator: from, port: 'out' }
    if (source === null) continue
    const existing = streams.find((stream) => stream.from.operator === source.operator && stream.from.port === source.port)
    if (existing === undefined) streams.push({ id: `s${streams.length + 1}`, from: source, to: [{ operator: id, port: 'in' }] })
    else existing.to.push({ operator: id, port: 'in' })
  }
  const document: PipelineDocument = {
    format: 1,
    id: 'p',
    name: 'P',
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes },
    operators: Object.entries(drawn).map(([id, { type, partitions, keys, fuse, isolate, skips }]) => ({
      id,
      type,
      typeVersion: 1,
      name: id,
      config: keys === undefined ? {} : { keys },
      ...(partitions === undefined ? {} : { partitions }),
      ...(fuse === undefined ? {} : { fuse }),
      ...(isolate === undefined ? {} : { isolate }),
      ...(skips === true ? { onFailure: 'skip' as const } : {}),
    })),
    streams,
    layout: {},
  }
  return planPhysical({ document, manifests, outputs: propagate(document, manifests).outputs, planHash: 'hash' })
}

/** `container: instance instance …` */
function containersOf(plan: PhysicalPlan): string[] {
  return plan.containers.map(({ id, instances }) => `${id}: ${instances.join(' ')}`)
}

/** `stream publisher → reader[slice] …`, slices of those that read a share. */
function streamsOf(plan: PhysicalPlan): string[] {
  return plan.streams.map((stream) => {
    const readers = stream.readers.map(({ instance }) => {
      const input = plan.instances.find(({ id }) => id === instance)?.inputs.find((candidate) => candidate.stream === stream.id)
      return input?.slice === null ? instance : `${instance}[${input?.slice}]`
    })
    return `${stream.id} ${stream.publisher} → ${readers.join(' ')}`
  })
}

describe('H3 unpartitioned plans', () => {
  it('H3 H25 ids of instances, containers and streams are those of the document, as in every version so far', () => {
    const plan = planOf({
      src: { type: 'source' },
      x: { type: 'light', from: 'src' },
      y: { type: 'light', from: 'x' },
      k: { type: 'keyed', keys: ['a'], from: 'y', partitions: 1 },
      end: { type: 'sink', from: 'k' },
    })
    expect(containersOf(plan)).toEqual(['c-src: src', 'c-x: x y', 'c-k: k', 'c-end: end'])
    expect(streamsOf(plan)).toEqual(['s1 src → x', 's2 x → y', 's3 y → k', 's4 k → end'])
    expect(plan.instances.map(({ part }) => part)).toEqual(['whole', 'whole', 'whole', 'whole', 'whole'])
    expect(plan.streams.map(({ edge, logReaders, logBytes }) => [edge, logReaders, logBytes > 0])).toEqual([
      ['s1', ['c-x'], true],
      ['s2', [], false],
      ['s3', ['c-k'], true],
      ['s4', ['c-end'], true],
    ])
  })

  it('H16 who skips shares no container with one that replays', () => {
    const { containers } = planOf({
      src: { type: 'source' },
      x: { type: 'light', from: 'src' },
      y: { type: 'light', from: 'x', skips: true, fuse: true },
      z: { type: 'light', from: 'y', skips: true },
    })
    expect(containers.map(({ instances }) => instances)).toEqual([['src'], ['x'], ['y', 'z']])
  })

  it('H3 isolate gives an operator a container of its own, fuse takes one away from it', () => {
    const plan = planOf({
      src: { type: 'source' },
      x: { type: 'light', from: 'src', fuse: true },
      y: { type: 'light', from: 'x', isolate: true },
      k: { type: 'keyed', keys: ['a'], from: 'y', partitions: 2 },
      z: { type: 'keyed', keys: ['a'], from: 'k', partitions: 2, fuse: true },
      end: { type: 'sink', from: 'z', fuse: true },
    })
    expect(containersOf(plan)).toEqual(['c-src: src x', 'c-y: y', 'c-k#0: k#0 z#0', 'c-k#1: k#1 z#1', 'c-end: end'])
  })
})

describe('H25 partitions', () => {
  it('H25 a keyed exchange is one stream for each publisher, of which every partition reads its share', () => {
    const plan = planOf({
      src: { type: 'source' },
      k: { type: 'keyed', keys: ['b', 'a'], from: 'src', partitions: 3 },
      j: { type: 'keyed', keys: ['a'], from: 'k', partitions: 2 },
      end: { type: 'sink', from: 'j' },
    })
    expect(streamsOf(plan)).toEqual([
      's1 src → k#0[0] k#1[1] k#2[2]',
      's2#0 k#0 → j#0[0] j#1[1]',
      's2#1 k#1 → j#0[0] j#1[1]',
      's2#2 k#2 → j#0[0] j#1[1]',
      's3#0 j#0 → end',
      's3#1 j#1 → end',
    ])
    expect(plan.streams[0].routing).toEqual({ kind: 'key', columns: [1, 0], partitions: 3 })
    expect(plan.instances.map(({ id, operator, partition, partitions }) => [id, operator, partition, partitions])).toContainEqual([
      'j#1',
      'j',
      1,
      2,
    ])
    expect(plan.instances.find(({ id }) => id === 'end')?.inputs.map(({ port, stream }) => [port, stream])).toEqual([
      [0, 's3#0'],
      [0, 's3#1'],
    ])
    expect(containersOf(plan)).toEqual(['c-src: src', 'c-k#0: k#0', 'c-k#1: k#1', 'c-k#2: k#2', 'c-j#0: j#0', 'c-j#1: j#1', 'c-end: end'])
  })

  it('H25 partitions that agree are joined one to one, stateless ones in the container before them', () => {
    const plan = planOf({
      src: { type: 'source' },
      x: { type: 'light', from: 'src', partitions: 2 },
      y: { type: 'light', from: 'x', partitions: 2 },
      k: { type: 'keyed', keys: ['a'], from: 'y', partitions: 2 },
      l: { type: 'keyed', keys: ['a'], from: 'k', partitions: 2 },
    })
    expect(containersOf(plan)).toEqual([
      'c-src: src',
      'c-x#0: x#0 y#0',
      'c-x#1: x#1 y#1',
      'c-k#0: k#0',
      'c-k#1: k#1',
      'c-l#0: l#0',
      'c-l#1: l#1',
    ])
    expect(streamsOf(plan)).toEqual([
      's1 src → x#0[0] x#1[1]',
      's2#0 x#0 → y#0',
      's2#1 x#1 → y#1',
      's3#0 y#0 → k#0[0] k#1[1]',
      's3#1 y#1 → k#0[0] k#1[1]',
      's4#0 k#0 → l#0',
      's4#1 k#1 → l#1',
    ])
    expect(plan.streams[0].routing).toEqual({ kind: 'spread', partitions: 2 })
    expect(plan.streams[1]).toMatchObject({ routing: null, logBytes: 0 })
  })

  it('H25 readers that share rows out differently have streams of their own; who reads all joins the first', () => {
    const plan = planOf({
      src: { type: 'source' },
      whole: { type: 'sink', from: 'src' },
      a: { type: 'keyed', keys: ['a'], from: 'src', partitions: 2 },
      again: { type: 'keyed', keys: ['a'], from: 'src', partitions: 2 },
      b: { type: 'keyed', keys: ['b'], from: 'src', partitions: 2 },
    })
    expect(streamsOf(plan)).toEqual(['s1 src → whole a#0[0] a#1[1] again#0[0] again#1[1]', 's1~1 src → b#0[0] b#1[1]'])
    expect(plan.instances[0].outputs[0].streams).toEqual(['s1', 's1~1'])
    expect(plan.streams.map(({ edge }) => edge)).toEqual(['s1', 's1'])
  })

  it('H25 a unifier reads what every partition gives and publishes in their name; their errors come from all', () => {
    const plan = planOf({
      src: { type: 'source' },
      top: { type: 'keyed', keys: [], from: 'src', partitions: 2 },
      end: { type: 'sink', from: 'top' },
      bad: { type: 'sink', errorsOf: 'top' },
    })
    expect(streamsOf(plan)).toEqual([
      's1 src → top#0[0] top#1[1]',
      's2 top~merge → end',
      's3#0 top#0 → bad',
      's3#1 top#1 → bad',
      's3#2 top~merge → bad',
      'top~merge#0 top#0 → top~merge',
      'top~merge#1 top#1 → top~merge',
    ])
    expect(plan.instances.find(({ id }) => id === 'top~merge')).toMatchObject({
      operator: 'top',
      part: 'merge',
      container: 'c-top~merge',
      config: { keys: [], merges: true },
      outputs: [{ name: 'out', streams: ['s2'] }, { name: 'errors' }],
    })
    expect(plan.streams.find(({ id }) => id === 'top~merge#0')?.edge).toBeNull()
  })

  it('L1 every log has its megabyte, all together stay within the share of logs, or the plan is refused', () => {
    const drawn = {
      src: { type: 'source' },
      k: { type: 'keyed', keys: ['a'], from: 'src', partitions: 8 },
      end: { type: 'sink', from: 'k' },
    }
    const plan = planOf(drawn, 16_777_216)
    expect(plan.streams.length).toBe(9)
    expect(Math.min(...plan.streams.map(({ logBytes }) => logBytes))).toBeGreaterThanOrEqual(1_048_576)
    expect(plan.streams.reduce((sum, { logBytes }) => sum + logBytes, 0)).toBeLessThanOrEqual(16_777_216 * 0.6)
    expect(() => planOf({ ...drawn, k: { ...drawn.k, partitions: 12 } }, 16_777_216)).toThrow(/13 streams/)
  })
})
