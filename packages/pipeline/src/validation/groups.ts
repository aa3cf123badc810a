/** Groups are for people: a wrong one is told, and the pipeline runs all the same. */
import type { PipelineDocument } from '../document.ts'
import { nameOf, type Report } from './report.ts'

export function checkGroups(document: PipelineDocument, report: Report): void {
  const parents = new Map((document.groups ?? []).map(({ id, parent }) => [id, parent]))
  for (const operator of document.operators) {
    if (operator.group !== undefined && !parents.has(operator.group))
      report(
        'GROUP_UNKNOWN',
        'warning',
        `${nameOf(operator)} is in a group ${operator.group} that does not exist. Add the group under groups, or leave it out of the operator.`,
        { operator: operator.id },
      )
  }
  for (const { id, name, parent } of document.groups ?? []) {
    if (parent === undefined) continue
    const called = name === '' ? id : name
    if (!parents.has(parent))
      report(
        'GROUP_UNKNOWN',
        'warning',
        `The group ${called} is in a group ${parent} that does not exist. Add it, or leave out the parent.`,
        {},
      )
    else if (isInItself(id, parents))
      report('GROUP_CYCLE', 'warning', `The group ${called} is within itself. Leave out one of the parents.`, {})
  }
}

function isInItself(id: string, parents: ReadonlyMap<string, string | undefined>): boolean {
  const seen = new Set<string>()
  for (let at = parents.get(id); at !== undefined && !seen.has(at); at = parents.get(at)) {
    if (at === id) return true
    seen.add(at)
  }
  return false
}
