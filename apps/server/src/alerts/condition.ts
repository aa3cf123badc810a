/** The expressions of a rule: checked over the columns of its scope, and asked of one row. */
import { checkExpression, interpret, RowFailure, type Row, type TypedExpression } from '@belay/expressions'
import { ALERT_COLUMNS, type AlertRuleBody, type AlertScope } from '@belay/run'
import type { Verdict } from './evaluate.ts'

interface Compiled {
  readonly condition: TypedExpression
  readonly until: TypedExpression | null
}

export type CompileResult = { readonly ok: true; readonly compiled: Compiled } | { readonly ok: false; readonly problem: string }

function checked(what: string, text: string, scope: AlertScope): TypedExpression | string {
  const schema = ALERT_COLUMNS[scope].map(({ name, type }) => ({ name, type, nullable: true }))
  const result = checkExpression(text, schema)
  if (!result.ok) return `${what}: ${result.problems[0].message}`
  if (result.expression.type !== 'bool') return `${what} must be true or false, e.g. lag_seconds > 60.`
  return result.expression
}

export function compileRule({ scope, condition, until }: Pick<AlertRuleBody, 'scope' | 'condition' | 'until'>): CompileResult {
  const fires = checked('The condition', condition, scope)
  if (typeof fires === 'string') return { ok: false, problem: fires }
  const ends = until === null ? null : checked('The end of the condition', until, scope)
  if (typeof ends === 'string') return { ok: false, problem: ends }
  return { ok: true, compiled: { condition: fires, until: ends } }
}

export function columnsOf({ condition, until }: Compiled): readonly string[] {
  return [...new Set([...condition.columns, ...(until?.columns ?? [])])]
}

export function verdictOf({ condition, until }: Compiled, row: Row, ended: boolean): Verdict {
  const holds = truthOf(condition, row)
  return { condition: holds, until: until === null ? (holds === null ? null : !holds) : truthOf(until, row), ended }
}

/** What fails on a row (a division by zero, say) is not known. */
function truthOf(expression: TypedExpression, row: Row): boolean | null {
  try {
    return interpret(expression.tree, row) as boolean | null
  } catch (error) {
    if (error instanceof RowFailure) return null
    throw error
  }
}
