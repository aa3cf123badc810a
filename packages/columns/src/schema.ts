import type { LogicalType } from './logicalType.ts'

/** One named column of a stream. `nullable: false` is a promise; a NULL that breaks it is a row error. */
export interface Field {
  readonly name: string
  readonly type: LogicalType
  readonly nullable: boolean
}

/** The columns of a stream, in order. Names are unique and compared by case. */
export type Schema = readonly Field[]

/** Position of a column by name, or −1. */
export function fieldIndex(schema: Schema, name: string): number {
  return schema.findIndex((field) => field.name === name)
}
