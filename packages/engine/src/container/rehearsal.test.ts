import { batchOf, type Schema } from '@belay/columns'
import { expect, test } from 'vitest'
import type { OperatorModule } from '../operator/operator.ts'
import type { PlannedInstance } from '../plan/physicalPlan.ts'
import { statsBytes } from '../stats/statsBlock.ts'
import { LogControl } from '../stream/logControl.ts'
import { copyRecords } from '../stream/logCopy.ts'
import { READER, readerWord, WORD } from '../stream/logLayout.ts'
import { createLog, SharedLogMemory } from '../stream/logMemory.ts'
import { LogWriter } from '../stream/logWriter.ts'
import { WindowClock } from '../window/clock.ts'
import type { ContainerInit, Rehearsal } from './protocol.ts'
import { rehearse } from './rehearsal.ts'

const SCHEMA: Schema = [{ name: 'n', type: 'int64', nullable: false }]

/** A stream of five windows of 20 rows, of which the reader has finished the first four and a part of the last; the second ends with a checkpoint. */
function read(ringBytes = 65_536) {
  const input = createLog('in', ringBytes)
  const memory = new SharedLogMemory(input)
  const control = new LogControl(memory, 1)
  control.reset(0, 1)
  control.activate(0)
  const writer = new LogWriter(memory, 1)
  const write = (window: number): void => {
    for (let half = 0; half < 2; half += 1)
      writer.publishData(
        batchOf(
          SCHEMA,
          Array.from({ length: 10 }, (_, n) => [n + half * 10]),
        ),
        0,
        window,
      )
    writer.publishEnd({ window, watermark: window, idle: false, checkpoint: window === 2 })
  }
  for (let window = 1; window <= 5; window += 1) write(window)
  const readTo = (seq: number): void => memory.store(readerWord(0, READER.cursor), seq)
  readTo(13)
  return { input, memory, control, write, readTo }
}

interface Done {
  rows: number
  windows: number[]
  restored: number[]
}

function counting(done: Done, rehearses: boolean): OperatorModule {
  return {
    ...(rehearses ? { rehearses } : {}),
    create(ctx) {
      const sum = ctx.state.value('sum', 1, 0)
      done.restored.push(sum.get())
      return {
        role: 'transform',
        process(_port, batch, _from, out) {
          done.rows += batch.rows
          sum.set(sum.get() + batch.rows)
          out.emit(0, batch)
          return batch.rows
        },
        endWindow: ({ window }) => (done.windows.push(window), true),
      }
    },
  }
}

function setting() {
  const stream = read()
  const output = createLog('out', 65_536)
  const newest = stream.control.newestRead(0, 1000, 1_000_000)
  if (newest === null) throw new Error('nothing was read')
  const common = { instances: 1, routing: null, readers: 1, skipTo: null, ring: [7], number: 0 }
  const planned: PlannedInstance = {
    id: 'count',
    operator: 'count',
    part: 'whole',
    type: 'count',
    partition: 0,
    partitions: 1,
    config: {},
    role: 'transform',
    stateful: true,
    onRowError: 'skip',
    skips: false,
    inputs: [{ port: 0, name: 'in', stream: 'in', slice: null, schema: SCHEMA, eventTime: null, changes: { kind: 'append', key: null } }],
    outputs: [{ port: 0, name: 'out', schema: SCHEMA, streams: ['out'] }],
    container: 'count',
    verbs: [],
    delivery: null,
  }
  const rehearsal: Rehearsal = {
    deployments: [
      {
        instance: planned,
        number: 0,
        state: null,
        cut: newest.window - 1,
        reached: newest.window - 1,
        finished: false,
        endedInputs: [],
        verb: null,
        suspectUntil: null,
        poison: [],
        rowErrorRules: [],
        logLevel: 'info',
        live: [],
      },
    ],
    logs: [
      { ...common, stream: 'in', handle: stream.input, reader: 0, position: newest.from },
      { ...common, stream: 'out', handle: output, reader: null, position: null },
    ],
    passages: [{ stream: 'in', from: newest.from, to: newest.to }],
  }
  const init: ContainerInit = {
    registryUrl: '',
    isolated: false,
    types: ['count'],
    log: '/dev/null/nowhere',
    logSegment: new SharedArrayBuffer(8),
    ingest: '',
    roots: {},
    runId: 'run',
    allowedAddresses: [],
    windowMs: 100,
    clock: WindowClock.create(),
    doorbells: new SharedArrayBuffer(32),
    stats: new SharedArrayBuffer(statsBytes(1, 2)),
  }
  return { ...stream, output, rehearsal, init }
}

test('H31 a thread in reserve runs the operators on copies of what was read, and restores what it had saved; nobody sees it', async () => {
  const { rehearsal, init, input, output } = setting()
  const done: Done = { rows: 0, windows: [], restored: [] }
  const before = [input, output].map(({ memory }) => new Uint8Array(memory.slice(0)))
  const rounds = await rehearse(
    init,
    rehearsal,
    async () => counting(done, true),
    () => false,
    () => 0,
  )
  expect(rounds).toBeGreaterThan(1)
  // Four windows and the first records of the fifth from nothing, then again from the checkpoint that the third gets.
  expect(done.rows).toBe((90 + 30) * rounds)
  expect(done.windows.slice(0, 6)).toEqual([1, 2, 3, 4, 4, 1])
  expect(done.restored).toEqual(Array.from({ length: rounds }, () => [0, 60]).flat())
  expect([input, output].map(({ memory }) => new Uint8Array(memory.slice(0)))).toEqual(before)
  expect(new Uint8Array(init.stats).every((byte) => byte === 0)).toBe(true)
})

test('H31 an operator that does not say that it touches nothing else is not run', async () => {
  const { rehearsal, init } = setting()
  const done: Done = { rows: 0, windows: [], restored: [] }
  expect(
    await rehearse(
      init,
      rehearsal,
      async () => counting(done, false),
      () => false,
      () => 0,
    ),
  ).toBe(0)
  expect(done.restored).toEqual([])
})

test('H31 practising is broken off when the thread is needed', async () => {
  const { rehearsal, init } = setting()
  const done: Done = { rows: 0, windows: [], restored: [] }
  await rehearse(
    init,
    rehearsal,
    async () => counting(done, true),
    () => done.rows > 0,
    () => 0,
  )
  expect(done.rows).toBeLessThan(90 + 30)
  expect(done.restored).toEqual([0])
})

test('L4 a copy of records that were overwritten meanwhile is none', () => {
  const { input, memory, control, write, readTo } = read(2048)
  const newest = control.newestRead(0, 1000, 1_000_000)
  if (newest === null) throw new Error('nothing was read')
  expect(copyRecords(input, newest.from, newest.to)).not.toBeNull()
  readTo(memory.load(WORD.published))
  write(6)
  expect(copyRecords(input, newest.from, newest.to)).toBeNull()
})

test('newest records that a reader has finished, no more rows than asked for, nothing of one that does not live', () => {
  const { control } = read()
  expect(control.newestRead(0, 1000, 1_000_000)).toMatchObject({ from: 0, to: 13, window: 1, rows: 90 })
  expect(control.newestRead(0, 50, 1_000_000)).toMatchObject({ from: 5, to: 13, window: 2, rows: 50 })
  expect(control.newestRead(0, 5, 1_000_000)).toBeNull()
  control.deactivate(0)
  expect(control.newestRead(0, 1000, 1_000_000)).toBeNull()
})
