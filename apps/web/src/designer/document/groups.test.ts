import fc from 'fast-check'
import { manifests } from '@belay/operators/manifests'
import { groupTree, planHash, validate, type PipelineDocument } from '@belay/pipeline'
import { describe, expect, it } from 'vitest'
import { EMPTY, chain } from '../../../test/support/drawnPipelines.ts'
import { boxesOf, drawingOf, nodeOf } from '../../groups/drawing.ts'
import { copyFragment, pasteFragment, readFragment } from './clipboard.ts'
import { moveOperators, removeOperators } from './edits.ts'
import { changeGroup, foldGroup } from '../../groups/folding.ts'
import { dissolveGroup, makeGroup, takeOut, wholeGroup } from './groups.ts'
import { change, startHistory, undo } from './history.ts'
import { insertInto } from './placing.ts'

const ids = (document: PipelineDocument): string[] => document.operators.map(({ id }) => id)

function grouped(document: PipelineDocument, members: readonly string[]): { document: PipelineDocument; id: string } {
  const made = makeGroup(document, members)
  if (made === null) throw new Error(`no group of ${members.join()}`)
  return made
}

type Edit = (document: PipelineDocument) => PipelineDocument

const some = (document: PipelineDocument, mask: readonly boolean[]): string[] => ids(document).filter((_, i) => mask[i % mask.length])
const oneOf = (document: PipelineDocument, n: number): string => document.groups?.[n % document.groups.length]?.id ?? ''

const groupEdit: fc.Arbitrary<Edit> = fc.oneof(
  fc.array(fc.boolean(), { minLength: 5, maxLength: 9 }).map(
    (mask): Edit =>
      (document) =>
        makeGroup(document, some(document, mask))?.document ?? document,
  ),
  fc.nat(9).map(
    (n): Edit =>
      (document) =>
        dissolveGroup(document, oneOf(document, n)),
  ),
  fc.tuple(fc.nat(9), fc.boolean()).map(
    ([n, collapsed]): Edit =>
      (document) =>
        foldGroup(document, oneOf(document, n), collapsed),
  ),
  fc.tuple(fc.nat(9), fc.string()).map(
    ([n, name]): Edit =>
      (document) =>
        changeGroup(document, oneOf(document, n), { name }),
  ),
  fc.nat(9).map(
    (n): Edit =>
      (document) =>
        takeOut(document, ids(document)[n % document.operators.length] ?? ''),
  ),
  fc.tuple(fc.nat(9), fc.integer({ min: -40, max: 40 })).map(
    ([n, y]): Edit =>
      (document) =>
        document.operators[n] === undefined ? document : moveOperators(document, { [document.operators[n].id]: { x: n * 280, y: y * 8 } }),
  ),
  fc.array(fc.boolean(), { minLength: 5, maxLength: 9 }).map(
    (mask): Edit =>
      (document) =>
        document.operators.length > 16 ? document : pasteFragment(document, copyFragment(document, some(document, mask)), true).document,
  ),
  fc.nat(9).map(
    (n): Edit =>
      (document) =>
        document.operators.length < 4 ? document : removeOperators(document, ids(document).slice(n, n + 1)),
  ),
)

describe('groups', () => {
  it('random edits of groups keep every operator drawn once, and all undone give the first document back', () => {
    const first = chain(8)
    fc.assert(
      fc.property(fc.array(groupEdit, { minLength: 60, maxLength: 60, size: 'max' }), (edits) => {
        let history = startHistory(first)
        for (const edit of edits) {
          history = change(history, edit(history.present))
          const { present } = history
          const nodes = boxesOf(present)
          const { tree, folded, frames } = drawingOf(present)
          for (const id of ids(present)) expect(nodes.has(nodeOf(present, id))).toBe(true)
          expect(nodes.size).toBe(present.operators.length - tree.hiddenIn.size + folded.size)
          expect([...folded.keys(), ...frames.keys(), ...tree.hiddenGroups].sort()).toEqual([...tree.groups.keys()].sort())
          // A group that holds nothing is not kept, and no operator is in one that is not there.
          expect(present.groups?.map(({ id }) => id) ?? []).toHaveLength(tree.groups.size)
          expect(validate(present, manifests).filter(({ code }) => code.startsWith('GROUP_'))).toEqual([])
        }
        while (history.past.length > 0) history = undo(history)
        expect(history.present).toEqual(first)
      }),
      { numRuns: 12 },
    )
  })

  it('nothing about groups is part of the plan', () => {
    const first = chain(6)
    const made = grouped(first, ids(first).slice(1, 4))
    const folded = foldGroup(changeGroup(made.document, made.id, { name: 'Clean', colour: 'violet' }), made.id, true)
    expect(planHash(folded)).toBe(planHash(first))
    expect(dissolveGroup(made.document, made.id)).toEqual(first)
  })

  it('a group of a group and more holds both, and taken apart the inner one is as it was', () => {
    const first = chain(6)
    const [, b = '', c = '', d = ''] = ids(first)
    const inner = grouped(first, [b, c])
    const outer = grouped(inner.document, [b, c, d])
    const { groups } = groupTree(outer.document)
    expect(groups.get(inner.id)?.parent).toBe(outer.id)
    expect(groups.get(outer.id)?.operators).toEqual([b, c, d])
    expect(dissolveGroup(outer.document, outer.id)).toEqual(inner.document)
    // The outer one folded stands for all of them.
    const folded = foldGroup(outer.document, outer.id, true)
    expect(nodeOf(folded, b)).toBe(`group:${outer.id}`)
    expect(drawingOf(folded).frames.size).toBe(0)
  })

  it('a group within a group is made inside of it', () => {
    const first = chain(6)
    const outer = grouped(first, ids(first).slice(1, 5))
    const inner = grouped(outer.document, ids(first).slice(1, 3))
    expect(groupTree(inner.document).groups.get(inner.id)?.parent).toBe(outer.id)
    expect(makeGroup(inner.document, ids(first).slice(1, 3))).toBeNull()
    expect(wholeGroup(groupTree(inner.document), ids(first).slice(1, 5))).toBe(outer.id)
  })

  it('a collapsed group shows the ports whose streams cross its border, and those with no stream', () => {
    const first = chain(5)
    const [, b = '', c = '', d = ''] = ids(first)
    const made = grouped(first, [b, c])
    const { inputs = [], outputs = [] } = drawingOf(foldGroup(made.document, made.id, true)).ports.get(made.id) ?? {}
    expect(inputs).toEqual([{ operator: b, port: 'in' }])
    expect(outputs).toContainEqual({ operator: c, port: 'true' })
    expect(outputs).not.toContainEqual({ operator: b, port: 'true' })
    expect(first.streams.some(({ from, to }) => from.operator === c && to[0]?.operator === d)).toBe(true)
  })

  it('what an opened group would cover makes room, and folding moves nothing', () => {
    const first = chain(5)
    const [, b = '', c = '', d = ''] = ids(first)
    const made = grouped(first, [b, c])
    const folded = foldGroup(made.document, made.id, true)
    expect(folded.layout).toEqual(first.layout)
    const close = moveOperators(folded, { [d]: { x: 560, y: 0 } })
    const opened = foldGroup(close, made.id, false)
    const frame = drawingOf(opened).frames.get(made.id)
    if (frame === undefined) throw new Error('no frame')
    for (const [node, box] of boxesOf(opened)) {
      if (node === b || node === c) continue
      const covers =
        box.x < frame.x + frame.width && frame.x < box.x + box.width && box.y < frame.y + frame.height && frame.y < box.y + box.height
      // The source stood nearer than the frame's edge before the group was made: it is left of it and stays.
      if (box.x > frame.x) expect(covers).toBe(false)
    }
    expect(opened.layout[b]).toEqual(first.layout[b])
  })

  it('a whole group travels as JSON text; part of one travels without it', () => {
    const first = chain(5)
    const [, b = '', c = ''] = ids(first)
    const made = grouped(first, [b, c])
    const read = readFragment(JSON.stringify(copyFragment(made.document, [b, c])))
    if (read?.ok !== true) throw new Error('not read')
    const pasted = pasteFragment(EMPTY, read.fragment)
    expect(wholeGroup(groupTree(pasted.document), pasted.ids)).toBe('g1')
    const twice = pasteFragment(pasted.document, read.fragment)
    expect(wholeGroup(groupTree(twice.document), twice.ids)).toBe('g2')
    expect(pasteFragment(EMPTY, copyFragment(made.document, [b])).document).not.toHaveProperty('groups')
    expect(pasteFragment(EMPTY, copyFragment(made.document, [b])).document.operators[0]).not.toHaveProperty('group')
  })

  it('an operator put into a stream within a group is in the group', () => {
    const first = chain(5)
    const [, b = '', c = ''] = ids(first)
    const made = grouped(first, [b, c])
    const stream = made.document.streams.find(({ from }) => from.operator === b)
    if (stream === undefined) throw new Error('no stream')
    const inserted = insertInto(made.document, manifests, { stream, to: stream.to[0] ?? { operator: '', port: '' } }, 'sample')
    expect(inserted?.document.operators.find(({ id }) => id === inserted.id)?.group).toBe(made.id)
  })
})
