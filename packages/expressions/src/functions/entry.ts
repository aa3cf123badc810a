/** What a function of the language is: the catalogue's entry for people, its scalar meaning, its Flink SQL. */
import type { LogicalType, Value } from '@belay/columns'
import type { Datum } from '../scalar/datum.ts'

/**
 * A parameter or result: a type; `any`; or `decimal` (any decimal), `O` (any type with an order) and `T`
 * (any type), each of which is one and the same type wherever it stands in one call.
 */
export type TypePattern = LogicalType | 'any' | 'decimal' | 'O' | 'T' | 'array<O>' | 'array<T>'

export interface Signature {
  readonly parameters: readonly TypePattern[]
  /** The last parameter may repeat. */
  readonly variadic: boolean
  readonly returns: TypePattern | ((args: readonly LogicalType[]) => LogicalType)
}

export interface CallTypes {
  readonly args: readonly LogicalType[]
  readonly returns: LogicalType
}

/** Computes one row. Throws RowFailure. */
export type Scalar = (args: readonly Datum[], types: CallTypes) => Datum

export type Category = 'number' | 'text' | 'regex' | 'time' | 'conditional' | 'json' | 'array' | 'hash'

/** How a call is written in Flink SQL; `args` are written already. */
export type FlinkSql =
  | { readonly kind: 'sql'; readonly print: (args: readonly string[]) => string }
  | { readonly kind: 'differs'; readonly print: (args: readonly string[]) => string; readonly note: string }
  | { readonly kind: 'none'; readonly reason: string }

/**
 * How a call is evaluated: `strict` is NULL if an argument is, `lenient` is given NULLs, `rewritten`
 * is turned by the checker into parts of the language that evaluate only what is needed.
 */
type Evaluation =
  | { readonly kind: 'strict'; readonly scalar: Scalar }
  | { readonly kind: 'lenient'; readonly scalar: Scalar }
  | { readonly kind: 'rewritten' }

export interface FunctionEntry {
  /** Upper case. */
  readonly name: string
  /** Other names people write, upper case. */
  readonly aliases: readonly string[]
  readonly category: Category
  readonly signatures: readonly Signature[]
  /** One line. */
  readonly doc: string
  readonly example: { readonly expression: string; readonly result: Value }
  readonly evaluation: Evaluation
  /** The result may be NULL though no argument is. */
  readonly mayReturnNull: boolean
  /** Checks of constant arguments by position, made while one types; throw RowFailure. */
  readonly constants: Readonly<Record<number, (value: string) => unknown>>
  readonly flink: FlinkSql
}

type Options = Partial<Pick<FunctionEntry, 'aliases' | 'constants' | 'flink'>> & { readonly nullable?: boolean; readonly lenient?: boolean }

/** Entries of one category: name, signatures, doc, example, its result, scalar, and what is not usual. */
export function entries(
  category: Category,
): (
  name: string,
  signatures: readonly Signature[],
  doc: string,
  expression: string,
  result: Value,
  scalar: Scalar | null,
  options?: Options,
) => FunctionEntry {
  return (name, signatures, doc, expression, result, scalar, options = {}) => ({
    name,
    aliases: options.aliases ?? [],
    category,
    signatures,
    doc,
    example: { expression, result },
    evaluation: scalar === null ? { kind: 'rewritten' } : { kind: options.lenient === true ? 'lenient' : 'strict', scalar },
    mayReturnNull: options.nullable === true,
    constants: options.constants ?? {},
    flink: options.flink ?? sql((args) => `${name}(${args.join(', ')})`),
  })
}

export function sql(print: (args: readonly string[]) => string): FlinkSql {
  return { kind: 'sql', print }
}

/** The same function under another name there. */
export function sqlName(name: string): FlinkSql {
  return sql((args) => `${name}(${args.join(', ')})`)
}

export function differs(note: string, print: (args: readonly string[]) => string): FlinkSql {
  return { kind: 'differs', print, note }
}

export function noSql(reason: string): FlinkSql {
  return { kind: 'none', reason }
}

/** `parameters`: patterns separated by spaces; a last one with `…` may repeat. */
export function signature(parameters: string, returns: Signature['returns']): Signature {
  const variadic = parameters.endsWith('…')
  const patterns = parameters
    .replace('…', '')
    .split(' ')
    .filter((each) => each !== '')
  return { parameters: patterns as TypePattern[], variadic, returns }
}

/** A text argument. */
export const text = (value: Datum): string => value as string
/** A number argument; int64 beyond ±2^53 as the nearest number, which is near enough for counts and positions. */
export const number = (value: Datum): number => Number(value)
export const list = (value: Datum): readonly Datum[] => value as readonly Datum[]
