/** What differs between two documents, in words for people: the chip "3 changes" and the choice after a conflict. */
import { planHash, type PipelineDocument } from '@belay/pipeline'
import { t } from '../../language/t.ts'

export interface Difference {
  readonly what: 'added' | 'removed' | 'changed' | 'renamed' | 'moved'
  readonly text: string
}

export function differences(before: PipelineDocument, after: PipelineDocument): readonly Difference[] {
  const found: Difference[] = []
  if (before.name !== after.name)
    found.push({ what: 'renamed', text: t('{before} is now {after}', { before: before.name, after: after.name }) })
  if ((before.description ?? '') !== (after.description ?? '')) found.push({ what: 'changed', text: t('description') })
  const old = new Map(before.operators.map((operator) => [operator.id, operator]))
  const now = new Map(after.operators.map((operator) => [operator.id, operator]))
  for (const operator of after.operators) {
    const other = old.get(operator.id)
    if (other === undefined) found.push({ what: 'added', text: operator.name || operator.id })
    else if (other !== operator) {
      const { name: nameNow, group: _now, ...rest } = operator
      const { name: nameBefore, group: _before, ...restBefore } = other
      if (!same(rest, restBefore)) found.push({ what: 'changed', text: nameNow || operator.id })
      else if (nameNow !== nameBefore)
        found.push({
          what: 'renamed',
          text: t('{before} is now {after}', { before: nameBefore || other.id, after: nameNow || operator.id }),
        })
    }
  }
  for (const operator of before.operators) if (!now.has(operator.id)) found.push({ what: 'removed', text: operator.name || operator.id })
  const ends = (document: PipelineDocument): Map<string, string> =>
    new Map(
      document.streams.flatMap((stream) =>
        stream.to.map((to) => [
          `${stream.from.operator}.${stream.from.port} → ${to.operator}.${to.port}`,
          `${stream.from.operator} → ${to.operator}`,
        ]),
      ),
    )
  const endsBefore = ends(before)
  const endsNow = ends(after)
  for (const [key, text] of endsNow) if (!endsBefore.has(key)) found.push({ what: 'added', text })
  for (const [key, text] of endsBefore) if (!endsNow.has(key)) found.push({ what: 'removed', text })
  for (const name of new Set([...Object.keys(before.parameters), ...Object.keys(after.parameters)])) {
    const a = before.parameters[name]
    const b = after.parameters[name]
    if (a === undefined) found.push({ what: 'added', text: t('parameter {name}', { name }) })
    else if (b === undefined) found.push({ what: 'removed', text: t('parameter {name}', { name }) })
    else if (!same(a, b)) found.push({ what: 'changed', text: t('parameter {name}', { name }) })
  }
  if (!same(before.settings, after.settings)) found.push({ what: 'changed', text: t('settings') })
  if (!same(before.notes ?? [], after.notes ?? [])) found.push({ what: 'changed', text: t('notes') })
  if (!same(grouping(before), grouping(after))) found.push({ what: 'changed', text: t('groups') })
  const tests = (document: PipelineDocument): Map<string, unknown> => new Map((document.tests ?? []).map((test) => [test.name, test]))
  const testsBefore = tests(before)
  const testsNow = tests(after)
  for (const [name, test] of testsNow) {
    if (!testsBefore.has(name)) found.push({ what: 'added', text: t('test {name}', { name }) })
    else if (!same(testsBefore.get(name), test)) found.push({ what: 'changed', text: t('test {name}', { name }) })
  }
  for (const name of testsBefore.keys()) if (!testsNow.has(name)) found.push({ what: 'removed', text: t('test {name}', { name }) })
  const moved = Object.keys(after.layout).filter((id) => old.has(id) && now.has(id) && !same(before.layout[id], after.layout[id]))
  if (moved.length > 0)
    found.push({
      what: 'moved',
      text: moved.length === 1 ? (now.get(moved[0])?.name ?? moved[0]) : t('{moved} operators', { moved: moved.length }),
    })
  return found
}

function grouping({ groups = [], operators }: PipelineDocument): unknown {
  return [groups, Object.fromEntries(operators.flatMap(({ id, group }) => (group === undefined ? [] : [[id, group]])))]
}

/** Of those, the ones that make a run another one; none if the plan is the same (contracts: plan hash). */
export function changesOfPlan(before: PipelineDocument, after: PipelineDocument): readonly Difference[] {
  if (planHash(before) === planHash(after)) return []
  const aside = ({ what, text }: Difference): boolean =>
    what === 'moved' ||
    what === 'renamed' ||
    [t('description'), t('notes'), t('groups')].includes(text) ||
    text.startsWith(t('test {name}', { name: '' }))
  const found = differences(before, after).filter((difference) => !aside(difference))
  return found.length > 0 ? found : [{ what: 'changed', text: t('the pipeline') }]
}

/** Equal as JSON, whatever the order of keys. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const left = Object.entries(a).filter(([, value]) => value !== undefined)
  const right = b as Readonly<Record<string, unknown>>
  const count = Object.values(right).filter((value) => value !== undefined).length
  return left.length === count && left.every(([key, value]) => same(value, right[key]))
}
