import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { parseDocument, readDocument, USUAL_SETTINGS, withPlaces, type ManifestCatalogue, type OperatorManifest } from './index.ts'

function manifest(type: string, change: Partial<OperatorManifest>): OperatorManifest {
  return {
    type,
    typeVersion: 3,
    title: type,
    category: 'transform',
    summary: '',
    keywords: [],
    icon: '',
    help: '',
    inputs: [],
    outputs: [],
    configSchema: Type.Object({}),
    form: [],
    guarantee: { role: 'transform', sentence: '' },
    container: 'compute',
    stateful: false,
    partitioning: { kind: 'any' },
    defaultConfig: {},
    flink: { support: 'yes' },
    summarise: () => '',
    typing: () => ({ outputs: {}, problems: [] }),
    ...change,
  }
}

const rows = manifest('rows', {
  outputs: [
    { name: 'out', title: 'Rows' },
    { name: 'errors', title: 'Bad rows' },
  ],
  configSchema: Type.Object({ count: Type.Integer(), list: Type.Array(Type.Integer()), token: Type.Optional(Type.String()) }),
  defaultConfig: { count: 10, list: [1], token: 'usual' },
})
const split = manifest('split', {
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append'] }],
  outputs: [
    { name: 'true', title: 'Yes' },
    { name: 'false', title: 'No' },
  ],
})
const sink = manifest('sink', { inputs: [{ name: 'rows', title: 'Rows', accepts: ['append'] }] })
const MANIFESTS: ManifestCatalogue = { rows, split, sink }

const SHORT = {
  id: 'short',
  operators: [
    { id: 'a', type: 'rows', config: { count: 3 } },
    { id: 'b', type: 'split' },
    { id: 'c', type: 'sink' },
  ],
  streams: [
    { from: 'a', to: 'b' },
    { from: 'b.true', to: ['c'] },
  ],
}

it('makes one stream of those without an id that begin at one output', () => {
  const operators = [...SHORT.operators, { id: 'd', type: 'sink' }, { id: 'e', type: 'sink' }]
  const streams = [...SHORT.streams, { from: 'b.true', to: 'd' }, { from: 'b.false', to: 'e' }]
  const result = readDocument({ ...SHORT, operators, streams }, MANIFESTS)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  expect(result.document.streams.map(({ id, from, to }) => [id, from.port, to.map(({ operator }) => operator).join()])).toEqual([
    ['s1', 'out', 'b'],
    ['s2', 'true', 'c,d'],
    ['s3', 'false', 'e'],
  ])
  // Who gives ids has meant two streams, and is told.
  const named = readDocument({ ...SHORT, operators, streams: streams.map((stream, i) => ({ ...stream, id: `n${i}` })) }, MANIFESTS)
  expect(named).toMatchObject({ ok: true, document: { streams: { length: 4 } } })
})

function read(json: unknown) {
  const result = readDocument(json, MANIFESTS)
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result.document
}

describe('documents written by hand', () => {
  it('have the defaults of what they leave out', () => {
    expect(read(SHORT)).toEqual({
      format: 1,
      id: 'short',
      name: 'short',
      parameters: {},
      settings: USUAL_SETTINGS,
      operators: [
        // A setting that may be absent stays absent: that means something.
        { id: 'a', type: 'rows', typeVersion: 3, name: 'a', config: { count: 3, list: [1] } },
        { id: 'b', type: 'split', typeVersion: 3, name: 'b', config: {} },
        { id: 'c', type: 'sink', typeVersion: 3, name: 'c', config: {} },
      ],
      streams: [
        { id: 's1', from: { operator: 'a', port: 'out' }, to: [{ operator: 'b', port: 'in' }] },
        { id: 's2', from: { operator: 'b', port: 'true' }, to: [{ operator: 'c', port: 'rows' }] },
      ],
      layout: { a: { x: 0, y: 0 }, b: { x: 280, y: 0 }, c: { x: 560, y: 0 } },
    })
  })

  it('keep what they say, and complete documents stay as they are', () => {
    const whole = read({
      ...SHORT,
      settings: { windowMs: 100 },
      streams: [
        { id: 's1', from: 'a', to: 'b' },
        { from: 'b.true', to: 'c' },
      ],
    })
    expect(whole.settings).toEqual({ ...USUAL_SETTINGS, windowMs: 100 })
    expect(whole.streams.map(({ id }) => id)).toEqual(['s1', 's2'])
    expect(readDocument(whole, MANIFESTS)).toEqual(parseDocument(whole))
    expect(read(structuredClone(whole))).toEqual(whole)
  })

  it('no default is shared between two of them', () => {
    const [one, other] = [read(SHORT), read(SHORT)]
    ;(one.operators[0].config['list'] as number[]).push(2)
    expect(other.operators[0].config['list']).toEqual([1])
    expect(rows.defaultConfig).toEqual({ count: 10, list: [1], token: 'usual' })
  })

  it('a port that can be several has to be named, and whatever has the wrong shape is told, not mended', () => {
    const problems = (json: unknown): readonly string[] => {
      const result = readDocument(json, MANIFESTS)
      return result.ok ? [] : result.problems.map(({ message }) => message)
    }
    expect(problems({ ...SHORT, streams: [{ from: 'b', to: 'c' }] })).toEqual(['/streams/0/from must have required properties port.'])
    for (const broken of [
      null,
      [],
      'text',
      { ...SHORT, operators: 'none' },
      { ...SHORT, operators: [1, null, []] },
      { ...SHORT, streams: {} },
      { ...SHORT, streams: [null, { from: 7, to: null }] },
      { ...SHORT, settings: [] },
      { ...SHORT, settings: { windowMs: 'long' } },
      { ...SHORT, layout: 'left' },
      { ...SHORT, operators: [{ id: 'a', type: 'rows', config: 'none' }] },
      { operators: [] },
    ])
      expect(problems(broken)).not.toEqual([])
  })
})

describe('places', () => {
  it('are given below what has one, also on a cycle and to operators that nothing leads to', () => {
    const document = read({
      ...SHORT,
      layout: { a: { x: 10, y: 40 } },
      streams: [
        { from: 'b.true', to: 'b' },
        { from: 'b.false', to: 'c' },
      ],
    })
    expect(document.layout['a']).toEqual({ x: 10, y: 40 })
    const places = Object.values(document.layout)
    expect(places).toHaveLength(3)
    expect(new Set(places.map(({ x, y }) => `${x} ${y}`)).size).toBe(3)
    expect(withPlaces(document)).toBe(document)
  })
})
