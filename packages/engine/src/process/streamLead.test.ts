import { batchOf, type Batch, type Schema } from '@belay/columns'
import { describe, expect, it } from 'vitest'
import { LogControl } from '../stream/logControl.ts'
import { createLog, SharedLogMemory } from '../stream/logMemory.ts'
import { LogReader } from '../stream/logReader.ts'
import { LogWriter } from '../stream/logWriter.ts'
import { LEAST_LEAD_ROWS, StreamLead } from './streamLead.ts'

const SCHEMA: Schema = [{ name: 'id', type: 'int64', nullable: false }]
const BATCH: Batch = batchOf(
  SCHEMA,
  Array.from({ length: 1024 }, (_, id) => [id]),
)
const TICK_MS = 20
const STILL_MS = 1000

/** One publisher that can do any number of rows, and its readers, each in a container of its own. */
class Stream {
  readonly memory = new SharedLogMemory(createLog('s', 8_388_608))
  readonly control: LogControl
  readonly writer: LogWriter
  readonly readers: LogReader[]
  readonly lead: StreamLead
  readonly word = new Float64Array(1)
  readonly done: number[]
  isBlocked = false
  atMs = 0
  /** The batch that the publisher has in hand, and rows of it that are out. */
  #out = 0
  published = 0
  window = 1

  constructor(readers: number) {
    this.control = new LogControl(this.memory, readers)
    this.writer = new LogWriter(this.memory, readers)
    this.readers = Array.from({ length: readers }, (_, reader) => new LogReader(this.memory, 's', SCHEMA, reader, 0))
    this.done = this.readers.map(() => 0)
    this.readers.forEach((_, reader) => this.control.activate(reader))
    const names = this.readers.map((_, reader) => `c${reader}`)
    this.lead = new StreamLead([{ control: this.control, readers: names, word: this.word }], STILL_MS)
  }

  publish(): void {
    for (;;) {
      const reached = this.writer.publishData(BATCH, this.#out, this.window, this.word[0])
      this.published += reached - this.#out
      this.#out = reached % BATCH.rows
      if (reached < BATCH.rows) return
    }
  }

  read(reader: number, records: number): void {
    for (let i = 0; i < records && this.readers[reader].peek() !== null; i += 1) {
      this.readers[reader].advance()
      this.done[reader] += 1
    }
  }

  /** `step` is what happens in each tick. */
  run(ticks: number, step: () => void): void {
    for (let i = 0; i < ticks; i += 1) {
      this.publish()
      step()
      this.atMs += TICK_MS
      this.lead.look(this.atMs, (container) => ({ progress: this.done[Number(container.slice(1))], isBlocked: this.isBlocked }))
    }
  }
}

describe('L8 how far a publisher is ahead', () => {
  it('L8 of a slow reader it is some seconds of what that takes, however large the log', () => {
    const stream = new Stream(1)
    let ticks = 0
    // 1,024 rows in 5 ticks: some 10,000 a second.
    stream.run(1000, () => stream.read(0, (ticks += 1) % 5 === 0 ? 1 : 0))
    expect(stream.word[0]).toBeGreaterThan(20_000)
    expect(stream.word[0]).toBeLessThan(40_000)
    expect(stream.published - stream.done[0] * 1024).toBeLessThan(40_000)
    expect(stream.writer.blockedOn).toBe(0)
  })

  it('L8 it is never less than two batches, and what is very slow gets no more', () => {
    const stream = new Stream(1)
    let ticks = 0
    // A batch in 10 s, row by row.
    stream.run(2000, () => {
      ticks += 1
      stream.done[0] += 0.001
      if (ticks % 500 === 0) stream.read(0, 1)
    })
    expect(stream.word[0]).toBe(LEAST_LEAD_ROWS)
    expect(stream.published).toBeLessThanOrEqual(4 * 1024 + LEAST_LEAD_ROWS)
  })

  it('L8 a fast reader soon has no limit, also beside a slow one that has died', () => {
    const stream = new Stream(2)
    stream.run(50, () => {
      stream.read(0, 400)
      stream.done[1] += 1
    })
    expect(stream.word[0]).toBe(LEAST_LEAD_ROWS)
    stream.control.deactivate(1)
    stream.run(50, () => {
      for (let i = 0; i < 20 && stream.word[0] > 0; i += 1) {
        stream.read(0, 400)
        stream.publish()
      }
    })
    expect(stream.word[0]).toBe(0)
  })

  it('L8 one that does nothing at all holds nobody up for long: the log is filled', () => {
    const stream = new Stream(2)
    stream.run(10, () => stream.read(0, 400))
    const before = stream.published
    expect(before).toBeLessThan(8 * 1024)
    stream.run(STILL_MS / TICK_MS + 200, () => {
      for (let i = 0; i < 20; i += 1) {
        stream.read(0, 400)
        stream.publish()
      }
    })
    expect(stream.published).toBeGreaterThan(before + 100 * 1024)
    // Had somebody behind it held it up, it would have been waited for.
    const held = new Stream(2)
    held.isBlocked = true
    held.run(STILL_MS / TICK_MS + 200, () => held.read(0, 400))
    expect(held.published).toBeLessThan(8 * 1024)
    // It does something again: what waits before it is not added to.
    const full = stream.published
    stream.run(20, () => {
      stream.done[1] += 0.01
      stream.read(0, 400)
    })
    expect(stream.published).toBe(full)
    expect(stream.writer.blockedOn).toBe(1)
  })

  it('L8 the end of a window goes out although its rows wait', () => {
    const stream = new Stream(1)
    stream.run(10, () => {})
    const before = stream.published
    expect(stream.writer.publishEnd({ window: 1, watermark: 0, idle: false, checkpoint: true })).toBe(true)
    stream.window = 2
    stream.publish()
    expect(stream.published).toBe(before)
  })

  it('L8 a successor of the publisher, and a reader that goes back, are counted anew', () => {
    const stream = new Stream(1)
    stream.run(3, () => stream.read(0, 1))
    const successor = new LogWriter(stream.memory, 1)
    expect(successor.publishData(BATCH, 0, 1, LEAST_LEAD_ROWS)).toBe(1024)
    expect(successor.publishData(BATCH, 0, 1, LEAST_LEAD_ROWS)).toBe(0)
    while (stream.readers[0].peek() !== null) stream.read(0, 1)
    expect(successor.publishData(BATCH, 0, 1, LEAST_LEAD_ROWS)).toBe(1024)
    // It begins again at the first record: all of it is before it.
    new LogReader(stream.memory, 's', SCHEMA, 0, 0)
    expect(successor.publishData(BATCH, 0, 1, LEAST_LEAD_ROWS)).toBe(0)
    expect(successor.blockedOn).toBe(0)
  })
})
