/** Calls: the kernel of a function where it has one for these arguments, its scalar row by row elsewhere. */
import { isDecimal, type LogicalType } from '@belay/columns'
import type { Typed } from '../check/typed.ts'
import type { Datum } from '../scalar/datum.ts'
import { utf8 } from '../scalar/hash.ts'
import { jsonPath } from '../scalar/json.ts'
import { ANY_TEXT } from '../scalar/like.ts'
import { RowFailure } from '../scalar/failure.ts'
import { roundFloat, truncateFloat } from '../scalar/round.ts'
import { timePattern } from '../scalar/timePattern.ts'
import { timePart, timeUnit, type TimePart } from '../scalar/timeUnit.ts'
import { Regex } from '../regex/regex.ts'
import { checkGroup } from '../regex/matching.ts'
import type { Evaluator } from './evaluator.ts'
import { exactArithmetic } from './exactArithmetic.ts'
import { bytePath } from './jsonBytes.ts'
import { jsonKernel } from './json.ts'
import { lifted } from './lifted.ts'
import { floatFunction, rounding } from './number.ts'
import { regexCount, regexExtract, regexTest } from './regex.ts'
import {
  byteLength,
  changeCase,
  concatenation,
  constantSubstring,
  likeConstant,
  replaceConstant,
  splitPart,
  textLength,
  trimSpaces,
} from './text.ts'
import { formatting, timePartKernel, truncation } from './time.ts'

type Call = Typed & { kind: 'call' }
type Compile = (node: Typed) => Evaluator

/** `args` are the folded arguments of the call. */
export function callKernel(node: Call, args: readonly Typed[], sub: Compile): Evaluator {
  const { entry, type } = node
  const { evaluation } = entry
  if (evaluation.kind === 'rewritten') throw new TypeError(`${entry.name} has no scalar; the checker should have rewritten it`)
  const types = { args: args.map((arg) => arg.type), returns: type }
  const compute = (values: readonly Datum[]): Datum => evaluation.scalar(values, types)
  // A constant NULL, or one that fails, is left to the scalar, which says what it means.
  const own = constantsAreUsable(() =>
    kernelOf(entry.name, args, type, sub, (operand) => lifted(type, [operand, ...args.slice(1).map(sub)], compute)),
  )
  return own ?? lifted(type, args.map(sub), compute, evaluation.kind === 'lenient')
}

function constantsAreUsable(make: () => Evaluator | undefined): Evaluator | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof RowFailure) return undefined
    throw error
  }
}

function textOf(node: Typed | undefined): string | undefined {
  return node?.kind === 'literal' && typeof node.value === 'string' ? node.value : undefined
}

function numberOf(node: Typed | undefined): number | undefined {
  return node?.kind === 'literal' && typeof node.value === 'number' ? node.value : undefined
}

function kernelOf(
  name: string,
  args: readonly Typed[],
  type: LogicalType,
  sub: Compile,
  slow: (operand: Evaluator) => Evaluator,
): Evaluator | undefined {
  return (
    textKernel(name, args, sub, slow) ??
    timeKernel(name, args, sub) ??
    numberKernel(name, args, type, sub) ??
    (name.startsWith('REGEXP') ? regexKernel(name, args, sub) : undefined) ??
    (name.startsWith('JSON') ? pathKernel(name, args, type, sub) : undefined)
  )
}

const TRIMS: Readonly<Partial<Record<string, readonly [boolean, boolean]>>> = {
  TRIM: [true, true],
  LTRIM: [true, false],
  RTRIM: [false, true],
}

function textKernel(name: string, args: readonly Typed[], sub: Compile, slow: (operand: Evaluator) => Evaluator): Evaluator | undefined {
  const [first, second, third] = args
  const text = textOf(second)
  const count = numberOf(second)
  const trims = TRIMS[name]
  if (trims !== undefined && args.length === 1) return trimSpaces(trims[0], trims[1], sub(first))
  switch (name) {
    case 'LENGTH':
      return textLength(sub(first))
    case 'OCTET_LENGTH':
      return byteLength(sub(first))
    case 'LOWER':
      return changeCase(65, sub(first), slow)
    case 'UPPER':
      return changeCase(97, sub(first), slow)
    case 'CONCAT':
      return concatenation(args.map(sub))
    case 'LEFT':
      return count === undefined ? undefined : constantSubstring(1, count, sub(first), slow)
    case 'SUBSTRING': {
      const length = third === undefined ? Infinity : numberOf(third)
      return count === undefined || count < 1 || length === undefined ? undefined : constantSubstring(count, length, sub(first), slow)
    }
    case 'REPLACE': {
      const by = textOf(third)
      return text === undefined || text === '' || by === undefined ? undefined : replaceConstant(utf8(text), utf8(by), sub(first))
    }
    case 'SPLIT_INDEX':
    case 'SPLIT_PART': {
      const index = (numberOf(third) ?? -1) - (name === 'SPLIT_PART' ? 1 : 0)
      if (text === undefined || text === '' || index < 0) return undefined
      return splitPart(utf8(text), index, name === 'SPLIT_PART' ? 'empty' : 'null', sub(first))
    }
    case 'STARTS_WITH':
    case 'ENDS_WITH':
    case 'CONTAINS': {
      if (text === undefined) return undefined
      const tokens: number[] = [...utf8(text)]
      if (name !== 'STARTS_WITH') tokens.unshift(ANY_TEXT)
      if (name !== 'ENDS_WITH') tokens.push(ANY_TEXT)
      return likeConstant(tokens, sub(first))
    }
    default:
      return undefined
  }
}

const PARTS: Readonly<Partial<Record<string, TimePart>>> = {
  YEAR: 'year',
  QUARTER: 'quarter',
  MONTH: 'month',
  WEEK: 'week',
  DAY: 'day',
  DAYOFWEEK: 'dow',
  DAYOFYEAR: 'doy',
  HOUR: 'hour',
  MINUTE: 'minute',
  SECOND: 'second',
  MILLISECOND: 'millisecond',
  UNIX_TIMESTAMP: 'epoch',
}

function timeKernel(name: string, args: readonly Typed[], sub: Compile): Evaluator | undefined {
  const [first, second] = args
  const part = PARTS[name]
  if (part !== undefined && args.length === 1) return timePartKernel(part, sub(first))
  const unit = textOf(first)
  const pattern = textOf(second)
  switch (name) {
    case 'EXTRACT':
      return unit === undefined ? undefined : timePartKernel(timePart(unit), sub(second))
    case 'DATE_TRUNC':
      return unit === undefined || args.length > 2 ? undefined : truncation(timeUnit(unit), sub(second))
    case 'DATE_FORMAT':
      return pattern === undefined || args.length > 2 ? undefined : formatting(timePattern(pattern), sub(first))
    default:
      return undefined
  }
}

function numberKernel(name: string, args: readonly Typed[], type: LogicalType, sub: Compile): Evaluator | undefined {
  const [first, second] = args
  if (name === 'MOD' && (type === 'int64' || isDecimal(type)))
    return exactArithmetic('%', type, sub(first), first.type, sub(second), second.type)
  if (name === 'DIV') return exactArithmetic('/', 'int64', sub(first), 'int64', sub(second), 'int64')
  if (type !== 'float64') return undefined
  if (name === 'ROUND' || name === 'TRUNCATE') {
    const digits = second === undefined ? 0 : numberOf(second)
    return digits === undefined ? undefined : rounding(name === 'ROUND' ? roundFloat : truncateFloat, digits, sub(first))
  }
  return args.length === 1 ? floatFunction(name, sub(first)) : undefined
}

function regexKernel(name: string, args: readonly Typed[], sub: Compile): Evaluator | undefined {
  const [first, second, third] = args
  const pattern = textOf(second)
  if (pattern === undefined) return undefined
  switch (name) {
    case 'REGEXP_LIKE':
      return regexTest(new Regex(pattern), sub(first))
    case 'REGEXP_COUNT':
      return regexCount(new Regex(pattern), sub(first))
    case 'REGEXP_EXTRACT': {
      const group = third === undefined ? 0 : numberOf(third)
      if (group === undefined) return undefined
      const regex = new Regex(pattern)
      checkGroup(regex, group)
      return regexExtract(regex, group, sub(first))
    }
    default:
      return undefined
  }
}

function pathKernel(name: string, args: readonly Typed[], type: LogicalType, sub: Compile): Evaluator | undefined {
  const path = textOf(args[1])
  return path === undefined ? undefined : jsonKernel(name, type, bytePath(jsonPath(path)), sub(args[0]), args[0].type === 'json')
}
