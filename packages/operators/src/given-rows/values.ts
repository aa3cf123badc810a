/** Rows as one writes them in a test, as columns take them. Browser-safe. */
import type { Schema, Value } from '@belay/columns'
import { fittingValue } from '../json-lines-source/jsonValue.ts'
import { OPS } from '../rows/ops.ts'
import { OP_FIELD } from './manifest.ts'

export type GivenRow =
  | { readonly ok: true; readonly values: readonly Value[]; readonly kind: number }
  | { readonly ok: false; readonly message: string }

/** `message`: what is wrong with it, without saying which row it is. */
export function givenRow(row: Readonly<Record<string, unknown>>, schema: Schema): GivenRow {
  const op = Object.hasOwn(row, OP_FIELD) ? row[OP_FIELD] : '+I'
  const kind = OPS.findIndex((name) => name === op)
  if (kind < 0) return { ok: false, message: `${OP_FIELD} is one of ${OPS.join(', ')}, not ${JSON.stringify(op)}` }
  const unknown = Object.keys(row).find((name) => name !== OP_FIELD && !schema.some((field) => field.name === name))
  if (unknown !== undefined)
    return { ok: false, message: `there is no column ${unknown}; there are ${schema.map(({ name }) => name).join(', ')}` }
  const values: Value[] = []
  for (const { name, type, nullable } of schema) {
    const value = Object.hasOwn(row, name) ? row[name] : null
    if (value === null) {
      if (!nullable) return { ok: false, message: `${name} is missing` }
      values.push(null)
      continue
    }
    const own = fittingValue(value, type)
    if (own === undefined) return { ok: false, message: `${name} is not ${type}: ${JSON.stringify(value)}` }
    values.push(own)
  }
  return { ok: true, values, kind }
}
