/** Finds the signature of a call that needs the fewest conversions, and what its types are. */
import { arrayType, elementOf, isArray, isDecimal, type LogicalType, type ScalarType } from '@belay/columns'
import type { FunctionEntry, Signature, TypePattern } from '../functions/entry.ts'
import { coerce, commonType, conversionCost } from './coercion.ts'
import { isOpen, type Typed } from './typed.ts'

export interface ResolvedCall {
  readonly args: readonly Typed[]
  readonly returns: LogicalType
}

/** Undefined if no signature takes these arguments. */
export function resolveCall(entry: FunctionEntry, args: readonly Typed[]): ResolvedCall | undefined {
  let best: ResolvedCall | undefined
  let bestCost = Infinity
  for (const each of entry.signatures) {
    const matched = match(each, args)
    if (matched === undefined || matched.cost >= bestCost) continue
    bestCost = matched.cost
    best = matched
  }
  return best
}

function match(signature: Signature, args: readonly Typed[]): (ResolvedCall & { readonly cost: number }) | undefined {
  const { parameters, variadic, returns } = signature
  if (variadic ? args.length < parameters.length : args.length !== parameters.length) return undefined
  const patterns = args.map((_, i) => parameters[Math.min(i, parameters.length - 1)])
  const bound = bindings(patterns, args)
  if (bound === undefined) return undefined
  let cost = 0
  const converted: Typed[] = []
  for (let i = 0; i < args.length; i += 1) {
    const type = patterns[i] === 'any' ? args[i].type : typeOf(patterns[i], bound)
    const arg = type === undefined ? undefined : coerce(args[i], type)
    if (type === undefined || arg === undefined) return undefined
    if (!isOpen(args[i])) cost += conversionCost(args[i].type, type) ?? 0
    converted.push(arg)
  }
  const result = typeof returns === 'function' ? returns(converted.map((arg) => arg.type)) : typeOf(returns, bound)
  return result === undefined ? undefined : { args: converted, returns: result, cost }
}

type Variable = 'decimal' | 'O' | 'T'

/** Types of the variables; undefined if the arguments in the place of one have none in common. */
function bindings(patterns: readonly TypePattern[], args: readonly Typed[]): ReadonlyMap<Variable, LogicalType> | undefined {
  const found = new Map<Variable, LogicalType[]>()
  for (let i = 0; i < args.length; i += 1) {
    const pattern = patterns[i]
    const variable = variableOf(pattern)
    if (variable === undefined) continue
    const types = found.get(variable) ?? []
    found.set(variable, types)
    if (isOpen(args[i])) continue
    const { type } = args[i]
    if (pattern !== 'array<O>' && pattern !== 'array<T>') types.push(type)
    else if (isArray(type)) types.push(elementOf(type))
    else return undefined
  }
  const bound = new Map<Variable, LogicalType>()
  for (const [variable, types] of found) {
    const type = types.length === 0 ? (variable === 'decimal' ? undefined : 'string') : commonType(types)
    if (type === undefined || !allows(variable, type)) return undefined
    bound.set(variable, type)
  }
  return bound
}

function variableOf(pattern: TypePattern): Variable | undefined {
  switch (pattern) {
    case 'decimal':
    case 'O':
    case 'T':
      return pattern
    case 'array<O>':
      return 'O'
    case 'array<T>':
      return 'T'
    default:
      return undefined
  }
}

function allows(variable: Variable, type: LogicalType): boolean {
  if (variable === 'decimal') return isDecimal(type)
  return variable === 'T' || (type !== 'json' && !isArray(type))
}

/** Undefined for `any`, and for an array of arrays. */
function typeOf(pattern: TypePattern, bound: ReadonlyMap<Variable, LogicalType>): LogicalType | undefined {
  switch (pattern) {
    case 'any':
      return undefined
    case 'decimal':
    case 'O':
    case 'T':
      return bound.get(pattern)
    case 'array<O>':
    case 'array<T>': {
      const element = bound.get(pattern === 'array<O>' ? 'O' : 'T')
      return element === undefined || isArray(element) ? undefined : arrayType(element as ScalarType)
    }
    default:
      return pattern
  }
}

/** `1 or 2`, `2 or more`: how many arguments a function takes. */
export function argumentCounts(entry: FunctionEntry): { readonly text: string; readonly takes: (count: number) => boolean } {
  const counts = [...new Set(entry.signatures.map((each) => each.parameters.length))].sort((a, b) => a - b)
  const variadic = entry.signatures.filter((each) => each.variadic).map((each) => each.parameters.length)
  const least = Math.min(...variadic)
  return {
    text: variadic.length > 0 ? `${counts[0] === 0 ? 'none, or ' : ''}${least} or more` : counts.join(' or '),
    takes: (count) => counts.includes(count) || count >= least,
  }
}
