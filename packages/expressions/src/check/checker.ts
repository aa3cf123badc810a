/**
 * Gives every node a type and nullability over a schema, and rewrites sugar away. Reports all
 * problems it finds; a node below a problem is `undefined` and silences its parents.
 */
import { fieldIndex, type LogicalType, type Schema } from '@belay/columns'
import { findFunction, FUNCTION_NAMES } from '../functions/catalogue.ts'
import type { FunctionEntry } from '../functions/entry.ts'
import { SyntaxStop, type ExpressionProblem } from '../problem.ts'
import { canCast } from '../scalar/cast.ts'
import { RowFailure } from '../scalar/failure.ts'
import { parse } from '../syntax/parser.ts'
import type { Syntax } from '../syntax/tree.ts'
import { addedMonths, arithmeticOf } from './arithmetic.ts'
import { argumentCounts, resolveCall } from './calls.ts'
import { coerce, isNumeric, unify } from './coercion.ts'
import { compared, refusal, unlessDistinct, type Compared } from './comparing.ts'
import { nearestName } from './nearestName.ts'
import { chosen, rewritten } from './rewrites.ts'
import { isOpen, literal, OPEN_NULL, operandsOf, type Arithmetic, type Comparison, type Typed, type TypedExpression } from './typed.ts'

export type CheckResult =
  | { readonly ok: true; readonly expression: TypedExpression }
  | { readonly ok: false; readonly problems: readonly ExpressionProblem[] }

/** Parses and checks an expression over the columns of a schema. Never throws. */
export function checkExpression(text: string, schema: Schema): CheckResult {
  try {
    const checker = new Checker(schema)
    const tree = checker.check(parse(text))
    if (tree === undefined || checker.problems.length > 0) return { ok: false, problems: checker.problems }
    const columns = new Set<string>()
    collectColumns(tree, columns)
    return { ok: true, expression: { type: tree.type, nullable: tree.nullable, columns: [...columns], tree } }
  } catch (error) {
    if (error instanceof SyntaxStop) return { ok: false, problems: [error.problem] }
    throw error
  }
}

function collectColumns(node: Typed, columns: Set<string>): void {
  if (node.kind === 'column') columns.add(node.name)
  for (const operand of operandsOf(node)) collectColumns(operand, columns)
}

/** Names of what differs from one evaluation to the next, so that a replay would give other rows. */
const UNREPEATABLE = new Set([
  'NOW',
  'CURRENT_TIMESTAMP',
  'CURRENT_DATE',
  'CURRENT_TIME',
  'LOCALTIMESTAMP',
  'PROCTIME',
  'RAND',
  'RANDOM',
  'RAND_INTEGER',
  'UUID',
])

class Checker {
  readonly problems: ExpressionProblem[] = []
  readonly #schema: Schema

  constructor(schema: Schema) {
    this.#schema = schema
  }

  #problem(code: string, message: string, at: { from: number; to: number }, fix: string | null = null): undefined {
    this.problems.push({ code, message, from: at.from, to: at.to, fix })
    return undefined
  }

  check(node: Syntax): Typed | undefined {
    switch (node.kind) {
      case 'literal':
        return node.type === null ? OPEN_NULL : literal(node.type, node.value)
      case 'months':
        return this.#problem(
          'TYPE_MISMATCH',
          'An interval of months has no fixed length. Add it to a date or timestamp, or take it from one.',
          node,
        )
      case 'column':
        return this.#column(node.name, node)
      case 'unary':
        return node.operator === 'NOT' ? this.#not(node.operand) : this.#signed(node)
      case 'binary':
        return this.#binary(node)
      case 'is': {
        const operand = node.test === 'null' ? this.check(node.operand) : this.#typed(node.operand, 'bool', 'IS TRUE')
        return operand && { kind: 'is', type: 'bool', nullable: false, test: node.test, negated: node.negated, operand }
      }
      case 'distinct': {
        const left = this.check(node.left)
        const right = this.check(node.right)
        const same = left && right && this.#compared(unlessDistinct(left, right), node)
        return same && negateIf(!node.negated, same)
      }
      case 'between': {
        const operand = this.check(node.operand)
        const low = this.check(node.low)
        const high = this.check(node.high)
        const left = this.#compare('>=', operand, low, node)
        const right = left && this.#compare('<=', operand, high, node)
        return left && right && negateIf(node.negated, logic('and', left, right))
      }
      case 'in':
        return this.#in(node)
      case 'like': {
        const operand = this.#typed(node.operand, 'string', 'LIKE')
        const pattern = this.#typed(node.pattern, 'string', 'LIKE')
        if (operand === undefined || pattern === undefined) return undefined
        const nullable = operand.nullable || pattern.nullable
        return negateIf(node.negated, { kind: 'like', type: 'bool', nullable, operand, pattern, escape: node.escape })
      }
      case 'case':
        return this.#case(node)
      case 'cast':
        return this.#cast(node)
      case 'array':
        return this.#array(node)
      case 'call':
        return this.#call(node)
    }
  }

  #column(name: string, at: Syntax): Typed | undefined {
    const index = fieldIndex(this.#schema, name)
    if (index >= 0) {
      const field = this.#schema[index]
      return { kind: 'column', type: field.type, nullable: field.nullable, name }
    }
    const names = this.#schema.map((field) => field.name)
    const otherCase = names.find((each) => each.toLowerCase() === name.toLowerCase())
    if (otherCase !== undefined)
      return this.#problem(
        'COLUMN_CASE',
        `Column names tell upper and lower case apart. Write \`${otherCase}\` instead of \`${name}\`.`,
        at,
        quotedName(otherCase),
      )
    const upper = name.toUpperCase()
    if (UNREPEATABLE.has(upper)) return this.#unrepeatable(upper, at)
    const near = nearestName(name, names)
    const list = names
      .slice(0, 8)
      .map((each) => `\`${each}\``)
      .join(', ')
    const hint = near === undefined ? (list === '' ? 'There are no columns.' : `Columns here: ${list}.`) : `Did you mean \`${near}\`?`
    return this.#problem('UNKNOWN_COLUMN', `Unknown column \`${name}\`. ${hint}`, at, near === undefined ? null : quotedName(near))
  }

  #unrepeatable(name: string, at: { from: number; to: number }): undefined {
    return this.#problem(
      'NOT_REPEATABLE',
      `${name} would give something else when rows are replayed after a failure. Use the event time column, or a Script.`,
      at,
    )
  }

  #typed(node: Syntax, type: LogicalType, where: string): Typed | undefined {
    const typed = this.check(node)
    if (typed === undefined) return undefined
    const converted = coerce(typed, type)
    if (converted !== undefined) return converted
    const hint = type === 'string' ? ' Use CAST(… AS STRING).' : type === 'bool' ? ' Write a comparison, for example `… > 0`.' : ''
    return this.#problem('TYPE_MISMATCH', `${where} needs a ${type}, but this is a ${typed.type}.${hint}`, node)
  }

  #not(node: Syntax): Typed | undefined {
    const operand = this.#typed(node, 'bool', 'NOT')
    return operand && { kind: 'not', type: 'bool', nullable: operand.nullable, operand }
  }

  #signed(node: Syntax & { kind: 'unary' }): Typed | undefined {
    const operand = this.check(node.operand)
    if (operand === undefined) return undefined
    const number = isOpen(operand) ? literal('int64', null) : operand
    if (!isNumeric(number.type) && number.type !== 'interval')
      return this.#problem('TYPE_MISMATCH', `${node.operator} needs a number, but this is a ${operand.type}.`, node.operand)
    if (node.operator === '+') return number
    return { kind: 'negate', type: number.type, nullable: number.nullable, operand: number }
  }

  #binary(node: Syntax & { kind: 'binary' }): Typed | undefined {
    switch (node.operator) {
      case 'AND':
      case 'OR': {
        const left = this.#typed(node.left, 'bool', node.operator)
        const right = this.#typed(node.right, 'bool', node.operator)
        return left && right && logic(node.operator === 'AND' ? 'and' : 'or', left, right)
      }
      case '||': {
        const left = this.#typed(node.left, 'string', '||')
        const right = this.#typed(node.right, 'string', '||')
        const entry = findFunction('CONCAT')
        return left && right && entry && callOf(entry, [left, right], 'string')
      }
      case '+':
      case '-':
      case '*':
      case '/':
      case '%':
        return this.#arithmetic(node.operator, node)
      case '=':
      case '<>':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.#compare(node.operator, this.check(node.left), this.check(node.right), node)
    }
  }

  #arithmetic(operator: Arithmetic, at: Syntax & { kind: 'binary' }): Typed | undefined {
    const months = this.#months(operator, at)
    if (months !== null) return months
    const left = this.check(at.left)
    const right = this.check(at.right)
    if (left === undefined || right === undefined) return undefined
    const node = arithmeticOf(operator, left, right)
    if (node !== undefined) return node
    const text =
      left.type === 'string' && right.type === 'string' && operator === '+'
        ? ' Join texts with ||.'
        : left.type === 'string' || right.type === 'string'
          ? ' Use CAST(… AS BIGINT) or CAST(… AS DOUBLE).'
          : ''
    return this.#problem('TYPE_MISMATCH', `${operator} does not work on ${left.type} and ${right.type}.${text}`, at)
  }

  /** A sum or difference with an interval of months; null if it is none. */
  #months(operator: Arithmetic, at: Syntax & { kind: 'binary' }): Typed | undefined | null {
    const [time, span] = at.left.kind === 'months' && operator === '+' ? [at.right, at.left] : [at.left, at.right]
    if (span.kind !== 'months' || time.kind === 'months' || (operator !== '+' && operator !== '-')) return null
    const operand = this.check(time)
    if (operand === undefined) return undefined
    return (
      addedMonths(operand, operator === '+' ? span.months : -span.months) ??
      this.#problem('TYPE_MISMATCH', `An interval of months can be added to a date or timestamp, not to a ${operand.type}.`, at)
    )
  }

  #compare(operator: Comparison, left: Typed | undefined, right: Typed | undefined, at: Syntax): Typed | undefined {
    return left && right && this.#compared(compared(operator, left, right), at)
  }

  #compared(result: Compared, at: Syntax): Typed | undefined {
    return 'node' in result ? result.node : this.#problem(result.code, result.problem, at)
  }

  #in(node: Syntax & { kind: 'in' }): Typed | undefined {
    const operand = this.check(node.operand)
    const items = node.items.map((item) => this.check(item))
    if (operand === undefined) return undefined
    const all: Typed[] = [operand]
    for (const item of items) {
      if (item === undefined) return undefined
      all.push(item)
    }
    const refused = refusal(all)
    if (refused !== undefined) return this.#problem(refused.code, refused.problem, node)
    const unified = unify(all)
    if (unified === undefined)
      return this.#problem('TYPE_MISMATCH', `The list of IN must hold values of the same type as the left side (${operand.type}).`, node)
    return negateIf(node.negated, listed(unified[0], unified.slice(1)))
  }

  #case(node: Syntax & { kind: 'case' }): Typed | undefined {
    const subject = node.subject === null ? undefined : this.check(node.subject)
    if (node.subject !== null && subject === undefined) return undefined
    const whens: Typed[] = []
    const results: Typed[] = []
    for (const branch of node.branches) {
      const when =
        subject === undefined ? this.#typed(branch.when, 'bool', 'WHEN') : this.#compare('=', subject, this.check(branch.when), branch.when)
      const result = this.check(branch.result)
      if (when !== undefined) whens.push(when)
      if (result !== undefined) results.push(result)
    }
    const otherwise = node.otherwise === null ? OPEN_NULL : this.check(node.otherwise)
    if (otherwise === undefined || whens.length < node.branches.length || results.length < node.branches.length) return undefined
    const result = chosen('CASE', whens, [...results, otherwise])
    return 'node' in result ? result.node : this.#problem('TYPE_MISMATCH', result.problem, node)
  }

  #cast(node: Syntax & { kind: 'cast' }): Typed | undefined {
    const operand = this.check(node.operand)
    if (operand === undefined) return undefined
    if (isOpen(operand)) return literal(node.target, null)
    if (canCast(operand.type, node.target))
      return { kind: 'cast', type: node.target, nullable: operand.nullable || node.tries, operand, tries: node.tries }
    const hint = operand.type === 'json' ? " Take a value out with JSON_VALUE(…, '$.name') first." : ' Cast to STRING first.'
    return this.#problem('CAST_NOT_POSSIBLE', `A ${operand.type} cannot be cast to ${node.target}.${hint}`, node)
  }

  #array(node: Syntax & { kind: 'array' }): Typed | undefined {
    if (node.items.length === 0)
      return this.#problem('ARRAY_EMPTY', "An empty array has no type. Write for example CAST('[]' AS ARRAY<STRING>).", node)
    const entry = findFunction('ARRAY')
    return entry && this.#resolved(entry, this.#args(node.items), node, node.items)
  }

  /** All arguments, or undefined if one has a problem. */
  #args(nodes: readonly Syntax[]): Typed[] | undefined {
    const checked = nodes.map((node) => this.check(node))
    const args = checked.filter((arg) => arg !== undefined)
    return args.length < checked.length ? undefined : args
  }

  #call(node: Syntax & { kind: 'call' }): Typed | undefined {
    const entry = findFunction(node.name)
    const args = this.#args(node.args)
    if (entry === undefined) return this.#unknownFunction(node)
    if (args === undefined) return undefined
    const counts = argumentCounts(entry)
    if (!counts.takes(args.length)) {
      const message = `${entry.name} takes ${counts.text} arguments, not ${args.length}. Example: ${entry.example.expression}`
      return this.#problem('WRONG_ARGUMENT_COUNT', message, node)
    }
    if (entry.evaluation.kind === 'rewritten') {
      const result = rewritten(entry.name, args)
      return 'node' in result ? result.node : this.#problem('TYPE_MISMATCH', result.problem, node)
    }
    return this.#resolved(entry, args, node, node.args)
  }

  #unknownFunction(node: Syntax & { kind: 'call' }): undefined {
    const at = { from: node.from, to: node.nameTo }
    const upper = node.name.toUpperCase()
    if (UNREPEATABLE.has(upper)) return this.#unrepeatable(upper, at)
    const near = nearestName(upper, FUNCTION_NAMES)
    const hint = near === undefined ? ' See the list of functions.' : ` Did you mean \`${near}\`?`
    return this.#problem('UNKNOWN_FUNCTION', `Unknown function \`${node.name}\`.${hint}`, at, near ?? null)
  }

  #resolved(entry: FunctionEntry, args: readonly Typed[] | undefined, at: Syntax, nodes: readonly Syntax[]): Typed | undefined {
    if (args === undefined) return undefined
    const call = resolveCall(entry, args)
    if (call === undefined) {
      const types = args.map((arg) => (isOpen(arg) ? 'NULL' : arg.type)).join(', ')
      return this.#problem('TYPE_MISMATCH', `${entry.name} does not take (${types}). Example: ${entry.example.expression}`, at)
    }
    if (entry.name === 'JSON_OBJECT' && call.args.some((arg, i) => i % 2 === 0 && arg.type !== 'string'))
      return this.#problem('TYPE_MISMATCH', 'JSON_OBJECT takes names and values in turn; a name is a text.', at)
    return this.#constantsHold(entry, call.args, nodes) ? callOf(entry, call.args, call.returns) : undefined
  }

  /** Patterns, paths, zones and units that are constants are read now, so that their mistakes show while one types. */
  #constantsHold(entry: FunctionEntry, args: readonly Typed[], nodes: readonly Syntax[]): boolean {
    const before = this.problems.length
    args.forEach((arg, i) => {
      const check = entry.constants[i]
      if (check === undefined || arg.kind !== 'literal' || typeof arg.value !== 'string') return
      try {
        check(arg.value)
      } catch (error) {
        if (!(error instanceof RowFailure)) throw error
        this.#problem(error.code, error.message, nodes[i])
      }
    })
    return this.problems.length === before
  }
}

function callOf(entry: FunctionEntry, args: readonly Typed[], type: LogicalType): Typed {
  const nullable = entry.mayReturnNull || (entry.evaluation.kind === 'strict' && args.some((arg) => arg.nullable))
  return { kind: 'call', type, nullable, entry, args }
}

function logic(kind: 'and' | 'or', left: Typed, right: Typed): Typed {
  return { kind, type: 'bool', nullable: left.nullable || right.nullable, left, right }
}

function negateIf(negated: boolean, operand: Typed): Typed {
  return negated ? { kind: 'not', type: 'bool', nullable: operand.nullable, operand } : operand
}

/** IN: constants as one set, other items one by one. */
function listed(subject: Typed, items: readonly Typed[]): Typed {
  const literals = items.filter((item) => item.kind === 'literal')
  const constants = literals.filter((item) => item.value !== null)
  let result: Typed | undefined
  if (literals.length > 0) {
    const hasNull = constants.length < literals.length
    const values = constants.map((item) => item.value)
    result = { kind: 'in', type: 'bool', nullable: subject.nullable || hasNull, operand: subject, values, hasNull }
  }
  for (const item of items) {
    if (item.kind === 'literal') continue
    const nullable = subject.nullable || item.nullable
    const equal: Typed = { kind: 'compare', type: 'bool', nullable, operator: '=', left: subject, right: item }
    result = result === undefined ? equal : logic('or', result, equal)
  }
  return result ?? literal('bool', false)
}

/** A column's name as it is written in an expression. */
function quotedName(name: string): string {
  return /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}
