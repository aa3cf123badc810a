/** Two people each added something under the same id: mine gets another one, wherever it is named, so that both are kept. */
import { freeGroupId, proposeId, type PipelineDocument, type PipelineTest } from '@belay/pipeline'
import { same } from '../document/difference.ts'

export function apart(base: PipelineDocument, mine: PipelineDocument, theirs: PipelineDocument): PipelineDocument {
  return notesApart(base, groupsApart(base, operatorsApart(base, mine, theirs), theirs), theirs)
}

function operatorsApart(base: PipelineDocument, mine: PipelineDocument, theirs: PipelineDocument): PipelineDocument {
  const old = new Set(base.operators.map(({ id }) => id))
  const other = new Map(theirs.operators.map((operator) => [operator.id, operator]))
  const renamed = new Map<string, string>()
  let taken: PipelineDocument = { ...mine, operators: [...mine.operators, ...theirs.operators] }
  for (const operator of mine.operators) {
    const twin = other.get(operator.id)
    if (twin === undefined || old.has(operator.id) || same(twin, operator)) continue
    const id = proposeId(taken, operator.id.replace(/-\d+$/, ''))
    renamed.set(operator.id, id)
    taken = { ...taken, operators: [...taken.operators, { ...operator, id }] }
  }
  if (renamed.size === 0) return mine
  const now = (id: string): string => renamed.get(id) ?? id
  const end = <T extends { readonly operator: string }>(port: T): T => ({ ...port, operator: now(port.operator) })
  return {
    ...mine,
    operators: mine.operators.map((operator) =>
      renamed.has(operator.id)
        ? { ...operator, id: now(operator.id), name: operator.name === operator.id ? now(operator.id) : operator.name }
        : operator,
    ),
    streams: mine.streams.map((stream) => ({ ...stream, from: end(stream.from), to: stream.to.map(end) })),
    layout: Object.fromEntries(Object.entries(mine.layout).map(([id, at]) => [now(id), at])),
    ...(mine.tests === undefined ? {} : { tests: mine.tests.map((test) => testNaming(test, now)) }),
  }
}

/** Tests name operators, and ports as `operator.port`. */
function testNaming(test: PipelineTest, now: (id: string) => string): PipelineTest {
  const rows = <T>(by: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(by).map(([name, value]) => {
        const [id = '', ...port] = name.split('.')
        return [[now(id), ...port].join('.'), value]
      }),
    )
  return {
    ...test,
    steps: test.steps.map((step) => ({
      ...step,
      ...(step.rows === undefined ? {} : { rows: rows(step.rows) }),
      ...(step.kill === undefined ? {} : { kill: now(step.kill) }),
    })),
    expected: rows(test.expected),
  }
}

function groupsApart(base: PipelineDocument, mine: PipelineDocument, theirs: PipelineDocument): PipelineDocument {
  const old = new Set(base.groups?.map(({ id }) => id))
  const other = new Map(theirs.groups?.map((group) => [group.id, group]))
  const renamed = new Map<string, string>()
  const known = [...(mine.groups ?? []), ...(theirs.groups ?? [])]
  for (const { id } of mine.groups ?? []) {
    if (old.has(id) || !other.has(id) || sameMembers(mine, theirs, id)) continue
    const fresh = freeGroupId({ operators: [], groups: known })
    renamed.set(id, fresh)
    known.push({ id: fresh, name: '' })
  }
  if (renamed.size === 0) return mine
  const now = (id: string): string => renamed.get(id) ?? id
  return {
    ...mine,
    operators: mine.operators.map((operator) => (operator.group === undefined ? operator : { ...operator, group: now(operator.group) })),
    groups: (mine.groups ?? []).map((group) => ({
      ...group,
      id: now(group.id),
      ...(group.parent === undefined ? {} : { parent: now(group.parent) }),
    })),
  }
}

function sameMembers(a: PipelineDocument, b: PipelineDocument, group: string): boolean {
  const members = (document: PipelineDocument): string[] =>
    document.operators.flatMap((operator) => (operator.group === group ? [operator.id] : [])).sort()
  return same(members(a), members(b))
}

function notesApart(base: PipelineDocument, mine: PipelineDocument, theirs: PipelineDocument): PipelineDocument {
  const old = new Set(base.notes?.map(({ id }) => id))
  const other = new Map(theirs.notes?.map((note) => [note.id, note]))
  const taken = new Set([...(mine.notes ?? []), ...(theirs.notes ?? [])].map(({ id }) => id))
  const notes = mine.notes?.map((note) => {
    const twin = other.get(note.id)
    if (twin === undefined || old.has(note.id) || same(twin, note)) return note
    let n = 1
    while (taken.has(`n${n}`)) n += 1
    taken.add(`n${n}`)
    return { ...note, id: `n${n}` }
  })
  return notes === undefined || notes.every((note, i) => note === mine.notes?.[i]) ? mine : { ...mine, notes }
}
