/**
 * Pattern: rows of a key in order of time, tested when the watermark has passed them, looked through
 * for matches.
 *
 * State: by key the rows that may still be in a match, and where conditions look back the last row
 * before them. Fields hold how far each key's search has come; it is made anew from the rows.
 */
import { BatchBuilder, fieldIndex, type Batch } from '@belay/columns'
import {
  EngineError,
  writeColumnKey,
  type Emitter,
  type OperatorContext,
  type OperatorModule,
  type StateMultimap,
  type StateValue,
  type TransformOperator,
  type WindowEnd,
} from '@belay/engine/operator'
import { RowFailure } from '@belay/expressions'
import { numberField } from '../aggregates/accumulator.ts'
import type { KeptRow } from '../joining/pairs.ts'
import { compareEncodedRows, compareRanges } from '../rows/encodedOrder.ts'
import { readRow, RowWriter } from '../rows/rowCodec.ts'
import { takeTimed } from '../rows/timedRows.ts'
import { Conditions } from './conditions.ts'
import { KeyRun, type RunRules } from './keyRun.ts'
import { measuresOf, type PatternConfig } from './manifest.ts'
import { MatchRow } from './matchRow.ts'
import { parsePattern } from './patternText.ts'
import { Sequence, type Found } from './sequence.ts'

const TIME = 0
/** Bits of the conditions that the row fits; −1 = it waits for its turn. */
const FITS = 1
/** 1 = it can be in no match any more, and is kept because the next row looks back at it. */
const PASSED = 2
const ROW = 3
/** Also where there is no Buffer. */
const LATIN1 = new TextDecoder('latin1')

/** A key with something to do. */
interface Visit {
  readonly key: string
  /** Its first entry in the state. */
  readonly first: number
  /** Rows whose turn it is, in order. */
  readonly due: readonly number[]
}

interface Result {
  readonly startMs: number
  readonly endMs: number
  readonly key: string
  readonly bytes: Uint8Array
}

class Pattern implements TransformOperator {
  readonly role = 'transform'
  /** A match is known at the latest when its time is over. */
  readonly heldBackMs: number
  readonly #context: OperatorContext<PatternConfig>
  readonly #keys: readonly number[]
  readonly #time: number
  readonly #rows: StateMultimap
  readonly #watermark: StateValue<number | null>
  readonly #conditions: Conditions
  readonly #rules: RunRules
  readonly #matchRow: MatchRow
  readonly #row = new RowWriter()
  readonly #builder: BatchBuilder
  readonly #runs = new Map<string, KeyRun>()
  /** A row is due when the watermark is above this; a search ends when it has reached that. −∞ = not known. */
  #firstDue = Number.NEGATIVE_INFINITY
  #firstEnd = Number.NEGATIVE_INFINITY
  /** Results of the window in work; null = it has not ended yet. */
  #results: readonly Result[] | null = null
  #given = 0

  constructor(context: OperatorContext<PatternConfig>) {
    const { config, state } = context
    const input = context.inputs['in'] ?? []
    const parsed = parsePattern(config.pattern)
    if (!parsed.ok) throw new EngineError('PATTERN_INVALID', `The pattern of ${context.operator} is not valid: ${parsed.message}`)
    this.#context = context
    this.heldBackMs = config.withinMs
    this.#keys = config.keys.map((name) => fieldIndex(input, name))
    this.#time = fieldIndex(input, context.eventTimes['in'] ?? '')
    this.#rows = state.multimap('rows', {
      version: 1,
      key: this.#keys.map((at) => input[at]),
      value: [numberField('time'), numberField('fits'), numberField('passed'), { name: 'row', type: 'string', nullable: false }],
    })
    this.#watermark = state.value<number | null>('watermark', 1, null)
    this.#conditions = new Conditions(context, input)
    const { names } = this.#conditions
    const steps = parsed.steps.map(({ name, least, most, reluctant }) => ({ bit: names.indexOf(name), least, most, reluctant }))
    this.#rules = { sequence: new Sequence(steps), withinMs: config.withinMs, skipPastLast: config.after === 'past-last' }
    const stepNames = parsed.steps.map(({ name }) => name)
    this.#matchRow = new MatchRow(this.#rows, ROW, this.#keys, measuresOf(config, parsed.steps, input), stepNames)
    this.#builder = new BatchBuilder(context.outputs['out'] ?? [])
  }

  process(_port: number, batch: Batch, from: number): number {
    const limitMs = this.#watermark.get() ?? Number.NEGATIVE_INFINITY
    takeTimed(
      this.#context,
      batch,
      from,
      this.#time,
      limitMs,
      'The row has no event time, so it has no place in the order.',
      (row, timeMs) => this.#keep(batch, row, timeMs),
    )
    return batch.rows
  }

  #keep(batch: Batch, row: number, time: number): void {
    const rows = this.#rows
    rows.key.begin()
    for (const at of this.#keys) writeColumnKey(rows.key, batch.columns[at], row)
    const entry = rows.add()
    this.#row.row(batch.columns, row)
    rows.numbers(TIME)[entry] = time
    rows.numbers(FITS)[entry] = -1
    rows.setBytes(entry, ROW, this.#row.bytes, 0, this.#row.length)
    this.#firstDue = Math.min(this.#firstDue, time)
  }

  endWindow(end: WindowEnd, out: Emitter): boolean {
    const results = (this.#results ??= this.#search(end.watermark))
    while (this.#given < results.length) {
      if (out.full) return false
      while (this.#given < results.length && !this.#builder.full) {
        readRow(results[this.#given++].bytes, 0, this.#builder.columns)
        this.#builder.endRow()
      }
      out.emit(0, this.#builder.finish())
    }
    this.#results = null
    this.#given = 0
    if (end.watermark > (this.#watermark.get() ?? Number.NEGATIVE_INFINITY))
      this.#watermark.set(Math.min(end.watermark, Number.MAX_SAFE_INTEGER))
    return true
  }

  #search(watermark: number): readonly Result[] {
    if (watermark <= this.#firstDue && watermark < this.#firstEnd) return []
    const visits = this.#findVisits(watermark)
    const fits = this.#test(visits)
    const results: Result[] = []
    let tested = 0
    for (const { key, first, due } of visits) {
      const run = this.#runs.get(key) ?? this.#load(first)
      for (const entry of due) this.#append(run, entry, fits[tested++])
      run.advance(
        watermark,
        (entries, found) => this.#give(key, entries, found, results),
        (entry) => this.#pass(run, entry),
      )
      if (run.empty) {
        this.#runs.delete(key)
        if (run.last >= 0) this.#firstEnd = Math.min(this.#firstEnd, run.lastTime + this.#rules.withinMs)
      } else {
        this.#runs.set(key, run)
        this.#firstEnd = Math.min(this.#firstEnd, run.firstTime + this.#rules.withinMs)
      }
    }
    return results.sort(inOrder)
  }

  /** Keys with rows whose turn it is or whose search ends; last rows that nothing can look back at any more are removed. */
  #findVisits(watermark: number): readonly Visit[] {
    const rows = this.#rows
    const { withinMs } = this.#rules
    const times = rows.numbers(TIME)
    const fits = rows.numbers(FITS)
    const passed = rows.numbers(PASSED)
    const visits: Visit[] = []
    const over: number[] = []
    this.#firstDue = Number.POSITIVE_INFINITY
    this.#firstEnd = Number.POSITIVE_INFINITY
    rows.forEachKey((slot, first) => {
      const due: number[] = []
      let end = Number.POSITIVE_INFINITY
      let last = -1
      for (let entry = first; entry >= 0; entry = rows.next(entry)) {
        if (fits[entry] < 0) {
          if (times[entry] < watermark) due.push(entry)
          else this.#firstDue = Math.min(this.#firstDue, times[entry])
        } else {
          end = Math.min(end, times[entry] + withinMs)
          if (passed[entry] === 1) last = entry
        }
      }
      if (due.length > 0 || (end <= watermark && last < 0)) {
        due.sort((a, b) => this.#compare(a, b))
        visits.push({ key: LATIN1.decode(rows.keyBytes(slot)), first, due })
      } else if (end <= watermark) over.push(last)
      else this.#firstEnd = Math.min(this.#firstEnd, end)
    })
    for (const entry of over) rows.remove(entry)
    return visits
  }

  /** What the rows whose turn it is fit, one after the other. */
  #test(visits: readonly Visit[]): readonly number[] {
    const times = this.#rows.numbers(TIME)
    const { withinMs } = this.#rules
    for (const { key, first, due } of visits) {
      let before = due.length > 0 && this.#conditions.lookBack ? (this.#runs.get(key) ?? this.#load(first)).last : -1
      for (const entry of due) {
        const near = before >= 0 && times[entry] - times[before] < withinMs
        this.#conditions.add(this.#rowOf(entry), near ? this.#rowOf(before) : null)
        before = entry
      }
    }
    return this.#conditions.finish()
  }

  /** The search of a key from its rows in the state. */
  #load(first: number): KeyRun {
    const rows = this.#rows
    const run = new KeyRun(this.#rules)
    const live: number[] = []
    for (let entry = first; entry >= 0; entry = rows.next(entry)) {
      if (rows.numbers(FITS)[entry] < 0) continue
      if (rows.numbers(PASSED)[entry] === 0) live.push(entry)
      else {
        run.last = entry
        run.lastTime = rows.numbers(TIME)[entry]
      }
    }
    live.sort((a, b) => this.#compare(a, b))
    for (const entry of live) run.append(entry, rows.numbers(TIME)[entry], rows.numbers(FITS)[entry])
    return run
  }

  #append(run: KeyRun, entry: number, fits: number): void {
    const rows = this.#rows
    const before = run.last
    rows.numbers(FITS)[entry] = fits
    run.append(entry, rows.numbers(TIME)[entry], fits)
    if (before >= 0 && rows.numbers(PASSED)[before] === 1) rows.remove(before)
  }

  /** A row that can be in no match any more. */
  #pass(run: KeyRun, entry: number): void {
    if (this.#conditions.lookBack && entry === run.last) this.#rows.numbers(PASSED)[entry] = 1
    else {
      this.#rows.remove(entry)
      if (entry === run.last) run.last = -1
    }
  }

  #give(key: string, entries: readonly number[], found: Found, results: Result[]): void {
    const times = this.#rows.numbers(TIME)
    const startMs = times[entries[0]]
    const endMs = times[entries[entries.length - 1]]
    try {
      results.push({ startMs, endMs, key, bytes: this.#matchRow.encode(entries, found, startMs, endMs) })
    } catch (error) {
      if (!(error instanceof RowFailure)) throw error
      const text = `match from ${new Date(startMs).toISOString()} to ${new Date(endMs).toISOString()}`
      this.#context.rowError({ code: error.code, message: error.message, row: { text } })
    }
  }

  #rowOf(entry: number): KeptRow {
    const rows = this.#rows
    return { bytes: rows.textBytes, from: rows.textFrom(entry, ROW), to: rows.textTo(entry, ROW) }
  }

  #compare(a: number, b: number): number {
    const rows = this.#rows
    const times = rows.numbers(TIME)
    if (times[a] !== times[b]) return times[a] - times[b]
    const { textBytes: bytes } = rows
    return compareEncodedRows(bytes, rows.textFrom(a, ROW), rows.textTo(a, ROW), bytes, rows.textFrom(b, ROW))
  }
}

function inOrder(a: Result, b: Result): number {
  if (a.endMs !== b.endMs) return a.endMs - b.endMs
  if (a.key !== b.key) return a.key < b.key ? -1 : 1
  return a.startMs - b.startMs || compareRanges(a.bytes, 0, a.bytes.length, b.bytes, 0, b.bytes.length)
}

export const module: OperatorModule<PatternConfig> = {
  rehearses: true,
  create: (context) => new Pattern(context),
}
