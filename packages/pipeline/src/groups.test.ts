import { expect, test } from 'vitest'
import { groupTree, outerPorts, parseDocument, validate, type Group, type PipelineDocument } from './index.ts'

function documentOf(members: Readonly<Record<string, string | undefined>>, groups: readonly Group[]): PipelineDocument {
  const ids = Object.keys(members)
  return {
    format: 1,
    id: 'p',
    name: 'p',
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 },
    operators: ids.map((id) => {
      const group = members[id]
      return { id, type: 'x', typeVersion: 1, name: id, config: {}, ...(group === undefined ? {} : { group }) }
    }),
    streams: ids
      .slice(1)
      .map((id, i) => ({ id: `s${i}`, from: { operator: ids[i] ?? '', port: 'out' }, to: [{ operator: id, port: 'in' }] })),
    layout: {},
    groups: [...groups],
  }
}

test('the outermost collapsed group stands for what is in it, and hides the groups in it', () => {
  const groups = [
    { id: 'inner', name: '', parent: 'outer', collapsed: true },
    { id: 'outer', name: '', collapsed: true },
  ]
  const tree = groupTree(documentOf({ a: undefined, b: 'inner', c: 'outer' }, groups))
  expect([...tree.hiddenIn]).toEqual([
    ['b', 'outer'],
    ['c', 'outer'],
  ])
  expect([...tree.groups.keys()]).toEqual(['outer', 'inner'])
  expect([...tree.hiddenGroups]).toEqual(['inner'])
  expect([...tree.folded]).toEqual(['outer'])
  // Somebody else may have opened it for themselves.
  const opened = groupTree(documentOf({ a: undefined, b: 'inner', c: 'outer' }, groups), ({ id }) => id === 'inner')
  expect([...opened.hiddenIn]).toEqual([['b', 'inner']])
})

test('a group that is not there, holds nothing or is within itself counts as none, and is told', () => {
  const document = documentOf({ a: 'gone', b: 'x', c: 'y' }, [
    { id: 'x', name: 'X', parent: 'y' },
    { id: 'y', name: 'Y', parent: 'x', collapsed: true },
    { id: 'empty', name: 'Empty', parent: 'nowhere' },
  ])
  const tree = groupTree(document)
  expect([...tree.groups.keys()].sort()).toEqual(['x', 'y'])
  expect(tree.groups.get('x')?.parent).toBeNull()
  expect(tree.hiddenIn.get('b')).toBeUndefined()
  expect(tree.hiddenIn.get('c')).toBe('y')
  expect(tree.groupOf.has('a')).toBe(false)
  const told = validate(document, {}).filter(({ code }) => code.startsWith('GROUP_'))
  expect(told.map(({ code, severity }) => `${code} ${severity}`).sort()).toEqual([
    'GROUP_CYCLE warning',
    'GROUP_CYCLE warning',
    'GROUP_UNKNOWN warning',
    'GROUP_UNKNOWN warning',
  ])
})

test('a document with groups is read, and a group of an unknown colour is not', () => {
  const document = documentOf({ a: 'g', b: 'g' }, [{ id: 'g', name: 'G', colour: 'teal', collapsed: true }])
  expect(parseDocument(document)).toMatchObject({ ok: true })
  expect(parseDocument({ ...document, groups: [{ id: 'g', name: 'G', colour: 'plaid' }] })).toMatchObject({ ok: false })
})

test('ports of a group: streams over the border, and ports without any', () => {
  const document = documentOf({ a: undefined, b: 'g', c: 'g', d: undefined }, [{ id: 'g', name: 'G' }])
  const ports = outerPorts(document, ['b', 'c'], () => ({ inputs: ['in', 'other'], outputs: ['out'] }))
  expect(ports.inputs).toEqual([
    { operator: 'b', port: 'in' },
    { operator: 'b', port: 'other' },
    { operator: 'c', port: 'other' },
  ])
  expect(ports.outputs).toEqual([{ operator: 'c', port: 'out' }])
  // One that only a stream knows of is shown too.
  const errors = { id: 'e', from: { operator: 'b', port: 'errors' }, to: [{ operator: 'd', port: 'in' }] }
  const withErrors = { ...document, streams: [...document.streams, errors] }
  expect(outerPorts(withErrors, ['b', 'c'], () => ({ inputs: ['in'], outputs: ['out'] })).outputs).toContainEqual(errors.from)
})
