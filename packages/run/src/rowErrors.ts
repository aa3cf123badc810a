/** Rows that operators could not process, grouped by what was wrong with them. */

/** Rows of a group that are kept: the newest. */
export const ROW_ERROR_ROWS = 20
/** Groups of a run; what comes beyond is one group `OTHER` of its operator. */
export const ROW_ERROR_GROUPS = 200

export type OnRowError = 'fail' | 'skip'

/** What is left out, and counted, although the operator fails on other rows. */
export type RowErrorRule =
  /** Errors of one kind, as a group has them. */
  | { readonly kind: 'error'; readonly code: string; readonly shape: string }
  /** Rows equal to one, by its `mark`. */
  | { readonly kind: 'row'; readonly row: string }

/** Rules of an operator. */
export const ROW_ERROR_RULES = 200

export interface RowErrorGroup {
  /** Names the group in its run. */
  readonly id: string
  readonly operator: string
  readonly code: string
  /** What the messages have in common: numbers are `#`, texts in quotes `…`. */
  readonly shape: string
  /** Of the newest one. */
  readonly message: string
  /** skip = left out; error-output = sent to the output `errors`; fail = the operator failed on it. */
  readonly action: 'skip' | 'error-output' | 'fail'
  /**
   * Rows; for `fail` failures. What is replayed after a failure counts once; a restore of the run to an older
   * checkpoint than those kept counts anew.
   */
  readonly count: number
  readonly first: { readonly window: number; readonly atMs: number }
  readonly last: { readonly window: number; readonly atMs: number }
  /** Newest first, of all of them at most ROW_ERROR_ROWS; `row` is JSON, a long one is cut off and ends in `…`. */
  readonly rows: readonly RowErrorRow[]
}

export interface RowErrorRow {
  readonly window: number
  readonly atMs: number
  readonly row: string
  /** Names rows that are equal, as rules do; of a long one its beginning counts. */
  readonly mark: string
}

export interface RowErrors {
  readonly groups: readonly RowErrorGroup[]
  /** In force now, or when the run is resumed. */
  readonly rules: readonly { readonly operator: string; readonly rule: RowErrorRule }[]
}
