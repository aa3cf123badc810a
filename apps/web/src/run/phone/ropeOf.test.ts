import { describe, expect, test } from 'vitest'
import type { PipelineDocument } from '@belay/pipeline'
import { ropeOf } from './ropeOf.ts'

function documentOf(streams: Readonly<Record<string, readonly string[]>>): PipelineDocument {
  const ids = [...new Set([...Object.keys(streams), ...Object.values(streams).flat()])]
  return {
    format: 1,
    id: 'p',
    name: 'p',
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 1 },
    operators: ids.map((id) => ({ id, type: 'union', typeVersion: 1, name: id, config: {} })),
    streams: Object.entries(streams).map(([from, to], i) => ({
      id: `s${i}`,
      from: { operator: from, port: 'out' },
      to: to.map((operator) => ({ operator, port: 'in' })),
    })),
    layout: {},
  }
}

const drawn = (streams: Readonly<Record<string, readonly string[]>>) =>
  ropeOf(documentOf(streams)).map((row) => [row.operator.id, row.lane, row.incoming, row.passing, row.outgoing])

describe('the rope', () => {
  test('a chain is one lane', () => {
    expect(drawn({ a: ['b'], b: ['c'] })).toEqual([
      ['a', 0, [], [], [0]],
      ['b', 0, [0], [], [0]],
      ['c', 0, [0], [], []],
    ])
  })

  test('a branch takes a lane beside it and passes by what is between', () => {
    expect(drawn({ top: ['board', 'archive'] })).toEqual([
      ['top', 0, [], [], [0, 1]],
      ['board', 0, [0], [1], []],
      ['archive', 1, [1], [], []],
    ])
  })

  test('what comes together again ends both lanes', () => {
    expect(drawn({ a: ['b', 'c'], b: ['d'], c: ['d'] })).toEqual([
      ['a', 0, [], [], [0, 1]],
      ['b', 0, [0], [1], [0]],
      ['c', 1, [1], [0], [1]],
      ['d', 0, [0, 1], [], []],
    ])
  })

  test('two sources each begin a lane', () => {
    const rows = drawn({ a: ['j'], b: ['j'] })
    expect(rows.map(([id]) => id)).toEqual(['a', 'b', 'j'])
    expect(rows[2][2]).toEqual([0, 1])
  })

  test('operators on a cycle are there, last', () => {
    expect(drawn({ a: ['b'], b: ['c'], c: ['b'] }).map(([id]) => id)).toEqual(['a', 'b', 'c'])
  })
})
