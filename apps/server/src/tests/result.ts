/** What comes of a test of a pipeline. */

export type Row = Readonly<Record<string, unknown>>

export interface ChangedRow {
  readonly expected: Row
  readonly got: Row
  /** Columns in which they differ. */
  readonly columns: readonly string[]
}

export interface PortResult {
  /** As the test names it; a sink that it does not name by its id. */
  readonly port: string
  /** Rows expected; null = the test says nothing about it. */
  readonly expected: number | null
  readonly got: number
  readonly matched: number
  /** Expected and got, with the same values in most columns. */
  readonly changed: readonly ChangedRow[]
  /** Expected, and nothing like it came. */
  readonly missing: readonly Row[]
  /** Came, and nothing like it is expected. */
  readonly unexpected: readonly Row[]
  /** The first of the rows that came. */
  readonly rows: readonly Row[]
}

export interface TestResult {
  readonly name: string
  /** invalid: the test itself cannot be run as it is written. */
  readonly outcome: 'passed' | 'failed' | 'invalid'
  /** Why, where it is not about rows; what to do next. */
  readonly message: string | null
  readonly wallMs: number
  readonly ports: readonly PortResult[]
}

/** Lists in an answer are cut after so many rows. */
export const ROWS_TOLD = 200
