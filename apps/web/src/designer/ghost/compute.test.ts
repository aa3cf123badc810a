import { manifests } from '@belay/operators/manifests'
import type { PipelineDocument } from '@belay/pipeline'
import { describe, expect, it } from 'vitest'
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

let document: PipelineDocument = {
  format: 1,
  id: 'p',
  name: 'p',
  parameters: {},
  settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 },
  operators: [],
  streams: [],
  layout: {},
}
for (const type of ['csv-source', 'filter', 'select', 'lookup-join', 'window-aggregate', 'union'])
  ({ document } = addOperator(document, manifests, type, { x: 0, y: 0 }))
document = setConfig(document, 'csv-source', '/columns', COLUMNS)
document = setConfig(document, 'csv-source', '/file', 'home:people.csv')

function ghosts(
  changed: PipelineDocument,
  samples: Readonly<Record<string, Sample>> = { 'csv-source': PEOPLE },
): Readonly<Record<string, Ghost>> {
  return computeGhosts(ghostPlan(changed, check(changed), (id) => samples[id] ?? null))
}

function rows(ghost: Ghost | undefined): unknown {
  return ghost?.kind === 'rows' ? ghost.rows : ghost
}

const out = { operator: 'csv-source', port: 'out' }

describe('computeGhosts', () => {
  it('reads a sample as the declared types; what is none of them is NULL', () => {
    expect(rows(ghosts(document)['csv-source.out'])).toEqual([
      ['ana', 31],
      ['bo', 12],
      ['cem', null],
    ])
  })

  it('a filter splits rows, NULL goes with false, and says where each came from', () => {
    const changed = setConfig(connect(document, out, { operator: 'filter', port: 'in' }), 'filter', '/condition', 'age >= 18')
    const found = ghosts(changed)
    expect(found['filter.true']).toMatchObject({ kind: 'rows', rows: [['ana', 31]], origins: [0], of: 3 })
    expect(found['filter.false']).toMatchObject({ kind: 'rows', origins: [1, 2] })
  })

  it('a select computes columns, and leaves out rows that fail, with the reason', () => {
    const changed = setConfig(connect(document, out, { operator: 'select', port: 'in' }), 'select', '/columns', [
      { name: 'in_ten', expression: '10 / (age - 12)' },
    ])
    const found = ghosts(changed)['select.out']
    expect(rows(found)).toEqual([
      ['ana', 31, 0],
      ['cem', null, null],
    ])
    expect(found?.kind === 'rows' ? found.failed.length : 0).toBe(1)
  })

  it('a lookup finds the first line of a key and keeps NULLs where there is none', () => {
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
    expect(rows(ghosts(changed, { 'csv-source': PEOPLE, 'lookup-join': towns })['lookup-join.out'])).toEqual([
      ['ana', 31, 'Ulm'],
      ['bo', 12, null],
      ['cem', null, null],
    ])
  })

  it('stops where an operator is wrong, gathers rows, or has no sample, and says so all the way down', () => {
    let changed = connect(document, out, { operator: 'filter', port: 'in' })
    changed = connect(changed, { operator: 'filter', port: 'true' }, { operator: 'union', port: 'in1' })
    changed = setConfig(changed, 'filter', '/condition', 'aeg >= 18')
    expect(ghosts(changed)['union.out']).toMatchObject({
      kind: 'stopped',
      operator: 'filter',
      reason: expect.stringContaining('aeg') as string,
    })
    const gathering = connect(document, out, { operator: 'window-aggregate', port: 'in' })
    expect(ghosts(gathering)['window-aggregate.out']).toMatchObject({ kind: 'stopped', operator: 'window-aggregate' })
    expect(ghosts(document, {})['csv-source.out']).toMatchObject({ kind: 'stopped', reason: 'Choose a file first.' })
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
