/**
 * The value columns of declared tables and multimaps, by row: numbers and bools as float64, NULL
 * flags where nullable, texts as places in one arena.
 */
import { storageOf, textOfBytes } from '@belay/columns'
import { EngineError } from '../operator/engineError.ts'
import type { StateField } from '../operator/state.ts'
import { ByteArena } from './byteArena.ts'
import { ChangeMarks, ROW_BLOCK_SHIFT } from './changeMarks.ts'
import { bytesOf, float64Copy, type Track, uint32Copy, uint8Copy } from './section.ts'

const encoder = new TextEncoder()

const DEAD_BYTES_A_ROW = 8

interface ValueColumn {
  numbers: Float64Array | null
  nulls: Uint8Array | null
  textAt: Uint32Array | null
  textLength: Uint32Array | null
}

type TextColumn = { readonly textAt: Uint32Array; readonly textLength: Uint32Array; readonly nulls: Uint8Array | null }

export class ValueColumns {
  readonly #columns: readonly ValueColumn[]
  #texts: ByteArena = new ByteArena()
  /** Bytes of one row outside the arena. */
  readonly rowBytes: number
  /** Rows whose columns are about to be written; numbers and NULL flags only if `writesAreTold`. */
  readonly marks: ChangeMarks
  readonly #writesAreTold: boolean

  constructor(fields: readonly StateField[], capacity: number, writesAreTold: boolean) {
    this.marks = new ChangeMarks(ROW_BLOCK_SHIFT, capacity)
    this.#writesAreTold = writesAreTold
    this.#columns = fields.map((field) => {
      const text = storageOf(field.type) === 'bytes'
      return {
        numbers: text ? null : new Float64Array(capacity),
        nulls: field.nullable ? new Uint8Array(capacity) : null,
        textAt: text ? new Uint32Array(capacity) : null,
        textLength: text ? new Uint32Array(capacity) : null,
      }
    })
    this.rowBytes = this.#columns.reduce((sum, column) => sum + 8 + (column.nulls === null ? 0 : 1), 0)
  }

  get textBytesUsed(): number {
    return this.#texts.used
  }

  get textBytesDead(): number {
    return this.#texts.dead
  }

  /** A row that begins: zero, empty, NULL where nullable. */
  reset(row: number): void {
    this.marks.touch(row)
    for (const column of this.#columns) {
      if (column.numbers !== null) column.numbers[row] = 0
      if (column.nulls !== null) column.nulls[row] = 1
      if (column.textLength !== null) column.textLength[row] = 0
    }
  }

  grow(rows: number, capacity: number): void {
    this.marks.grown(capacity)
    for (const column of this.#columns) {
      if (column.numbers !== null) column.numbers = float64Copy(bytesOf(column.numbers, rows), capacity)
      if (column.nulls !== null) column.nulls = uint8Copy(bytesOf(column.nulls, rows), capacity)
      if (column.textAt !== null) column.textAt = uint32Copy(bytesOf(column.textAt, rows), capacity)
      if (column.textLength !== null) column.textLength = uint32Copy(bytesOf(column.textLength, rows), capacity)
    }
  }

  /** The row's texts are no longer counted; its length becomes 0, so that it may stay where it is. */
  drop(row: number): void {
    this.marks.touch(row)
    for (const { textLength } of this.#columns) {
      if (textLength === null) continue
      this.#texts.dead += textLength[row]
      textLength[row] = 0
    }
  }

  move(from: number, to: number): void {
    this.marks.touch(to)
    for (const { numbers, nulls, textAt, textLength } of this.#columns) {
      if (numbers !== null) numbers[to] = numbers[from]
      if (nulls !== null) nulls[to] = nulls[from]
      if (textAt !== null) textAt[to] = textAt[from]
      if (textLength !== null) textLength[to] = textLength[from]
    }
  }

  clear(): void {
    this.#texts.used = 0
    this.#texts.dead = 0
  }

  compactIfWasteful(rows: number): void {
    // Compacting goes over all rows: what is dead has to be worth it, also when few of many rows are in use.
    if (!this.#texts.wasteful || this.#texts.dead < rows * DEAD_BYTES_A_ROW) return
    const parts: { offsets: Uint32Array; lengths: Uint32Array }[] = []
    for (const { textAt, textLength } of this.#columns)
      if (textAt !== null && textLength !== null) parts.push({ offsets: textAt, lengths: textLength })
    this.marks.touchRange(0, rows)
    this.#texts.compact(parts, rows)
  }

  numbers(index: number): Float64Array {
    const numbers = this.#columns[index]?.numbers
    if (numbers === null || numbers === undefined)
      throw new EngineError('STATE_COLUMN', `Value ${index} of this state is not a number column. Use text() or declare it as a number.`)
    return numbers
  }

  nulls(index: number): Uint8Array {
    const nulls = this.#columns[index]?.nulls
    if (nulls === null || nulls === undefined)
      throw new EngineError('STATE_COLUMN', `Value ${index} of this state is not nullable. Declare it with nullable: true.`)
    return nulls
  }

  #text(index: number): TextColumn {
    const column = this.#columns[index]
    if (column === undefined || column.textAt === null || column.textLength === null)
      throw new EngineError(
        'STATE_COLUMN',
        `Value ${index} of this state is not a text column. Use numbers() or declare it as string or json.`,
      )
    return { textAt: column.textAt, textLength: column.textLength, nulls: column.nulls }
  }

  text(row: number, index: number): string | null {
    const { textAt, textLength, nulls } = this.#text(index)
    if (nulls !== null && nulls[row] === 1) return null
    return textOfBytes(this.#texts.bytes, textAt[row], textAt[row] + textLength[row])
  }

  get textBytes(): Uint8Array {
    return this.#texts.bytes
  }

  textFrom(row: number, index: number): number {
    return this.#columns[index].textAt?.[row] ?? 0
  }

  textTo(row: number, index: number): number {
    const column = this.#columns[index]
    return (column.textAt?.[row] ?? 0) + (column.textLength?.[row] ?? 0)
  }

  setText(row: number, index: number, value: string | null): void {
    if (value !== null) {
      const bytes = encoder.encode(value)
      return this.setBytes(row, index, bytes, 0, bytes.length)
    }
    const { textLength, nulls } = this.#text(index)
    if (nulls === null)
      throw new EngineError('STATE_COLUMN', `Value ${index} of this state is not nullable. Declare it with nullable: true.`)
    this.marks.touch(row)
    nulls[row] = 1
    this.#texts.dead += textLength[row]
    textLength[row] = 0
  }

  /** `source` may be the arena itself. The owner compacts afterwards. */
  setBytes(row: number, index: number, source: Uint8Array, from: number, to: number): void {
    const { textAt, textLength, nulls } = this.#text(index)
    this.marks.touch(row)
    if (nulls !== null) nulls[row] = 0
    const before = textLength[row]
    const length = to - from
    if (length <= before) {
      const bytes = this.#texts.bytes
      const at = textAt[row]
      this.#texts.marks.touchRange(at, at + length)
      if (length > 64) bytes.set(source.subarray(from, to), at)
      else for (let i = 0; i < length; i += 1) bytes[at + i] = source[from + i]
      this.#texts.dead += before - length
    } else {
      this.#texts.dead += before
      textAt[row] = this.#texts.append(source, from, to)
    }
    textLength[row] = length
  }

  /** The arena first, then the columns. */
  sections(rows: number): Uint8Array[] {
    const sections = [bytesOf(this.#texts.bytes, this.#texts.used)]
    for (const { numbers, nulls, textAt, textLength } of this.#columns) {
      if (numbers !== null) sections.push(bytesOf(numbers, rows))
      if (nulls !== null) sections.push(bytesOf(nulls, rows))
      if (textAt !== null) sections.push(bytesOf(textAt, rows))
      if (textLength !== null) sections.push(bytesOf(textLength, rows))
    }
    return sections
  }

  /** Of the sections, the first of which is section `first` of an image. */
  tracks(rows: number, first: number): Track[] {
    const parts: { index: number; blockBytes: number }[] = []
    let index = first + 1
    const part = (values: { readonly BYTES_PER_ELEMENT: number } | null, told: boolean): void => {
      if (values === null) return
      if (told) parts.push({ index, blockBytes: values.BYTES_PER_ELEMENT * 2 ** ROW_BLOCK_SHIFT })
      index += 1
    }
    for (const { numbers, nulls, textAt, textLength } of this.#columns) {
      part(numbers, this.#writesAreTold)
      part(nulls, this.#writesAreTold)
      part(textAt, true)
      part(textLength, true)
    }
    return [this.#texts.track(first), { marks: this.marks, length: rows, sections: parts }]
  }

  restore(section: () => Uint8Array, capacity: number, textBytesDead: number): void {
    const texts = section()
    this.#texts = new ByteArena(texts.slice(), texts.length, textBytesDead)
    this.marks.replaced(capacity)
    for (const column of this.#columns) {
      if (column.numbers !== null) column.numbers = float64Copy(section(), capacity)
      if (column.nulls !== null) column.nulls = uint8Copy(section(), capacity)
      if (column.textAt !== null) column.textAt = uint32Copy(section(), capacity)
      if (column.textLength !== null) column.textLength = uint32Copy(section(), capacity)
    }
  }
}
