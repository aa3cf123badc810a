import { describe, expect, test } from 'vitest'
import type { RunEvent, RunEventBody, RunSnapshot } from '@belay/run'
import { RunStore } from './runStore.ts'
import { operatorFigures, runFigures } from './testing.ts'

/** A store whose frames the test turns. */
function openStore(): { readonly store: RunStore; readonly frame: (nowMs: number) => void } {
  let draw: ((nowMs: number) => void) | null = null
  const store = new RunStore('r', (next) => {
    draw = next
  })
  return {
    store,
    frame: (nowMs) => {
      const next = draw
      draw = null
      next?.(nowMs)
    },
  }
}

const event = (seq: number, body: RunEventBody): RunEvent => ({ ...body, seq, atMs: 1000 + seq }) as RunEvent
const committed = (seq: number) => event(seq, { type: 'committed', window: seq, manifest: seq })
const stateOf = (seq: number, state: 'down' | 'starting' | 'running') =>
  event(seq, { type: 'operator-state', operator: 'a', state, attempt: 2 })

function snapshot(events: readonly RunEvent[], over: Partial<RunSnapshot> = {}): RunSnapshot {
  return {
    runId: 'r',
    pipelineId: 'p',
    document: {
      format: 1,
      id: 'p',
      name: 'p',
      parameters: {},
      settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 1 },
      operators: [
        { id: 'a', type: 'generator', typeVersion: 1, name: 'a', config: {} },
        { id: 'b', type: 'filter', typeVersion: 1, name: 'b', config: {} },
      ],
      streams: [{ id: 's', from: { operator: 'a', port: 'out' }, to: [{ operator: 'b', port: 'in' }] }],
      layout: {},
    },
    parameters: {},
    startedAtMs: 0,
    seq: events.at(-1)?.seq ?? 0,
    figures: runFigures({ a: operatorFigures(), b: operatorFigures() }),
    checkpoints: [],
    events,
    tables: {},
    containers: [],
    ...over,
  }
}

const delta = (atMs: number, window: number) => ({
  runId: 'r',
  tick: atMs,
  atMs,
  figures: runFigures({ a: operatorFigures({ window }), b: operatorFigures({ window }) }, { committedWindow: window }),
  tables: {},
})

describe('the run store', () => {
  test('events are in order and without doubles, whatever comes twice or late', () => {
    const { store } = openStore()
    store.applySnapshot(snapshot([committed(5), committed(6)]))
    store.applyEvents([committed(6), committed(7)])
    store.applyEvents([committed(7)])
    store.prependEvents([committed(3), committed(4), committed(5)])
    expect(store.events.map(({ seq }) => seq)).toEqual([3, 4, 5, 6, 7])
    expect(store.seq).toBe(7)
  })

  test('the same document keeps its identity over snapshots, so that the canvas stays', () => {
    const { store } = openStore()
    store.applySnapshot(snapshot([]))
    const document = store.structure?.document
    store.applySnapshot(snapshot([]))
    expect(store.structure?.document).toBe(document)
    expect(store.sources).toEqual(['a'])
  })

  test('a listener is told once a frame, and only of its own topic', () => {
    const { store, frame } = openStore()
    store.applySnapshot(snapshot([]))
    frame(0)
    const told: string[] = []
    for (const topic of ['operator:a', 'committed', 'events'] as const) store.subscriber(topic)(() => told.push(topic))
    store.applyDelta(delta(2000, 8))
    store.applyDelta(delta(2250, 8))
    expect(told).toEqual([])
    frame(16)
    expect(told).toEqual(['operator:a'])
    store.applyEvents([committed(9)])
    frame(32)
    // Its node shows how far behind the committed window lies.
    expect(told).toEqual(['operator:a', 'committed', 'events', 'operator:a'])
  })

  test('a wide graph is shown over a few frames, each node once, and changes of state in the first', () => {
    const ids = Array.from({ length: 100 }, (_, i) => `op-${i}`)
    const wide = (window: number, downs: readonly string[] = []) =>
      runFigures(Object.fromEntries(ids.map((id) => [id, operatorFigures({ window, state: downs.includes(id) ? 'down' : 'running' })])))
    const { store, frame } = openStore()
    store.applySnapshot(snapshot([], { figures: wide(1) }))
    for (let turn = 0; turn < 10; turn += 1) frame(turn)
    const told: string[] = []
    for (const id of ids) store.subscriber(`operator:${id}`)(() => told.push(id))
    store.applyDelta({ runId: 'r', tick: 2, atMs: 2000, figures: wide(2, ['op-99']), tables: {} })
    const atOnce: number[] = []
    for (let turn = 0; told.length < 100; turn += 1) {
      const before = told.length
      frame(100 + turn)
      atOnce.push(told.length - before)
    }
    expect(told[0]).toBe('op-99')
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(25)
    expect(atOnce.length).toBeLessThanOrEqual(6)
    expect(new Set(told).size).toBe(100)
    frame(200)
    expect(told).toHaveLength(100)
  })

  test('states that came in one frame are all shown, while the figures go on', () => {
    const { store, frame } = openStore()
    store.applySnapshot(snapshot([]))
    frame(0)
    store.applyEvents([stateOf(1, 'down'), stateOf(2, 'starting'), stateOf(3, 'running')])
    const shown: (string | undefined)[] = []
    for (let nowMs = 16; nowMs < 400; nowMs += 16) {
      if (nowMs === 48) store.applyDelta(delta(2000, 9))
      frame(nowMs)
      const state = store.operator('a')?.state
      if (shown.at(-1) !== state) shown.push(state)
    }
    expect(shown).toEqual(['down', 'starting', 'running'])
    expect(store.operator('a')?.window).toBe(9)
  })

  test('a past moment stands still while the run goes on, and live shows what came meanwhile', () => {
    const { store } = openStore()
    store.applySnapshot(snapshot([]))
    store.applyDelta(delta(10_000, 20))
    store.applyDelta(delta(10_250, 21))
    store.showMoment(10_100)
    store.applyDelta(delta(10_500, 22))
    store.applyEvents([event(1, { type: 'operator-state', operator: 'a', state: 'down', attempt: 1 })])
    expect(store.operator('a')).toMatchObject({ window: 20, state: 'running' })
    expect(store.liveFigures?.committedWindow).toBe(22)
    store.goLive()
    expect(store.operator('b')?.window).toBe(22)
  })

  test('playing moves the moment by the frame clock and stops at its end', () => {
    const { store, frame } = openStore()
    store.applySnapshot(snapshot([]))
    store.applyDelta(delta(10_000, 20))
    const startedAt = performance.now()
    store.showMoment(10_000, 0.5, 10_020)
    frame(startedAt + 20)
    expect(store.moment).toMatchObject({ kind: 'past', speed: 0.5 })
    expect(store.moment.kind === 'past' ? store.moment.atMs : 0).toBeGreaterThan(10_005)
    frame(startedAt + 500)
    expect(store.moment).toMatchObject({ atMs: 10_020, speed: 0 })
  })

  test('checkpoints are one list: kept ones, seen ones, and those told of since', () => {
    const { store } = openStore()
    const checkpoint = (manifest: number) => ({
      manifest,
      window: manifest * 2,
      lineage: 1,
      attempt: 1,
      atMs: manifest,
      durationMs: 1,
      sizeBytes: 1,
      pinned: false,
    })
    store.applySnapshot(snapshot([], { checkpoints: [checkpoint(3), checkpoint(4)] }))
    store.applyEvents([event(1, { type: 'checkpoint-completed', checkpoint: checkpoint(5) })])
    store.applySnapshot(snapshot([], { checkpoints: [checkpoint(4), checkpoint(5)] }))
    expect(store.checkpoints.map(({ manifest }) => manifest)).toEqual([3, 4, 5])
  })

  test('a pause that another state covers is still a pause', () => {
    const { store } = openStore()
    store.applySnapshot(snapshot([]))
    store.applyEvents([event(1, { type: 'command-accepted', commandId: 'c', command: 'pause', by: 'ana' })])
    store.applyEvents([event(2, { type: 'run-state', state: 'degraded' })])
    expect(store.pauseAsked).toBe(true)
    store.applyEvents([event(3, { type: 'command-accepted', commandId: 'd', command: 'resume', by: 'ana' })])
    expect(store.pauseAsked).toBe(false)
  })
})
