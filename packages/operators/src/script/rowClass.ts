/**
 * The row as a script sees it: a class per schema with a getter per column, which reads the column
 * where it lies. A row is valid while it is in work; afterwards its getters throw, so that a kept row
 * is noticed instead of showing another row's values (engine-spec H27). One small object a row: a
 * single instance for all could not tell.
 */
import { inspect } from 'node:util'
import { elementOf, exactAt, exactOf, isArray, isDecimal, textAt, valueAt, type Batch, type Column, type Schema } from '@belay/columns'
import { ScriptError } from './scriptError.ts'

/** The row in work; 0 = none. Rows are numbered from 1, for ever. */
interface Cursor {
  batch: Batch
  index: number
  row: number
}

type Read = (column: Column, row: number) => unknown

const ROW = Symbol('row')

export class RowSource {
  readonly #cursor: Cursor
  readonly #make: (row: number) => object
  #rows = 0

  constructor(schema: Schema) {
    const cursor: Cursor = { batch: { schema, rows: 0, columns: [], kinds: undefined }, index: 0, row: 0 }
    this.#cursor = cursor
    this.#make = rowMaker(schema, cursor)
  }

  /** The row `index` of a batch, valid until `leave` or the next one. */
  take(batch: Batch, index: number): object {
    this.#rows += 1
    this.#cursor.batch = batch
    this.#cursor.index = index
    this.#cursor.row = this.#rows
    return this.#make(this.#rows)
  }

  leave(): void {
    this.#cursor.row = 0
  }
}

function rowMaker(schema: Schema, cursor: Cursor): (row: number) => object {
  const readers = schema.map(({ type }) => (type === 'json' ? parsedOnce(readerOf(type), cursor) : readerOf(type)))
  const check = (row: number): void => {
    if (row !== cursor.row) throw new ScriptError('SCRIPT_KEPT_ROW', 'a row was used after its call. Keep `row.copy()` instead of the row.')
  }
  class Row {
    readonly [ROW]: number

    constructor(row: number) {
      this[ROW] = row
    }

    /** A plain object with all columns. */
    copy(): Record<string, unknown> {
      check(this[ROW])
      const object: Record<string, unknown> = {}
      for (let i = 0; i < readers.length; i += 1) put(object, schema[i].name, readers[i](cursor.batch.columns[i], cursor.index))
      return object
    }

    toJSON(): Record<string, unknown> {
      return this.copy()
    }

    /** As `console` shows it. */
    [inspect.custom](): Record<string, unknown> {
      return this.copy()
    }
  }
  schema.forEach(({ name }, column) => {
    const read = readers[column]
    Object.defineProperty(Row.prototype, name, {
      get(this: Row) {
        check(this[ROW])
        return read(cursor.batch.columns[column], cursor.index)
      },
    })
  })
  return (row) => new Row(row)
}

/** H24: json is parsed at most once a row. */
function parsedOnce(read: Read, cursor: Cursor): Read {
  let row = 0
  let parsed: unknown = null
  return (column, index) => {
    if (row !== cursor.row) {
      parsed = read(column, index)
      row = cursor.row
    }
    return parsed
  }
}

/** As an own property, whatever its name. */
function put(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
  else object[name] = value
}

function readerOf(type: Schema[number]['type']): Read {
  const read = valueReader(type)
  return (column, row) => (column.nulls !== undefined && column.nulls[row] === 1 ? null : read(column, row))
}

function valueReader(type: Schema[number]['type']): Read {
  if (isArray(type)) {
    const item = readerOf(elementOf(type))
    return (column, row) => {
      const items: unknown[] = []
      if (column.storage === 'array')
        for (let i = column.offsets[row]; i < column.offsets[row + 1]; i += 1) items.push(item(column.items, i))
      return items
    }
  }
  if (isDecimal(type)) return valueAt
  switch (type) {
    case 'int64':
      return (column, row) =>
        column.storage === 'number' ? column.values[row] : column.storage === 'i64' ? exactOf(column.values[row]) : null
    case 'float64':
    case 'timestamp':
    case 'interval':
      return (column, row) => (column.storage === 'number' || column.storage === 'i64' ? exactAt(column, row) : null)
    case 'json':
      return (column, row) => (column.storage === 'bytes' ? (JSON.parse(textAt(column, row)) as unknown) : null)
    case 'string':
      return (column, row) => (column.storage === 'bytes' ? textAt(column, row) : null)
    case 'bool':
    case 'date':
      return valueAt
  }
}
