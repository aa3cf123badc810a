/** The worst of what is wrong within a group. */
import type { Checked } from '../check.ts'

interface Trouble {
  readonly errors: number
  readonly warnings: number
  /** The first of the most severe problems. */
  readonly first: string
}

export function troubleOf(operators: readonly string[], marks: Checked['marks']): Trouble {
  let [errors, warnings, first] = [0, 0, '']
  for (const operator of operators) {
    const found = marks.get(operator)
    if (found === undefined) continue
    if (first === '' || (errors === 0 && found.errors > 0)) ({ first } = found)
    errors += found.errors
    warnings += found.warnings
  }
  return { errors, warnings, first }
}
