/**
 * Partitions with real run processes (engine-spec H25): the same rows as from one instance, with
 * single partitions, whole operators and the process killed on the way.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalRunner } from '@belay/engine'
import type { PipelineDocument } from '@belay/pipeline'
import type { RunEvent, RunHandle, RunSnapshot } from '@belay/run'
import { describe, expect, it } from 'vitest'
import { openHome } from '../src/storage/home.ts'
import { standardRoots } from '../src/storage/roots.ts'
import { testHome } from './support/belay.ts'
import { WITH_FAULT } from './support/programs.ts'

const ROWS = 60_000

const file = (id: string, mode: 'append' | 'final' = 'append') => ({
  id,
  type: 'file-sink',
  typeVersion: 1,
  name: id,
  config: { folder: 'home:out', name: id, format: 'json-lines', layout: mode === 'final' ? 'single' : 'parts', mode },
})

function document(partitions: number, rowsPerSecond: number): PipelineDocument {
  return {
    format: 1,
    id: 'shared-out',
    name: 'Shared out',
    parameters: {},
    settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 67_108_864 },
    operators: [
      { id: 'rows', type: 'generator', typeVersion: 1, name: 'rows', config: { rows: ROWS, rowsPerSecond, seed: 7, keys: 200 } },
      { id: 'even', type: 'filter', typeVersion: 1, name: 'even', partitions, config: { condition: 'MOD(id, 2) = 0' } },
      {
        id: 'sums',
        type: 'window-aggregate',
        typeVersion: 1,
        name: 'sums',
        partitions,
        config: {
          sizeMs: 500,
          keys: ['key'],
          aggregates: [
            { name: 'rows', function: 'count', column: null },
            { name: 'worst', function: 'max', column: 'value' },
          ],
        },
      },
      {
        id: 'top',
        type: 'top-n',
        typeVersion: 1,
        name: 'top',
        partitions,
        config: { n: 5, partition: [], orderBy: [{ column: 'worst', direction: 'desc' }], rank: 'rank' },
      },
      file('all'),
      file('best'),
    ],
    streams: [
      { id: 's1', from: { operator: 'rows', port: 'out' }, to: [{ operator: 'even', port: 'in' }] },
      { id: 's2', from: { operator: 'even', port: 'true' }, to: [{ operator: 'sums', port: 'in' }] },
      {
        id: 's3',
        from: { operator: 'sums', port: 'out' },
        to: [
          { operator: 'top', port: 'in' },
          { operator: 'all', port: 'in' },
        ],
      },
      { id: 's4', from: { operator: 'top', port: 'out' }, to: [{ operator: 'best', port: 'in' }] },
    ],
    layout: {},
  }
}

/** Joins, ranks, sessions and updates over Nexmark's events, all of them shared out. */
function auctions(partitions: number): PipelineDocument {
  const operator = (id: string, type: string, config: Record<string, unknown>) => ({
    id,
    type,
    typeVersion: 1,
    name: id,
    partitions,
    config,
  })
  const stream = (id: string, from: string, port: string, ...to: readonly (readonly [string, string])[]) => ({
    id,
    from: { operator: from, port },
    to: to.map(([target, input]) => ({ operator: target, port: input })),
  })
  return {
    format: 1,
    id: 'shared-out',
    name: 'Shared out',
    parameters: {},
    settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 268_435_456 },
    operators: [
      {
        id: 'events',
        type: 'nexmark-source',
        typeVersion: 1,
        name: 'events',
        config: { file: '', events: 20_000, rowsPerSecond: 0, eventRate: 1000, outOfOrderMs: 0, seed: 3 },
      },
      operator('bids', 'regular-join', { type: 'inner', on: [{ left: 'auction', right: 'id' }] }),
      operator('prices', 'aggregate', { keys: ['category'], aggregates: [{ name: 'best', function: 'max', column: 'price' }] }),
      operator('sellers', 'regular-join', { type: 'left', on: [{ left: 'seller', right: 'id' }] }),
      operator('some', 'filter', { condition: 'category >= 10' }),
      operator('dearest', 'rank', {
        n: 3,
        partition: ['category'],
        orderBy: [{ column: 'initialBid', direction: 'desc' }],
        rank: 'rank',
      }),
      operator('visits', 'window-aggregate', {
        window: 'session',
        sizeMs: 2000,
        keys: ['bidder'],
        aggregates: [{ name: 'bids', function: 'count', column: null }],
      }),
      operator('offers', 'temporal-join', { type: 'left', on: [{ left: 'auction', right: 'id' }], ttlMs: 0 }),
      operator('rises', 'pattern', {
        keys: ['bidder'],
        pattern: 'LOW RISE+ HIGH?',
        conditions: [
          { name: 'LOW', condition: 'price < 100000' },
          { name: 'RISE', condition: 'price > prev_price' },
          { name: 'HIGH', condition: 'price > 10000000' },
        ],
        withinMs: 3000,
        after: 'past-last',
        measures: [
          { name: 'bids', expression: 'COUNT(*)' },
          { name: 'most', expression: 'MAX(price)' },
        ],
      }),
      file('offered', 'append'),
      file('rise', 'append'),
      file('sold', 'append'),
      file('price', 'final'),
      file('dear', 'final'),
      file('visit', 'append'),
    ],
    streams: [
      stream('s1', 'events', 'bids', ['bids', 'left'], ['visits', 'in'], ['offers', 'left'], ['rises', 'in']),
      stream('s2', 'events', 'auctions', ['bids', 'right'], ['sellers', 'left'], ['offers', 'right']),
      stream('s3', 'events', 'persons', ['sellers', 'right']),
      stream('s4', 'bids', 'out', ['sold', 'in'], ['prices', 'in']),
      stream('s5', 'prices', 'out', ['price', 'in']),
      stream('s6', 'sellers', 'out', ['some', 'in']),
      stream('s7', 'some', 'true', ['dearest', 'in']),
      stream('s8', 'dearest', 'out', ['dear', 'in']),
      stream('s9', 'visits', 'out', ['visit', 'in']),
      stream('s10', 'offers', 'out', ['offered', 'in']),
      stream('s11', 'rises', 'out', ['rise', 'in']),
    ],
    layout: {},
  }
}

/** Something to kill, once so many commits have come since the last recovery. */
type Blow = { readonly operator: string } | 'process'

interface Outcome {
  readonly rows: Readonly<Record<string, readonly string[]>>
  readonly events: readonly RunEvent[]
  readonly snapshot: RunSnapshot
  readonly left: number
}

async function outcomeOf(pipeline: PipelineDocument, outputs: readonly string[], blows: readonly Blow[]): Promise<Outcome> {
  const home = openHome(testHome())
  const runner = createLocalRunner({ home: home.path, operators: WITH_FAULT })
  const runId = 'shared-out-1'
  const left = [...blows]
  let handle: RunHandle | null = await runner.start({
    runId,
    document: pipeline,
    parameters: {},
    roots: standardRoots(home),
    startedBy: 'test',
  })
  for (let commands = 0; handle !== null;) {
    const current: RunHandle = handle
    await new Promise<void>((resolve) => {
      let commits = 0
      current.listen({
        event(event) {
          if (event.type === 'recovered') commits = 0
          if (event.type !== 'committed') return
          commits += 1
          // The next blow falls when two commits have come since everybody was well again.
          if (commits !== 2) return
          const blow = left.shift()
          if (blow === undefined) return
          commits = -1000
          const commandId = `blow-${(commands += 1)}`
          const body = blow === 'process' ? ({ type: 'kill-process' } as const) : ({ type: 'kill-operator', hold: false, ...blow } as const)
          current.command({ ...body, commandId, by: 'test' }).catch(() => undefined)
        },
        delta: () => undefined,
        closed: resolve,
      })
    })
    const found = await runner.adopt(runId)
    handle = 'command' in found ? found : null
  }
  const ended = await runner.open(runId)
  const folder = join(home.path, 'files', 'out')
  const rowsOf = (name: string): string[] =>
    readdirSync(folder)
      .filter((path) => path.startsWith(`${name}-`) || path.startsWith(`${name}.`))
      .flatMap((path) => readFileSync(join(folder, path), 'utf8').split('\n'))
      .filter((line) => line !== '')
      .sort()
  return {
    rows: Object.fromEntries(outputs.map((name) => [name, rowsOf(name)])),
    events: await ended.events(0, 100_000),
    snapshot: await ended.snapshot(),
    left: left.length,
  }
}

describe('H25 partitions in real processes', { timeout: 300_000 }, () => {
  it('H25 H1 give the rows of one instance, although partitions, operators, the unifier and the process are killed', async () => {
    const whole = await outcomeOf(document(1, 0), ['all', 'best'], [])
    expect(whole.snapshot.figures.state).toBe('finished')
    expect(whole.snapshot.figures.operators['sums'].partitions).toBeUndefined()
    expect(whole.rows['all'].length).toBeGreaterThan(10_000)
    const blows: Blow[] = [{ operator: 'sums#1' }, { operator: 'sums' }, 'process', { operator: 'top~merge' }, { operator: 'even#0' }]
    const shared = await outcomeOf(document(2, 5000), ['all', 'best'], blows)
    expect(shared.snapshot.figures).toMatchObject({ state: 'finished' })
    // How many blows fall before the run has finished depends on the machine; the first one has to.
    expect(shared.left).toBeLessThan(blows.length)
    expect(shared.rows['all']).toEqual(whole.rows['all'])
    expect(shared.rows['best']).toEqual(whole.rows['best'])

    const plans = shared.events.filter((event) => event.type === 'recovery-planned')
    expect(plans[0]).toMatchObject({ partitions: expect.arrayContaining(['sums#1']) as unknown })
    expect(plans[0].partitions).not.toContain('sums#0')
    const { operators, streams } = shared.snapshot.figures
    expect(operators['sums'].partitions?.map(({ id }) => id)).toEqual(['sums#0', 'sums#1'])
    expect(operators['top'].partitions?.map(({ id }) => id)).toEqual(['top#0', 'top#1', 'top~merge'])
    expect(Object.keys(streams).sort()).toEqual(['s1', 's2', 's3', 's4'])
    const { plan } = shared.snapshot
    const groupsOf = (id: string): unknown => plan?.instances.find((instance) => instance.id === id)?.keyGroups
    expect(plan?.instances.map(({ id }) => id)).toEqual('rows even#0 even#1 sums#0 sums#1 top#0 top#1 top~merge all best'.split(' '))
    // Handed over one to one, the rows of the next operator are of the same key groups.
    for (const operator of ['sums', 'top'])
      expect([groupsOf(`${operator}#0`), groupsOf(`${operator}#1`)]).toEqual([
        { first: 0, last: 63 },
        { first: 64, last: 127 },
      ])
    expect([groupsOf('rows'), groupsOf('even#0'), groupsOf('top~merge')]).toEqual([undefined, undefined, undefined])
    expect(plan?.streams.filter(({ edge }) => edge === 's2')).toEqual([
      { id: 's2#0', edge: 's2', from: 'even#0', to: ['sums#0', 'sums#1'], share: 'key', columns: ['key'] },
      { id: 's2#1', edge: 's2', from: 'even#1', to: ['sums#0', 'sums#1'], share: 'key', columns: ['key'] },
    ])
    const others = plan?.streams.flatMap(({ id, edge }) => (id === edge ? [] : [id])) ?? []
    expect(Object.keys(shared.snapshot.figures.planStreams ?? {}).sort()).toEqual(others.sort())
    expect(operators['sums'].partitions?.every(({ queue }) => queue !== undefined && queue >= 0 && queue <= 1)).toBe(true)
    expect(operators['rows'].queue).toBeUndefined()
    expect(shared.snapshot.containers.find(({ id }) => id === 'c-sums#1')).toMatchObject({ operators: ['sums'], instances: ['sums#1'] })
  })
  it('H25 C1 C2 joins, ranks, sessions, patterns and tables of changes are the same from three partitions as from one', async () => {
    const outputs = ['sold', 'price', 'dear', 'visit', 'offered', 'rise']
    const whole = await outcomeOf(auctions(1), outputs, [])
    const shared = await outcomeOf(auctions(3), outputs, [])
    expect([whole.snapshot.figures.state, shared.snapshot.figures.state]).toEqual(['finished', 'finished'])
    for (const name of outputs) {
      expect(whole.rows[name].length).toBeGreaterThan(4)
      expect(shared.rows[name]).toEqual(whole.rows[name])
    }
    const { some, bids, rises } = shared.snapshot.figures.operators
    expect(some.partitions?.length).toBe(3)
    for (const partition of [...(bids.partitions ?? []), ...(rises.partitions ?? [])]) expect(partition.rowsIn).toBeGreaterThan(1000)
  })
})
