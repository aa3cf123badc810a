import { manifests } from '@belay/operators/manifests'
import type { PipelineDocument } from '@belay/pipeline'
import { describe, expect, it } from 'vitest'
import { drawn } from '../../../test/support/drawnPipelines.ts'
import { check } from '../check.ts'
import { addOperator, connect, setConfig } from '../document/edits.ts'
import { computeGhosts, evaluate, type Ghost } from './compute.ts'
import { ghostPlan, type Sample } from './plan.ts'

const COLUMNS = [
  { name: 'name', type: 'string', nullable: false },
  { name: 'age', type: 'int64', nullable: true },
]
const PEOPLE: Sample = {
  kind: 'rows',
  rows: [
    { name: 'ana', age: '31' },
    { name: 'bo', age: '12' },
    { name: 'cem', age: '' },
  ],
}

let document = drawn(['csv-source', 'filter', 'select', 'lookup-join', 'window-aggregate', 'union'])
document = setConfig(document, 'csv-source', '/columns', COLUMNS)
document = setConfig(document, 'csv-source', '/file', 'home:people.csv')

function ghosts(
  changed: PipelineDocument,
  samples: Readonly<Record<string, Sample>> = { 'csv-source': PEOPLE },
): Promise<Readonly<Record<string, Ghost>>> {
  return computeGhosts(ghostPlan(changed, check(changed), (id) => samples[id] ?? null))
}

function rows(ghost: Ghost | undefined): unknown {
  return ghost?.kind === 'rows' ? ghost.rows : ghost
}

const out = { operator: 'csv-source', port: 'out' }

describe('computeGhosts', () => {
  it('reads a sample as the declared types; what is none of them is NULL', async () => {
    expect(rows((await ghosts(document))['csv-source.out'])).toEqual([
      ['ana', 31],
      ['bo', 12],
      ['cem', null],
    ])
  })

  it('a filter splits rows, NULL goes with false, and says where each came from', async () => {
    const changed = setConfig(connect(document, out, { operator: 'filter', port: 'in' }), 'filter', '/condition', 'age >= 18')
    const found = await ghosts(changed)
    expect(found['filter.true']).toMatchObject({ kind: 'rows', rows: [['ana', 31]], origins: [0], of: 3 })
    expect(found['filter.false']).toMatchObject({ kind: 'rows', origins: [1, 2] })
  })

  it('a select computes columns, and leaves out rows that fail, with the reason', async () => {
    const changed = setConfig(connect(document, out, { operator: 'select', port: 'in' }), 'select', '/columns', [
      { name: 'in_ten', expression: '10 / (age - 12)' },
    ])
    const found = (await ghosts(changed))['select.out']
    expect(rows(found)).toEqual([
      ['ana', 31, 0],
      ['cem', null, null],
    ])
    expect(found?.kind === 'rows' ? found.failed.length : 0).toBe(1)
  })

  it('a lookup finds the first line of a key and keeps NULLs where there is none', async () => {
    let changed = connect(document, out, { operator: 'lookup-join', port: 'in' })
    changed = setConfig(changed, 'lookup-join', '/file', 'home:towns.csv')
    changed = setConfig(changed, 'lookup-join', '/fileColumns', [
      { name: 'who', type: 'string', nullable: false },
      { name: 'town', type: 'string', nullable: true },
    ])
    changed = setConfig(changed, 'lookup-join', '/on', [{ input: 'name', file: 'who' }])
    changed = setConfig(changed, 'lookup-join', '/add', [{ column: 'town', name: 'town' }])
    const towns: Sample = {
      kind: 'rows',
      rows: [
        { who: 'ana', town: 'Ulm' },
        { who: 'ana', town: 'Bonn' },
      ],
    }
    expect(rows((await ghosts(changed, { 'csv-source': PEOPLE, 'lookup-join': towns }))['lookup-join.out'])).toEqual([
      ['ana', 31, 'Ulm'],
      ['bo', 12, null],
      ['cem', null, null],
    ])
  })

  it('a generator makes the rows that a run has; a split, a limit and a dedup share them out', async () => {
    let changed: PipelineDocument = { ...document, operators: [], streams: [], layout: {} }
    for (const type of ['generator', 'split', 'rate-limit', 'dedup'])
      ({ document: changed } = addOperator(changed, manifests, type, { x: 0, y: 0 }))
    changed = setConfig(setConfig(changed, 'generator', '/rows', 4), 'generator', '/keys', 2)
    changed = setConfig(changed, 'split', '/ways', [
      { name: 'small', condition: 'id < 2' },
      { name: 'odd', condition: '10 / (id - 3) < -5' },
    ])
    changed = setConfig(setConfig(changed, 'dedup', '/keys', ['key']), 'dedup', '/withinMs', 0)
    changed = connect(changed, { operator: 'generator', port: 'out' }, { operator: 'rate-limit', port: 'in' })
    changed = connect(changed, { operator: 'rate-limit', port: 'out' }, { operator: 'split', port: 'in' })
    changed = connect(changed, { operator: 'rate-limit', port: 'out' }, { operator: 'dedup', port: 'in' })
    const found = await ghosts(changed, {})
    expect(found['generator.out']).toMatchObject({
      kind: 'rows',
      of: 4,
      rows: [[0, expect.stringMatching(/^k[01]$/), expect.any(Number), 1_704_067_200_000], {}, {}, {}],
    })
    expect(found['split.out1']).toMatchObject({ origins: [0, 1] })
    expect(found['split.out2']).toMatchObject({ origins: [2] })
    expect(found['split.rest']).toMatchObject({ origins: [], failed: [expect.any(String)] })
    const [first, duplicates] = [found['dedup.out'], found['dedup.duplicates']]
    if (first?.kind !== 'rows' || duplicates?.kind !== 'rows') throw new Error('there are no rows')
    expect(new Set(first.rows.map((row) => row[1])).size).toBe(first.rows.length)
    expect(first.rows.length + duplicates.rows.length).toBe(4)
    // Made-up times lie further apart than that: nothing is a duplicate.
    const again = setConfig(changed, 'dedup', '/withinMs', 1)
    expect((await ghosts(again, {}))['dedup.out']).toMatchObject({ kind: 'rows', of: 4 })
  })

  it('a temporal join takes the version that was valid at the time of the row', async () => {
    let changed: PipelineDocument = { ...document, operators: [], streams: [], layout: {} }
    for (const type of ['csv-source', 'json-lines-source', 'temporal-join'])
      ({ document: changed } = addOperator(changed, manifests, type, { x: 0, y: 0 }))
    const columns = (value: string) => [
      { name: 'at', type: 'timestamp', nullable: false },
      { name: 'currency', type: 'string', nullable: true },
      { name: value, type: 'int64', nullable: false },
    ]
    for (const [source, value] of [
      ['csv-source', 'amount'],
      ['json-lines-source', 'rate'],
    ]) {
      changed = setConfig(setConfig(changed, source, '/columns', columns(value)), source, '/eventTime', 'at')
      changed = setConfig(changed, source, '/file', `home:${value}`)
    }
    changed = setConfig(changed, 'temporal-join', '/on', [{ left: 'currency', right: 'currency' }])
    changed = connect(changed, { operator: 'csv-source', port: 'out' }, { operator: 'temporal-join', port: 'left' })
    changed = connect(changed, { operator: 'json-lines-source', port: 'out' }, { operator: 'temporal-join', port: 'right' })
    const at = (second: number): string => `2024-01-01T00:00:0${second}Z`
    const samples: Readonly<Record<string, Sample>> = {
      'csv-source': {
        kind: 'rows',
        rows: [
          { at: at(1), currency: 'eur', amount: '1' },
          { at: at(2), currency: 'eur', amount: '2' },
          { at: at(5), currency: 'eur', amount: '3' },
          { at: at(5), currency: 'usd', amount: '4' },
          { at: at(5), currency: '', amount: '5' },
        ],
      },
      'json-lines-source': {
        kind: 'rows',
        rows: [
          { at: at(4), currency: 'eur', rate: 20 },
          { at: at(2), currency: 'eur', rate: 10 },
        ],
      },
    }
    const rates = async (document: PipelineDocument): Promise<unknown> => {
      const ghost = (await ghosts(document, samples))['temporal-join.out']
      return ghost?.kind === 'rows' ? ghost.rows.map((row) => row.at(-1)) : ghost
    }
    expect(await rates(changed)).toEqual([null, 10, 20, null, null])
    expect(await rates(setConfig(changed, 'temporal-join', '/type', 'inner'))).toEqual([10, 20])
    expect(await rates(setConfig(changed, 'temporal-join', '/ttlMs', 500))).toEqual([null, 10, null, null, null])
  })

  it('stops where an operator is wrong or has no sample, and says so all the way down', async () => {
    let changed = connect(document, out, { operator: 'filter', port: 'in' })
    changed = connect(changed, { operator: 'filter', port: 'true' }, { operator: 'union', port: 'in1' })
    changed = setConfig(changed, 'filter', '/condition', 'aeg >= 18')
    expect((await ghosts(changed))['union.out']).toMatchObject({
      kind: 'stopped',
      operator: 'filter',
      reason: expect.stringContaining('aeg') as string,
    })
    expect((await ghosts(document, {}))['csv-source.out']).toMatchObject({ kind: 'stopped', reason: 'Choose a file first.' })
  })

  const TIMED: Sample = {
    kind: 'rows',
    rows: [
      { at: '2024-01-01T00:00:00Z', key: 'a', n: '1' },
      { at: '2024-01-01T00:00:01Z', key: 'b', n: '9' },
      { at: '2024-01-01T00:00:02Z', key: 'a', n: '5' },
      { at: '2024-01-01T00:00:11Z', key: 'a', n: '7' },
    ],
  }
  const timed = (type: string, config: Readonly<Record<string, unknown>>): PipelineDocument => {
    let made: PipelineDocument = { ...document, operators: [], streams: [], layout: {} }
    for (const each of ['csv-source', type]) ({ document: made } = addOperator(made, manifests, each, { x: 0, y: 0 }))
    made = setConfig(setConfig(made, 'csv-source', '/eventTime', 'at'), 'csv-source', '/file', 'home:rows.csv')
    made = setConfig(made, 'csv-source', '/columns', [
      { name: 'at', type: 'timestamp', nullable: false },
      { name: 'key', type: 'string', nullable: false },
      { name: 'n', type: 'int64', nullable: false },
    ])
    for (const [name, value] of Object.entries(config)) made = setConfig(made, type, `/${name}`, value)
    return connect(made, out, { operator: type, port: 'in' })
  }
  const given = async (type: string, config: Readonly<Record<string, unknown>>): Promise<unknown> =>
    rows((await ghosts(timed(type, config), { 'csv-source': TIMED }))[`${type}.out`])
  const START = Date.UTC(2024, 0, 1)

  it('windows are over at the end of the sample', async () => {
    const sum = [{ name: 'sum', function: 'sum', column: 'n' }]
    expect(await given('window-aggregate', { sizeMs: 10_000, keys: ['key'], aggregates: sum })).toEqual([
      ['a', START, START + 10_000, 6],
      ['b', START, START + 10_000, 9],
      ['a', START + 10_000, START + 20_000, 7],
    ])
  })

  it('of rows that are taken back again what stands is shown', async () => {
    expect(await given('aggregate', { keys: ['key'], aggregates: [{ name: 'rows', function: 'count', column: null }] })).toEqual([
      ['a', 3],
      ['b', 1],
    ])
    expect(await given('rank', { n: 1, partition: [], orderBy: [{ column: 'n', direction: 'desc' }] })).toEqual([
      expect.arrayContaining([START + 1000, 'b', 9]),
    ])
  })

  it('a pattern finds its rows, and a list its items', async () => {
    const pattern = {
      keys: ['key'],
      pattern: 'A B',
      conditions: [
        { name: 'A', condition: 'n < 4' },
        { name: 'B', condition: 'n >= 4' },
      ],
      withinMs: 5000,
      measures: [{ name: 'last', expression: 'LAST(B.n)' }],
    }
    expect(await given('pattern', pattern)).toMatchObject([expect.arrayContaining(['a', 5])])
  })

  it('what runs in the engine only says so', async () => {
    expect(await given('script', { code: 'return row' })).toMatchObject({ kind: 'stopped', reason: expect.stringMatching(/^A script/) })
  })
})

describe('evaluate', () => {
  const schema = [{ name: 'age', type: 'int64' as const, nullable: true }]
  it('gives a value or a failure for each row', () => {
    expect(evaluate('10 / age', schema, [[5], [0], [null]])).toMatchObject({
      type: 'int64',
      values: [{ value: 2 }, { error: expect.any(String) as string }, { value: null }],
    })
  })
  it('is nothing while the expression is not right', () => expect(evaluate('10 /', schema, [[5]])).toBeNull())
})
