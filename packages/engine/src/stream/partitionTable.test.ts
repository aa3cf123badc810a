import { batchOf, gatherBatch, rowAt, type Batch, type Schema } from '@belay/columns'
import { describe, expect, it } from 'vitest'
import { LogControl } from './logControl.ts'
import { MAX_READERS, READER, readerWord, WORD } from './logLayout.ts'
import { createLog, SharedLogMemory } from './logMemory.ts'
import { LogReader, type LogRecord } from './logReader.ts'
import { LogWriter, type RowRouter } from './logWriter.ts'

const SCHEMA: Schema = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'name', type: 'string', nullable: true },
]

function rows(from: number, count: number): Batch {
  return batchOf(
    SCHEMA,
    Array.from({ length: count }, (_, i) => [from + i, (from + i) % 3 === 0 ? null : `row ${from + i}`]),
  )
}

/** Row `id` goes to partition `id mod partitions`. */
function byRemainder(partitions: number): RowRouter {
  const table = new Uint32Array(partitions + 1)
  return {
    partitions,
    table,
    group(batch) {
      const targets = Array.from({ length: batch.rows }, (_, row) => (rowAt(batch, row)['id'] as number) % partitions)
      const order = [...targets.keys()].sort((a, b) => targets[a] - targets[b] || a - b)
      for (let partition = 0; partition <= partitions; partition += 1)
        table[partition] = targets.filter((target) => target < partition).length
      return gatherBatch(batch, Uint32Array.from(order), batch.rows)
    },
  }
}

function setup(ringBytes: number, readers: number) {
  const memory = new SharedLogMemory(createLog('s', ringBytes))
  return { memory, control: new LogControl(memory, readers) }
}

function shareOf(record: LogRecord, partition: number): (readonly [number, unknown])[] {
  if (record.kind !== 'data' || record.table === null) throw new Error('not a partitioned record')
  const share: (readonly [number, unknown])[] = []
  for (let row = record.table[partition]; row < record.table[partition + 1]; row += 1) {
    const { id, name } = rowAt(record.batch, row)
    share.push([id as number, name])
  }
  return share
}

describe('L2 H25 partitioned records', () => {
  it('L2 H25 one record holds the rows of every partition together, with their table; ENDs are for all', () => {
    const { memory, control } = setup(65_536, 3)
    const writer = new LogWriter(memory, 3, { router: byRemainder(3) })
    const readers = [0, 1, 2].map((reader) => new LogReader(memory, 's', SCHEMA, reader, 0))
    for (const reader of [0, 1, 2]) control.activate(reader)
    expect(writer.publishData(rows(0, 7), 0, 1)).toBe(7)
    expect(writer.publishEnd({ window: 1, watermark: 10, idle: false, checkpoint: true })).toBe(true)
    expect(memory.load(WORD.published)).toBe(2)
    readers.forEach((reader, partition) => {
      const data = reader.peek()
      if (data === null) throw new Error('nothing was published')
      const expected = Array.from({ length: 7 }, (_, id) => id).filter((id) => id % 3 === partition)
      expect(shareOf(data, partition)).toEqual(expected.map((id) => [id, id % 3 === 0 ? null : `row ${id}`]))
      reader.advance()
      expect(reader.peek()).toMatchObject({ kind: 'end', window: 1, checkpoint: true, windowRows: 7 })
    })
  })

  it('L3 H25 a batch that is split has a whole table in every part, and goes on at the row that did not fit', () => {
    const { memory, control } = setup(8192, 1)
    const writer = new LogWriter(memory, 1, { router: byRemainder(5) })
    const reader = new LogReader(memory, 's', SCHEMA, 0, 0)
    control.activate(0)
    const batch = rows(0, 700)
    const seen: number[][] = [[], [], [], [], []]
    let records = 0
    let next = 0
    while (next < batch.rows) {
      next = writer.publishData(batch, next, 1)
      for (let record = reader.peek(); record !== null; record = reader.peek()) {
        records += 1
        for (let partition = 0; partition < 5; partition += 1) seen[partition].push(...shareOf(record, partition).map(([id]) => id))
        reader.advance()
      }
    }
    expect(records).toBeGreaterThan(3)
    expect(seen).toEqual([0, 1, 2, 3, 4].map((partition) => Array.from({ length: 140 }, (_, i) => i * 5 + partition)))
  })

  it('L3 H25 a row that fits only without the partition table is refused, not written over the next record', () => {
    const { memory } = setup(4096, 1)
    const writer = new LogWriter(memory, 1, { router: byRemainder(128) })
    const fits = new LogWriter(memory, 1)
    const row = batchOf(SCHEMA, [[1, 'x'.repeat(700)]])
    expect(() => writer.publishData(row, 0, 1)).toThrow(/does not fit/)
    expect(fits.publishData(row, 0, 1)).toBe(1)
  })
})

describe('L2 control words', () => {
  it('L2 every reader has words of its own, apart from the evicted window', () => {
    const { memory } = setup(4096, MAX_READERS)
    memory.storeEvicted(123_456.5)
    const seen = new Set<number>()
    for (let reader = 0; reader < MAX_READERS; reader += 1) {
      for (const word of Object.values(READER)) {
        const at = readerWord(reader, word)
        seen.add(at)
        memory.store(at, -1)
      }
    }
    expect(seen.size).toBe(MAX_READERS * 4)
    expect(Math.min(...seen)).toBeGreaterThan(Math.max(WORD.epoch, WORD.published, WORD.tail, WORD.waiting))
    expect(memory.loadEvicted()).toBe(123_456.5)
  })
})

describe('L10 L11 what a reader refuses', () => {
  it('L11 to begin below its pin', () => {
    const { memory, control } = setup(8192, 1)
    const writer = new LogWriter(memory, 1)
    for (let window = 1; window <= 4; window += 1) writer.publishData(rows(window, 2), 0, window)
    expect(control.pinFrom(0, 3)).toBe(true)
    expect(() => new LogReader(memory, 's', SCHEMA, 0, 1)).toThrow(/below its pin/)
    expect(() => new LogReader(memory, 's', SCHEMA, 0, control.pinOf(0))).not.toThrow()
  })

  it('L6 L10 nothing that holds: a log cut back below what it had can be pinned for what the successor writes', () => {
    const { memory, control } = setup(4096, 1)
    const first = new LogWriter(memory, 1)
    for (let window = 1; window <= 40; window += 1) first.publishData(rows(window, 5), 0, window)
    expect(control.retainedFrom()).toBeGreaterThan(4)
    control.truncateAfter(3, 2)
    expect(control.pinFrom(0, 4)).toBe(true)
    const second = new LogWriter(memory, 1)
    expect(second.publishData(rows(400, 2), 0, 4)).toBe(2)
    expect(control.pinFrom(0, 4)).toBe(true)
    expect(new LogReader(memory, 's', SCHEMA, 0, control.pinOf(0)).peek()).toMatchObject({ kind: 'data', window: 4 })
    expect(control.pinFrom(0, 3)).toBe(false)
  })

  it('L10 a record of a publisher that came after it', () => {
    const { memory, control } = setup(8192, 1)
    control.reset(0, 4)
    const reader = new LogReader(memory, 's', SCHEMA, 0, 0)
    control.truncateAfter(0, 5)
    new LogWriter(memory, 1).publishData(rows(0, 2), 0, 1)
    expect(() => reader.peek()).toThrow(/epoch 5.*epoch 4/)
    expect(new LogReader(memory, 's', SCHEMA, 0, 0).peek()).toMatchObject({ kind: 'data', window: 1 })
  })
})

describe('L8 waiting', () => {
  it('L8 a publisher that only a pin held up no longer counts as waiting once it has gone on', () => {
    const { memory, control } = setup(4096, 1)
    const writer = new LogWriter(memory, 1)
    writer.publishData(rows(0, 4), 0, 1)
    expect(control.pinFrom(0, 1)).toBe(true)
    while (writer.publishData(rows(0, 4), 0, 1) === 4) {
      // Until the pin presses back.
    }
    expect(memory.load(WORD.waiting)).toBe(1)
    control.unpin(0)
    expect(writer.publishData(rows(0, 4), 0, 1)).toBe(4)
    expect(memory.load(WORD.waiting)).toBe(0)
  })

  it('L8 the eighth of the ring that a reader has to free is counted from when the publisher waits', () => {
    const { memory, control } = setup(8192, 1)
    const writer = new LogWriter(memory, 1)
    const reader = new LogReader(memory, 's', SCHEMA, 0, 0)
    control.activate(0)
    for (let i = 0; i < 50; i += 1) {
      expect(writer.publishEnd({ window: i, watermark: i, idle: false, checkpoint: false })).toBe(true)
      reader.peek()
      expect(reader.advance()).toBe(false)
    }
    while (writer.publishEnd({ window: 50, watermark: 50, idle: false, checkpoint: false })) {
      // Until it is full.
    }
    let advanced = 0
    for (let rung = false; !rung; advanced += 1) {
      reader.peek()
      rung = reader.advance()
    }
    expect(advanced).toBe(8192 / 8 / 64)
  })
})
