/** Which of several conditions is the first that counts, as one kernel: later ones are worked out only for rows that need them. */
import type { Schema } from '@belay/columns'
import { EngineError } from '@belay/engine/operator'
import { checkExpression, compileExpression, type Kernel, type Typed } from '@belay/expressions'

/**
 * Gives the index of the first condition that is `wanted`, or how many there are. A condition that is
 * NULL is neither true nor false. Throws EngineError EXPRESSION_INVALID.
 */
export function firstCondition(operator: string, conditions: readonly string[], schema: Schema, wanted: 'true' | 'false'): Kernel {
  const columns = new Set<string>()
  const branches = conditions.map((condition, i) => {
    const checked = checkExpression(condition, schema)
    if (!checked.ok)
      throw new EngineError('EXPRESSION_INVALID', `Condition ${i + 1} of ${operator} is not valid: ${checked.problems[0].message}`)
    for (const column of checked.expression.columns) columns.add(column)
    const when: Typed = { kind: 'is', type: 'bool', nullable: false, test: wanted, negated: false, operand: checked.expression.tree }
    return { when, result: index(i) }
  })
  const tree: Typed = { kind: 'case', type: 'int64', nullable: false, branches, otherwise: index(conditions.length) }
  return compileExpression({ type: 'int64', nullable: false, columns: [...columns], tree }, schema)
}

const index = (value: number): Typed => ({ kind: 'literal', type: 'int64', nullable: false, value, open: false })
