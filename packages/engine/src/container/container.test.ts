import { batchOf, type Schema } from '@belay/columns'
import { expect, test } from 'vitest'
import type { OperatorModule } from '../operator/operator.ts'
import type { PlannedInstance } from '../plan/physicalPlan.ts'
import { StateStore } from '../state/stateStore.ts'
import { statsBytes } from '../stats/statsBlock.ts'
import { LogControl } from '../stream/logControl.ts'
import { createLog, SharedLogMemory } from '../stream/logMemory.ts'
import { WindowClock } from '../window/clock.ts'
import { Container } from './container.ts'
import type { Deployment, FromContainer } from './protocol.ts'

const SCHEMA: Schema = [{ name: 'n', type: 'int64', nullable: false }]
const TOTAL = 3000

/** What operators of type `net` had counted at the end of each window. */
const nets: { readonly operator: string; readonly window: number; readonly sum: number }[] = []

const modules: Record<string, OperatorModule> = {
  source: {
    create(ctx) {
      const next = ctx.state.value('next', 1, 0)
      return {
        role: 'source',
        read(out) {
          const from = next.get()
          if (from >= TOTAL) return 'ended'
          out.emit(
            0,
            batchOf(
              SCHEMA,
              Array.from({ length: 30 }, (_, i) => [from + i]),
            ),
          )
          next.set(from + 30)
          return 'progress'
        },
        watermark: () => next.get(),
      }
    },
  },
  /** What comes out is up to 3 ms older than its watermark. */
  pass: { create: () => ({ role: 'transform', heldBackMs: 3, process: (_port, batch, _from, out) => (out.emit(0, batch), batch.rows) }) },
  /** Tells its sum so far at the end of each window, as a producer of changes does. */
  net: {
    create(ctx) {
      let sum = 0
      return {
        role: 'transform',
        process(_port, batch) {
          const column = batch.columns[0]
          if (column.storage === 'number') for (let row = 0; row < batch.rows; row += 1) sum += column.values[row]
          return batch.rows
        },
        endWindow({ window }, out) {
          nets.push({ operator: ctx.operator, window, sum })
          out.emit(0, batchOf(SCHEMA, [[sum]]))
          return true
        },
      }
    },
  },
  /** Takes a few rows at a time, and what it has begun first. */
  sum: {
    create(ctx) {
      const sum = ctx.state.value('sum', 1, 0)
      let begun: number | null = null
      return {
        role: 'transform',
        process(port, batch, from) {
          if (begun !== null && begun !== port) throw new Error(`rows of input ${port} in the middle of a batch of input ${begun}`)
          const to = Math.min(batch.rows, from + 7)
          const column = batch.columns[0]
          if (column.storage === 'number') for (let row = from; row < to; row += 1) sum.set(sum.get() + column.values[row])
          begun = to < batch.rows ? port : null
          return to
        },
        endWindow(end, out) {
          if (end.last) out.emit(0, batchOf(SCHEMA, [[sum.get()]]))
          return true
        },
      }
    },
  },
}

function instance(id: string, type: string, role: PlannedInstance['role'], inputs: string[], output: string | null): PlannedInstance {
  return {
    id,
    operator: id,
    part: 'whole',
    type,
    partition: 0,
    partitions: 1,
    config: {},
    role,
    stateful: true,
    onRowError: 'fail',
    skips: false,
    inputs: inputs.map((stream, port) => ({
      port,
      name: `in${port}`,
      stream,
      slice: null,
      schema: SCHEMA,
      eventTime: null,
      changes: { kind: 'append', key: null },
    })),
    outputs: [{ port: 0, name: 'out', schema: SCHEMA, streams: output === null ? [] : [output] }],
    container: '',
    verbs: [],
    delivery: 'exactly-once',
  }
}

function containerWith(clock: SharedArrayBuffer, stats: SharedArrayBuffer, inbox: FromContainer[]): Container {
  const init = {
    registryUrl: '',
    isolated: false,
    types: [],
    ingest: '',
    log: '',
    roots: {},
    runId: 'r',
    allowedAddresses: [],
    windowMs: 500,
    clock,
    doorbells: new SharedArrayBuffer(64),
    logSegment: new SharedArrayBuffer(8),
    stats,
  }
  return new Container(init, {
    post: (message) => void inbox.push(message),
    ring: () => {},
    wakeSelf: () => {},
    loadModule: (type) => Promise.resolve(modules[type] as OperatorModule<never>),
  })
}

function deploymentOf(one: PlannedInstance, number: number, cut: number, state: Uint8Array | null): Deployment {
  return {
    instance: one,
    number,
    state,
    cut,
    reached: cut,
    finished: false,
    endedInputs: [],
    verb: null,
    suspectUntil: null,
    poison: [],
    rowErrorRules: [],
    logLevel: 'info',
    live: [],
  }
}

function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
}

interface Saved {
  readonly window: number
  readonly bytes: Uint8Array
}

/** source → (log a) → pass → inline → join.0, source → (log a) → join.1; join → (log b) → end. */
async function run(seed: number, saved: Map<string, Map<number, Saved>>, cut: number): Promise<{ total: number; deadlock: boolean }> {
  const next = random(seed)
  const clockMemory = WindowClock.create()
  const clock = new WindowClock(clockMemory)
  const stats = new SharedArrayBuffer(statsBytes(8, 4))
  const logs = new Map(['a', 'b'].map((name) => [name, createLog(name, 8192)]))
  for (const handle of logs.values()) {
    const control = new LogControl(new SharedLogMemory(handle), 1)
    control.reset(cut, 1)
    control.activate(0)
  }
  const layout: PlannedInstance[][] = [
    [instance('s', 'source', 'source', [], 'a')],
    [instance('p', 'pass', 'transform', ['a'], 'i'), instance('j', 'sum', 'transform', ['i', 'a'], 'b')],
    [instance('e', 'sum', 'transform', ['b'], null)],
  ]
  const inbox: FromContainer[] = []
  const containers: Container[] = []
  let number = 0
  for (const instances of layout) {
    const container = containerWith(clockMemory, stats, inbox)
    const own = ['a', 'b'].flatMap((stream) => {
      const handle = logs.get(stream)
      if (handle === undefined) return []
      const writes = instances.some((one) => one.outputs[0].streams.includes(stream))
      const reads = instances.some((one) => one.inputs.some((input) => input.stream === stream))
      if (!writes && !reads) return []
      return [
        {
          stream,
          number: stream === 'a' ? 0 : 1,
          handle,
          reader: writes ? null : 0,
          position: writes ? null : 0,
          skipTo: null,
          readers: 1,
          routing: null,
          ring: [],
        },
      ]
    })
    const deployments = instances.map((one) => deploymentOf(one, number++, cut, saved.get(one.id)?.get(cut)?.bytes ?? null))
    await container.receive({ type: 'deploy', attempt: 1, lineage: 1, deployments, logs: own })
    await container.receive({ type: 'open', attempt: 1 })
    containers.push(container)
  }
  let still = 0
  let target = cut
  for (let i = 0; i < 200_000 && !containers.every((container) => container.done); i += 1) {
    if (next() < 0.02) {
      target += 1
      clock.write({ target, checkpoint: target - (target % 2), holdAfter: null, drainAfter: null })
    }
    const container = containers[Math.floor(next() * containers.length)]
    still = container.step() ? 0 : still + 1
    for (const message of inbox.splice(0)) {
      if (message.type === 'operator-failed' || message.type === 'deploy-failed')
        throw new Error(`seed ${seed}: ${message.code} ${message.message} ${message.stack}`)
      if (message.type === 'snapshot-needs')
        for (const one of containers)
          await one.receive({
            type: 'snapshot-memory',
            instance: message.instance,
            memory: new SharedArrayBuffer(message.need.wantedBytes),
            holds: null,
          })
      if (message.type === 'snapshot-copied') {
        const own = saved.get(message.instance) ?? new Map<number, Saved>()
        own.set(message.window, {
          window: message.window,
          bytes: message.memory === null ? new Uint8Array(0) : new Uint8Array(message.memory).slice(0, message.sizeBytes),
        })
        saved.set(message.instance, own)
      }
    }
    if (still > 3000) return { total: -1, deadlock: true }
  }
  const state = saved.get('e')
  const last = state?.get(Math.max(...(state.keys() ?? [])))
  const total = last === undefined ? -1 : StateStore.restore(last.bytes).value('sum', 1, -1).get()
  return { total, deadlock: false }
}

const EXPECTED = TOTAL * (TOTAL - 1)

test('L13 H12 H17 tiny logs, any order of steps: everything arrives once and the run ends', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const result = await run(seed, new Map(), 0)
    expect({ seed, ...result }).toEqual({ seed, total: EXPECTED, deadlock: false })
  }
})

test('H1 H22 a run that goes on from a common snapshot gives the same total', async () => {
  let compared = 0
  for (let seed = 1; seed <= 10; seed += 1) {
    const saved = new Map<string, Map<number, Saved>>()
    await run(seed, saved, 0)
    const common = [...(saved.get('e')?.keys() ?? [])].filter((window) => ['s', 'j'].every((id) => saved.get(id)?.has(window)))
    const cut = common[0]
    const last = Math.max(...common)
    if (cut === last) continue
    compared += 1
    const only = new Map([...saved].map(([id, own]) => [id, new Map([...own].filter(([window]) => window === cut))]))
    expect({ seed, ...(await run(seed + 100, only, cut)) }).toEqual({ seed, total: EXPECTED, deadlock: false })
  }
  expect(compared).toBeGreaterThan(3)
})

test('H14 a checkpoint keeps the watermarks of an operator with several inputs and of one with state; one is held back where it is', async () => {
  const saved = new Map<string, Map<number, Saved>>()
  await run(3, saved, 0)
  const kept = (id: string): { operator: number | null; ports: (number | null)[] }[] =>
    [...(saved.get(id)?.values() ?? [])].map(({ bytes }) =>
      StateStore.restore(bytes)
        .value<{ operator: number | null; ports: (number | null)[] }>('belay.watermarks', 1, { operator: -1, ports: [] })
        .get(),
    )
  const join = kept('j')
  expect(join.length).toBeGreaterThan(1)
  for (const { operator, ports } of join) expect(ports).toEqual(operator === null ? [null, null] : [operator, operator + 3])
  expect(join.some(({ operator }) => operator !== null)).toBe(true)
  expect(join[0].operator).toBeGreaterThan(0)
  expect(kept('e').map((one) => one.operator)).toEqual(join.map((one) => one.operator))
  // Without state and with one input there is nothing to keep.
  for (const { bytes } of saved.get('p')?.values() ?? []) expect(bytes.length).toBe(0)
})

test('C5 what a chain of changes tells at the end of a window is in that window everywhere: the clock need not go on', async () => {
  const clock = WindowClock.create()
  const container = containerWith(clock, new SharedArrayBuffer(statsBytes(4, 4)), [])
  const chain = [
    instance('s', 'source', 'source', [], 'a'),
    instance('first', 'net', 'transform', ['a'], 'b'),
    instance('second', 'net', 'transform', ['b'], 'c'),
    instance('third', 'net', 'transform', ['c'], null),
  ]
  const deployments = chain.map((one, number) => deploymentOf(one, number, 0, null))
  await container.receive({ type: 'deploy', attempt: 1, lineage: 1, deployments, logs: [] })
  await container.receive({ type: 'open', attempt: 1 })
  for (let i = 0; i < 5; i += 1) container.step()
  new WindowClock(clock).write({ target: 1, checkpoint: 0, holdAfter: 1, drainAfter: null })
  while (container.step());
  expect(nets.map(({ operator, window }) => `${operator}@${window}`)).toEqual(['first@1', 'second@1', 'third@1'])
  expect(nets[0].sum).toBeGreaterThan(0)
  expect(new Set(nets.map(({ sum }) => sum)).size).toBe(1)
})
