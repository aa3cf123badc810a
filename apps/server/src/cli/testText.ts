/** The result of a test for people: − what is expected, + what came. Pure. */
import type { PortResult, Row, TestResult } from '../tests/result.ts'

const MARKS = { passed: '✓', failed: '✗', invalid: '!' } as const
const ROWS_SHOWN = 20

export function testText({ name, outcome, message, wallMs, ports }: TestResult): string {
  const lines = [`${MARKS[outcome]} ${name} (${(wallMs / 1000).toFixed(1)} s)`]
  if (message !== null) lines.push(`  ${message}`)
  for (const port of ports) lines.push(...portLines(port, message !== null))
  return `${lines.join('\n')}\n`
}

function portLines({ port, expected, got, matched, changed, missing, unexpected, rows }: PortResult, showRows: boolean): string[] {
  if (expected === null) return showRows ? [`  ${port} got ${count(got)}`, ...listed(rows, '+')] : []
  if (changed.length + missing.length + unexpected.length === 0) return []
  return [
    `  ${port}: ${matched} of ${count(expected)} as expected, ${got} came`,
    ...changed
      .slice(0, ROWS_SHOWN)
      .flatMap((row) => [
        `    - ${JSON.stringify(row.expected)}`,
        `    + ${JSON.stringify(only(row.got, row.expected))}`,
        `      ${row.columns.map((column) => `${column}: expected ${text(row.expected[column])}, got ${text(row.got[column])}`).join('; ')}`,
      ]),
    ...listed(missing, '-'),
    ...listed(unexpected, '+'),
  ]
}

function listed(rows: readonly Row[], mark: string): string[] {
  const more = rows.length - ROWS_SHOWN
  return [
    ...rows.slice(0, ROWS_SHOWN).map((row) => `    ${mark} ${JSON.stringify(row)}`),
    ...(more > 0 ? [`    ${mark} and ${more} more; --json tells them`] : []),
  ]
}

/** The columns that the expected row names. */
function only(row: Row, named: Row): Row {
  return Object.fromEntries(Object.keys(named).map((name) => [name, row[name]]))
}

function text(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}

function count(rows: number): string {
  return `${rows} ${rows === 1 ? 'row' : 'rows'}`
}
