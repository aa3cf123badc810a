/**
 * What a stream carries, inferred operator by operator while one draws (engine-spec §2).
 */
import type { Schema } from '@belay/columns'

/**
 * append: only new rows; `key` = columns known to be unique, if any.
 * changes: every row taken back is a full image of a row sent before; `key` null = a bag of rows.
 * upsert: rows are taken back by key alone, without the old image.
 */
export type StreamKind =
  | { readonly kind: 'append'; readonly key: readonly string[] | null }
  | { readonly kind: 'changes'; readonly key: readonly string[] | null }
  | { readonly kind: 'upsert'; readonly key: readonly string[] }

export interface EdgeType {
  readonly schema: Schema
  /** The column whose time windows and watermarks go by; null = none known. */
  readonly eventTime: string | null
  readonly changes: StreamKind
}

/** Every operator's built-in `errors` port carries rows of this type (engine-spec H18). */
export const ERRORS_PORT = 'errors'

export const ERRORS_EDGE: EdgeType = {
  schema: [
    { name: 'operator', type: 'string', nullable: false },
    { name: 'code', type: 'string', nullable: false },
    { name: 'message', type: 'string', nullable: false },
    { name: 'window', type: 'int64', nullable: false },
    { name: 'row', type: 'json', nullable: true },
  ],
  eventTime: null,
  changes: { kind: 'append', key: null },
}
