/** What the rules share: how a problem is reported, and how an operator is called in a message. */
import type { OperatorNode } from '../document.ts'
import type { Problem, ProblemFix, ProblemPlace } from '../problem.ts'

export type Report = (
  code: string,
  severity: Problem['severity'],
  message: string,
  place: ProblemPlace,
  fixes?: readonly ProblemFix[],
) => void

export function nameOf(operator: OperatorNode): string {
  return operator.name === '' ? operator.id : operator.name
}
