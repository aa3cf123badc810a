/**
 * What two people made of one pipeline, as one document (three-way: what it was, mine, theirs). What only one of them
 * changed is taken; what both changed differently is a conflict, and stays mine until somebody chooses. Pure.
 *
 * Nothing is lost unseen: an operator that one of them took out and the other changed or joined to something is a
 * conflict, and two things that were given the same id are both kept. Places, colours and folds of groups are no
 * conflicts: mine stay.
 */
import { freeStreamId, type OperatorNode, type PipelineDocument, type PortReference, type StreamNode } from '@belay/pipeline'
import { removeOperators } from '../document/edits.ts'
import { same } from '../document/difference.ts'
import { withoutEmptyGroups } from '../document/groups.ts'
import { apart } from './apart.ts'
import { t } from '../../language/t.ts'

export type Side = 'mine' | 'theirs'

export interface MergeConflict {
  readonly key: string
  /** What both changed, in words. */
  readonly title: string
  /** undefined = it is not there. */
  readonly mine: unknown
  readonly theirs: unknown
}

export interface Merged {
  readonly document: PipelineDocument
  /** All there are, chosen or not. */
  readonly conflicts: readonly MergeConflict[]
}

interface Versions {
  readonly base: PipelineDocument
  readonly mine: PipelineDocument
  readonly theirs: PipelineDocument
}

export type Choices = ReadonlyMap<string, Side>

const NO_CHOICES: Choices = new Map()

export function mergeDocuments(
  base: PipelineDocument,
  mine: PipelineDocument,
  theirs: PipelineDocument,
  choices: Choices = NO_CHOICES,
): Merged {
  const conflicts: MergeConflict[] = []
  const settled = withRemovals({ base, mine: apart(base, mine, theirs), theirs }, choices, conflicts)
  const merge: Decide = (key, title, [was, own, other]) => {
    if (same(own, other) || same(other, was)) return own
    if (same(own, was)) return other
    conflicts.push({ key, title, mine: own, theirs: other })
    return choices.get(key) === 'theirs' ? other : own
  }
  return { document: merged(settled, merge), conflicts }
}

type Three = readonly [base: unknown, mine: unknown, theirs: unknown]
/** The value that goes on; a conflict is noted under its key. */
type Decide = (key: string, title: string, values: Three) => unknown
type Fields = Readonly<Record<string, unknown>>

/** Operators that one side took out and the other touched: settled first, so that both sides agree on which there are. */
function withRemovals({ base, mine, theirs }: Versions, choices: Choices, conflicts: MergeConflict[]): Versions {
  let [own, other] = [mine, theirs]
  for (const was of base.operators) {
    const [kept, taken] = [operatorIn(mine, was.id), operatorIn(theirs, was.id)]
    if ((kept === undefined) === (taken === undefined)) continue
    const [staying, leaving] = kept === undefined ? ([theirs, 'mine'] as const) : ([mine, 'theirs'] as const)
    const key = `operator/${was.id}`
    let chosen: Side = leaving
    if (touched(base, staying, was)) {
      conflicts.push({ key, title: nameOf(was), mine: kept, theirs: taken })
      chosen = choices.get(key) ?? 'mine'
    }
    if (chosen === leaving) {
      if (leaving === 'theirs') own = removeOperators(own, [was.id])
      else other = removeOperators(other, [was.id])
    } else if (leaving === 'theirs') other = withOperator(other, base, was)
    else own = withOperator(own, base, was)
  }
  return { base, mine: own, theirs: other }
}

/** Changed in itself, or joined to something that it was not joined to. */
function touched(base: PipelineDocument, now: PipelineDocument, was: OperatorNode): boolean {
  if (!same(operatorIn(now, was.id), was)) return true
  const before = new Set(connectionsOf(base).map(textOf))
  return connectionsOf(now).some(
    (connection) => (connection.from.operator === was.id || connection.to.operator === was.id) && !before.has(textOf(connection)),
  )
}

/** The operator back again as it was, with the streams it had as far as their other ends are there and free. */
function withOperator(document: PipelineDocument, base: PipelineDocument, was: OperatorNode): PipelineDocument {
  const there = new Set([...document.operators.map(({ id }) => id), was.id])
  const fed = new Set(connectionsOf(document).map(({ to }) => portKey(to)))
  const back = connectionsOf(base).filter(
    ({ from, to }) =>
      (from.operator === was.id || to.operator === was.id) && there.has(from.operator) && there.has(to.operator) && !fed.has(portKey(to)),
  )
  const at = base.layout[was.id]
  return {
    ...document,
    operators: [...document.operators, was],
    streams: streamsOf([...connectionsOf(document), ...back], [document, base]),
    layout: at === undefined ? document.layout : { ...document.layout, [was.id]: at },
  }
}

/** Both sides have the same operators of the base here. */
function merged(versions: Versions, decide: Decide): PipelineDocument {
  const { base, mine, theirs } = versions
  const whole = (key: string, title: string, of: (document: PipelineDocument) => unknown): unknown =>
    decide(key, title, [of(base), of(mine), of(theirs)])
  const operators = mergedOperators(versions, decide)
  const ids = new Set(operators.map(({ id }) => id))
  const groups = mergedGroups(versions, decide)
  const groupIds = new Set(groups?.map(({ id }) => id))
  const description = whole('description', t('Description'), (document) => document.description)
  const notes = listOf(versions, 'notes', (key, values) => mergedNote(key, values, decide))
  const tests = listOf(versions, 'tests', (key, values) => decide(key, t('Test {key}', { key: key.slice('tests/'.length) }), values))
  const { description: _1, notes: _2, tests: _3, groups: _4, ...rest } = mine
  return withoutEmptyGroups({
    ...rest,
    name: whole('name', t('Name of the pipeline'), (document) => document.name) as string,
    ...(description === undefined ? {} : { description: description as string }),
    parameters: fieldsOf([base.parameters, mine.parameters, theirs.parameters], (name, values) =>
      decide(`parameter/${name}`, t('Parameter {name}', { name }), values),
    ) as PipelineDocument['parameters'],
    settings: fieldsOf([base.settings, mine.settings, theirs.settings], (name, values) =>
      decide(`setting/${name}`, t('Setting {name}', { name }), values),
    ) as unknown as PipelineDocument['settings'],
    operators: operators.map((operator) => {
      if (operator.group === undefined || groupIds.has(operator.group)) return operator
      const { group: _gone, ...alone } = operator
      return alone
    }),
    streams: mergedStreams(versions, ids, decide),
    layout: fieldsOf([base.layout, mine.layout, theirs.layout], (id, [was, own, other]) =>
      !ids.has(id) ? undefined : same(own, was) ? (other ?? own) : (own ?? other),
    ) as PipelineDocument['layout'],
    ...(notes.length === 0 ? {} : { notes: notes as NonNullable<PipelineDocument['notes']> }),
    ...(tests.length === 0 ? {} : { tests: tests as NonNullable<PipelineDocument['tests']> }),
    ...(groups === undefined ? {} : { groups }),
  })
}

function mergedOperators({ base, mine, theirs }: Versions, decide: Decide): PipelineDocument['operators'] {
  const inMine = new Set(mine.operators.map(({ id }) => id))
  const inTheirs = new Set(theirs.operators.map(({ id }) => id))
  const inBase = new Set(base.operators.map(({ id }) => id))
  const added = theirs.operators.filter(({ id }) => !inMine.has(id) && !inBase.has(id))
  return [...mine.operators.filter(({ id }) => inTheirs.has(id) || !inBase.has(id)), ...added].map((operator) => {
    const [was, other] = [operatorIn(base, operator.id), operatorIn(theirs, operator.id)]
    if (was === undefined || other === undefined || same(operator, was)) return other ?? operator
    const next = mergedOperator([was, operator, other], decide)
    return same(next, operator) ? operator : next
  })
}

function mergedOperator([was, own, other]: readonly [OperatorNode, OperatorNode, OperatorNode], decide: Decide): OperatorNode {
  const name = nameOf(own)
  const key = `operator/${own.id}`
  const config = fieldsOf([was.config, own.config, other.config], (field, values) =>
    decide(`${key}/config/${field}`, `${name}: ${field}`, values),
  )
  const { config: _was, ...plainWas } = was
  const { config: _own, ...plainOwn } = own
  const { config: _other, ...plainOther } = other
  const plain = fieldsOf([plainWas, plainOwn, plainOther], (field, values) =>
    field === 'group'
      ? mineFirst(values)
      : decide(`${key}/${field}`, field === 'name' ? t('Name of {name}', { name }) : `${name}: ${field}`, values),
  )
  return { ...plain, config } as unknown as OperatorNode
}

/** For where and how things are drawn, which is no conflict. */
function mineFirst([was, own, other]: Three): unknown {
  return same(own, was) ? other : own
}

function mergedGroups({ base, mine, theirs }: Versions, decide: Decide): PipelineDocument['groups'] {
  const byId = ({ groups = [] }: PipelineDocument): Readonly<Record<string, NonNullable<PipelineDocument['groups']>[number]>> =>
    Object.fromEntries(groups.map((group) => [group.id, group]))
  const found = fieldsOf([byId(base), byId(mine), byId(theirs)], (id, [was, own, other]) => {
    // A group is only how things are drawn: one that somebody dissolved is gone, unless it is new.
    if (own === undefined || other === undefined) return was === undefined ? (own ?? other) : undefined
    return fieldsOf([(was ?? {}) as Fields, own as Fields, other as Fields], (field, values) =>
      field === 'name' ? decide(`group/${id}`, t('Name of a group'), values) : mineFirst(values),
    )
  })
  const groups = Object.values(found) as NonNullable<PipelineDocument['groups']>
  return groups.length === 0 ? undefined : groups
}

/** By input: what it reads is one value, so that two streams into one input are a conflict. */
function mergedStreams(versions: Versions, ids: ReadonlySet<string>, decide: Decide): StreamNode[] {
  const { base, mine, theirs } = versions
  const readers = (document: PipelineDocument): Fields => {
    const found: Record<string, string[]> = {}
    for (const { from, to } of connectionsOf(document)) (found[portKey(to)] ??= []).push(portKey(from))
    return Object.fromEntries(Object.entries(found).map(([port, sources]) => [port, sources.sort()]))
  }
  const named = (port: PortReference): string => nameOf(operatorIn(mine, port.operator) ?? operatorIn(theirs, port.operator), port.operator)
  const reads = fieldsOf([readers(base), readers(mine), readers(theirs)], (input, values) => {
    const to = portOf(input)
    // Streams of an operator that is gone are no question.
    return ids.has(to.operator)
      ? decide(`input/${input}`, t('What {named} reads at {port}', { named: named(to), port: to.port }), values)
      : undefined
  }) as Readonly<Record<string, readonly string[]>>
  const connections = Object.entries(reads).flatMap(([input, sources]) =>
    sources.map((source) => ({ from: portOf(source), to: portOf(input) })),
  )
  const kept = connections.filter(({ from }) => ids.has(from.operator))
  const next = streamsOf(kept, [mine, theirs])
  return same(next, mine.streams) ? mine.streams : next
}

interface Connection {
  readonly from: PortReference
  readonly to: PortReference
}

/** Streams of these connections, under the ids and in the order that they have in the documents. */
function streamsOf(connections: readonly Connection[], known: readonly PipelineDocument[]): StreamNode[] {
  const left = new Map<string, Connection[]>()
  for (const connection of connections) left.set(portKey(connection.from), [...(left.get(portKey(connection.from)) ?? []), connection])
  const order = new Map<string, { readonly id: string; readonly targets: readonly string[] }>()
  for (const document of known)
    for (const { id, from, to } of document.streams) {
      const before = order.get(portKey(from))
      const targets = to.map(portKey)
      order.set(portKey(from), before === undefined ? { id, targets } : { id: before.id, targets: [...before.targets, ...targets] })
    }
  const streams: StreamNode[] = []
  const taken = new Set<string>()
  for (const source of [...order.keys(), ...left.keys()]) {
    const of = left.get(source)
    if (of === undefined) continue
    left.delete(source)
    const about = order.get(source)
    const place = (to: PortReference): number => {
      const at = about?.targets.indexOf(portKey(to)) ?? -1
      return at < 0 ? Infinity : at
    }
    const id = about !== undefined && !taken.has(about.id) ? about.id : ''
    if (id !== '') taken.add(id)
    streams.push({ id, from: portOf(source), to: of.map(({ to }) => to).sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b))) })
  }
  for (const [i, stream] of streams.entries())
    if (stream.id === '') streams[i] = { ...stream, id: freeStreamId({ streams } as unknown as PipelineDocument) }
  return streams
}

/** Entries of a list by id or name, in the order of mine, those of theirs after them. */
function listOf({ base, mine, theirs }: Versions, list: 'notes' | 'tests', decide: (key: string, values: Three) => unknown): unknown[] {
  const byKey = (document: PipelineDocument): Fields => {
    const seen = new Map<string, number>()
    return Object.fromEntries(
      (document[list] ?? []).map((entry) => {
        const name = 'id' in entry ? entry.id : entry.name
        const nth = (seen.get(name) ?? 0) + 1
        seen.set(name, nth)
        return [nth === 1 ? name : `${name} (${nth})`, entry]
      }),
    )
  }
  return Object.values(fieldsOf([byKey(base), byKey(mine), byKey(theirs)], (name, values) => decide(`${list}/${name}`, values)))
}

/** What it says counts; where it stands is no conflict. */
function mergedNote(key: string, values: Three, decide: Decide): unknown {
  const [was, own, other] = values
  if (own === undefined || other === undefined) return decide(key, 'A note', values)
  return fieldsOf([(was ?? {}) as Fields, own as Fields, other as Fields], (field, three) =>
    field === 'text' ? decide(key, 'A note', three) : mineFirst(three),
  )
}

/** Each field that any of them has, in the order of mine; one that comes out as undefined is left out. */
function fieldsOf(
  [base, mine, theirs]: readonly [base: Fields, mine: Fields, theirs: Fields],
  decide: (field: string, values: Three) => unknown,
): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const field of new Set([...Object.keys(mine), ...Object.keys(theirs), ...Object.keys(base)])) {
    const value = decide(field, [base[field], mine[field], theirs[field]])
    if (value !== undefined) result[field] = value
  }
  return result
}

function operatorIn(document: PipelineDocument, id: string): OperatorNode | undefined {
  return document.operators.find((operator) => operator.id === id)
}

function nameOf(operator: OperatorNode | undefined, id = ''): string {
  return operator === undefined ? id : operator.name === '' ? operator.id : operator.name
}

function connectionsOf({ streams }: PipelineDocument): Connection[] {
  return streams.flatMap(({ from, to }) => to.map((end) => ({ from, to: end })))
}

function textOf({ from, to }: Connection): string {
  return `${portKey(from)} ${portKey(to)}`
}

function portKey({ operator, port }: PortReference): string {
  return `${operator}.${port}`
}

function portOf(key: string): PortReference {
  const dot = key.indexOf('.')
  return { operator: key.slice(0, dot), port: key.slice(dot + 1) }
}
