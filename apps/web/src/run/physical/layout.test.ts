import type { PipelineDocument } from '@belay/pipeline'
import type { PlanInstance, PlanStream, RunPlan } from '@belay/run'
import { describe, expect, it } from 'vitest'
import { NODE_HEIGHT, NODE_WIDTH } from '../canvas/places.ts'
import { pictureOf } from './layout.ts'

const document = { operators: [], streams: [], layout: {} } as unknown as PipelineDocument

const instance = (id: string, container: string, part: PlanInstance['part'] = 'partition'): PlanInstance => ({
  id,
  operator: id.replace(/[#~].*/, ''),
  part,
  container,
})

/** rows → even ×n, small ×n fused with it → by key to sums ×n → one unifier → out. */
function sharedOut(partitions: number): RunPlan {
  const each = <T>(make: (k: number) => T): T[] => Array.from({ length: partitions }, (_, k) => make(k))
  const sums = each((k) => `sums#${k}`)
  return {
    instances: [
      instance('rows', 'c-rows', 'whole'),
      ...each((k) => instance(`even#${k}`, `c-even#${k}`)),
      ...each((k) => instance(`small#${k}`, `c-even#${k}`)),
      ...each((k) => instance(`sums#${k}`, `c-sums#${k}`)),
      instance('sums~merge', 'c-sums~merge', 'merge'),
      instance('out', 'c-out', 'whole'),
    ],
    streams: [
      { id: 's1', edge: 's1', from: 'rows', to: each((k) => `even#${k}`), share: 'spread' },
      ...each((k): PlanStream => ({ id: `s2#${k}`, edge: 's2', from: `even#${k}`, to: [`small#${k}`], share: 'all' })),
      ...each((k): PlanStream => ({ id: `s3#${k}`, edge: 's3', from: `small#${k}`, to: sums, share: 'key', columns: ['key'] })),
      ...each((k): PlanStream => ({ id: `sums~merge#${k}`, edge: null, from: `sums#${k}`, to: ['sums~merge'], share: 'all' })),
      { id: 's4', edge: 's4', from: 'sums~merge', to: ['out'], share: 'all' },
    ],
  }
}

describe('pictureOf', () => {
  it('puts every instance in a place of its own, readers right of what they read', () => {
    const plan = sharedOut(4)
    const picture = pictureOf(plan, document)
    const at = new Map(picture.instances.map((place) => [place.instance.id, place]))
    for (const a of picture.instances)
      for (const b of picture.instances)
        if (a !== b)
          expect(Math.abs(a.x - b.x) >= NODE_WIDTH || Math.abs(a.y - b.y) >= NODE_HEIGHT, `${a.instance.id} ${b.instance.id}`).toBe(true)
    for (const { from, to } of plan.streams) for (const id of to) expect(at.get(id)?.x).toBeGreaterThan(at.get(from)?.x ?? Infinity)
  })

  it('shares rows out through a junction, so that lines grow with the partitions and not with their square', () => {
    const picture = pictureOf(sharedOut(64), document)
    expect(picture.junctions.map(({ share, columns }) => [share, columns])).toEqual([
      ['spread', []],
      ['key', ['key']],
    ])
    // rows 1 + 64, even to small 64, small to sums 64 + 64, to the unifier 64, out 1
    expect(picture.lines).toHaveLength(65 + 64 + 128 + 64 + 1)
    expect(picture.lines.filter(({ shows }) => shows.kind === 'reader')).toHaveLength(128)
  })

  it('frames what a container runs fused, and says which lines stay inside', () => {
    const picture = pictureOf(sharedOut(3), document)
    expect(picture.frames.map(({ container, instances }) => [container, instances])).toEqual(
      [0, 1, 2].map((k) => [`c-even#${k}`, [`even#${k}`, `small#${k}`]]),
    )
    expect(picture.lines.filter(({ fused }) => fused).map(({ source }) => source)).toEqual(['even#0', 'even#1', 'even#2'])
    for (const [i, frame] of picture.frames.entries())
      for (const other of picture.frames.slice(i + 1))
        expect(frame.y + frame.height <= other.y || other.y + other.height <= frame.y, `${frame.container} over ${other.container}`).toBe(
          true,
        )
  })

  /** a → b → …, each in the container that is named. */
  function chain(containers: readonly string[]): RunPlan {
    const ids = containers.map((_, i) => `op${i}`)
    return {
      instances: containers.map((container, i) => instance(ids[i], container, 'whole')),
      streams: ids.slice(1).map((id, i) => ({ id: `s${i}`, edge: `s${i}`, from: ids[i], to: [id], share: 'all' })),
    }
  }
  const columnsByBand = (plan: RunPlan): number[] => {
    const bands = new Map<number, number>()
    for (const { y } of pictureOf(plan, document).instances) bands.set(y, (bands.get(y) ?? 0) + 1)
    return [...bands].sort(([a], [b]) => a - b).map(([, count]) => count)
  }

  it('wraps a long chain, but never inside a container', () => {
    expect(columnsByBand(chain(['a', 'b', 'c', 'd', 'e', 'f', 'g']))).toEqual([4, 3])
    expect(columnsByBand(chain(['a', 'b', 'c', 'd', 'd', 'f', 'g']))).toEqual([3, 4])
    expect(columnsByBand(chain(['a', 'a', 'a', 'a', 'a', 'a', 'b']))).toEqual([6, 1])
    expect(columnsByBand(chain(['a', 'b', 'c', 'd']))).toEqual([4])
    for (const { frames } of [pictureOf(chain(['a', 'b', 'c', 'd', 'd', 'f', 'g']), document)]) expect(frames).toHaveLength(1)
  })

  it('draws no frame that a stranger would stand in', () => {
    const plan: RunPlan = {
      instances: [instance('a', 'c-a', 'whole'), instance('b', 'c-b', 'whole'), instance('c', 'c-a', 'whole')],
      streams: [
        { id: 's1', edge: 's1', from: 'a', to: ['b'], share: 'all' },
        { id: 's2', edge: 's2', from: 'b', to: ['c'], share: 'all' },
      ],
    }
    expect(pictureOf(plan, document).frames).toEqual([])
  })
})
