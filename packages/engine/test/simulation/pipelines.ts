/**
 * Random pipelines of operators whose results do not depend on how the rows were cut into windows or
 * mixed, and what their sinks must have got: evaluated in one go, without windows, logs or threads.
 *
 * A row is (id, key, n). Ids ≥ 0 name one effect each, so they are counted; rows with a negative id
 * are nets of a window, of which only the sum of n by key is fixed.
 */
import type { Schema } from '@belay/columns'
import type { EdgeType, ManifestCatalogue, OperatorManifest, OperatorNode, PipelineDocument } from '@belay/pipeline'
import type { PhysicalPlan } from '../../src/plan/physicalPlan.ts'
import { planPhysical } from '../../src/plan/planPhysical.ts'
import type { Random } from './random.ts'

export const SCHEMA: Schema = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'key', type: 'int64', nullable: false },
  { name: 'n', type: 'int64', nullable: false },
]

export interface Row {
  readonly id: number
  readonly key: number
  readonly n: number
}

export type Kind = 'source' | 'pass' | 'filter' | 'fan' | 'union' | 'count' | 'net' | 'join' | 'sink'

export interface Step {
  readonly id: string
  readonly kind: Kind
  readonly from: readonly string[]
  readonly partitions: number
  readonly isolate: boolean
  /** After a failure it goes on behind the rows that went by, as all behind it do. */
  readonly skips: boolean
  /** Distinguishes its ids from those of others. */
  readonly lane: number
  /** Sources: rows until it ends. */
  readonly rows: number
}

export interface Pipeline {
  readonly steps: readonly Step[]
  readonly plan: PhysicalPlan
}

const KEYS = 16
const MOST_ROWS = 1500

export function sourceRow(lane: number, seq: number): Row {
  return { id: lane * 1_000_000 + seq, key: mixed(lane, seq) % KEYS, n: 1 }
}

function mixed(a: number, b: number): number {
  let hash = Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35)
  return (hash ^ (hash >>> 13)) >>> 0
}

export function filterKeeps(lane: number, row: Row): boolean {
  return mixed(lane, row.key) % 4 !== 0
}

export function fanOut(row: Row): Row[] {
  return row.id < 0 ? [row, row] : [0, 1].map((copy) => ({ ...row, id: (row.id * 2 + copy) % 9_007_199_254_740_881 }))
}

export function countRow(lane: number, key: number, count: number): Row {
  return { id: 1_000_000_000 + lane * 10_000_000 + key * 100_000 + count, key, n: 1 }
}

export function joinRow(left: Row, right: Row): Row {
  return { id: 4_000_000_000 + mixed(left.id % 0x7fffffff, right.id % 0x7fffffff), key: left.key, n: 1 }
}

export function netId(lane: number): number {
  return -1 - lane
}

/** What every step gives if the sources give their first `rows` rows; by step, sinks too. */
export function evaluate(steps: readonly Step[], rows: (source: string) => number): Map<string, Row[]> {
  const results = new Map<string, Row[]>()
  for (const step of steps) {
    const inputs = step.from.map((from) => results.get(from) ?? [])
    results.set(step.id, resultOf(step, inputs, rows))
  }
  return results
}

function resultOf(step: Step, inputs: readonly Row[][], rows: (source: string) => number): Row[] {
  const [first = []] = inputs
  switch (step.kind) {
    case 'source':
      return Array.from({ length: rows(step.id) }, (_, seq) => sourceRow(step.lane, seq))
    case 'pass':
    case 'sink':
      return first
    case 'filter':
      return first.filter((row) => filterKeeps(step.lane, row))
    case 'fan':
      return first.flatMap(fanOut)
    case 'union':
      return inputs.flat()
    case 'count': {
      const counts = new Map<number, number>()
      return first.map(({ key }) => {
        const count = (counts.get(key) ?? 0) + 1
        counts.set(key, count)
        return countRow(step.lane, key, count)
      })
    }
    case 'net': {
      const sums = new Map<number, number>()
      for (const { key, n } of first) sums.set(key, (sums.get(key) ?? 0) + n)
      return [...sums].map(([key, n]) => ({ id: netId(step.lane), key, n }))
    }
    case 'join': {
      const [left, right] = inputs
      const byKey = new Map<number, Row[]>()
      for (const row of right) byKey.set(row.key, [...(byKey.get(row.key) ?? []), row])
      return left.flatMap((row) => (byKey.get(row.key) ?? []).map((other) => joinRow(row, other)))
    }
  }
}

/** Rows counted by id, nets summed by key: two outputs are the same if this is. */
export function ledgerOf(rows: readonly Row[]): Map<string, number> {
  const ledger = new Map<string, number>()
  for (const { id, key, n } of rows) {
    const entry = id >= 0 ? String(id) : `net ${id} of ${key}`
    ledger.set(entry, (ledger.get(entry) ?? 0) + (id >= 0 ? 1 : n))
  }
  return ledger
}

export interface PipelineLimits {
  /** Bytes of each log's ring. */
  readonly logBytes: number
  readonly windowMs: number
  readonly checkpointIntervalMs: number
  readonly keepCheckpoints: number
}

/** 1–3 sources, some steps, 1–4 sinks; every step is read by somebody. */
export function randomPipeline(random: Random, limits: PipelineLimits): Pipeline {
  for (;;) {
    const steps = withSkips(random.fork('skips'), randomSteps(random))
    const results = evaluate(steps, (source) => steps.find((step) => step.id === source)?.rows ?? 0)
    if ([...results.values()].some((rows) => rows.length > MOST_ROWS)) continue
    return { steps, plan: planOf(steps, limits) }
  }
}

function randomSteps(random: Random): Step[] {
  const steps: Step[] = []
  /** Steps whose rows may be nets. */
  const netted = new Set<string>()
  const sources = random.between(1, 3)
  for (let i = 0; i < sources; i += 1)
    steps.push({
      id: `s${i}`,
      kind: 'source',
      from: [],
      partitions: 1,
      isolate: false,
      skips: false,
      lane: i,
      rows: random.between(10, random.chance(0.3) ? 30 : 150),
    })
  const middle = random.between(0, 6)
  for (let i = 0; i < middle; i += 1) {
    const from = random.pick(steps).id
    const other = random.pick(steps).id
    const kind = random.pick<Kind>(
      netted.has(from) || (netted.has(other) && random.chance(0.5))
        ? ['pass', 'filter', 'union', 'net']
        : ['pass', 'filter', 'fan', 'union', 'count', 'count', 'net', 'join'],
    )
    const both = kind === 'union' || kind === 'join'
    if (kind === 'join' && (netted.has(other) || other === from)) continue
    if (kind === 'net' || netted.has(from) || (both && netted.has(other))) netted.add(`o${i}`)
    steps.push({
      id: `o${i}`,
      kind,
      from: both && other !== from ? [from, other] : [from],
      partitions: random.chance(0.2) ? 2 : 1,
      isolate: random.chance(0.3),
      skips: false,
      lane: 10 + i,
      rows: 0,
    })
  }
  const read = new Set(steps.flatMap((step) => step.from))
  const ends = steps.filter((step) => !read.has(step.id)).map((step) => step.id)
  if (random.chance(0.3)) ends.push(random.pick(steps).id)
  ends.forEach((from, i) =>
    steps.push({ id: `k${i}`, kind: 'sink', from: [from], partitions: 1, isolate: false, skips: false, lane: 30 + i, rows: 0 }),
  )
  return steps
}

/** In some pipelines one step, and with it all behind it, skips what it misses. */
function withSkips(random: Random, steps: readonly Step[]): Step[] {
  const later = steps.filter((step) => step.kind !== 'source')
  if (!random.chance(0.2) || later.length === 0) return [...steps]
  const skipping = new Set([random.pick(later).id])
  return steps.map((step) => {
    if (!skipping.has(step.id) && !step.from.some((from) => skipping.has(from))) return step
    skipping.add(step.id)
    return { ...step, skips: true }
  })
}

/** By the real planner, with logs so small that rows are overwritten and senders wait. */
function planOf(steps: readonly Step[], limits: PipelineLimits): PhysicalPlan {
  const operators = steps.map((step): OperatorNode => ({
    id: step.id,
    type: `${step.kind}-${step.from.length}`,
    typeVersion: 1,
    name: step.id,
    config: { lane: step.lane, rows: step.rows, setting: 0 },
    partitions: step.partitions,
    ...(step.isolate ? { isolate: true } : {}),
    ...(step.skips ? { onFailure: 'skip' as const } : {}),
  }))
  const streams = steps.map((step) => ({
    id: `x-${step.id}`,
    from: { operator: step.id, port: 'out' },
    to: steps.flatMap((reader) =>
      reader.from.flatMap((from, port) => (from === step.id ? [{ operator: reader.id, port: `in${port}` }] : [])),
    ),
  }))
  const document: PipelineDocument = {
    format: 1,
    id: 'simulated',
    name: 'simulated',
    parameters: {},
    settings: {
      windowMs: limits.windowMs,
      checkpointIntervalMs: limits.checkpointIntervalMs,
      memoryBytes: 256 * 1024 * 1024,
      keepCheckpoints: limits.keepCheckpoints,
      stuckAfterMs: 1200,
    },
    operators,
    streams: streams.filter((stream) => stream.to.length > 0),
    layout: {},
  }
  const edge: EdgeType = { schema: SCHEMA, eventTime: null, changes: { kind: 'append', key: null } }
  const outputs = new Map(steps.map((step) => [`${step.id}.out`, edge]))
  const plan = planPhysical({ document, manifests: MANIFESTS, outputs, planHash: 'simulated' })
  return { ...plan, streams: plan.streams.map((stream) => ({ ...stream, logBytes: stream.logBytes === 0 ? 0 : limits.logBytes })) }
}

const MANIFESTS: ManifestCatalogue = Object.fromEntries(
  (['source', 'pass', 'filter', 'fan', 'union', 'count', 'net', 'join', 'sink'] as const).flatMap((kind) =>
    [0, 1, 2].map((inputs) => [`${kind}-${inputs}`, manifestFor(kind, inputs)] as const),
  ),
)

function manifestFor(kind: Kind, inputs: number): OperatorManifest {
  const stateful = kind === 'source' || kind === 'count' || kind === 'net' || kind === 'join' || kind === 'sink'
  const guarantee: OperatorManifest['guarantee'] =
    kind === 'source'
      ? { role: 'source', replay: 'seek', sentence: '' }
      : kind === 'sink'
        ? { role: 'sink', delivery: 'exactly-once', verbs: ['rewind', 'keep'], sentence: '' }
        : { role: 'transform', sentence: '' }
  const partitioning: OperatorManifest['partitioning'] =
    kind === 'source' || kind === 'sink'
      ? { kind: 'none', reason: '' }
      : stateful
        ? { kind: 'key', columns: () => ['key'] }
        : { kind: 'any' }
  return {
    guarantee,
    inputs: Array.from({ length: inputs }, (_, port) => ({ name: `in${port}`, title: '', accepts: ['append'] })),
    outputs: kind === 'sink' ? [] : [{ name: 'out', title: '' }],
    container: 'compute',
    configSchema: {},
    stateful,
    partitioning,
  } as unknown as OperatorManifest
}
