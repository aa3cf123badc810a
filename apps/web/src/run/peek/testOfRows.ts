/** A test of a pipeline from rows that went by. */
import type { PipelineTest, TestRow } from '@belay/pipeline'
import type { PeekedRow } from '@belay/run'

export interface PeekColumn {
  readonly name: string
  readonly type: string
}

export interface RowsForTest {
  readonly name: string
  /** Names of tests that are there. */
  readonly taken: readonly string[]
  /** What they come into: `operator` or `operator.port`. */
  readonly port: string
  readonly columns: readonly PeekColumn[]
  /** Newest first. */
  readonly rows: readonly Pick<PeekedRow, 'kind' | 'cells'>[]
}

/**
 * `left`: rows that are not in it, because a text of theirs was cut off or they take another back. null = no row is left.
 * What should come is left open.
 */
export function testOfRows({ name, taken, port, columns, rows }: RowsForTest): {
  readonly test: PipelineTest | null
  readonly left: number
} {
  const whole = rows
    .toReversed()
    .filter(({ kind, cells }) => kind === 'insert' && cells.every((cell) => typeof cell !== 'string' || !cell.endsWith('…')))
  const left = rows.length - whole.length
  if (whole.length === 0) return { test: null, left }
  return {
    test: { name: freeName(name, taken), steps: [{ rows: { [port]: whole.map(({ cells }) => written(columns, cells)) } }], expected: {} },
    left,
  }
}

function freeName(name: string, taken: readonly string[]): string {
  for (let i = 1; ; i += 1) {
    const candidate = i === 1 ? name : `${name} ${i}`
    if (!taken.includes(candidate)) return candidate
  }
}

/** As one writes it in a test; NULL is left out. */
function written(columns: readonly PeekColumn[], cells: PeekedRow['cells']): TestRow {
  return Object.fromEntries(
    columns.flatMap(({ name, type }, i) => {
      const cell = cells[i] ?? null
      return cell === null ? [] : [[name, valueOf(cell, type)]]
    }),
  )
}

function valueOf(cell: string | number | boolean, type: string): unknown {
  if (type === 'timestamp' && typeof cell === 'number') return new Date(cell).toISOString()
  if ((type === 'json' || type.includes('[')) && typeof cell === 'string') return parsed(cell)
  return cell
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
