/**
 * Random well-typed expressions over every operator and every function of the catalogue.
 *
 * Functions are found by their signatures, so a new one takes part at once; arguments that have to be a
 * unit, a pattern, a path or a zone are recognised by the check that the catalogue names for them.
 */
import { arrayType, elementOf, isArray, isDecimal, type LogicalType, type ScalarType } from '@belay/columns'
import { FUNCTIONS } from '../functions/catalogue.ts'
import type { FunctionEntry, Signature, TypePattern } from '../functions/entry.ts'
import { regexOf } from '../regex/regex.ts'
import { jsonPath } from '../scalar/json.ts'
import { urlPartName } from '../scalar/text.ts'
import { timePattern } from '../scalar/timePattern.ts'
import { timePart, timeUnit } from '../scalar/timeUnit.ts'
import { zoneOf } from '../scalar/zone.ts'
import type { Random } from './random.ts'
import { randomText, SCHEMA } from './randomRows.ts'

const SCALARS: readonly ScalarType[] = [
  'bool',
  'int64',
  'float64',
  'string',
  'timestamp',
  'date',
  'interval',
  'decimal(18,3)',
  'decimal(6,2)',
  'json',
]
const ORDERED = SCALARS.filter((type) => type !== 'json')
export const TYPES: readonly LogicalType[] = [...SCALARS, 'array<int64>', 'array<string>', 'array<json>']

/** A call that gives a type. */
interface Candidate {
  readonly entry: FunctionEntry
  readonly parameters: readonly LogicalType[]
  readonly variadic: boolean
}

/** By the type they give, then by function: a function with many signatures is not called more often than others. */
const BY_TYPE = new Map<LogicalType, Map<FunctionEntry, Candidate[]>>()
const BY_FUNCTION: (readonly Candidate[])[] = []

for (const entry of FUNCTIONS) {
  const all = candidatesOf(entry)
  BY_FUNCTION.push(all.map(({ candidate }) => candidate))
  for (const { returns, candidate } of all) {
    const ofType = BY_TYPE.get(returns) ?? new Map<FunctionEntry, Candidate[]>()
    BY_TYPE.set(returns, ofType)
    ofType.set(entry, [...(ofType.get(entry) ?? []), candidate])
  }
}

function candidatesOf(entry: FunctionEntry): { readonly returns: LogicalType; readonly candidate: Candidate }[] {
  return entry.signatures.flatMap((signature) =>
    boundTypes(signature).map((bound) => {
      const parameters = signature.parameters.map((pattern) => concrete(pattern, bound))
      const returns = typeof signature.returns === 'function' ? signature.returns(parameters) : concrete(signature.returns, bound)
      return { returns, candidate: { entry, parameters, variadic: signature.variadic } }
    }),
  )
}

function boundTypes(signature: Signature): readonly ScalarType[] {
  const patterns: readonly unknown[] = [...signature.parameters, signature.returns]
  if (patterns.includes('decimal')) return SCALARS.filter(isDecimal)
  if (patterns.includes('O') || patterns.includes('array<O>')) return ORDERED
  return patterns.some((pattern) => pattern === 'T' || pattern === 'array<T>' || pattern === 'any') ? SCALARS : ['bool']
}

function concrete(pattern: TypePattern, bound: ScalarType): LogicalType {
  switch (pattern) {
    case 'any':
    case 'decimal':
    case 'O':
    case 'T':
      return bound
    case 'array<O>':
    case 'array<T>':
      return arrayType(bound)
    default:
      return pattern
  }
}

const PATTERNS = ['[a-c]+', '(\\w)(\\d)?', '(&|^)channel_id=([^&]*)', '.', 'é|x', '^a', 'b$', '[^a]*', '', '(a|b)+?', '\\b', '(?i)B']
const CONSTANTS: readonly (readonly [check: unknown, choices: readonly string[]])[] = [
  [regexOf, PATTERNS],
  [timeUnit, ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year']],
  [timePart, ['year', 'quarter', 'month', 'week', 'day', 'dow', 'isodow', 'doy', 'hour', 'minute', 'second', 'millisecond', 'epoch']],
  [zoneOf, ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', '+05:30', '-11:00']],
  [
    timePattern,
    ['yyyy-MM-dd', 'HH:mm', 'yyyy-MM-dd HH:mm:ss', "EEE d MMM yyyy 'at' h:mm a", 'yy/M/d H:m:s.SSS', 'D Q', "yyyy-MM-dd'T'HH:mm:ss.SSS"],
  ],
  [jsonPath, ['$', '$.a', '$.b', '$.a.b', '$.a[0]', '$[1]', '$["c d"]', '$.é', '$.a[2].b']],
  [urlPartName, ['HOST', 'PATH', 'QUERY', 'PROTOCOL', 'REF', 'FILE', 'USERINFO', 'AUTHORITY']],
]

export class ExpressionMaker {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  /** Text of an expression of the type; it may contain NULLs whose type cannot be found. */
  make(type: LogicalType, depth: number): string {
    const random = this.#random
    if (depth <= 0 || random.chance(0.12)) return this.#leaf(type)
    const deeper = (of: LogicalType): string => this.make(of, depth - 1)
    const choice = random.next()
    if (choice < 0.45) return this.#call(type, depth) ?? this.#leaf(type)
    if (choice < 0.53)
      return random.of([
        () => `CASE WHEN ${deeper('bool')} THEN ${deeper(type)} WHEN ${deeper('bool')} THEN ${deeper(type)} END`,
        () => `CASE ${deeper('string')} WHEN ${deeper('string')} THEN ${deeper(type)} ELSE ${deeper(type)} END`,
        () => `IF(${deeper('bool')}, ${deeper(type)}, ${deeper(type)})`,
        () => `COALESCE(${deeper(type)}, ${deeper(type)})`,
      ])()
    if (choice < 0.61) return this.#cast(type, depth) ?? this.#leaf(type)
    return this.#operation(type, deeper) ?? this.#leaf(type)
  }

  /** A call of one of the catalogue's functions, chosen by number. */
  makeCall(index: number, depth: number): string {
    return this.#callOf(this.#random.of(BY_FUNCTION[index % BY_FUNCTION.length]), depth)
  }

  #leaf(type: LogicalType): string {
    const random = this.#random
    if (random.chance(0.04)) return 'NULL'
    const columns = SCHEMA.filter((field) => field.type === type)
    if (columns.length > 0 && random.chance(0.65)) return random.of(columns).name
    return this.#literal(type)
  }

  #literal(type: LogicalType): string {
    const random = this.#random
    if (isArray(type)) return `ARRAY[${Array.from({ length: random.int(1, 3) }, () => this.#leaf(elementOf(type))).join(', ')}]`
    if (isDecimal(type)) return `CAST(${random.of(['0.908', '-1.5', '12.25', '0', '999.99'])} AS DECIMAL${type.slice(7)})`
    switch (type) {
      case 'bool':
        return random.of(['TRUE', 'FALSE'])
      case 'int64':
        return random.chance(0.85)
          ? String(random.int(-3, 6))
          : random.of(['9007199254740993', '-9223372036854775808', '9223372036854775807', '300'])
      case 'float64':
        return random.of(['1.5e0', '-0.25e0', '1e300', '2e0', '0e0'])
      case 'string':
        return this.#quoted(randomText(random, random.chance(0.3)))
      case 'json':
        return `CAST(${this.#quoted(random.of(['{"a":1}', '[1,2]', '"x"', 'null']))} AS JSON)`
      case 'timestamp':
        return "TIMESTAMP '2001-02-03 04:05:06'"
      case 'date':
        return "DATE '2001-02-03'"
      default:
        return random.of(["INTERVAL '90' MINUTE", "INTERVAL '2' DAY", "INTERVAL '-1 02:03' DAY TO MINUTE"])
    }
  }

  #quoted(text: string): string {
    return `'${text.replaceAll("'", "''")}'`
  }

  #call(type: LogicalType, depth: number): string | undefined {
    const random = this.#random
    const choices = BY_TYPE.get(type)
    return choices === undefined ? undefined : this.#callOf(random.of(random.of([...choices.values()])), depth)
  }

  #callOf({ entry, parameters, variadic }: Candidate, depth: number): string {
    const random = this.#random
    const types = [...parameters]
    const last = parameters.at(-1)
    if (variadic && last !== undefined) for (let more = random.int(0, 2); more > 0; more -= 1) types.push(last)
    const args = types.map((parameter, i) => this.#argument(entry, parameter, i, depth))
    return `${random.of([entry.name, ...entry.aliases])}(${args.join(', ')})`
  }

  #argument(entry: FunctionEntry, type: LogicalType, index: number, depth: number): string {
    const random = this.#random
    const check = entry.constants[index]
    const choices = CONSTANTS.find(([known]) => known === check)?.[1]
    if (check !== undefined && choices !== undefined && random.chance(0.95)) {
      const constant = this.#quoted(random.of(choices))
      // The same value, but not a constant, so that the way without a kernel is taken too.
      return random.chance(0.25) ? `IF(b, ${constant}, ${constant})` : constant
    }
    // Constants are what kernels of their own wait for.
    return index > 0 && random.chance(0.4) ? this.#literal(type) : this.make(type, depth - 1)
  }

  #cast(type: LogicalType, depth: number): string | undefined {
    const random = this.#random
    const name = sqlTypeName(type)
    const from = random.of(SOURCES.filter((source) => source.to === type))?.from
    if (from === undefined) return undefined
    return `${random.of(['CAST', 'TRY_CAST', 'TRY_CAST'])}(${this.make(from, depth - 1)} AS ${name})`
  }

  #operation(type: LogicalType, deeper: (type: LogicalType) => string): string | undefined {
    const random = this.#random
    const any = (): LogicalType => random.of(ORDERED)
    if (isDecimal(type))
      return `CAST((${deeper(random.of(['decimal(18,3)', 'decimal(6,2)', 'int64'] as const))} ${random.of(['+', '-', '*', '/', '%'])} ${deeper(type)}) AS DECIMAL${type.slice(7)})`
    switch (type) {
      case 'int64':
        return random.of([
          () => `(${deeper('int64')} ${random.of(['+', '-', '*', '/', '%'])} ${deeper('int64')})`,
          () => `(- ${deeper('int64')})`,
          () => `(${deeper('timestamp')} - ${deeper('timestamp')})`,
          () => `(${deeper('date')} - ${deeper('date')})`,
        ])()
      case 'float64':
        return random.of([
          () =>
            `(${deeper('float64')} ${random.of(['+', '-', '*', '/', '%'])} ${deeper(random.of(['float64', 'int64', 'decimal(18,3)'] as const))})`,
          () => `(- ${deeper('float64')})`,
        ])()
      case 'string':
        return `(${deeper('string')} || ${deeper('string')})`
      case 'bool':
        return this.#condition(deeper, any)
      case 'timestamp':
        return random.of([
          () => `(${deeper('timestamp')} ${random.of(['+', '-'])} ${deeper(random.of(['int64', 'interval'] as const))})`,
          () =>
            `(${deeper('timestamp')} ${random.of(['+', '-'])} INTERVAL '${random.int(-20, 20)}' ${random.of(['MONTH', 'YEAR', 'DAY'])})`,
          () => `(${deeper('timestamp')} AT TIME ZONE 'Europe/Berlin')`,
        ])()
      case 'date':
        return `(${deeper('date')} ${random.of(['+', '-'])} ${random.of(["INTERVAL '2' DAY", "INTERVAL '5' MONTH", '7'])})`
      case 'interval':
        return random.of([
          () => `(${deeper('interval')} ${random.of(['+', '-'])} ${deeper('interval')})`,
          () => `(${deeper('interval')} ${random.of(['*', '/'])} ${deeper('int64')})`,
          () => `(- ${deeper('interval')})`,
        ])()
      default:
        return undefined
    }
  }

  #condition(deeper: (type: LogicalType) => string, any: () => LogicalType): string {
    const random = this.#random
    const comparison = random.of(['=', '<>', '<', '<=', '>', '>='])
    const type = random.of(ORDERED.filter((each) => each !== 'bool'))
    const exact = (): LogicalType => random.of(['int64', 'decimal(18,3)', 'decimal(6,2)'] as const)
    return random.of([
      () => `(${deeper(type)} ${comparison} ${deeper(type)})`,
      () => `(${deeper(exact())} ${comparison} ${deeper(exact())})`,
      () => `(${deeper(exact())} ${comparison} ${random.of(['1.5', '-0.25', '3', '9007199254740993', '12345678901234.5678', '0.0005'])})`,
      () => `(${deeper('bool')} ${random.of(['AND', 'OR', '=', '<>'])} ${deeper('bool')})`,
      () => `(NOT ${deeper('bool')})`,
      () => `(${deeper('bool')} IS ${random.of(['TRUE', 'NOT TRUE', 'FALSE', 'NULL', 'NOT UNKNOWN'])})`,
      () => `(${deeper(any())} IS ${random.of(['NULL', 'NOT NULL'])})`,
      () => `(${deeper(type)} IS ${random.of(['', 'NOT '])}DISTINCT FROM ${deeper(type)})`,
      () => `(${deeper(type)} BETWEEN ${deeper(type)} AND ${deeper(type)})`,
      () => `(${deeper('int64')} ${random.of(['IN', 'NOT IN'])} (1, 2, 9007199254740993, ${deeper('int64')}))`,
      () =>
        `(${deeper('string')} ${random.of(['IN', 'NOT IN'])} ('a', '7', ${random.of(["'é'", 'NULL', "'b','c','d','e','f','g','h','i','j'"])}))`,
      () => `(${deeper(type)} IN (${this.#literal(type)}, ${this.#literal(type)}))`,
      () =>
        `(${deeper('string')} LIKE ${random.chance(0.7) ? this.#quoted(random.of(['a%', '%b', '_%', '%a%b%', '', '1_', '%é%'])) : deeper('string')})`,
      () => `(${deeper('string')} NOT LIKE ${this.#quoted(random.of(['a-%', '-_b%', '%--%']))} ESCAPE '-')`,
      () => `(${deeper('string')} IS JSON)`,
    ])()
  }
}

const SOURCES: readonly { readonly from: LogicalType; readonly to: LogicalType }[] = [
  ...TYPES.map((from) => ({ from, to: 'string' as const })),
  ...SCALARS.map((to) => ({ from: 'string' as const, to })),
  ...(['bool', 'float64', 'decimal(18,3)', 'timestamp', 'interval'] as const).flatMap((type) => [
    { from: 'int64' as const, to: type },
    { from: type, to: 'int64' as const },
  ]),
  { from: 'float64', to: 'decimal(6,2)' },
  { from: 'float64', to: 'decimal(18,3)' },
  { from: 'decimal(6,2)', to: 'float64' },
  { from: 'decimal(18,3)', to: 'float64' },
  { from: 'decimal(18,3)', to: 'decimal(6,2)' },
  { from: 'decimal(6,2)', to: 'decimal(18,3)' },
  { from: 'timestamp', to: 'date' },
  { from: 'date', to: 'timestamp' },
  { from: 'array<int64>', to: 'array<string>' },
  { from: 'array<string>', to: 'array<int64>' },
  { from: 'string', to: 'array<int64>' },
  { from: 'array<int64>', to: 'json' },
]

function sqlTypeName(type: LogicalType): string {
  if (isArray(type)) return `ARRAY<${sqlTypeName(elementOf(type))}>`
  if (isDecimal(type)) return type.toUpperCase()
  return {
    bool: 'BOOLEAN',
    int64: 'BIGINT',
    float64: 'DOUBLE',
    string: 'STRING',
    timestamp: 'TIMESTAMP',
    date: 'DATE',
    interval: 'INTERVAL',
    json: 'JSON',
  }[type]
}
