/** CSV source: fields go from the file's bytes straight into columns, without an object per row. */
import { isArray, pushValue, type BatchBuilder, type Exact, type LogicalType, type Value } from '@belay/columns'
import { EngineError, type OperatorModule } from '@belay/engine/operator'
import { fittingValue } from '../json-lines-source/jsonValue.ts'
import { plainInteger, storedOfText, TimestampReader } from '../reading/storedText.ts'
import { outputOf, type RecordFormat, type RecordProblem } from '../reading/textFile.ts'
import { TextSource } from '../reading/textSource.ts'
import type { CsvSourceConfig } from './manifest.ts'

const QUOTE = 34
const LF = 10

/** How fields lie in a record; `file` is for messages. */
type CsvLayout = Pick<CsvSourceConfig, 'file' | 'columns' | 'header' | 'delimiter'>

export class Csv implements RecordFormat {
  readonly header: boolean
  innerLines = 0
  readonly #config: CsvLayout
  readonly #delimiter: number
  /** Position in the file by column. */
  #positions: readonly number[]
  /** Fields of the header; a record with more is wrong. */
  #most = Number.POSITIVE_INFINITY
  #fields = 0
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  readonly #quoted: boolean[] = []
  /** Values of the record in work: stored numbers, bools and what JSON holds; texts are taken from the bytes. */
  readonly #numbers: Float64Array
  readonly #exact: Exact[]
  readonly #plain: Value[]
  readonly #timestamps = new TimestampReader()

  constructor(config: CsvLayout) {
    this.#config = config
    this.header = config.header
    this.#delimiter = config.delimiter.charCodeAt(0)
    this.#positions = config.columns.map((_, i) => i)
    this.#numbers = new Float64Array(config.columns.length)
    this.#exact = config.columns.map(() => 0)
    this.#plain = config.columns.map(() => null)
  }

  readHeader(bytes: Buffer, from: number, to: number): void {
    this.#split(bytes, from, to)
    const names = Array.from({ length: this.#fields }, (_, i) => this.#text(bytes, i))
    this.#most = this.#fields
    this.#positions = this.#config.columns.map(({ name }) => {
      const at = names.indexOf(name)
      if (at < 0)
        throw new EngineError(
          'COLUMN_MISSING',
          `${this.#config.file} has no column ${name}. It has: ${names.join(', ')}. Read the columns again in the designer.`,
        )
      return at
    })
  }

  end(bytes: Buffer, from: number, to: number): number {
    let quoted = false
    let fieldStart = true
    this.innerLines = 0
    for (let i = from; i < to; i += 1) {
      const byte = bytes[i]
      if (quoted) {
        // A doubled quote closes and opens again at once.
        if (byte === QUOTE) {
          if (bytes[i + 1] === QUOTE && i + 1 < to) i += 1
          else quoted = false
        } else if (byte === LF) this.innerLines += 1
      } else if (byte === LF) return i
      else if (byte === QUOTE && fieldStart) quoted = true
      fieldStart = !quoted && byte === this.#delimiter
    }
    return -1
  }

  parse(bytes: Buffer, from: number, to: number, ascii: boolean, builder: BatchBuilder): RecordProblem | null {
    if (!this.#split(bytes, from, to)) return { code: 'LINE_INVALID', message: 'a quote is not closed, or text follows a closing quote' }
    if (this.#fields > this.#most)
      return { code: 'LINE_INVALID', message: `it has ${this.#fields} fields, and the first line names ${this.#most}` }
    const { columns } = this.#config
    for (let i = 0; i < columns.length; i += 1) {
      const { name, type, nullable } = columns[i]
      const at = this.#positions[i]
      if (this.#empty(at) && (nullable || type !== 'string' || at >= this.#fields)) {
        if (nullable) continue
        return { code: 'FIELD_MISSING', message: `${name} is missing` }
      }
      if (!this.#take(bytes, i, at, type)) return { code: 'FIELD_INVALID', message: `${name} is not ${type}: ${this.#text(bytes, at)}` }
    }
    this.#append(bytes, ascii, builder)
    return null
  }

  /** Not there, or nothing between its delimiters; `""` is an empty text. */
  #empty(at: number): boolean {
    return at >= this.#fields || (this.#starts[at] === this.#ends[at] && !this.#quoted[at])
  }

  /** Keeps the value of column `i`; false if the field does not hold one. */
  #take(bytes: Buffer, i: number, at: number, type: LogicalType): boolean {
    if (type === 'string') return true
    const start = this.#starts[at]
    const end = this.#ends[at]
    if (isArray(type) || type === 'json') {
      const value = jsonOf(this.#text(bytes, at))
      if (value === undefined) return false
      if (type === 'json') return true
      const items = value === null ? undefined : fittingValue(value, type)
      this.#plain[i] = items ?? null
      return items !== undefined
    }
    if (type === 'bool') {
      const text = bytes.toString('latin1', start, end).toLowerCase()
      this.#plain[i] = text === 'true' || text === '1'
      return this.#plain[i] === true || text === 'false' || text === '0'
    }
    let value: Exact | undefined = Number.NaN
    if (type === 'timestamp') value = this.#timestamps.read(bytes, start, end)
    else if (type === 'int64' || type === 'float64' || type === 'interval') value = plainInteger(bytes, start, end)
    if (Number.isNaN(value)) value = storedOfText(bytes.toString('latin1', start, end).trim(), type)
    if (value === undefined) return false
    if (typeof value === 'bigint') {
      this.#exact[i] = value
      this.#numbers[i] = Number.NaN
    } else {
      this.#exact[i] = 0
      this.#numbers[i] = value
    }
    return true
  }

  #append(bytes: Buffer, ascii: boolean, builder: BatchBuilder): void {
    for (let i = 0; i < builder.columns.length; i += 1) {
      const column = builder.columns[i]
      const at = this.#positions[i]
      if (this.#config.columns[i].nullable && this.#empty(at)) column.pushNull()
      else if (column.storage === 'number') {
        if (typeof this.#exact[i] === 'bigint') column.pushExact(this.#exact[i])
        else column.push(this.#numbers[i])
      } else if (column.storage !== 'bytes') pushValue(column, this.#plain[i])
      else if (this.#quoted[at]) column.push(this.#text(bytes, at))
      else column.pushBytes(bytes, this.#starts[at], this.#ends[at], ascii)
    }
    builder.endRow()
  }

  #text(bytes: Buffer, field: number): string {
    const text = bytes.toString('utf8', this.#starts[field], this.#ends[field])
    return this.#quoted[field] ? text.replaceAll('""', '"') : text
  }

  /** Finds the fields of a record; false if its quotes are wrong. */
  #split(bytes: Buffer, from: number, to: number): boolean {
    let field = 0
    let at = from
    for (;;) {
      const quoted = at < to && bytes[at] === QUOTE
      if (quoted) {
        const start = at + 1
        at = start
        while (at < to && (bytes[at] !== QUOTE || (at + 1 < to && bytes[at + 1] === QUOTE))) at += bytes[at] === QUOTE ? 2 : 1
        if (at >= to) return false
        this.#starts[field] = start
        this.#ends[field] = at
        at += 1
        if (at < to && bytes[at] !== this.#delimiter) return false
      } else {
        this.#starts[field] = at
        while (at < to && bytes[at] !== this.#delimiter) at += 1
        this.#ends[field] = at
      }
      this.#quoted[field] = quoted
      field += 1
      this.#fields = field
      if (at >= to) return true
      at += 1
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const module: OperatorModule<CsvSourceConfig> = {
  create: (context) => new TextSource(context, () => new Csv(context.config), [outputOf(context.config.columns, context.config.eventTime)]),
}
