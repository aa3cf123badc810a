import { manifests } from '@belay/operators/manifests'
import type { EdgeType } from '@belay/pipeline'
import { describe, expect, it } from 'vitest'
import { fitsAfter } from './fitting.ts'
import { nearestOperator, searchOperators } from './search.ts'

const ALL = Object.values(manifests)

describe('searchOperators', () => {
  it.each([
    ['filt', 'filter'],
    ['where', 'filter'],
    ['group by', 'window-aggregate'],
    ['vlookup', 'lookup-join'],
    ['csv', 'csv-source'],
  ])('%s finds %s among the first', (query, type) => {
    expect(
      searchOperators(ALL, query)
        .slice(0, 3)
        .map((manifest) => manifest.type),
    ).toContain(type)
  })
  it('every word has to match', () => expect(searchOperators(ALL, 'filter nonsense')).toEqual([]))
  it('a name a little wrong has a nearest', () => expect(nearestOperator(ALL, 'fliter')?.type).toBe('filter'))
})

describe('fitsAfter', () => {
  const rows: EdgeType = {
    schema: [{ name: 'a', type: 'int64', nullable: false }],
    eventTime: null,
    changes: { kind: 'append', key: null },
  }
  it('offers what takes the kind of stream, and no sources', () => {
    const types = fitsAfter(manifests, rows).map(({ manifest }) => manifest.type)
    expect(types).toContain('filter')
    expect(types.some((type) => manifests[type].inputs.length === 0)).toBe(false)
  })
  it('puts last, with the reason, what needs an event time that is not there', () => {
    const fits = fitsAfter(manifests, rows)
    const aggregate = fits.findIndex(({ manifest }) => manifest.type === 'window-aggregate')
    expect(fits[aggregate].needs).toMatch(/event time/)
    expect(aggregate).toBeGreaterThan(fits.findIndex(({ manifest }) => manifest.type === 'file-sink'))
  })
  it('leaves out what takes rows that only come, where rows are taken back', () => {
    const changes: EdgeType = { ...rows, changes: { kind: 'upsert', key: ['a'] } }
    for (const { manifest } of fitsAfter(manifests, changes))
      expect(manifest.inputs.some((port) => port.accepts.includes('upsert'))).toBe(true)
  })
  it('ranks results of a window first', () => {
    const results: EdgeType = {
      schema: [
        { name: 'a', type: 'int64', nullable: false },
        { name: 'window_end', type: 'timestamp', nullable: false },
      ],
      eventTime: 'window_end',
      changes: { kind: 'append', key: ['window_end'] },
    }
    expect(fitsAfter(manifests, results)[0].manifest.type).toBe('top-n')
  })
})
