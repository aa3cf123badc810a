/**
 * Interval join: a row meets the rows of the other side whose times are close, and is kept while a match
 * may still come.
 *
 * State: the rows of both sides by key, with their time and, on the left, whether they have matched.
 */
import { BatchBuilder, fieldIndex, type Batch, type Schema } from '@belay/columns'
import {
  writeColumnKey,
  type Emitter,
  type OperatorContext,
  type OperatorModule,
  type StateMultimap,
  type TransformOperator,
  type WindowEnd,
} from '@belay/engine/operator'
import { numberField } from '../aggregates/accumulator.ts'
import { Pairs, type KeptRow } from '../joining/pairs.ts'
import { compareRanges } from '../rows/encodedOrder.ts'
import { RowWriter } from '../rows/rowCodec.ts'
import type { IntervalJoinConfig } from './manifest.ts'

const LEFT = 0
const TIME = 0
const MATCHED = 1
const ROW = 2

interface Side {
  readonly keys: readonly number[]
  readonly time: number
  readonly rows: StateMultimap
  /** A row of the other side may come until the watermark is so far behind this side's row. */
  readonly keepsMs: number
  /** The other side's rows that match lie between these, relative to this side's row. */
  readonly fromMs: number
  readonly toMs: number
}

class IntervalJoin implements TransformOperator {
  readonly role = 'transform'
  /** A left row comes out until nothing can match it any more. */
  readonly heldBackMs: number
  readonly #context: OperatorContext<IntervalJoinConfig>
  readonly #sides: readonly [Side, Side]
  readonly #watermark: { get(): number | null; set(value: number | null): void }
  readonly #row = new RowWriter()
  readonly #pairs: Pairs
  readonly #results: BatchBuilder
  /** Entry of the other side at which a row stopped because the outputs were full. */
  #resume: { readonly entry: number; readonly own: number } | null = null
  #unmatched: { readonly row: KeptRow; readonly time: number }[] | null = null
  /** Rows of either side may go when the watermark has reached this. */
  #nextSearch = Number.NEGATIVE_INFINITY

  constructor(context: OperatorContext<IntervalJoinConfig>) {
    const { config, state, inputs } = context
    this.#context = context
    const { fromMs, toMs } = config
    this.heldBackMs = Math.max(0, toMs)
    const side = (port: 'left' | 'right', from: number, to: number): Side => {
      const schema: Schema = inputs[port] ?? []
      const keys = config.on.map((pair) => fieldIndex(schema, pair[port]))
      return {
        keys,
        time: fieldIndex(schema, context.eventTimes[port] ?? ''),
        rows: state.multimap(port, {
          version: 1,
          key: keys.map((at) => schema[at]),
          value: [numberField('time'), numberField('matched'), { name: 'row', type: 'string', nullable: false }],
          writes: 'found',
        }),
        keepsMs: Math.max(0, to),
        fromMs: from,
        toMs: to,
      }
    }
    this.#sides = [side('left', fromMs, toMs), side('right', -toMs, -fromMs)]
    this.#watermark = state.value<number | null>('watermark', 1, null)
    this.#pairs = new Pairs((inputs['left'] ?? []).length, (inputs['right'] ?? []).length)
    this.#results = new BatchBuilder(context.outputs['out'] ?? [])
  }

  process(port: number, batch: Batch, from: number, out: Emitter): number {
    const side = this.#sides[port]
    const times = batch.columns[side.time]
    if (times.storage !== 'number') return batch.rows
    const limit = this.#watermark.get() ?? Number.NEGATIVE_INFINITY
    let late = 0
    let row = from
    for (; row < batch.rows; row += 1) {
      if (this.#resume === null && out.full) break
      if (times.nulls !== undefined && times.nulls[row] === 1) {
        const message = 'The row has no event time, so nothing can lie close to it.'
        this.#context.rowError({ code: 'EVENT_TIME_NULL', message, row: { batch, index: row } })
        continue
      }
      if (times.values[row] < limit) {
        late += 1
        continue
      }
      if (!this.#meet(port, batch, row, times.values[row], out)) break
    }
    if (late > 0) this.#context.count('late rows', late)
    if (row >= batch.rows && this.#results.rows > 0) out.emit(0, this.#results.finish())
    return row
  }

  /** False = the outputs are full, and the row is to be given again. */
  #meet(port: number, batch: Batch, row: number, time: number, out: Emitter): boolean {
    const side = this.#sides[port]
    const other = this.#sides[1 - port]
    this.#row.row(batch.columns, row)
    if (side.keys.some((at) => batch.columns[at].nulls?.[row] === 1)) {
      if (port === LEFT && this.#context.config.type === 'left') this.#pushAlone({ bytes: this.#row.bytes, from: 0, to: this.#row.length })
      return true
    }
    const own = this.#resume?.own ?? this.#keep(side, batch, row, time)
    let entry = this.#resume?.entry ?? this.#firstOf(other, side, batch, row)
    this.#resume = null
    const kept: KeptRow = { bytes: this.#row.bytes, from: 0, to: this.#row.length }
    const { rows } = other
    for (; entry >= 0; entry = rows.next(entry)) {
      const apart = rows.numbers(TIME)[entry] - time
      if (apart < side.fromMs || apart > side.toMs) continue
      if (this.#results.full) {
        out.emit(0, this.#results.finish())
        if (out.full) {
          this.#resume = { entry, own }
          return false
        }
      }
      const match: KeptRow = { bytes: rows.textBytes, from: rows.textFrom(entry, ROW), to: rows.textTo(entry, ROW) }
      this.#pairs.push(this.#results.columns, port === LEFT ? kept : match, port === LEFT ? match : kept)
      this.#results.endRow()
      rows.touch(entry)
      rows.numbers(MATCHED)[entry] = 1
      side.rows.touch(own)
      side.rows.numbers(MATCHED)[own] = 1
    }
    return true
  }

  #keep(side: Side, batch: Batch, row: number, time: number): number {
    const { rows } = side
    rows.key.begin()
    for (const column of side.keys) writeColumnKey(rows.key, batch.columns[column], row)
    const entry = rows.add()
    rows.numbers(TIME)[entry] = time
    rows.setBytes(entry, ROW, this.#row.bytes, 0, this.#row.length)
    this.#nextSearch = Math.min(this.#nextSearch, time + side.keepsMs)
    return entry
  }

  #firstOf(other: Side, side: Side, batch: Batch, row: number): number {
    other.rows.key.begin()
    for (const column of side.keys) writeColumnKey(other.rows.key, batch.columns[column], row)
    return other.rows.first()
  }

  #pushAlone(left: KeptRow): void {
    this.#pairs.push(this.#results.columns, left, null)
    this.#results.endRow()
  }

  endWindow(end: WindowEnd, out: Emitter): boolean {
    const unmatched = (this.#unmatched ??= this.#forget(end.watermark))
    while (unmatched.length > 0 || this.#results.rows > 0) {
      if (out.full) return false
      for (let next = unmatched.pop(); next !== undefined; next = this.#results.full ? undefined : unmatched.pop())
        this.#pushAlone(next.row)
      const batch = this.#results.finish()
      if (out.connected(0)) out.emit(0, batch)
    }
    this.#unmatched = null
    if (end.watermark > (this.#watermark.get() ?? Number.NEGATIVE_INFINITY))
      this.#watermark.set(Math.min(end.watermark, Number.MAX_SAFE_INTEGER))
    return true
  }

  /** Lets rows go that nothing can match any more; left rows without a match, last one first. */
  #forget(watermark: number): { readonly row: KeptRow; readonly time: number }[] {
    if (watermark <= this.#nextSearch) return []
    const unmatched: { readonly row: KeptRow; readonly time: number }[] = []
    let next = Number.POSITIVE_INFINITY
    this.#sides.forEach(({ rows, keepsMs }, port) => {
      rows.forEachKey((_key, first) => {
        for (let entry = first; entry >= 0;) {
          const after = rows.next(entry)
          const time = rows.numbers(TIME)[entry]
          if (time + keepsMs < watermark) {
            if (port === LEFT && this.#context.config.type === 'left' && rows.numbers(MATCHED)[entry] === 0) {
              const bytes = rows.textBytes.slice(rows.textFrom(entry, ROW), rows.textTo(entry, ROW))
              unmatched.push({ row: { bytes, from: 0, to: bytes.length }, time })
            }
            rows.remove(entry)
          } else next = Math.min(next, time + keepsMs)
          entry = after
        }
      })
    })
    this.#nextSearch = next
    return unmatched.sort((a, b) => b.time - a.time || -compareRanges(a.row.bytes, 0, a.row.to, b.row.bytes, 0, b.row.to))
  }
}

export const module: OperatorModule<IntervalJoinConfig> = {
  rehearses: true,
  create: (context) => new IntervalJoin(context),
}
