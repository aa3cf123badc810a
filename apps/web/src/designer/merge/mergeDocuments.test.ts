import fc from 'fast-check'
import { manifests } from '@belay/operators/manifests'
import type { PipelineDocument } from '@belay/pipeline'
import { describe, expect, it } from 'vitest'
import { chain } from '../../../test/support/drawnPipelines.ts'
import { same } from '../document/difference.ts'
import {
  changeOperator,
  changeSettings,
  connect,
  disconnect,
  moveOperators,
  removeOperators,
  setConfig,
  setParameter,
} from '../document/edits.ts'
import { makeGroup } from '../document/groups.ts'
import { addNote, changeNote } from '../document/notes.ts'
import { addAfter } from '../document/placing.ts'
import { mergeDocuments } from './mergeDocuments.ts'

const BASE = chain(8)
const IDS = BASE.operators.map(({ id }) => id)

/** The same whatever the order of lists and the ids of streams. */
function meaning(document: PipelineDocument): unknown {
  const by = <T>(list: readonly T[], key: (entry: T) => string): readonly T[] => [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1))
  return {
    ...document,
    operators: by(document.operators, ({ id }) => id),
    streams: document.streams
      .flatMap(({ from, to }) => to.map((end) => `${from.operator}.${from.port} ${end.operator}.${end.port}`))
      .sort(),
    layout: Object.fromEntries(by(Object.entries(document.layout), ([id]) => id)),
    ...(document.notes === undefined ? {} : { notes: by(document.notes, ({ text }) => text).map(({ id: _id, ...note }) => note) }),
    ...(document.groups === undefined ? {} : { groups: by(document.groups, ({ id }) => id) }),
  }
}

type Edit = (document: PipelineDocument) => PipelineDocument
const has = (document: PipelineDocument, id: string): boolean => document.operators.some((operator) => operator.id === id)

/** Edits of some operators, and additions of a type that the other side does not add. */
function editsOf(ids: readonly string[], adds: string, who: string, notes = true): fc.Arbitrary<Edit> {
  const id = fc.constantFrom(...ids)
  return fc.oneof(
    fc.tuple(id, fc.string()).map(
      ([at, text]): Edit =>
        (document) =>
          has(document, at) ? setConfig(document, at, '/condition', text) : document,
    ),
    fc.tuple(id, fc.string({ minLength: 1 })).map(
      ([at, name]): Edit =>
        (document) =>
          has(document, at) ? changeOperator(document, at, { name }) : document,
    ),
    fc.tuple(id, fc.nat(40), fc.nat(40)).map(
      ([at, x, y]): Edit =>
        (document) =>
          has(document, at) ? moveOperators(document, { [at]: { x: x * 8, y: y * 8 } }) : document,
    ),
    fc.tuple(id, fc.integer({ min: 2, max: 8 })).map(
      ([at, partitions]): Edit =>
        (document) =>
          has(document, at) ? changeOperator(document, at, { partitions }) : document,
    ),
    id.map(
      (at): Edit =>
        (document) =>
          has(document, at) ? addAfter(document, manifests, adds, { operator: at, port: 'false' }, { x: 0, y: 0 }).document : document,
    ),
    id.map(
      (at): Edit =>
        (document) =>
          removeOperators(document, [at]),
    ),
    fc.integer({ min: 1, max: 9 }).map(
      (n): Edit =>
        (document) =>
          setParameter(document, `${who}${n}`, { type: 'number', default: n }),
    ),
    ...(notes
      ? [
          fc.string({ minLength: 1 }).map((text): Edit => (document) => {
            const added = addNote(document, { x: 0, y: 0 })
            return changeNote(added.document, added.id, { text: `${who}: ${text}` })
          }),
        ]
      : []),
  )
}

const all = (edits: readonly Edit[], document: PipelineDocument): PipelineDocument => edits.reduce((at, edit) => edit(at), document)

describe('two people and one pipeline', () => {
  it('what they did to different parts is merged without a question, whoever comes first, and is what both did', () => {
    const mine = fc.array(editsOf(IDS.slice(1, 4), 'sample', 'mine'), { maxLength: 12 })
    const theirs = fc.array(editsOf(IDS.slice(5), 'deduplicate', 'theirs'), { maxLength: 12 })
    fc.assert(
      fc.property(mine, theirs, (a, b) => {
        const [own, other] = [all(a, BASE), all(b, BASE)]
        const merged = mergeDocuments(BASE, own, other)
        expect(merged.conflicts).toEqual([])
        expect(meaning(merged.document)).toEqual(meaning(mergeDocuments(BASE, other, own).document))
        expect(meaning(merged.document)).toEqual(meaning(all(b, own)))
      }),
      { numRuns: 80 },
    )
  })

  it('of edits anywhere none is lost unseen: what is kept holds all of mine, or all of theirs, as chosen', () => {
    const mine = fc.array(editsOf(IDS, 'sample', 'mine', false), { maxLength: 10 })
    const theirs = fc.array(editsOf(IDS, 'deduplicate', 'theirs', false), { maxLength: 10 })
    fc.assert(
      fc.property(mine, theirs, (a, b) => {
        const [own, other] = [all(a, BASE), all(b, BASE)]
        const { conflicts, document } = mergeDocuments(BASE, own, other)
        // Merging mine with what was kept asks nothing and changes nothing: all of mine is in it.
        const again = mergeDocuments(BASE, own, document)
        expect(again.conflicts).toEqual([])
        expect(meaning(again.document)).toEqual(meaning(document))
        const chosen = mergeDocuments(BASE, own, other, new Map(conflicts.map(({ key }) => [key, 'theirs'])))
        const back = mergeDocuments(BASE, chosen.document, other)
        expect(back.conflicts).toEqual([])
        expect(new Set(chosen.conflicts.map(({ key }) => key)).size).toBe(chosen.conflicts.length)
      }),
      { numRuns: 80 },
    )
  })

  it('one that changed nothing takes what the other did, as it is', () => {
    fc.assert(
      fc.property(fc.array(editsOf(IDS, 'sample', 'any'), { maxLength: 12 }), (edits) => {
        const changed = all(edits, BASE)
        for (const [own, other] of [
          [changed, BASE],
          [BASE, changed],
          [changed, changed],
        ] as const) {
          const merged = mergeDocuments(BASE, own, other)
          expect(merged.conflicts).toEqual([])
          expect(meaning(merged.document)).toEqual(meaning(changed))
        }
      }),
      { numRuns: 50 },
    )
  })

  const [, b = '', c = '', d = ''] = IDS

  it('the same setting changed by both is a conflict, and either can be chosen', () => {
    const [own, other] = [setConfig(BASE, b, '/condition', 'x = 1'), setConfig(BASE, b, '/condition', 'x = 2')]
    const { conflicts, document } = mergeDocuments(BASE, own, other)
    expect(conflicts).toEqual([{ key: `operator/${b}/config/condition`, title: `${b}: condition`, mine: 'x = 1', theirs: 'x = 2' }])
    expect(document).toEqual(own)
    expect(meaning(mergeDocuments(BASE, own, other, new Map([[`operator/${b}/config/condition`, 'theirs']])).document)).toEqual(
      meaning(other),
    )
    // Different settings of one operator are none.
    expect(mergeDocuments(BASE, changeOperator(BASE, b, { partitions: 2 }), other).conflicts).toEqual([])
    expect(mergeDocuments(BASE, changeSettings(BASE, { windowMs: 100 }), changeSettings(BASE, { windowMs: 200 })).conflicts).toHaveLength(1)
  })

  it('an operator that one took out and the other changed or joined to something is asked about', () => {
    const without = removeOperators(BASE, [c])
    const changed = setConfig(BASE, c, '/condition', 'x')
    const joined = addAfter(BASE, manifests, 'sample', { operator: c, port: 'false' }).document
    for (const touched of [changed, joined]) {
      const mineKept = mergeDocuments(BASE, touched, without)
      expect(mineKept.conflicts).toMatchObject([{ key: `operator/${c}`, theirs: undefined }])
      expect(meaning(mineKept.document)).toEqual(meaning(touched))
      const theirsTaken = mergeDocuments(BASE, touched, without, new Map([[`operator/${c}`, 'theirs']]))
      expect(has(theirsTaken.document, c)).toBe(false)
      // The other way round it is mine that is gone.
      expect(has(mergeDocuments(BASE, without, touched).document, c)).toBe(false)
      expect(meaning(mergeDocuments(BASE, without, touched, new Map([[`operator/${c}`, 'theirs']])).document)).toEqual(meaning(touched))
    }
    // Moved only: nothing that anybody would miss.
    expect(mergeDocuments(BASE, moveOperators(BASE, { [c]: { x: 8, y: 8 } }), without).conflicts).toEqual([])
  })

  it('two operators, notes or groups that were given the same id are both kept', () => {
    const own = addAfter(BASE, manifests, 'filter', { operator: b, port: 'false' })
    const other = addAfter(BASE, manifests, 'filter', { operator: c, port: 'false' })
    expect(own.id).toBe(other.id)
    const { document, conflicts } = mergeDocuments(
      BASE,
      {
        ...setConfig(own.document, own.id, '/condition', 'mine'),
        tests: [{ name: 't', steps: [{ kill: own.id }], expected: { [`${own.id}.true`]: [] } }],
      },
      setConfig(other.document, other.id, '/condition', 'theirs'),
    )
    expect(conflicts).toEqual([])
    expect(document.operators).toHaveLength(BASE.operators.length + 2)
    const fresh = document.operators.find(({ config }) => config['condition'] === 'mine')?.id ?? ''
    expect(fresh).not.toBe(other.id)
    expect(document.streams.flatMap(({ from, to }) => to.map((end) => `${from.operator} ${end.operator}`))).toEqual(
      expect.arrayContaining([`${b} ${fresh}`, `${c} ${other.id}`]),
    )
    expect(document.tests).toEqual([{ name: 't', steps: [{ kill: fresh }], expected: { [`${fresh}.true`]: [] } }])

    const groups = mergeDocuments(BASE, makeGroup(BASE, [b, c])?.document ?? BASE, makeGroup(BASE, IDS.slice(5, 7))?.document ?? BASE)
    expect(groups.conflicts).toEqual([])
    expect(groups.document.groups).toHaveLength(2)
    expect(groups.document.operators.find(({ id }) => id === b)?.group).not.toBe(
      groups.document.operators.find(({ id }) => id === IDS[5])?.group,
    )
  })

  it('two streams into one input are asked about', () => {
    const open = disconnect(BASE, BASE.streams[2]?.id ?? '', { operator: d, port: 'in' })
    const own = connect(open, { operator: b, port: 'false' }, { operator: d, port: 'in' })
    const other = connect(open, { operator: c, port: 'false' }, { operator: d, port: 'in' })
    const { conflicts, document } = mergeDocuments(open, own, other)
    expect(conflicts).toMatchObject([{ key: `input/${d}.in`, mine: [`${b}.false`], theirs: [`${c}.false`] }])
    expect(same(document.streams, own.streams)).toBe(true)
  })
})
