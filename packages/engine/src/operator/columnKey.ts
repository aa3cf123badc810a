/**
 * Column values as canonical key bytes. State tables and the routing of rows to partitions use this
 * one function, so a key's state always lies where its rows go (engine-spec H25).
 */
import type { Column } from '@belay/columns'
import { EngineError } from './engineError.ts'
import type { KeyWriter } from './state.ts'

/** Adds the value of `column` at `row` to the key in work. */
export function writeColumnKey(key: KeyWriter, column: Column, row: number): void {
  if (column.nulls !== undefined && column.nulls[row] === 1) return key.null()
  switch (column.storage) {
    case 'number':
      return key.number(column.values[row])
    case 'i64':
      return key.int64(column.values[row])
    case 'bool':
      return key.bool(column.values[row])
    case 'bytes':
      return key.bytes(column.bytes, column.offsets[row], column.offsets[row + 1])
    case 'array':
      throw new EngineError('ARRAY_AS_KEY', `A column of ${column.type} cannot be a key. Take one value out of it before.`)
  }
}
