import { describe, expect, test } from 'vitest'
import type { PipelineDocument } from '@belay/pipeline'
import { foldGroup } from '../../groups/folding.ts'
import { edgesOf, groupsOf, nodesOf } from './graphOf.ts'
import { placesOf } from './places.ts'
import { neighbour } from './neighbour.ts'

const DOCUMENT: PipelineDocument = {
  format: 1,
  id: 'p',
  name: 'p',
  parameters: {},
  settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 1 },
  operators: [
    { id: 'rows', type: 'generator', typeVersion: 1, name: '', config: {} },
    { id: 'high', type: 'filter', typeVersion: 1, name: 'only high', config: {} },
    { id: 'together', type: 'union', typeVersion: 1, name: 'together', config: {} },
    { id: 'board', type: 'table-view', typeVersion: 1, name: 'board', config: {} },
    { id: 'magic', type: 'not-known', typeVersion: 1, name: 'magic', config: {} },
  ],
  streams: [
    { id: 's1', from: { operator: 'rows', port: 'out' }, to: [{ operator: 'high', port: 'in' }] },
    { id: 's2', from: { operator: 'high', port: 'true' }, to: [{ operator: 'together', port: 'in1' }] },
    { id: 's3', from: { operator: 'high', port: 'errors' }, to: [{ operator: 'together', port: 'in2' }] },
    {
      id: 's4',
      from: { operator: 'together', port: 'out' },
      to: [
        { operator: 'board', port: 'in' },
        { operator: 'magic', port: 'x' },
      ],
    },
  ],
  layout: { rows: { x: 0, y: 0 }, high: { x: 280, y: 0 }, together: { x: 560, y: 0 }, board: { x: 840, y: 0 }, magic: { x: 840, y: 120 } },
}

describe('the graph of a run', () => {
  const nodes = new Map(nodesOf(DOCUMENT).map((node) => [node.id, node.data]))

  test('a node shows the ports that something is connected to, and its first ones', () => {
    expect(nodes.get('together')?.inputs).toEqual(['in1', 'in2'])
    expect(nodes.get('high')?.outputs).toEqual(['true', 'errors'])
    expect(nodes.get('board')?.outputs).toEqual([])
  })

  test('an operator that this version does not know is there, with what is connected to it', () => {
    expect(nodes.get('magic')).toMatchObject({ name: 'magic', inputs: ['x'], role: 'transform' })
    expect(nodes.get('rows')?.name).toBe('rows')
  })

  test('a toolbar goes where there is room', () => {
    expect(nodes.get('board')?.toolbar).toBe('top')
    expect(nodes.get('magic')?.toolbar).toBe('bottom')
  })

  test('every reader of a stream has an edge of its own', () => {
    expect(edgesOf(DOCUMENT).map((edge) => edge.id)).toEqual([
      's1:high.in',
      's2:together.in1',
      's3:together.in2',
      's4:board.in',
      's4:magic.x',
    ])
    expect(edgesOf(DOCUMENT).map((edge) => edge.data?.onlyInput)).toEqual([true, false, false, true, true])
  })

  test('operators without a place get one, none on another', () => {
    const places = [...placesOf({ ...DOCUMENT, layout: {} }).values()].map(({ x, y }) => `${x},${y}`)
    expect(new Set(places).size).toBe(DOCUMENT.operators.length)
  })

  test('arrow keys walk along streams and up and down a column', () => {
    expect(neighbour(DOCUMENT, 'rows', 'ArrowRight')).toBe('high')
    expect(neighbour(DOCUMENT, 'together', 'ArrowLeft')).toBe('high')
    expect(neighbour(DOCUMENT, 'board', 'ArrowDown')).toBe('magic')
    expect(neighbour(DOCUMENT, 'magic', 'ArrowUp')).toBe('board')
    expect(neighbour(DOCUMENT, 'rows', 'ArrowLeft')).toBeNull()
    expect(neighbour(DOCUMENT, 'rows', 'x')).toBeNull()
  })

  test('a collapsed group stands for its operators: one node, edges rerouted, none inside, arrow keys stop at it', () => {
    const grouped: PipelineDocument = {
      ...DOCUMENT,
      operators: DOCUMENT.operators.map((operator) =>
        operator.id === 'high' || operator.id === 'together' ? { ...operator, group: 'g1' } : operator,
      ),
      groups: [{ id: 'g1', name: 'Both', collapsed: true }],
    }
    expect(nodesOf(grouped).map(({ id }) => id)).toEqual(['rows', 'board', 'magic'])
    expect(groupsOf(grouped)).toMatchObject([
      { id: 'group:g1', type: 'foldedLive', data: { inputs: ['high.in'], outputs: ['together.out'] } },
    ])
    expect(edgesOf(grouped).map(({ id, source, target }) => `${id} ${source} ${target}`)).toEqual([
      's1:high.in rows group:g1',
      's4:board.in group:g1 board',
      's4:magic.x group:g1 magic',
    ])
    expect(neighbour(grouped, 'rows', 'ArrowRight')).toBe('group:g1')
    expect(neighbour(grouped, 'group:g1', 'ArrowRight')).toBe('board')
    expect(neighbour(grouped, 'board', 'ArrowLeft')).toBe('group:g1')

    const open = foldGroup(grouped, 'g1', false)
    expect(groupsOf(open)).toMatchObject([{ id: 'frame:g1', type: 'frameLive' }])
    expect(nodesOf(open)).toHaveLength(5)
    expect(edgesOf(open)).toHaveLength(5)
  })
})
