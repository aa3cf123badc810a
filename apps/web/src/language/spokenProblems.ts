/** Problems of a pipeline in the page's language, with what their fixes say on the button. */
import type { Problem } from '@belay/pipeline'
import { language } from './language.ts'
import { said } from './t.ts'

export function spokenProblems(problems: readonly Problem[]): readonly Problem[] {
  if (language === 'en') return problems
  return problems.map((problem) => ({
    ...problem,
    message: said(problem.message),
    fixes: problem.fixes.map((fix) => ({ ...fix, label: said(fix.label) })),
  }))
}
