/** Expected rows against those that came: as sets in which rows may be several times, by the columns that the test names. Pure. */
import { isDecimal, parseDecimal, precisionOf, scaleOf, type LogicalType, type Schema } from '@belay/columns'
import { fittingValue } from '@belay/operators/manifests'
import { ROWS_TOLD, type ChangedRow, type PortResult, type Row } from './result.ts'

/** float64 sums depend on the order of their rows. */
const RELATIVE_ERROR = 1e-9

export function comparePort(port: string, schema: Schema, expected: readonly Row[] | null, got: readonly Row[]): PortResult {
  const types = new Map(schema.map(({ name, type }) => [name, type]))
  const left = new Set(got.map((_, i) => i))
  const open: Row[] = []
  let matched = 0
  // Rows that say more choose first, so that one that says little does not take theirs.
  for (const row of [...(expected ?? [])].sort((a, b) => Object.keys(b).length - Object.keys(a).length)) {
    const found = [...left].find((i) => differing(row, got[i], types).length === 0)
    if (found === undefined) open.push(row)
    else {
      left.delete(found)
      matched += 1
    }
  }
  const changed: ChangedRow[] = []
  const missing: Row[] = []
  for (const row of open) {
    const near = nearest(row, left, got, types)
    if (near === null) missing.push(row)
    else {
      left.delete(near.at)
      changed.push({ expected: row, got: got[near.at], columns: near.columns })
    }
  }
  const unexpected = expected === null ? [] : [...left].map((i) => got[i])
  return {
    port,
    expected: expected?.length ?? null,
    got: got.length,
    matched,
    changed: changed.slice(0, ROWS_TOLD),
    missing: missing.slice(0, ROWS_TOLD),
    unexpected: unexpected.slice(0, ROWS_TOLD),
    rows: got.slice(0, ROWS_TOLD),
  }
}

/** The row that differs in the fewest columns, if in fewer than it agrees in. */
function nearest(
  row: Row,
  left: ReadonlySet<number>,
  got: readonly Row[],
  types: ReadonlyMap<string, LogicalType>,
): { readonly at: number; readonly columns: readonly string[] } | null {
  let best: { readonly at: number; readonly columns: readonly string[] } | null = null
  for (const at of left) {
    const columns = differing(row, got[at], types)
    if (columns.length * 2 <= Object.keys(row).length && (best === null || columns.length < best.columns.length)) best = { at, columns }
  }
  return best
}

function differing(expected: Row, got: Row, types: ReadonlyMap<string, LogicalType>): string[] {
  return Object.keys(expected).filter((name) => !sameValue(expected[name], got[name] ?? null, types.get(name)))
}

function sameValue(a: unknown, b: unknown, type: LogicalType | undefined): boolean {
  if (a === null || b === null || type === undefined) return a === b
  if (type === 'json') return canonical(a) === canonical(b)
  if (isDecimal(type)) {
    const exact = (value: unknown): unknown => parseDecimal(String(value), precisionOf(type), scaleOf(type))
    return exact(a) !== undefined && exact(a) === exact(b)
  }
  const [left, right] = [fittingValue(a, type), fittingValue(b, type)]
  if (type === 'float64' && typeof left === 'number' && typeof right === 'number')
    return left === right || Math.abs(left - right) <= RELATIVE_ERROR * Math.max(Math.abs(left), Math.abs(right))
  return (
    left !== undefined && right !== undefined && (type === 'int64' ? String(left) === String(right) : canonical(left) === canonical(right))
  )
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  return `{${Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`)
    .join(',')}}`
}
