import fc from 'fast-check'
import { manifests } from '@belay/operators/manifests'
import { planHash, type PipelineDocument } from '@belay/pipeline'
import { describe, expect, it } from 'vitest'
import { EMPTY } from '../../../test/support/drawnPipelines.ts'
import { copyFragment, pasteFragment } from './clipboard.ts'
import { addOperator, connect, moveOperators, removeOperators, setConfig } from './edits.ts'
import { align } from './placing.ts'
import { change, redo, startHistory, undo } from './history.ts'

const TYPES = Object.keys(manifests)

type Edit = (document: PipelineDocument) => PipelineDocument

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ type: fc.constantFrom(...TYPES), x: fc.integer({ min: -500, max: 500 }), y: fc.integer({ min: -500, max: 500 }) }).map(
    ({ type, x, y }): Edit =>
      (document) =>
        addOperator(document, manifests, type, { x, y }).document,
  ),
  fc.nat(20).map(
    (n): Edit =>
      (document) =>
        removeOperators(
          document,
          document.operators.slice(n, n + 1).map((operator) => operator.id),
        ),
  ),
  fc.tuple(fc.nat(20), fc.nat(20)).map(
    ([a, b]): Edit =>
      (document) =>
        document.operators[a] === undefined || document.operators[b] === undefined
          ? document
          : connect(document, { operator: document.operators[a].id, port: 'out' }, { operator: document.operators[b].id, port: 'in' }),
  ),
  fc.tuple(fc.nat(20), fc.string()).map(
    ([n, text]): Edit =>
      (document) =>
        document.operators[n] === undefined ? document : setConfig(document, document.operators[n].id, '/condition', text),
  ),
  fc.tuple(fc.nat(20), fc.integer(), fc.integer()).map(
    ([n, x, y]): Edit =>
      (document) =>
        document.operators[n] === undefined ? document : moveOperators(document, { [document.operators[n].id]: { x, y } }),
  ),
  fc.constant<Edit>((document) =>
    align(
      document,
      document.operators.map((operator) => operator.id),
      'row',
    ),
  ),
  fc.constant<Edit>(
    (document) =>
      pasteFragment(
        document,
        copyFragment(
          document,
          document.operators.map((operator) => operator.id),
        ),
      ).document,
  ),
)

describe('undo', () => {
  it('200 random edits, all undone, give the first document back, and redone the last', () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 200, maxLength: 200, size: 'max' }), (edits) => {
        let history = startHistory(EMPTY)
        for (const one of edits) {
          if (history.present.operators.length > 12)
            history = change(
              history,
              removeOperators(
                history.present,
                history.present.operators.slice(6).map((operator) => operator.id),
              ),
            )
          history = change(history, one(history.present))
        }
        const last = history.present
        let steps = 0
        while (history.past.length > 0) {
          history = undo(history)
          steps += 1
        }
        expect(planHash(history.present)).toBe(planHash(EMPTY))
        expect(history.present).toEqual(EMPTY)
        for (; steps > 0; steps -= 1) history = redo(history)
        expect(history.present).toEqual(last)
      }),
      { numRuns: 10 },
    )
  })

  it('typing in one field is one step', () => {
    const { document, id } = addOperator(EMPTY, manifests, 'filter', { x: 0, y: 0 })
    let history = startHistory(document)
    for (const text of ['d', 'de', 'del'])
      history = change(history, setConfig(history.present, id, '/condition', text), `config:${id}:/condition`)
    expect(undo(history).present).toEqual(document)
  })

  it('moving and renaming stay outside the plan hash', () => {
    const { document, id } = addOperator(EMPTY, manifests, 'filter', { x: 0, y: 0 })
    expect(planHash(moveOperators(document, { [id]: { x: 800, y: 16 } }))).toBe(planHash(document))
  })
})
