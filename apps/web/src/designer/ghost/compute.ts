/**
 * Example rows on every stream, computed from samples with the engine's own kernels: no run, nothing
 * written; it runs in a worker. Operators that keep state run as they are over the sample, as if it
 * were all there is.
 */
import { batchOf, rowAt, valueAt, type Batch, type LogicalType, type Schema, type Value } from '@belay/columns'
import { generatedKey, generatedTime, generatedValue } from '@belay/operators/generated-row'
import { checkExpression, compileExpression, RowErrors, valueOfText } from '@belay/expressions'
import { GhostStop } from './ghostStop.ts'
import { runOperator } from './runOperator.ts'
import type { GhostPlan, GhostStep, SampleRow } from './plan.ts'
import { t } from '../../language/t.ts'

export interface GhostRows {
  readonly kind: 'rows'
  readonly schema: Schema
  readonly rows: readonly (readonly Value[])[]
  /** Which row of the operator's input each came from, for before and after; null where there is no one row. */
  readonly origins: readonly number[] | null
  /** How many sampled rows went into the operator. */
  readonly of: number
  /** Rows that failed in the operator, with what they failed of. */
  readonly failed: readonly string[]
}

export type Ghost = GhostRows | { readonly kind: 'stopped'; readonly operator: string; readonly reason: string }

/** By `operator.port`. */
export type Ghosts = Readonly<Record<string, Ghost>>

export type Computed = Readonly<Record<string, Omit<GhostRows, 'kind'>>>

export async function computeGhosts(plan: GhostPlan): Promise<Ghosts> {
  const ghosts: Record<string, Ghost> = {}
  for (const step of plan) {
    const put = (ghost: Ghost): void => {
      for (const port of step.ports) ghosts[`${step.id}.${port}`] = ghost
    }
    const blocked = step.fedBy.map((from) => ghosts[from]).find((ghost) => ghost?.kind === 'stopped')
    if (blocked !== undefined) {
      put(blocked)
      continue
    }
    const stop = (reason: string): void => put({ kind: 'stopped', operator: step.id, reason })
    if (step.stopped !== null) {
      stop(step.stopped)
      continue
    }
    if (step.unfed) {
      stop(t('It is not connected yet.'))
      continue
    }
    try {
      const rows = step.inputs.map((input) => ghosts[input.from]).filter((ghost): ghost is GhostRows => ghost?.kind === 'rows')
      const compute = computeOf(step)
      const computed = compute === undefined ? await runOperator(step, rows) : compute(step, rows)
      for (const port of step.ports) {
        const found = computed[port]
        ghosts[`${step.id}.${port}`] =
          found === undefined
            ? { kind: 'stopped', operator: step.id, reason: t('Its columns are not known yet.') }
            : { kind: 'rows', ...found }
      }
    } catch (error) {
      stop(error instanceof Error ? error.message : String(error))
    }
  }
  return ghosts
}

type Compute = (step: GhostStep, inputs: readonly GhostRows[]) => Computed

const OPERATORS: Readonly<Record<string, Compute | undefined>> = {
  'csv-source': source,
  'json-lines-source': source,
  'parquet-source': source,
  generator,
  filter,
  select,
  split,
  dedup,
  union,
  'rate-limit': unchanged,
  'lookup-join': lookup,
  'temporal-join': temporalJoin,
  'window-time': () => {
    throw new GhostStop(t('It adds when a row is processed; when that is, is seen in a run.'))
  },
}

/** undefined = the operator itself runs, which knows of no row where it came from. */
function computeOf({ type, config }: GhostStep): Compute | undefined {
  return type === 'dedup' && numberAt(config, 'withinMs') > 0 ? undefined : OPERATORS[type]
}

const GENERATED_ROWS = 50

function generator({ config, outputs }: GhostStep): Computed {
  const { out } = outputs
  if (out === undefined) throw new GhostStop(t('Its columns are not known yet.'))
  const [seed, keys, most] = [numberAt(config, 'seed'), numberAt(config, 'keys'), numberAt(config, 'rows')]
  const rows = Array.from({ length: most === 0 ? GENERATED_ROWS : Math.min(most, GENERATED_ROWS) }, (_, id) => [
    id,
    generatedKey(seed, id, keys),
    generatedValue(seed, id),
    generatedTime(id),
  ])
  return { out: { schema: out, rows, origins: null, of: rows.length, failed: [] } }
}

/** Passes every row on, only later. */
function unchanged(_step: GhostStep, inputs: readonly GhostRows[]): Computed {
  const input = only(inputs)
  return {
    out: picked(
      input,
      input.rows.map((_, row) => row),
      [],
    ),
  }
}

function picked(input: GhostRows, origins: readonly number[], failed: readonly string[]): Computed[string] {
  return { schema: input.schema, rows: origins.map((row) => input.rows[row]), origins, of: input.rows.length, failed }
}

/** A row leaves by the first way whose condition is true; a later condition is not worked out for it. */
function split(step: GhostStep, inputs: readonly GhostRows[]): Computed {
  const input = only(inputs)
  const ways = listAt(step, 'ways').map((way) => {
    const checked = checkExpression(String(way['condition']), input.schema)
    if (!checked.ok) throw new GhostStop(checked.problems[0].message)
    const errors = new RowErrors()
    const passed = compileExpression(checked.expression, input.schema).evaluate(batch(input), errors)
    return (row: number): boolean | null => (errors.has(row) ? null : valueAt(passed, row) === true)
  })
  const found = input.rows.map((_, row) => {
    for (const [way, holds] of ways.entries()) {
      const answer = holds(row)
      if (answer === null) return null
      if (answer) return way
    }
    return ways.length
  })
  const failed = found.flatMap((way) => (way === null ? [t('A condition fails for this row.')] : []))
  const by = (wanted: number): Computed[string] =>
    picked(
      input,
      found.flatMap((way, row) => (way === wanted ? [row] : [])),
      failed,
    )
  return Object.fromEntries(step.ports.map((port) => [port, by(port === 'rest' ? ways.length : Number(port.slice(3)) - 1)]))
}

function dedup(step: GhostStep, inputs: readonly GhostRows[]): Computed {
  const input = only(inputs)
  const keys = textsAt(step.config, 'keys').map((name) => input.schema.findIndex((field) => field.name === name))
  const seen = new Set<string>()
  const first: number[] = []
  const duplicates: number[] = []
  input.rows.forEach((row, i) => {
    // NULL is a key like any other here.
    const key = JSON.stringify(keys.map((at) => row[at] ?? null))
    ;(seen.has(key) ? duplicates : first).push(i)
    seen.add(key)
  })
  return { out: picked(input, first, []), duplicates: picked(input, duplicates, []) }
}

function temporalJoin(step: GhostStep, inputs: readonly GhostRows[]): Computed {
  const { out } = step.outputs
  const side = (
    port: string,
  ): {
    readonly rows: GhostRows
    readonly at: (row: readonly Value[], name: string) => Value
    readonly time: (row: readonly Value[]) => number
  } => {
    const index = step.inputs.findIndex((input) => input.port === port)
    const input = step.inputs[index]
    const rows = inputs[index]
    if (input === undefined || rows === undefined) throw new GhostStop(t('It is not connected yet.'))
    const at = (row: readonly Value[], name: string): Value => row[rows.schema.findIndex((field) => field.name === name)] ?? null
    return { rows, at, time: (row) => Number(input.eventTime === null ? Number.NaN : at(row, input.eventTime)) }
  }
  const [left, right] = [side('left'), side('right')]
  if (out === undefined) throw new GhostStop(t('Its columns are not known yet.'))
  const on = listAt(step, 'on').map((pair) => ({ left: String(pair['left']), right: String(pair['right']) }))
  const ttlMs = numberAt(step.config, 'ttlMs')
  const versions = new Map<string, (readonly Value[])[]>()
  for (const row of right.rows.rows) {
    const key = keyOf(on.map((pair) => right.at(row, pair.right)))
    if (key !== null) versions.set(key, [...(versions.get(key) ?? []), row])
  }
  const origins: number[] = []
  const rows: (readonly Value[])[] = []
  left.rows.rows.forEach((row, i) => {
    const key = keyOf(on.map((pair) => left.at(row, pair.left)))
    const time = left.time(row)
    const valid = (key === null ? [] : (versions.get(key) ?? [])).filter((version) => right.time(version) <= time)
    const newest = Math.max(...valid.map(right.time))
    const counting = valid.filter((version) => right.time(version) === newest)
    if (counting.length > 1) throw new GhostStop(t('Two versions of a key have the same time; which one counts is seen in a run.'))
    const version = ttlMs > 0 && time - newest > ttlMs ? undefined : counting[0]
    if (version === undefined && step.config['type'] === 'inner') return
    origins.push(i)
    rows.push([...row, ...(version ?? right.rows.schema.map(() => null))])
  })
  return { out: { schema: out, rows, origins, of: left.rows.rows.length, failed: [] } }
}

function source({ outputs, sample }: GhostStep): Computed {
  const { out } = outputs
  if (out === undefined) throw new GhostStop(t('The columns of the file are not known yet.'))
  const rows = sampleRows(sample, out)
  return { out: { schema: out, rows, origins: null, of: rows.length, failed: [] } }
}

function sampleRows(sample: GhostStep['sample'], schema: Schema): readonly (readonly Value[])[] {
  if (sample === null) throw new GhostStop(t('Choose a file first.'))
  if (sample.kind === 'none') throw new GhostStop(sample.reason)
  return sample.rows.map((row) => schema.map((field) => typed(row, field.name, field.type)))
}

/** A value of a file as its declared type; NULL where it is none, which the engine would report as a bad row. */
function typed(row: SampleRow, name: string, type: LogicalType): Value {
  const value = Object.hasOwn(row, name) ? row[name] : null
  if (value === null || (value === '' && type !== 'string')) return null
  if (type === 'json') return typeof value === 'string' ? (valueOfText(value, 'json') ?? JSON.stringify(value)) : JSON.stringify(value)
  if (typeof value === 'object') return value
  return valueOfText(String(value), type) ?? null
}

function batch(input: GhostRows): Batch {
  return batchOf(input.schema, input.rows)
}

function only(inputs: readonly GhostRows[]): GhostRows {
  const [input] = inputs
  if (input === undefined) throw new GhostStop(t('It is not connected yet.'))
  return input
}

function filter(step: GhostStep, inputs: readonly GhostRows[]): Computed {
  const input = only(inputs)
  const checked = checkExpression(textAt(step, 'condition'), input.schema)
  if (!checked.ok) throw new GhostStop(checked.problems[0].message)
  const errors = new RowErrors()
  const passed = compileExpression(checked.expression, input.schema).evaluate(batch(input), errors)
  const chosen = (wanted: boolean): Computed[string] => {
    const origins = input.rows.flatMap((_, row) => (!errors.has(row) && (valueAt(passed, row) === true) === wanted ? [row] : []))
    return { schema: input.schema, rows: origins.map((row) => input.rows[row]), origins, of: input.rows.length, failed: messages(errors) }
  }
  return { true: chosen(true), false: chosen(false) }
}

function select(step: GhostStep, inputs: readonly GhostRows[]): Computed {
  const input = only(inputs)
  const { out } = step.outputs
  if (out === undefined) throw new GhostStop(t('Its columns are not known yet.'))
  const listed = new Map(listAt(step, 'columns').map((entry) => [String(entry['name']), String(entry['expression'])]))
  const rows = batch(input)
  const errors = new RowErrors()
  const columns = out.map((field) => {
    const text = listed.get(field.name)
    const index = input.schema.findIndex((candidate) => candidate.name === field.name)
    if (text === undefined) return input.rows.map((row) => row[index] ?? null)
    const checked = checkExpression(text, input.schema)
    if (!checked.ok) throw new GhostStop(checked.problems[0].message)
    const column = compileExpression(checked.expression, input.schema).evaluate(rows, errors)
    return input.rows.map((_, row) => valueAt(column, row))
  })
  const origins = input.rows.flatMap((_, row) => (errors.has(row) ? [] : [row]))
  return {
    out: {
      schema: out,
      rows: origins.map((row) => columns.map((column) => column[row])),
      origins,
      of: input.rows.length,
      failed: messages(errors),
    },
  }
}

function union(step: GhostStep, inputs: readonly GhostRows[]): Computed {
  const { out } = step.outputs
  if (out === undefined || inputs.length === 0) throw new GhostStop(t('It is not connected yet.'))
  const rows = inputs.flatMap((input) => input.rows)
  return { out: { schema: out, rows, origins: null, of: rows.length, failed: [] } }
}

function lookup(step: GhostStep, inputs: readonly GhostRows[]): Computed {
  const input = only(inputs)
  const { out } = step.outputs
  if (out === undefined) throw new GhostStop(t('Its columns are not known yet.'))
  const declared = listAt(step, 'fileColumns').map((entry): Schema[number] => ({
    name: String(entry['name']),
    type: entry['type'] as LogicalType,
    nullable: true,
  }))
  const file = batchOf(declared, sampleRows(step.sample, declared))
  const on = listAt(step, 'on').map((pair) => ({ input: String(pair['input']), file: String(pair['file']) }))
  const added = listAt(step, 'add').map((entry) => String(entry['column']))
  const found = new Map<string, Readonly<Record<string, Value>>>()
  for (let row = 0; row < file.rows; row += 1) {
    const line = rowAt(file, row)
    const key = keyOf(on.map((pair) => line[pair.file] ?? null))
    // The first of several lines with one key counts.
    if (key !== null && !found.has(key)) found.set(key, line)
  }
  const origins: number[] = []
  const rows: (readonly Value[])[] = []
  input.rows.forEach((row, i) => {
    const key = keyOf(on.map((pair) => row[input.schema.findIndex((field) => field.name === pair.input)] ?? null))
    const line = key === null ? undefined : found.get(key)
    if (line === undefined && step.config['onMiss'] === 'drop') return
    origins.push(i)
    rows.push([...row, ...added.map((name) => line?.[name] ?? null)])
  })
  return { out: { schema: out, rows, origins, of: input.rows.length, failed: [] } }
}

/** A key of values that may be compared as text; null when one is NULL, which matches nothing. */
function keyOf(values: readonly Value[]): string | null {
  return values.includes(null) ? null : JSON.stringify(values)
}

function messages(errors: RowErrors): readonly string[] {
  const found: string[] = []
  errors.forEach((_row, _code, message) => found.push(message))
  return found
}

function numberAt(config: GhostStep['config'], key: string): number {
  const value = config[key]
  return typeof value === 'number' ? value : 0
}

function textsAt(config: GhostStep['config'], key: string): readonly string[] {
  const value = config[key]
  return Array.isArray(value) ? value.map(String) : []
}

function textAt(step: GhostStep, key: string): string {
  const value = step.config[key]
  return typeof value === 'string' ? value : ''
}

function listAt(step: GhostStep, key: string): readonly Readonly<Record<string, unknown>>[] {
  const value = step.config[key]
  return Array.isArray(value) ? (value as readonly Readonly<Record<string, unknown>>[]) : []
}

export interface Evaluated {
  readonly type: LogicalType
  /** One per row; an error's message where it failed. */
  readonly values: readonly ({ readonly value: Value } | { readonly error: string })[]
}

/** An expression over sample rows; null while it is not right. */
export function evaluate(text: string, schema: Schema, rows: readonly (readonly Value[])[]): Evaluated | null {
  const checked = checkExpression(text, schema)
  if (!checked.ok) return null
  const errors = new RowErrors()
  const column = compileExpression(checked.expression, schema).evaluate(batchOf(schema, rows), errors)
  const failed = new Map<number, string>()
  errors.forEach((row, _code, message) => failed.set(row, message))
  return {
    type: checked.expression.type,
    values: rows.map((_, row) => (failed.has(row) ? { error: failed.get(row) ?? '' } : { value: valueAt(column, row) })),
  }
}
