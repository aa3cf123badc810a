/** Groups of operators: made, dissolved, taken from and put into. Pure edits, one new document each. */
import { freeGroupId, groupTree, type Group, type GroupTree, type PipelineDocument } from '@belay/pipeline'
import { t } from '../../language/t.ts'

/** The group that holds these operators and no other; the outermost if several do. */
export function wholeGroup(tree: GroupTree, ids: readonly string[]): string | null {
  const chosen = new Set(ids)
  for (const [id, { operators }] of tree.groups)
    if (operators.length === chosen.size && operators.every((operator) => chosen.has(operator))) return id
  return null
}

/** The operators as a group of their own, within the innermost group that holds them all. Null if they are one already, or too few. */
export function makeGroup(
  document: PipelineDocument,
  ids: readonly string[],
): { readonly document: PipelineDocument; readonly id: string } | null {
  const tree = groupTree(document)
  const chosen = new Set(document.operators.map(({ id }) => id).filter((id) => ids.includes(id)))
  if (chosen.size < 2 || wholeGroup(tree, [...chosen]) !== null) return null
  const holding = [...tree.groups].filter(([, { operators }]) => [...chosen].every((id) => operators.includes(id)))
  const parent = holding.at(-1)?.[0]
  const whole = (group: string): boolean => tree.groups.get(group)?.operators.every((id) => chosen.has(id)) === true
  const id = freeGroupId(document)
  const moved = new Set(
    [...tree.groups].filter(([group, node]) => (node.parent ?? undefined) === parent && whole(group)).map(([group]) => group),
  )
  const goesAlong = (operator: string): boolean => {
    for (let at = tree.groupOf.get(operator) ?? null; at !== null; at = tree.groups.get(at)?.parent ?? null) if (moved.has(at)) return true
    return false
  }
  const group: Group = { id, name: t('Group {id}', { id: id.replace(/^g/, '') }), ...(parent === undefined ? {} : { parent }) }
  return {
    id,
    document: withoutEmptyGroups({
      ...document,
      operators: document.operators.map((operator) =>
        chosen.has(operator.id) && !goesAlong(operator.id) ? { ...operator, group: id } : operator,
      ),
      groups: [...(document.groups ?? []).map((other) => (moved.has(other.id) ? { ...other, parent: id } : other)), group],
    }),
  }
}

/** The group goes, what was in it stays where it is. */
export function dissolveGroup(document: PipelineDocument, id: string): PipelineDocument {
  const parent = groupTree(document).groups.get(id)?.parent ?? null
  return withoutEmptyGroups({
    ...document,
    operators: document.operators.map((operator) => (operator.group === id ? inGroup(operator, parent) : operator)),
    groups: (document.groups ?? []).flatMap((group) => (group.id === id ? [] : group.parent === id ? [within(group, parent)] : [group])),
  })
}

/** Out of its group, into the one around it if there is one. */
export function takeOut(document: PipelineDocument, operator: string): PipelineDocument {
  const tree = groupTree(document)
  const parent = tree.groups.get(tree.groupOf.get(operator) ?? '')?.parent ?? null
  return withoutEmptyGroups({
    ...document,
    operators: document.operators.map((other) => (other.id === operator ? inGroup(other, parent) : other)),
  })
}

export function putInto(document: PipelineDocument, operators: readonly string[], group: string): PipelineDocument {
  return withoutEmptyGroups({
    ...document,
    operators: document.operators.map((operator) => (operators.includes(operator.id) ? { ...operator, group } : operator)),
  })
}

type Operator = PipelineDocument['operators'][number]

export function inGroup({ group: _group, ...operator }: Operator, group: string | null): Operator {
  return group === null ? operator : { ...operator, group }
}

function within({ parent: _parent, ...group }: Group, parent: string | null): Group {
  return parent === null ? group : { ...group, parent }
}

/** A document that never had a group and one whose groups are gone are the same. */
export function withoutEmptyGroups(document: PipelineDocument): PipelineDocument {
  if (document.groups === undefined) return document
  const { groups: all, ...rest } = document
  const held = groupTree(document).groups
  const groups = all.filter((group) => held.has(group.id))
  return groups.length === 0 ? rest : groups.length === all.length ? document : { ...rest, groups }
}
