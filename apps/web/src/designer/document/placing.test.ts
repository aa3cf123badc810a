import { manifests } from '@belay/operators/manifests'
import { planHash, type PipelineDocument } from '@belay/pipeline'
import { describe, expect, it } from 'vitest'
import { EMPTY } from '../../../test/support/drawnPipelines.ts'
import { NODE_HEIGHT, NODE_WIDTH } from '../layout/place.ts'
import { copyFragment, pasteFragment, readFragment } from './clipboard.ts'
import { differences, same } from './difference.ts'
import { addOperator, changeOperator, connect, renameParameter, setConfig, setParameter } from './edits.ts'
import { addNote, changeNote, removeNote } from './notes.ts'
import { addAfter, insertInto, removeReconnecting } from './placing.ts'

const source = addOperator(EMPTY, manifests, 'generator', { x: 0, y: 0 })
const line = addAfter(source.document, manifests, 'null-sink', { operator: source.id, port: 'out' })

function overlaps(document: PipelineDocument): boolean {
  const places = Object.values(document.layout)
  return places.some((a, i) => places.some((b, k) => k > i && Math.abs(a.x - b.x) < NODE_WIDTH && Math.abs(a.y - b.y) < NODE_HEIGHT))
}

describe('placing', () => {
  it('an operator after a port is connected and stands on nobody', () => {
    let document = line.document
    for (let i = 0; i < 5; i += 1) document = addAfter(document, manifests, 'filter', { operator: source.id, port: 'out' }).document
    expect(document.streams[0].to).toHaveLength(6)
    expect(overlaps(document)).toBe(false)
  })

  it('an operator goes into a stream, others make room, and taking it out gives the stream back', () => {
    const [stream] = line.document.streams
    const inserted = insertInto(line.document, manifests, { stream, to: stream.to[0] }, 'filter')
    if (inserted === null) throw new Error('a filter fits anywhere')
    expect(inserted.document.streams.map(({ from, to }) => [from.operator, to[0].operator])).toEqual([
      [source.id, inserted.id],
      [inserted.id, line.id],
    ])
    expect(overlaps(inserted.document)).toBe(false)
    const removed = removeReconnecting(inserted.document, manifests, [inserted.id])
    expect(removed.streams.map(({ from, to }) => [from.operator, to[0].operator])).toEqual([[source.id, line.id]])
  })

  it('a source does not fit into a stream', () => {
    const [stream] = line.document.streams
    expect(insertInto(line.document, manifests, { stream, to: stream.to[0] }, 'generator')).toBeNull()
  })
})

describe('clipboard', () => {
  it('a whole pipeline and a fragment paste under new ids, with their streams', () => {
    const ids = line.document.operators.map((operator) => operator.id)
    for (const text of [JSON.stringify(copyFragment(line.document, ids)), JSON.stringify(line.document)]) {
      const read = readFragment(text)
      if (read === null || !read.ok) throw new Error('it is a fragment')
      const { document } = pasteFragment(line.document, read.fragment)
      expect(document.operators).toHaveLength(4)
      expect(document.streams).toHaveLength(2)
      expect(new Set(document.operators.map((operator) => operator.id)).size).toBe(4)
    }
  })
  it('other text is not for the canvas, and a newer pipeline says so', () => {
    expect(readFragment('hello')).toBeNull()
    expect(readFragment('{"rows": 1}')).toMatchObject({ ok: false })
    expect(readFragment(JSON.stringify({ ...line.document, format: 99 }))).toMatchObject({
      ok: false,
      reason: expect.stringContaining('Update Belay') as string,
    })
  })
})

describe('differences', () => {
  it('says what was added, changed, renamed and moved', () => {
    const changed = changeOperator(setConfig(line.document, source.id, '/rows', 7), line.id, { name: 'end' })
    expect(differences(line.document, changed).map(({ what, text }) => `${what} ${text}`)).toEqual([
      'changed generator',
      'renamed null-sink is now end',
    ])
    expect(differences(source.document, line.document).map(({ what }) => what)).toEqual(['added', 'added'])
    expect(differences(line.document, line.document)).toEqual([])
  })
  it('values are the same as JSON, whatever the order of keys', () => {
    expect(same({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1, d: undefined })).toBe(true)
    expect(same({ a: 1 }, { a: 1, b: null })).toBe(false)
    expect(same([1], { 0: 1 })).toBe(false)
  })
})

describe('parameters and notes', () => {
  it('a parameter keeps driving what it drives under another name', () => {
    let document = setParameter(line.document, 'speed', { type: 'number', default: 5 })
    document = setConfig(document, source.id, '/rowsPerSecond', '${speed}')
    const renamed = renameParameter(document, 'speed', 'rate')
    expect(renamed.operators[0].config['rowsPerSecond']).toBe('${rate}')
    expect(Object.keys(renamed.parameters)).toEqual(['rate'])
  })
  it('a value left out is not there', () => {
    const document = setConfig(line.document, source.id, '/seed', undefined)
    expect('seed' in document.operators[0].config).toBe(false)
  })
  it('notes stay outside the plan, and a document whose notes are gone is as it was', () => {
    const { document, id } = addNote(line.document, { x: 3, y: 5 })
    const written = changeNote(document, id, { text: '**why**' })
    expect(planHash(written)).toBe(planHash(line.document))
    expect(removeNote(written, id)).toEqual(line.document)
    expect(connect(written, { operator: source.id, port: 'out' }, { operator: line.id, port: 'in' })).toBe(written)
  })
})
