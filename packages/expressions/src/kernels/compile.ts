/** Typed tree to kernels: one evaluator per node, one call per node and batch (engine-spec H30). */
import {
  BATCH_ROWS,
  columnBuilder,
  fieldIndex,
  sliceColumn,
  storageOf,
  type Batch,
  type Column,
  type LogicalType,
  type NumberType,
  type Schema,
} from '@belay/columns'
import { operandsOf, withOperands, type Comparison, type Typed, type TypedExpression } from '../check/typed.ts'
import { interpretDatum } from '../interpreter/interpreter.ts'
import { castIsTotal } from '../scalar/cast.ts'
import { pushDatum, type Datum } from '../scalar/datum.ts'
import { RowFailure } from '../scalar/failure.ts'
import { utf8 } from '../scalar/hash.ts'
import { likeTokens, matchesTokens } from '../scalar/like.ts'
import { characterCount } from '../scalar/text.ts'
import { floatArithmetic, negation } from './arithmetic.ts'
import { castKernel } from './casts.ts'
import { caseOf, coalesceOf } from './choice.ts'
import { comparison, comparisonWithConstant, distinctness, pairComparison } from './comparison.ts'
import { Bytes, ownNulls, type Evaluator } from './evaluator.ts'
import { exactArithmetic } from './exactArithmetic.ts'
import { callKernel } from './functions.ts'
import { lifted } from './lifted.ts'
import { isTest, logic, negatedBool } from './logic.ts'
import { membership } from './membership.ts'
import type { RowErrors } from './rowErrors.ts'
import { Occurrences, Shared, type Round } from './shared.ts'
import { likeConstant, occupied } from './text.ts'

export interface Kernel {
  /** The column is valid until the next call. A row whose error was marked is NULL. */
  evaluate(batch: Batch, errors: RowErrors): Column
}

/** Throws TypeError if the schema lacks a column the expression was checked with. */
export function compileExpression(expression: TypedExpression, schema: Schema): Kernel {
  for (const name of expression.columns)
    if (fieldIndex(schema, name) < 0) throw new TypeError(`the schema has no column ${name}; check the expression against the same schema`)
  const tree = folded(expression.tree)
  const round: Round = { id: 0 }
  const root = new Compiler(schema, new Occurrences(tree), round).compile(tree)
  const nullMemory = new Bytes()
  return {
    evaluate(batch, errors) {
      round.id += 1
      const column = root.run(batch, errors, undefined)
      if (errors.count === 0) return column
      // A failed WHEN is not TRUE, so its row went on to a later branch; here it becomes NULL.
      const nulls = ownNulls(column.nulls, batch.rows, nullMemory)
      errors.forEach((row) => {
        nulls[row] = 1
      })
      return { ...column, nulls }
    },
  }
}

/** The tree with every part that reads no column computed; one that fails stays, and fails on the rows that reach it. */
function folded(node: Typed): Typed {
  if (node.kind === 'literal' || node.kind === 'column') return node
  const whole = withOperands(node, folded)
  if (operandsOf(whole).some((operand) => operand.kind !== 'literal')) return whole
  try {
    return { kind: 'literal', type: node.type, nullable: node.nullable, value: interpretDatum(whole, {}), open: false }
  } catch (error) {
    if (error instanceof RowFailure) return whole
    throw error
  }
}

function mayFail(node: Typed): boolean {
  switch (node.kind) {
    case 'arithmetic':
      return node.type !== 'float64' || operandsOf(node).some(mayFail)
    case 'cast':
      return (!node.tries && !castIsTotal(node.operand.type, node.type)) || mayFail(node.operand)
    case 'negate':
    case 'call':
    case 'like':
      return true
    default:
      return operandsOf(node).some(mayFail)
  }
}

const MIRRORED: Readonly<Record<Comparison, Comparison>> = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

class Compiler {
  readonly #schema: Schema
  readonly #occurrences: Occurrences
  readonly #round: Round
  readonly #shared = new Map<number, Shared>()

  constructor(schema: Schema, occurrences: Occurrences, round: Round) {
    this.#schema = schema
    this.#occurrences = occurrences
    this.#round = round
  }

  compile(node: Typed): Evaluator {
    const key = this.#occurrences.sharedKey(node)
    if (key === undefined) return this.#node(node)
    let shared = this.#shared.get(key)
    if (shared === undefined) {
      shared = new Shared(this.#round, () => this.#node(node))
      this.#shared.set(key, shared)
    }
    return shared.place()
  }

  #node(node: Typed): Evaluator {
    const sub = (operand: Typed): Evaluator => this.compile(operand)
    switch (node.kind) {
      case 'literal':
        return constant(node.type, node.value)
      case 'column': {
        const index = fieldIndex(this.#schema, node.name)
        return { run: (batch) => batch.columns[index] }
      }
      case 'negate':
        return negation(node.type as NumberType, sub(node.operand))
      case 'arithmetic': {
        const { operator, left, right, type } = node
        const counted = operator === '-' ? this.#occupied(left, right) : undefined
        if (counted !== undefined) return counted
        if (type === 'float64') return floatArithmetic(operator, sub(left), sub(right))
        return exactArithmetic(operator, type as NumberType, sub(left), left.type, sub(right), right.type)
      }
      case 'compare':
        return this.#comparison(node)
      case 'distinct':
        return distinctness(
          pairComparison('<>', storageOf(node.left.type), node.left.type, node.right.type),
          sub(node.left),
          sub(node.right),
        )
      case 'and':
      case 'or':
        return logic(node.kind, sub(node.left), sub(node.right), mayFail(node.right))
      case 'not':
        return negatedBool(sub(node.operand))
      case 'is':
        return isTest(node.test, node.negated, sub(node.operand))
      case 'in':
        return membership(sub(node.operand), node.operand.type, node.values, node.hasNull)
      case 'like':
        return this.#like(node)
      case 'case': {
        const branches = node.branches.map((branch) => ({ when: sub(branch.when), result: sub(branch.result) }))
        return caseOf(node.type, branches, sub(node.otherwise))
      }
      case 'coalesce':
        return coalesceOf(node.type, node.args.map(sub))
      case 'cast':
        return castKernel(sub(node.operand), node.operand.type, node.type, node.tries)
      case 'call':
        return callKernel(node, node.args, sub)
    }
  }

  /** LENGTH(x) - LENGTH(REPLACE(x, part, '')), as one counts a part in SQL: counted, without the text between. */
  #occupied(left: Typed, right: Typed): Evaluator | undefined {
    if (!isCallOf(left, 'LENGTH') || !isCallOf(right, 'LENGTH')) return undefined
    const [replaced] = right.args
    if (!isCallOf(replaced, 'REPLACE')) return undefined
    const [text, part, by] = replaced.args
    if (part.kind !== 'literal' || typeof part.value !== 'string' || part.value === '') return undefined
    if (by.kind !== 'literal' || by.value !== '' || !this.#occurrences.same(text, left.args[0])) return undefined
    return occupied(utf8(part.value), characterCount(part.value), this.compile(text))
  }

  #comparison(node: Typed & { kind: 'compare' }): Evaluator {
    const { operator, left, right } = node
    if (right.kind === 'literal' && right.value !== null)
      return comparisonWithConstant(operator, this.compile(left), left.type, right.value, right.type)
    if (left.kind === 'literal' && left.value !== null)
      return comparisonWithConstant(MIRRORED[operator], this.compile(right), right.type, left.value, left.type)
    return comparison(pairComparison(operator, storageOf(left.type), left.type, right.type), this.compile(left), this.compile(right))
  }

  #like(node: Typed & { kind: 'like' }): Evaluator {
    const { operand, pattern, escape } = node
    if (pattern.kind === 'literal' && typeof pattern.value === 'string') {
      const tokens = tokensOrUndefined(pattern.value, escape)
      if (tokens !== undefined) return likeConstant(tokens, this.compile(operand))
    }
    return lifted('bool', [this.compile(operand), this.compile(pattern)], ([value, text]) => {
      const bytes = new TextEncoder().encode(value as string)
      return matchesTokens(likeTokens(text as string, escape), bytes, 0, bytes.length)
    })
  }
}

function isCallOf(node: Typed, name: string): node is Typed & { kind: 'call' } {
  return node.kind === 'call' && node.entry.name === name
}

function tokensOrUndefined(pattern: string, escape: string | null): number[] | undefined {
  try {
    return likeTokens(pattern, escape)
  } catch (error) {
    if (error instanceof RowFailure) return undefined // it fails row by row, where a row reaches it
    throw error
  }
}

/** The same value on every row: a view of a column that is built once for as many rows as batches have. */
function constant(type: LogicalType, value: Datum): Evaluator {
  let built: Column | undefined
  let builtRows = 0
  return {
    run({ rows }) {
      if (built === undefined || rows > builtRows) {
        builtRows = Math.max(rows, BATCH_ROWS)
        const builder = columnBuilder(type)
        for (let i = 0; i < builtRows; i += 1) pushDatum(builder, value)
        built = builder.finish()
      }
      return rows === builtRows ? built : sliceColumn(built, 0, rows)
    },
  }
}
