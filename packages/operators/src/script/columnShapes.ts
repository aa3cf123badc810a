/** Output columns of a script, guessed from what it gave for sample rows (engine-spec H27). Pure, browser-safe. */
import type { LogicalType, Schema } from '@belay/columns'
import { columnOf, typeOfJson } from '../inspect/inference.ts'
import { fittingValue } from '../json-lines-source/jsonValue.ts'
import type { DeclaredColumn } from '../typing/columns.ts'

/** One property of a row that a script gave: its name, the type that it looks like (null = NULL), whether it fits the input's column of that name. */
export type PropertyShape = readonly [name: string, type: LogicalType | null, fitsInput: boolean]

export type RowShape = readonly PropertyShape[]

export function propertyShape(name: string, value: unknown, input: Schema): PropertyShape {
  const field = input.find((column) => column.name === name)
  if (value === null || value === undefined) return [name, null, field !== undefined]
  return [name, typeOfValue(value), field !== undefined && fits(value, field.type)]
}

function typeOfValue(value: unknown): LogicalType {
  if (typeof value === 'bigint') return 'int64'
  if (value instanceof Date) return 'timestamp'
  return typeOfJson(value)
}

function fits(value: unknown, type: LogicalType): boolean {
  if (value instanceof Date) return type === 'timestamp'
  if (type === 'json') return true
  return fittingValue(typeof value === 'bigint' ? String(value) : value, type) !== undefined
}

/**
 * Columns in the order in which they came first. A column that the input has under this name keeps its type where all
 * values fit it: a timestamp is a number to a script. A property that is missing or NULL in some row may be NULL.
 */
export function columnsOfShapes(rows: readonly RowShape[], input: Schema): readonly DeclaredColumn[] {
  const names = [...new Set(rows.flatMap((row) => row.map(([name]) => name)))]
  return names.map((name) => {
    const found = rows.map((row) => row.find(([own]) => own === name))
    const field = input.find((column) => column.name === name)
    const guess = columnOf(
      name,
      found.map((property) => property?.[1] ?? null),
      'json',
    )
    if (field === undefined || !found.every((property) => property === undefined || property[2])) return guess
    return { name, type: field.type, nullable: guess.nullable || field.nullable }
  })
}
