/**
 * What a script gives, as values of the declared columns. Rows are staged until the call has ended, so
 * that one that fails leaves nothing behind.
 */
import {
  isArray,
  elementOf,
  isDecimal,
  pushValue,
  type BatchBuilder,
  type Field,
  type LogicalType,
  type Schema,
  type Value,
} from '@belay/columns'
import { fittingValue } from '../json-lines-source/jsonValue.ts'
import { ScriptError } from './scriptError.ts'

/** Takes what calls give: staged until the call has ended, then pushed row by row. */
export interface GivenRows {
  readonly rows: number
  /** What a call returned. Throws ScriptError. */
  stageReturned(returned: unknown, row: object | null): void
  /** `row`: the row in work, whose columns are not its own properties. Throws ScriptError. */
  stage(given: unknown, row: object | null): void
  push(index: number, builder: BatchBuilder): void
  clear(): void
}

/** Nothing, a row, or an array of rows. */
export function rowsReturned(returned: unknown): readonly unknown[] {
  if (returned === undefined || returned === null) return []
  return Array.isArray(returned) ? (returned as readonly unknown[]) : [returned]
}

/** Throws ScriptError SCRIPT_OUTPUT or SCRIPT_ASYNC if it is no row. */
export function rowGiven(given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null) throw wrong(`it gave ${shown(given)}. Give an object with a property for each column.`)
  if ('then' in given && typeof given.then === 'function')
    throw new ScriptError('SCRIPT_ASYNC', 'it gave a promise. Scripts are synchronous: leave out async and await.')
  return given as Readonly<Record<string, unknown>>
}

export class ScriptOutput implements GivenRows {
  readonly #schema: Schema
  readonly #names: ReadonlySet<string>
  /** Columns whose name every object has by birth. */
  readonly #inherited: readonly boolean[]
  /** Values of the staged rows, one row after the other. */
  readonly #staged: Value[] = []
  rows = 0

  constructor(schema: Schema) {
    this.#schema = schema
    this.#names = new Set(schema.map(({ name }) => name))
    this.#inherited = schema.map(({ name }) => name in {})
  }

  /** What a call returned: nothing, a row, or an array of rows. Throws ScriptError SCRIPT_OUTPUT. */
  stageReturned(returned: unknown, row: object | null): void {
    for (const one of rowsReturned(returned)) this.stage(one, row)
  }

  /** `row`: the row in work, whose columns are not its own properties. */
  stage(given: unknown, row: object | null): void {
    const object = rowGiven(given)
    const at = this.#staged.length
    try {
      for (let i = 0; i < this.#schema.length; i += 1) {
        const field = this.#schema[i]
        const value = given !== row && this.#inherited[i] && !Object.hasOwn(object, field.name) ? undefined : object[field.name]
        this.#staged.push(columnValue(value, field))
      }
      for (const name of Object.keys(object))
        if (!this.#names.has(name)) throw wrong(`there is no output column ${name}. Declare it, or leave it out.`)
    } catch (error) {
      this.#staged.length = at
      throw error
    }
    this.rows += 1
  }

  /** Appends the staged row `index`. */
  push(index: number, builder: BatchBuilder): void {
    const width = this.#schema.length
    for (let i = 0; i < width; i += 1) pushValue(builder.columns[i], this.#staged[index * width + i])
    builder.endRow()
  }

  clear(): void {
    this.#staged.length = 0
    this.rows = 0
  }
}

function wrong(what: string): ScriptError {
  return new ScriptError('SCRIPT_OUTPUT', what)
}

function columnValue(value: unknown, { name, type, nullable }: Field): Value {
  if (value === undefined || value === null) {
    if (nullable) return null
    throw wrong(`column ${name} is missing, and may not be NULL.`)
  }
  const fitting = valueOf(value, type)
  if (fitting === undefined) throw wrong(`column ${name} is not ${type}: ${shown(value)}.`)
  return fitting
}

/** The value as its column holds it; undefined = it does not fit. */
function valueOf(value: unknown, type: LogicalType): Value | undefined {
  if (typeof value === 'number') return type === 'int64' && value === 0 ? 0 : fittingValue(value, type)
  if (typeof value === 'bigint') return type === 'int64' || isDecimal(type) ? fittingValue(String(value), type) : undefined
  if (type === 'json') return jsonText(value)
  if (isArray(type)) {
    if (!Array.isArray(value)) return undefined
    const element = elementOf(type)
    const items: Value[] = []
    for (const item of value as readonly unknown[]) {
      const fitting = item === null || item === undefined ? null : valueOf(item, element)
      if (fitting === undefined) return undefined
      items.push(fitting)
    }
    return items
  }
  if (value instanceof Date) {
    const ms = value.getTime()
    if (Number.isNaN(ms)) return undefined
    return type === 'timestamp' ? ms : type === 'date' ? fittingValue(value.toISOString().slice(0, 10), type) : undefined
  }
  return fittingValue(value, type)
}

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) as string | undefined
  } catch {
    // A cycle or a BigInt.
    return undefined
  }
}

const SHOWN_CHARACTERS = 60

function shown(value: unknown): string {
  const text = typeof value === 'bigint' ? `${value}n` : typeof value === 'function' ? 'a function' : (jsonText(value) ?? typeof value)
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}
