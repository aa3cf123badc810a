/**
 * Temporal join: a row waits until every version for its time is there, then takes the one valid then.
 *
 * State: the versions, and the left rows that wait, by key with their time.
 */
import { BatchBuilder, fieldIndex, type Batch, type Schema } from '@belay/columns'
import {
  writeColumnKey,
  type Emitter,
  type OperatorContext,
  type OperatorModule,
  type StateMultimap,
  type StateValue,
  type TransformOperator,
  type WindowEnd,
} from '@belay/engine/operator'
import { numberField } from '../aggregates/accumulator.ts'
import { Pairs, type KeptRow } from '../joining/pairs.ts'
import { compareRanges } from '../rows/encodedOrder.ts'
import { RowWriter } from '../rows/rowCodec.ts'
import { takeTimed } from '../rows/timedRows.ts'
import type { TemporalJoinConfig } from './manifest.ts'
import { KeyColumns, Versions } from './versions.ts'

const LEFT = 0
const TIME = 0
const ROW = 1

/** Rows whose time has come: they stay in the state until they are given. */
interface Due {
  /** Entries of rows that wait, in order of time. */
  readonly rows: readonly number[]
  /** By entry of a row the entry of its version; −1 = none was valid. */
  readonly versions: Int32Array
}

const NONE: Due = { rows: [], versions: new Int32Array(0) }

class TemporalJoin implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<TemporalJoinConfig>
  readonly #keys: readonly number[]
  readonly #times: readonly [number, number]
  readonly #waiting: StateMultimap
  readonly #versions: Versions
  readonly #watermark: StateValue<number | null>
  readonly #keyColumns: KeyColumns
  readonly #row = new RowWriter()
  readonly #pairs: Pairs
  readonly #results: BatchBuilder
  /** Time of the first row that waits; −∞ = not known. */
  #firstTime = Number.NEGATIVE_INFINITY
  /** What the window in work has to give; null = it has not ended yet. */
  #due: Due | null = null
  #given = 0

  constructor(context: OperatorContext<TemporalJoinConfig>) {
    const { config, state, inputs, eventTimes } = context
    const left: Schema = inputs['left'] ?? []
    const right: Schema = inputs['right'] ?? []
    this.#context = context
    this.#keys = config.on.map((pair) => fieldIndex(left, pair.left))
    this.#times = [fieldIndex(left, eventTimes['left'] ?? ''), fieldIndex(right, eventTimes['right'] ?? '')]
    const keyFields = this.#keys.map((at) => left[at])
    this.#waiting = state.multimap('waiting', {
      version: 1,
      key: keyFields,
      value: [numberField('time'), { name: 'row', type: 'string', nullable: false }],
    })
    this.#versions = new Versions(
      state,
      right,
      config.on.map((pair) => pair.right),
      config.ttlMs ?? 0,
    )
    this.#watermark = state.value<number | null>('watermark', 1, null)
    this.#keyColumns = new KeyColumns(keyFields)
    this.#pairs = new Pairs(left.length, right.length)
    this.#results = new BatchBuilder(context.outputs['out'] ?? [])
  }

  process(port: number, batch: Batch, from: number): number {
    const limitMs = this.#watermark.get() ?? Number.NEGATIVE_INFINITY
    takeTimed(
      this.#context,
      batch,
      from,
      this.#times[port],
      limitMs,
      'The row has no event time, so it is not known what was valid then.',
      (row, timeMs) => {
        if (port === LEFT) this.#wait(batch, row, timeMs)
        else this.#versions.add(batch, row, timeMs)
      },
    )
    return batch.rows
  }

  #wait(batch: Batch, row: number, time: number): void {
    const waiting = this.#waiting
    waiting.key.begin()
    for (const at of this.#keys) writeColumnKey(waiting.key, batch.columns[at], row)
    const entry = waiting.add()
    this.#row.row(batch.columns, row)
    waiting.numbers(TIME)[entry] = time
    waiting.setBytes(entry, ROW, this.#row.bytes, 0, this.#row.length)
    this.#firstTime = Math.min(this.#firstTime, time)
  }

  endWindow(end: WindowEnd, out: Emitter): boolean {
    const due = (this.#due ??= this.#findDue(end.watermark))
    while (this.#given < due.rows.length) {
      if (out.full) return false
      while (this.#given < due.rows.length && !this.#results.full) this.#give(due.rows[this.#given++], due.versions)
      const batch = this.#results.finish()
      if (batch.rows > 0) out.emit(0, batch)
    }
    this.#due = null
    this.#given = 0
    if (end.watermark > (this.#watermark.get() ?? Number.NEGATIVE_INFINITY)) {
      this.#watermark.set(Math.min(end.watermark, Number.MAX_SAFE_INTEGER))
      this.#versions.forget(end.watermark)
    }
    return true
  }

  #give(entry: number, versions: Int32Array): void {
    const version = versions[entry]
    if (version >= 0 || this.#context.config.type === 'left') {
      this.#pairs.push(this.#results.columns, this.#rowOf(entry), version < 0 ? null : this.#versions.rowOf(version))
      this.#results.endRow()
    }
    this.#waiting.remove(entry)
  }

  #rowOf(entry: number): KeptRow {
    const waiting = this.#waiting
    return { bytes: waiting.textBytes, from: waiting.textFrom(entry, ROW), to: waiting.textTo(entry, ROW) }
  }

  /** Rows below the watermark with the versions that were valid at their times. */
  #findDue(watermark: number): Due {
    if (watermark <= this.#firstTime) return NONE
    const waiting = this.#waiting
    const times = waiting.numbers(TIME)
    const rows: number[] = []
    const keys: number[] = []
    let next = Number.POSITIVE_INFINITY
    waiting.forEachKey((key, first) => {
      const before = rows.length
      for (let entry = first; entry >= 0; entry = waiting.next(entry)) {
        if (times[entry] < watermark) rows.push(entry)
        else next = Math.min(next, times[entry])
      }
      if (rows.length === before) return
      this.#keyColumns.push(waiting, key)
      keys.push(rows.length)
    })
    this.#firstTime = next
    const versions = new Int32Array(times.length)
    const columns = this.#keyColumns.finish()
    let at = 0
    keys.forEach((end, key) => {
      const own = this.#versions.of(columns, key)
      for (; at < end; at += 1) versions[rows[at]] = this.#versions.validAt(own, times[rows[at]])
    })
    rows.sort((a, b) => times[a] - times[b] || this.#compareRows(a, b))
    return { rows, versions }
  }

  #compareRows(a: number, b: number): number {
    const one = this.#rowOf(a)
    const other = this.#rowOf(b)
    return compareRanges(one.bytes, one.from, one.to, other.bytes, other.from, other.to)
  }
}

export const module: OperatorModule<TemporalJoinConfig> = {
  rehearses: true,
  create: (context) => new TemporalJoin(context),
}
