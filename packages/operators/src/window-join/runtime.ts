/**
 * Window join: the rows of both sides are kept until their window is over, then its pairs are given,
 * sorted by (window end, key bytes, left row, right row).
 *
 * State: for each window and key its rows of either side.
 */
import { BatchBuilder, fieldIndex, type Batch, type Schema } from '@belay/columns'
import {
  writeColumnKey,
  type Emitter,
  type OperatorContext,
  type OperatorModule,
  type StateMultimap,
  type StateTable,
  type TransformOperator,
  type WindowEnd,
} from '@belay/engine/operator'
import { keepsLeft, keepsRight, leftOnly } from '../joining/columns.ts'
import { Pairs, type KeptRow } from '../joining/pairs.ts'
import { compareRanges } from '../rows/encodedOrder.ts'
import { Groups } from '../rows/groups.ts'
import { RowWriter, valueEnd } from '../rows/rowCodec.ts'
import type { WindowJoinConfig } from './manifest.ts'

const END_KEY_BYTES = 9

interface Side {
  readonly keys: readonly number[]
  readonly time: number
  readonly rows: StateMultimap
}

/** A window of one key in work: its rows in order, and how far its pairs have been given. */
interface Open {
  readonly end: number
  readonly left: readonly KeptRow[]
  readonly right: readonly KeptRow[]
  pair: number
}

class WindowJoin implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<WindowJoinConfig>
  readonly #sides: readonly [Side, Side]
  readonly #windows: StateTable
  readonly #groups: Groups
  readonly #watermark: { get(): number | null; set(value: number | null): void }
  readonly #row = new RowWriter()
  readonly #pairs: Pairs
  readonly #results: BatchBuilder
  #due: readonly { readonly slot: number; readonly end: number }[] | null = null
  #fired = 0
  #open: Open | null = null

  constructor(context: OperatorContext<WindowJoinConfig>) {
    const { config, state, inputs } = context
    this.#context = context
    const left = inputs['left'] ?? []
    const right = inputs['right'] ?? []
    const group = { name: 'group', type: 'float64', nullable: false } as const
    const side = (port: 'left' | 'right', schema: Schema): Side => ({
      keys: config.on.map((pair) => fieldIndex(schema, pair[port])),
      time: fieldIndex(schema, context.eventTimes[port] ?? ''),
      rows: state.multimap(port, { version: 1, key: [group], value: [{ name: 'row', type: 'string', nullable: false }] }),
    })
    this.#sides = [side('left', left), side('right', right)]
    this.#groups = new Groups(
      'windows',
      [...this.#sides[0].keys.map((at) => left[at]), { name: 'end', type: 'timestamp', nullable: false }],
      [],
      state,
    )
    this.#windows = this.#groups.table
    this.#watermark = state.value<number | null>('watermark', 1, null)
    this.#pairs = new Pairs(left.length, leftOnly(config.type) ? 0 : right.length)
    this.#results = new BatchBuilder(context.outputs['out'] ?? [])
  }

  process(port: number, batch: Batch, from: number): number {
    const side = this.#sides[port]
    const { sizeMs } = this.#context.config
    const times = batch.columns[side.time]
    if (times.storage !== 'number') return batch.rows
    const limit = this.#watermark.get() ?? Number.NEGATIVE_INFINITY
    let late = 0
    for (let row = from; row < batch.rows; row += 1) {
      if (times.nulls !== undefined && times.nulls[row] === 1) {
        const message = 'The row has no event time, so it belongs to no window.'
        this.#context.rowError({ code: 'EVENT_TIME_NULL', message, row: { batch, index: row } })
        continue
      }
      const end = Math.floor(times.values[row] / sizeMs) * sizeMs + sizeMs
      if (end <= limit) {
        late += 1
        continue
      }
      const { key } = this.#windows
      key.begin()
      for (const column of side.keys) writeColumnKey(key, batch.columns[column], row)
      key.number(end)
      const slot = this.#groups.slotOfWrittenKey()
      side.rows.key.begin()
      side.rows.key.number(this.#groups.id(slot))
      const entry = side.rows.add()
      this.#row.row(batch.columns, row)
      side.rows.setBytes(entry, 0, this.#row.bytes, 0, this.#row.length)
    }
    if (late > 0) this.#context.count('late rows', late)
    return batch.rows
  }

  endWindow(end: WindowEnd, out: Emitter): boolean {
    const due = (this.#due ??= this.#dueAt(end.watermark))
    while (this.#fired < due.length) {
      if (out.full) return false
      this.#fire(due)
      const batch = this.#results.finish()
      if (out.connected(0)) out.emit(0, batch)
    }
    for (const { slot } of [...due].sort((a, b) => b.slot - a.slot)) {
      for (const { rows } of this.#sides) forget(rows, this.#groups.id(slot))
      this.#windows.remove(slot)
    }
    this.#due = null
    this.#fired = 0
    if (end.watermark > (this.#watermark.get() ?? Number.NEGATIVE_INFINITY))
      this.#watermark.set(Math.min(end.watermark, Number.MAX_SAFE_INTEGER))
    return true
  }

  #dueAt(watermark: number): readonly { readonly slot: number; readonly end: number }[] {
    const windows = this.#windows
    const ends = this.#sides[0].keys.length
    const due: { readonly slot: number; readonly end: number }[] = []
    windows.forEach((slot) => {
      const end = windows.keyValue(slot, ends) as number
      if (end <= watermark) due.push({ slot, end })
    })
    return due.sort((a, b) => a.end - b.end || windows.compareKeys(a.slot, b.slot, END_KEY_BYTES))
  }

  /** Builds results until a batch is full. */
  #fire(due: readonly { readonly slot: number; readonly end: number }[]): void {
    for (; this.#fired < due.length; this.#fired += 1) {
      const open = (this.#open ??= this.#opened(due[this.#fired]))
      if (!this.#give(open)) return
      this.#open = null
    }
  }

  #opened({ slot, end }: { readonly slot: number; readonly end: number }): Open {
    const group = this.#groups.id(slot)
    const [left, right] = this.#sides.map(({ rows }) => rowsOf(rows, group))
    return { end, left, right, pair: 0 }
  }

  /** Pairs of a window from `open.pair` on; false = the batch is full. */
  #give(open: Open): boolean {
    const { type } = this.#context.config
    const { left, right } = open
    const matches = left.length > 0 && right.length > 0 && !this.#hasNull(left[0])
    const total = this.#count(type, left.length, right.length, matches)
    for (; open.pair < total; open.pair += 1) {
      if (this.#results.full) return false
      if (leftOnly(type)) this.#push(left[open.pair], null, open.end)
      else if (matches) this.#push(left[Math.floor(open.pair / right.length)], right[open.pair % right.length], open.end)
      else {
        const lefts = keepsLeft(type) ? left.length : 0
        if (open.pair < lefts) this.#push(left[open.pair], null, open.end)
        else this.#push(null, right[open.pair - lefts], open.end)
      }
    }
    return true
  }

  /** How many rows a window of one key gives. */
  #count(type: WindowJoinConfig['type'], lefts: number, rights: number, matches: boolean): number {
    if (type === 'semi') return matches ? lefts : 0
    if (type === 'anti') return matches ? 0 : lefts
    if (matches) return lefts * rights
    return (keepsLeft(type) ? lefts : 0) + (keepsRight(type) ? rights : 0)
  }

  /** NULL never matches, though rows with equal NULLs lie together. */
  #hasNull(left: KeptRow): boolean {
    return this.#sides[0].keys.some((column) => isNullIn(left, column))
  }

  #push(left: KeptRow | null, right: KeptRow | null, end: number): void {
    const { columns } = this.#results
    this.#pairs.push(columns, left, right)
    const at = columns.length - 2
    for (const [i, time] of [end - this.#context.config.sizeMs, end].entries()) {
      const column = columns[at + i]
      if (column.storage === 'number') column.push(time)
    }
    this.#results.endRow()
  }
}

/** Whether the row's column is NULL. */
function isNullIn({ bytes, from }: KeptRow, column: number): boolean {
  let at = from
  for (let i = 0; i < column; i += 1) at = valueEnd(bytes, at)
  return bytes[at] === 0
}

function rowsOf(rows: StateMultimap, group: number): readonly KeptRow[] {
  rows.key.begin()
  rows.key.number(group)
  const found: KeptRow[] = []
  const bytes = rows.textBytes
  for (let entry = rows.first(); entry >= 0; entry = rows.next(entry))
    found.push({ bytes, from: rows.textFrom(entry, 0), to: rows.textTo(entry, 0) })
  return found.sort((a, b) => compareRanges(a.bytes, a.from, a.to, b.bytes, b.from, b.to))
}

function forget(rows: StateMultimap, group: number): void {
  for (;;) {
    rows.key.begin()
    rows.key.number(group)
    const entry = rows.first()
    if (entry < 0) return
    rows.remove(entry)
  }
}

export const module: OperatorModule<WindowJoinConfig> = {
  rehearses: true,
  create: (context) => new WindowJoin(context),
}
