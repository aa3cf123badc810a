/** Looking at rows on their way: a sample of what passes on a stream, for as long as somebody looks. */

/** A peek that is not asked for again within this time ends by itself. */
export const PEEK_LEASE_MS = 10_000
/** Streams of one run that can be looked at at once, whoever looks. */
export const MOST_PEEKS = 8

export type PeekCell = string | number | boolean | null

export interface PeekedRow {
  readonly window: number
  readonly kind: 'insert' | 'update-before' | 'update-after' | 'delete'
  /** Long texts are cut off and end in `…`. */
  readonly cells: readonly PeekCell[]
}

/** Rows that have left an operator and are not committed: a failure may take them back and send them again. */
export interface PeekedRows {
  readonly stream: string
  /** Instance that sent them. */
  readonly instance: string
  /** One row in so many was taken. */
  readonly every: number
  /** Rows that went by since it told the last time, the taken ones included. */
  readonly seen: number
  readonly rows: readonly PeekedRow[]
}

/** A stream that is looked at. */
export interface PeekedStream {
  readonly stream: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** What a look of a few seconds has caught. */
export interface PeekSample extends PeekedStream {
  /** Oldest first. */
  readonly rows: readonly PeekedRow[]
  /** At the coarsest one row in so many was taken; null = none passed. */
  readonly every: number | null
  /** Rows that went by, the taken ones included. */
  readonly seen: number
}
