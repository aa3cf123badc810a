/** Problems several operators' typing functions state in the same way. */
import type { Schema } from '@belay/columns'
import { checkExpression, type ExpressionProblem } from '@belay/expressions'
import type { ConfigProblem } from '@belay/pipeline'

/** What is wrong with a condition at `configPath`; empty when it is a boolean expression. */
export function conditionProblems(text: string, schema: Schema, configPath: string): readonly ConfigProblem[] {
  const checked = checkExpression(text, schema)
  if (!checked.ok) return checked.problems.map((problem) => expressionProblem(problem, text, configPath))
  if (checked.expression.type === 'bool') return []
  const message = `The condition gives ${String(checked.expression.type)}, not true or false. Compare it with something, e.g. \`delay >= 15\`.`
  return [{ code: 'CONDITION_NOT_BOOL', severity: 'error', message, configPath, range: { from: 0, to: text.length } }]
}

/** A problem of the expression `text` at `configPath`, with its fix where the expression language has one. */
export function expressionProblem({ code, message, from, to, fix }: ExpressionProblem, text: string, configPath: string): ConfigProblem {
  const place = { code, severity: 'error', message, configPath, range: { from, to } } as const
  if (fix === null) return place
  return { ...place, fixes: [{ kind: 'set-config', label: `Use ${fix}`, configPath, value: text.slice(0, from) + fix + text.slice(to) }] }
}

/** True if both have the same columns in the same order; NULLs may differ. */
export function sameColumns(left: Schema, right: Schema): boolean {
  return left.length === right.length && left.every((field, index) => field.name === right[index]?.name && field.type === right[index].type)
}
