import { batchOf, rowAt, type Batch, type Schema } from '@belay/columns'
import type { ManifestCatalogue, OperatorManifest, PipelineDocument } from '@belay/pipeline'
import { propagate } from '@belay/pipeline'
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { writeColumnKey } from '../src/operator/columnKey.ts'
import type { OperatorModule } from '../src/operator/operator.ts'
import type { TableShape } from '../src/operator/state.ts'
import type { PhysicalPlan } from '../src/plan/physicalPlan.ts'
import { planPhysical } from '../src/plan/planPhysical.ts'
import { KeyBuffer } from '../src/state/keyBuffer.ts'
import { keyGroupOf, murmur3, partitionOf } from '../src/state/murmur.ts'
import { StateStore } from '../src/state/stateStore.ts'
import { Cluster, type Faults, type Outcome } from './support/cluster.ts'

const SCHEMA: Schema = [
  { name: 'key', type: 'string', nullable: false },
  { name: 'other', type: 'string', nullable: false },
  { name: 'n', type: 'int64', nullable: false },
]
const ROWS = 1500
const COUNTS: TableShape = {
  version: 1,
  key: SCHEMA.slice(0, 2).map((field) => ({ ...field, nullable: true })),
  value: [{ name: 'n', type: 'float64', nullable: false }],
}

function rowOf(id: number): [string, string, number] {
  return [`k${(id * 7919) % 37}`, `o${(id * 104_729) % 11}`, 1]
}

/** Rows `[from, from + …)` of as many as configured, in batches of all sizes. */
const source: OperatorModule = {
  create(ctx) {
    const next = ctx.state.value('next', 1, 0)
    const rows = (ctx.config['rows'] ?? ROWS) as number
    return {
      role: 'source',
      read(out) {
        const from = next.get()
        if (from >= rows) return 'ended'
        const to = Math.min(rows, from + 1 + ((from * 31) % 45))
        out.emit(
          0,
          batchOf(
            SCHEMA,
            Array.from({ length: to - from }, (_, i) => rowOf(from + i)),
          ),
        )
        next.set(to)
        return 'progress'
      },
      watermark: () => next.get(),
    }
  },
}

/** Passes batches on as they are: views of the record they came in. */
const pass: OperatorModule = {
  create: () => ({ role: 'transform', process: (_port, batch, _from, out) => (out.emit(0, batch), batch.rows) }),
}

/** Sums by both columns; gives the sums of a window at its end, and fails if a row is not for this partition. */
const count: OperatorModule = {
  create(ctx) {
    const table = ctx.state.table('counts', COUNTS)
    const columns = (ctx.config['keys'] as string[]).map((name) => SCHEMA.findIndex((field) => field.name === name))
    const key = new KeyBuffer()
    return {
      role: 'transform',
      process(_port, batch) {
        for (let row = 0; row < batch.rows; row += 1) {
          key.begin()
          for (const column of columns) writeColumnKey(key, batch.columns[column], row)
          const owner = partitionOf(keyGroupOf(murmur3(key.buffer, 0, key.length)), ctx.partitions)
          if (owner !== ctx.partition) throw new Error(`row for partition ${owner} came to ${ctx.partition}`)
        }
        add(table, batch)
        return batch.rows
      },
      endWindow(_end, out) {
        const rows: [string, string, number][] = []
        table.forEach((slot) => rows.push([table.keyValue(slot, 0) as string, table.keyValue(slot, 1) as string, table.numbers(0)[slot]]))
        if (rows.length > 0) out.emit(0, batchOf(SCHEMA, rows))
        table.clear()
        return true
      },
    }
  },
}

function add(table: ReturnType<StateStore['table']>, batch: Batch): void {
  for (let row = 0; row < batch.rows; row += 1) {
    table.key.begin()
    writeColumnKey(table.key, batch.columns[0], row)
    writeColumnKey(table.key, batch.columns[1], row)
    const slot = table.slotFor()
    table.numbers(0)[slot] += rowAt(batch, row)['n'] as number
  }
}

/** Everything that ever came, by both columns. */
const ledger: OperatorModule = {
  create(ctx) {
    const table = ctx.state.table('counts', COUNTS)
    return {
      role: 'transform',
      process(_port, batch) {
        add(table, batch)
        return batch.rows
      },
    }
  },
}

const IN = { name: 'in', title: '', accepts: ['append' as const] }
const OUT = { name: 'out', title: '' }
const base: OperatorManifest = {
  type: 'pass',
  typeVersion: 1,
  title: '',
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
const manifests: ManifestCatalogue = {
  source: {
    ...base,
    inputs: [],
    stateful: true,
    guarantee: { role: 'source', replay: 'seek', sentence: '' },
    partitioning: { kind: 'none', reason: '' },
    typing: () => ({ outputs: { out: { schema: SCHEMA, eventTime: null, changes: { kind: 'append', key: null } } }, problems: [] }),
  },
  pass: base,
  count: {
    ...base,
    stateful: true,
    configSchema: Type.Object({ keys: Type.Array(Type.String()) }),
    partitioning: { kind: 'key', columns: (config) => config['keys'] as string[] },
  },
  both: {
    ...base,
    inputs: [IN, { ...IN, name: 'other' }],
    stateful: true,
    configSchema: Type.Object({ keys: Type.Array(Type.String()) }),
    partitioning: { kind: 'key', columns: (config) => config['keys'] as string[] },
  },
  ledger: { ...base, stateful: true, outputs: [], partitioning: { kind: 'none', reason: '' } },
}
const modules = { source, pass, count, both: count, ledger }

/** `id: type ×partitions by keys < from, from`; a source may have a number of rows in place of keys. */
function planOf(...lines: string[]): PhysicalPlan {
  const operators: PipelineDocument['operators'] = []
  const streams: PipelineDocument['streams'] = []
  for (const line of lines) {
    const match = /^(\w+): (\w+)(?: ×(\d+))?(?: by ([\w+]+))?(?: of (\d+))?(?: < ([\w, ]+))?$/.exec(line)
    if (match === null) throw new Error(`not a line: ${line}`)
    const [, id, type, partitions, keys, rows, from] = match as unknown as [string, string, string, ...(string | undefined)[]]
    const config = { ...(keys === undefined ? {} : { keys: keys.split('+') }), ...(rows === undefined ? {} : { rows: Number(rows) }) }
    operators.push({ id, type, typeVersion: 1, name: id, partitions: Number(partitions ?? 1), config })
    from?.split(', ').forEach((publisher, i) => {
      const to = { operator: id, port: i === 0 ? 'in' : 'other' }
      const existing = streams.find((stream) => stream.from.operator === publisher)
      if (existing === undefined) streams.push({ id: `s-${publisher}`, from: { operator: publisher, port: 'out' }, to: [to] })
      else existing.to.push(to)
    })
  }
  const settings = { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 }
  const document: PipelineDocument = { format: 1, id: 'p', name: 'p', parameters: {}, settings, operators, streams, layout: {} }
  return planPhysical({ document, manifests, outputs: propagate(document, manifests).outputs, planHash: 'h' })
}

function randomOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

function sumsOf(state: Uint8Array | undefined): Record<string, number> {
  const table = StateStore.restore(state ?? new Uint8Array(0)).table('counts', COUNTS)
  const sums: Record<string, number> = {}
  table.forEach((slot) => {
    sums[`${String(table.keyValue(slot, 0))} ${String(table.keyValue(slot, 1))}`] = table.numbers(0)[slot]
  })
  return sums
}

/** What a ledger should hold behind sources of so many rows. */
function truth(...rows: number[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const count of rows) {
    for (let id = 0; id < count; id += 1) {
      const [key, other, n] = rowOf(id)
      sums[`${key} ${other}`] = (sums[`${key} ${other}`] ?? 0) + n
    }
  }
  return sums
}

const NO_FAULTS: Faults = { kills: 0, within: 0, most: 0 }
const SHAPES: Readonly<Record<string, { readonly plan: PhysicalPlan; readonly rows: readonly number[] }>> = {
  'a keyed exchange': { plan: planOf('src: source', 'a: count ×3 by key < src', 'end: ledger < a'), rows: [ROWS] },
  'spread, then keyed': {
    plan: planOf('src: source', 'x: pass ×2 < src', 'y: pass ×2 < x', 'a: count ×4 by other < y', 'end: ledger < a', 'all: ledger < src'),
    rows: [ROWS],
  },
  'one to one, and shared out again': {
    plan: planOf('src: source', 'a: count ×2 by key < src', 'b: count ×2 by key < a', 'c: count ×3 by other < b', 'end: ledger < c'),
    rows: [ROWS],
  },
  'two ways from one stream': {
    plan: planOf(
      'src: source',
      'a: count ×2 by key < src',
      'b: count ×3 by other+key < src',
      'p: pass < src',
      'end: ledger < a',
      'all: ledger < b',
      'copy: ledger < p',
    ),
    rows: [ROWS],
  },
  'two inputs, of which one ends early': {
    plan: planOf('long: source', 'short: source of 200', 'a: count ×2 by key < long', 'j: both ×2 by key < a, short', 'end: ledger < j'),
    rows: [ROWS, 200],
  },
}

async function outcomeOf(plan: PhysicalPlan, seed: number, faults: Faults, ringBytes = 16_384): Promise<Outcome> {
  return new Cluster({ plan, modules, random: randomOf(seed), faults, ringBytes }).run()
}

describe('H25 L2 partitions on real containers', () => {
  for (const [name, { plan, rows }] of Object.entries(SHAPES)) {
    const expected = truth(...rows)
    it(`H25 L5 L13 ${name}: every row comes once, to the partition that owns its key`, async () => {
      for (let seed = 1; seed <= 4; seed += 1) {
        const { state } = await outcomeOf(plan, seed, NO_FAULTS)
        for (const { id, type } of plan.instances)
          if (type === 'ledger') expect([seed, id, sumsOf(state.get(id))]).toEqual([seed, id, expected])
      }
    })

    it(`H25 H1 ${name}: and so it does with containers killed between steps and in the middle of a publish`, async () => {
      let kills = 0
      for (let seed = 1; seed <= 15; seed += 1) {
        const outcome = await outcomeOf(plan, seed, { kills: 0.004, within: 0.5, most: 6 }, seed % 2 === 0 ? 8192 : 65_536)
        kills += outcome.kills
        for (const { id, type } of plan.instances)
          if (type === 'ledger') expect([seed, id, sumsOf(outcome.state.get(id))]).toEqual([seed, id, expected])
      }
      expect(kills).toBeGreaterThan(40)
    }, 60_000)
  }

  it('H25 a dead partition takes with it what is downstream of it, and leaves its siblings and their work alone', async () => {
    const plan = planOf('src: source', 'a: count ×3 by key < src', 'b: count ×3 by key < a', 'end: ledger < b', 'all: ledger < src')
    let partial = 0
    for (let seed = 1; seed <= 20; seed += 1) {
      const { recoveries, state } = await outcomeOf(plan, seed, { kills: 0.002, within: 0, most: 4 }, 1 << 20)
      expect([seed, sumsOf(state.get('end')), sumsOf(state.get('all'))]).toEqual([seed, truth(ROWS), truth(ROWS)])
      for (const { failed, restart } of recoveries) {
        const [, k] = /^a#(\d)$/.exec(failed[0]) ?? []
        if (k === undefined) continue
        partial += 1
        expect(restart).toEqual([`a#${k}`, `b#${k}`, 'end'])
      }
    }
    expect(partial).toBeGreaterThan(5)
  })
})
