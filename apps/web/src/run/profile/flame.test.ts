import type { CpuProfile } from '@belay/run'
import { describe, expect, it } from 'vitest'
import { flameOf, functionsOf, isFound } from './flame.ts'

const node = (id: number, functionName: string, children: number[] = [], url = 'chunks/runtime-Dc2qPLGC.js') => ({
  id,
  callFrame: { functionName, scriptId: '1', url: functionName.startsWith('(') ? '' : url, lineNumber: 3, columnNumber: 0 },
  hitCount: 0,
  children,
})

/** root → step → (process → process → hash), idle. */
const profile: CpuProfile = {
  nodes: [
    node(1, '(root)', [2, 6]),
    node(2, 'step', [3]),
    node(3, 'process', [4]),
    node(4, 'process', [5]),
    node(5, 'hash', [], 'script:own'),
    node(6, '(idle)'),
    node(7, 'never', []),
  ],
  startTime: 0,
  endTime: 1000,
  samples: [2, 3, 5, 5, 6],
  timeDeltas: [100, 200, 300, 300, 100],
}

describe('flameOf', () => {
  it('gives each function its time, with what it called beneath it', () => {
    const { boxes, depth, samples, waiting } = flameOf(profile)
    expect({ depth, samples, waiting }).toEqual({ depth: 4, samples: 5, waiting: 0.1 })
    expect(boxes.map(({ name, depth: level, from, share, ownShare }) => [name, level, from, share, ownShare])).toEqual([
      ['step', 0, 0, 0.9, 0.1],
      ['process', 1, 0, 0.8, 0.2],
      ['process', 2, 0, 0.6, 0],
      ['hash', 3, 0, 0.6, 0.6],
      ['(idle)', 0, 0.9, 0.1, 0.1],
    ])
  })

  it('names parts of Belay without the hash of the build, and lines of scripts as they were written', () => {
    const { boxes } = flameOf(profile)
    expect(boxes.map(({ file }) => file)).toEqual(['runtime', 'runtime', 'runtime', 'script:own:4', ''])
  })

  it('lists functions by their own time, and counts one that calls itself once', () => {
    const functions = functionsOf(flameOf(profile))
    expect(functions.map(({ name, ownShare, share }) => [name, ownShare, share])).toEqual([
      ['hash', 0.6, 0.6],
      ['process', 0.2, 0.8],
      ['step', 0.1, 0.9],
      ['(idle)', 0.1, 0.1],
    ])
  })

  it('of nothing is nothing', () => {
    expect(flameOf({ nodes: [], startTime: 0, endTime: 0, samples: [], timeDeltas: [] })).toEqual({
      boxes: [],
      depth: 0,
      samples: 0,
      waiting: 0,
    })
  })

  it('finds by function and by file, and nothing by nothing', () => {
    const [step] = flameOf(profile).boxes
    expect(['STE', 'runt', ' ', 'x'].map((search) => isFound(step, search))).toEqual([true, true, false, false])
  })
})
