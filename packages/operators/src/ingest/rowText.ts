/** Rows as somebody sent them, made into JSON lines and checked against the declared columns. */
import { isAscii, isUtf8 } from 'node:buffer'
import { BATCH_ROWS, BatchBuilder } from '@belay/columns'
import { EngineError } from '@belay/engine/operator'
import { JsonLines } from '../json-lines-source/runtime.ts'
import type { DeclaredColumn } from '../typing/columns.ts'

export interface RowText {
  /** One row a line, each with a line feed. */
  readonly lines: Buffer
  readonly rows: number
}

const PROBLEMS_TOLD = 5
const LF = 10
const CR = 13
const QUOTE = 34
const COMMA = 44
const BACKSLASH = 92
const OPEN_LIST = 91
const CLOSE_LIST = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

export class RowReader {
  readonly #format: JsonLines
  /** Takes rows that are only looked at. */
  readonly #scratch: BatchBuilder

  constructor(columns: readonly DeclaredColumn[]) {
    this.#format = new JsonLines(columns)
    this.#scratch = new BatchBuilder(columns)
  }

  /** All rows or none: throws EngineError ROWS_INVALID with the first problems. `body` may be changed. */
  read(body: Buffer, contentType: 'json' | 'json-lines'): RowText {
    if (!isUtf8(body)) throw new EngineError('ROWS_INVALID', 'The rows are not UTF-8. Nothing was taken.')
    const parts = contentType === 'json' ? jsonRows(body) : lineRows(body)
    const problems: string[] = []
    const kept: Buffer[] = []
    parts.forEach((part, i) => {
      const problem = this.#format.parse(part, 0, part.length, isAscii(part), this.#scratch)
      if (this.#scratch.rows >= BATCH_ROWS / 2) this.#scratch.finish()
      if (problem !== null) problems.push(`row ${i + 1}: ${problem.message}`)
      else kept.push(part, LINE_END)
    })
    this.#scratch.finish()
    if (problems.length > 0)
      throw new EngineError(
        'ROWS_INVALID',
        `${problems.slice(0, PROBLEMS_TOLD).join('; ')}${problems.length > PROBLEMS_TOLD ? `; ${problems.length - PROBLEMS_TOLD} more` : ''}. Nothing was taken.`,
      )
    return { lines: Buffer.concat(kept), rows: parts.length }
  }
}

const LINE_END = Buffer.of(LF)

function lineRows(body: Buffer): Buffer[] {
  const rows: Buffer[] = []
  for (let at = 0; at < body.length;) {
    const found = body.indexOf(LF, at)
    const end = found < 0 ? body.length : found
    const row = body.subarray(at, end > at && body[end - 1] === CR ? end - 1 : end)
    if (!isBlank(row)) rows.push(row)
    at = end + 1
  }
  return rows
}

/** The objects of an array, or the one there is; as they were written, so that no number loses digits. */
function jsonRows(body: Buffer): Buffer[] {
  let from = 0
  let to = body.length
  while (from < to && isSpace(body[from])) from += 1
  while (to > from && isSpace(body[to - 1])) to -= 1
  if (from === to) return []
  if (body[from] !== OPEN_LIST) return [onOneLine(body.subarray(from, to))]
  const rows: Buffer[] = []
  const closed = eachElement(body, from + 1, to, (start, end) => rows.push(onOneLine(body.subarray(start, end))))
  if (closed !== to) throw new EngineError('ROWS_INVALID', 'The body is not a JSON array of objects. Nothing was taken.')
  if (rows.length === 1 && isBlank(rows[0])) return []
  if (rows.some(isBlank))
    throw new EngineError('ROWS_INVALID', 'A row of the array is empty: there is a comma too much. Nothing was taken.')
  return rows
}

/** Calls `element` for what lies between commas; returns where the array has ended, −1 = it does not. */
function eachElement(body: Buffer, from: number, to: number, element: (start: number, end: number) => void): number {
  let depth = 0
  let quoted = false
  let start = from
  for (let at = from; at < to; at += 1) {
    const byte = body[at]
    if (quoted) {
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) quoted = false
    } else if (byte === QUOTE) quoted = true
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1
    else if (byte === CLOSE_OBJECT || (byte === CLOSE_LIST && depth > 0)) depth -= 1
    else if (byte === COMMA && depth === 0) {
      element(start, at)
      start = at + 1
    } else if (byte === CLOSE_LIST) {
      element(start, at)
      return at + 1
    }
  }
  return -1
}

/** Line breaks between values are blanks; inside a text they are no JSON and are found by who reads it. */
function onOneLine(row: Buffer): Buffer {
  let quoted = false
  for (let at = 0; at < row.length; at += 1) {
    const byte = row[at]
    if (quoted && byte === BACKSLASH) at += 1
    else if (byte === QUOTE) quoted = !quoted
    else if (!quoted && (byte === LF || byte === CR)) row[at] = 32
    else if (quoted && byte === LF)
      throw new EngineError('ROWS_INVALID', 'A text holds a line break, which JSON writes as \\n. Nothing was taken.')
  }
  return row
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === LF || byte === CR || byte === 9
}

function isBlank(row: Buffer): boolean {
  return row.every(isSpace)
}
