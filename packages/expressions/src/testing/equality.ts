/** Compares kernels with the row interpreter on random expressions and rows; throws at the first pair that differs. */
import { BatchBuilder, valueAt, type Batch, type Value } from '@belay/columns'
import { checkExpression } from '../check/checker.ts'
import { operandsOf, type Typed } from '../check/typed.ts'
import { interpret } from '../interpreter/interpreter.ts'
import { compileExpression } from '../kernels/compile.ts'
import { RowErrors } from '../kernels/rowErrors.ts'
import { RowFailure } from '../scalar/failure.ts'
import { Random } from './random.ts'
import { ExpressionMaker, TYPES } from './randomExpressions.ts'
import { randomRow, SCHEMA } from './randomRows.ts'

const ROWS = 32

export interface EqualityReport {
  readonly pairs: number
  readonly expressions: number
  /** Pairs that are a row error, in both alike. */
  readonly rowErrors: number
  readonly nulls: number
  /** How many expressions call each function. */
  readonly calls: ReadonlyMap<string, number>
  /** Problem codes of the expressions that the checker refused. */
  readonly refused: ReadonlyMap<string, number>
}

/** At least `pairs` pairs, made from the seeds that follow `firstSeed`. */
export function compareOnRandomPairs(pairs: number, firstSeed: number): EqualityReport {
  const calls = new Map<string, number>()
  const refused = new Map<string, number>()
  const counts = { pairs: 0, expressions: 0, rowErrors: 0, nulls: 0 }
  const builder = new BatchBuilder(SCHEMA)
  const batchOf = (rows: readonly (readonly Value[])[]): Batch => {
    for (const row of rows) builder.pushRow(row)
    return builder.finish()
  }
  for (let seed = firstSeed; counts.pairs < pairs; seed += 1) {
    const random = new Random(seed)
    const wild = random.chance(0.5)
    const maker = new ExpressionMaker(random)
    // Every other one calls the next function of the catalogue, so that none is left out.
    const source = seed % 2 === 0 ? maker.makeCall(seed / 2, random.int(1, 3)) : maker.make(random.of(TYPES), random.int(1, 4))
    const checked = checkExpression(source, SCHEMA)
    if (!checked.ok) {
      for (const { code } of checked.problems) refused.set(code, (refused.get(code) ?? 0) + 1)
      continue
    }
    counts.expressions += 1
    const { tree, nullable } = checked.expression
    for (const name of namesOf(tree, new Set())) calls.set(name, (calls.get(name) ?? 0) + 1)
    const rows = Array.from({ length: ROWS }, () => randomRow(random, wild))
    const errors = new RowErrors()
    const kernel = compileExpression(checked.expression, SCHEMA)
    // A shorter batch first: reused memory must not show through.
    kernel.evaluate(batchOf(rows.slice(3)), errors)
    errors.clear()
    const column = kernel.evaluate(batchOf(rows), errors)
    const codes = new Map<number, string>()
    errors.forEach((at, code) => codes.set(at, code))
    rows.forEach((values, at) => {
      counts.pairs += 1
      const row = Object.fromEntries(SCHEMA.map((field, k) => [field.name, values[k]]))
      const wanted = interpreted(tree, row)
      const value = valueAt(column, at)
      if (wanted.code !== undefined) counts.rowErrors += 1
      else if (wanted.value === null) counts.nulls += 1
      if (codes.get(at) !== wanted.code || !same(value, wanted.value)) {
        const shown = ({ code, value: result }: Outcome): string => code ?? JSON.stringify(result)
        throw new Error(
          `seed ${seed}: ${source}\non ${JSON.stringify(row)}\ngives ${shown({ code: codes.get(at), value })}, wanted ${shown(wanted)}`,
        )
      }
      if (wanted.value === null && wanted.code === undefined && !nullable)
        throw new Error(`seed ${seed}: ${source} is NULL but typed as never NULL`)
    })
  }
  return { ...counts, calls, refused }
}

interface Outcome {
  /** Of a row error. */
  readonly code: string | undefined
  readonly value: Value
}

function interpreted(tree: Typed, row: Readonly<Record<string, Value>>): Outcome {
  try {
    return { code: undefined, value: interpret(tree, row) }
  } catch (error) {
    if (error instanceof RowFailure) return { code: error.code, value: null }
    throw error
  }
}

/** −0 is 0, NaN is NaN. */
function same(a: Value, b: Value): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  return a.length === b.length && a.every((item, i) => same(item, b[i]))
}

function namesOf(node: Typed, names: Set<string>): Set<string> {
  if (node.kind === 'call') names.add(node.entry.name)
  for (const operand of operandsOf(node)) namesOf(operand, names)
  return names
}
