/** Columns of streams as TypeScript types, so that a column that is not there is found while one writes. */
import type { LogicalType } from '@belay/columns'

/** A type, with `?` behind it where a value may be NULL. */
export type ColumnType = LogicalType | `${LogicalType}?`

/** Columns as one declares them, in order: `{ name: 'string', age: 'int64?' }`. */
export type ColumnsSpec = Readonly<Record<string, ColumnType>>

/** Columns of a stream, by name. */
export type Columns = Readonly<Record<string, LogicalType>>

export type ColumnsOf<S extends ColumnsSpec> = {
  readonly [K in keyof S]: S[K] extends `${infer T extends LogicalType}?` ? T : S[K] extends LogicalType ? S[K] : LogicalType
}

export type Names<C extends Columns> = Extract<keyof C, string>

export interface DeclaredColumn {
  readonly name: string
  readonly type: LogicalType
  readonly nullable: boolean
}

/** As configs have them. */
export function declared(columns: ColumnsSpec): DeclaredColumn[] {
  return Object.entries(columns).map(([name, type]) => {
    const nullable = type.endsWith('?')
    return { name, type: (nullable ? type.slice(0, -1) : type) as LogicalType, nullable }
  })
}

/** A column that is named as it is keeps its type; what is computed has one that only the engine knows. */
export type Selected<C extends Columns, E extends Readonly<Record<string, string>>> = {
  readonly [K in keyof E]: E[K] extends keyof C ? C[E[K]] : LogicalType
}

type RightName<N, L extends Columns> = N extends string ? (N extends keyof L ? `right_${N}` : N) : never

/** The columns of two joined streams: names of the right side that are taken get a prefix. */
export type Joined<L extends Columns, R extends Columns> = {
  readonly [K in Extract<keyof L, string> | RightName<keyof R, L>]: K extends keyof L
    ? L[K]
    : K extends keyof R
      ? R[K]
      : K extends `right_${infer N}`
        ? N extends keyof R
          ? R[N]
          : LogicalType
        : LogicalType
}

export type WindowBounds = { readonly window_start: 'timestamp'; readonly window_end: 'timestamp' }

/** Rows of an operator's output `errors`. */
export type ErrorColumns = {
  readonly operator: 'string'
  readonly code: 'string'
  readonly message: 'string'
  readonly window: 'int64'
  readonly row: 'json'
}
