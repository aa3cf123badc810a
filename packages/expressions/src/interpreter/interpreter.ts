/**
 * Evaluates a typed tree for one row, plainly: whole numbers and decimals as bigint, text as strings.
 * It is the oracle that kernels are tested against and what constants are folded with. Errors throw
 * RowFailure, left to right, taken branches only.
 */
import { isDecimal, scaleOf, type Exact, type Value } from '@belay/columns'
import type { Arithmetic, Comparison, Typed } from '../check/typed.ts'
import { cast } from '../scalar/cast.ts'
import { compareDatums } from '../scalar/compare.ts'
import { datumOf, valueOf, type Datum } from '../scalar/datum.ts'
import { compareExact, exactResult, within } from '../scalar/exact.ts'
import { RowFailure } from '../scalar/failure.ts'

export type Row = Readonly<Record<string, Value>>

/** The value of an expression on a row. Throws RowFailure. */
export function interpret(node: Typed, row: Row): Value {
  return valueOf(interpretDatum(node, row), node.type)
}

/** `interpret` without leaving the language. */
export function interpretDatum(node: Typed, row: Row): Datum {
  switch (node.kind) {
    case 'literal':
      return node.value
    case 'column':
      return datumOf(row[node.name] ?? null, node.type)
    case 'negate': {
      const value = interpretDatum(node.operand, row)
      if (value === null) return null
      return node.type === 'float64' ? -(value as number) : within(-BigInt(value as Exact), node.type)
    }
    case 'arithmetic': {
      const left = interpretDatum(node.left, row)
      const right = interpretDatum(node.right, row)
      if (left === null || right === null) return null
      if (node.type === 'float64') return float(node.operator, left as number, right as number)
      const [s1, s2] = [scaleOf(node.left.type), scaleOf(node.right.type)]
      return exactResult(node.operator, BigInt(left as Exact), s1, BigInt(right as Exact), s2, node.type)
    }
    case 'compare': {
      const left = interpretDatum(node.left, row)
      const right = interpretDatum(node.right, row)
      return left === null || right === null ? null : holds(node, node.operator, left, right)
    }
    case 'distinct': {
      const left = interpretDatum(node.left, row)
      const right = interpretDatum(node.right, row)
      return left === null || right === null ? left !== right : !holds(node, '=', left, right)
    }
    case 'and':
    case 'or': {
      const decisive = node.kind === 'or'
      const left = interpretDatum(node.left, row)
      if (left === decisive) return decisive
      const right = interpretDatum(node.right, row)
      if (right === decisive) return decisive
      return left === null || right === null ? null : !decisive
    }
    case 'not': {
      const value = interpretDatum(node.operand, row)
      return value === null ? null : value !== true
    }
    case 'is': {
      const value = interpretDatum(node.operand, row)
      const is = node.test === 'null' ? value === null : value === (node.test === 'true')
      return is !== node.negated
    }
    case 'in': {
      const value = interpretDatum(node.operand, row)
      if (value === null) return null
      if (node.values.some((each) => each === value)) return true
      return node.hasNull ? null : false
    }
    case 'like': {
      const value = interpretDatum(node.operand, row)
      const pattern = interpretDatum(node.pattern, row)
      return value === null || pattern === null ? null : isLike(value as string, pattern as string, node.escape)
    }
    case 'case': {
      const branch = node.branches.find((each) => interpretDatum(each.when, row) === true)
      return interpretDatum(branch?.result ?? node.otherwise, row)
    }
    case 'coalesce':
      for (const arg of node.args) {
        const value = interpretDatum(arg, row)
        if (value !== null) return value
      }
      return null
    case 'cast': {
      const value = interpretDatum(node.operand, row)
      if (value === null) return null
      try {
        return cast(value, node.operand.type, node.type)
      } catch (error) {
        if (node.tries && error instanceof RowFailure) return null
        throw error
      }
    }
    case 'call': {
      const { evaluation } = node.entry
      const args = node.args.map((arg) => interpretDatum(arg, row))
      if (evaluation.kind === 'rewritten' || (evaluation.kind === 'strict' && args.includes(null))) return null
      return evaluation.scalar(args, { args: node.args.map((arg) => arg.type), returns: node.type })
    }
  }
}

function float(operator: Arithmetic, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
    case '%':
      return left % right
  }
}

function holds(node: { readonly left: Typed; readonly right: Typed }, operator: Comparison, left: Datum, right: Datum): boolean {
  const { type } = node.left
  // NaN is neither below, at nor above anything.
  if (type === 'float64' && (Number.isNaN(left) || Number.isNaN(right))) return operator === '<>'
  const order =
    type === 'int64' || isDecimal(type)
      ? compareExact(left as Exact, scaleOf(type), right as Exact, scaleOf(node.right.type))
      : compareDatums(type, left, right)
  switch (operator) {
    case '=':
      return order === 0
    case '<>':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

/** By dynamic programming over characters, deliberately unlike the kernels' matcher: O(n·m) on any pattern. */
function isLike(text: string, pattern: string, escape: string | null): boolean {
  const characters = Array.from(text)
  const wanted = Array.from(pattern)
  // reached[i]: the pattern so far matches the first i characters.
  let reached = characters.map(() => false)
  reached.unshift(true)
  for (let k = 0; k < wanted.length; k += 1) {
    const escaped = wanted[k] === escape
    if (escaped) k += 1
    if (k === wanted.length) throw new RowFailure('BAD_PATTERN', 'The LIKE pattern ends with its escape character. Write it twice.')
    const symbol = wanted[k]
    const next: boolean[] = []
    for (let i = 0; i <= characters.length; i += 1) {
      if (!escaped && symbol === '%') next.push(reached[i] || (i > 0 && next[i - 1]))
      else next.push(i > 0 && reached[i - 1] && ((!escaped && symbol === '_') || characters[i - 1] === symbol))
    }
    reached = next
  }
  return reached[characters.length]
}
