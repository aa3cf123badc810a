/** Something wrong with an expression's text; `[from, to)` are UTF-16 offsets into it. */
export interface ExpressionProblem {
  /** Stable; capitals and underscores. */
  readonly code: string
  /** What is wrong and what to do about it. */
  readonly message: string
  readonly from: number
  readonly to: number
  /** Text that put in place of `[from, to)` is likely what was meant; null if there is no such guess. */
  readonly fix: string | null
}

/** Ends lexing or parsing; caught by `checkExpression`, never seen outside the package. */
export class SyntaxStop extends Error {
  readonly problem: ExpressionProblem
  constructor(code: string, message: string, from: number, to: number, fix: string | null = null) {
    super(message)
    this.problem = { code, message, from, to, fix }
  }
}
