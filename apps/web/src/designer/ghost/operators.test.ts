/** Example rows of operators that run as they are over the sample: what they give, and why one stops. */
import { manifests } from '@belay/operators/manifests'
import type { PipelineDocument } from '@belay/pipeline'
import { describe, expect, it } from 'vitest'
import { EMPTY } from '../../../test/support/drawnPipelines.ts'
import { check } from '../check.ts'
import { addOperator, connect, setConfig } from '../document/edits.ts'
import { computeGhosts, type Ghost } from './compute.ts'
import { ghostPlan, type SampleRow } from './plan.ts'

type Config = Readonly<Record<string, unknown>>

const START = Date.UTC(2024, 0, 1)
const at = (second: number): string => `2024-01-01T00:00:${String(second).padStart(2, '0')}Z`
const COLUMNS = (value: string) => [
  { name: 'at', type: 'timestamp', nullable: false },
  { name: 'key', type: 'string', nullable: false },
  { name: value, type: 'json', nullable: true },
]

function withSource(document: PipelineDocument, type: string, value: string): PipelineDocument {
  let made = addOperator(document, manifests, type, { x: 0, y: 0 }).document
  made = setConfig(setConfig(made, type, '/file', `home:${value}`), type, '/columns', COLUMNS(value))
  return setConfig(made, type, '/eventTime', 'at')
}

function added(document: PipelineDocument, type: string, config: Config, from: readonly (readonly [string, string])[]): PipelineDocument {
  let made = addOperator(document, manifests, type, { x: 0, y: 0 }).document
  for (const [name, value] of Object.entries(config)) made = setConfig(made, type, `/${name}`, value)
  const ports = manifests[type].inputs
  from.forEach(([operator, port], i) => {
    made = connect(made, { operator, port }, { operator: type, port: ports[i].name })
  })
  return made
}

function row(second: number, key: string, name: string, value: unknown): SampleRow {
  return { at: at(second), key, [name]: value === null ? null : JSON.stringify(value) }
}

const ORDERS = [row(1, 'a', 'order', [1, 2]), row(2, 'b', 'order', []), row(12, 'a', 'order', [3])]
const PAYMENTS = [row(3, 'a', 'paid', 10), row(13, 'c', 'paid', 30)]
const ORDER = withSource(EMPTY, 'csv-source', 'order')
const BOTH = withSource(ORDER, 'json-lines-source', 'paid')
const FROM_ORDER = [['csv-source', 'out']] as const
const FROM_BOTH = [
  ['csv-source', 'out'],
  ['json-lines-source', 'out'],
] as const

async function ghosts(document: PipelineDocument): Promise<Readonly<Record<string, Ghost>>> {
  const samples: Readonly<Record<string, readonly SampleRow[]>> = { 'csv-source': ORDERS, 'json-lines-source': PAYMENTS }
  return computeGhosts(
    ghostPlan(document, check(document), (id) => (samples[id] === undefined ? null : { kind: 'rows', rows: samples[id] })),
  )
}

function rows(ghost: Ghost | undefined): unknown {
  return ghost?.kind === 'rows' ? ghost.rows : ghost
}

const ON_KEY = [{ left: 'key', right: 'key' }]

describe('joins', () => {
  const joined = async (type: string, config: Config): Promise<unknown> =>
    rows((await ghosts(added(BOTH, type, { on: ON_KEY, ...config }, FROM_BOTH)))[`${type}.out`])

  it('a join pairs all rows of a key, and what has no pair has NULLs once all rows are there', async () => {
    const pairs = [
      [START + 1000, 'a', '[1,2]', START + 3000, 'a', '10'],
      [START + 12_000, 'a', '[3]', START + 3000, 'a', '10'],
    ]
    expect(await joined('regular-join', { type: 'inner' })).toEqual(expect.arrayContaining(pairs))
    const left = await joined('regular-join', { type: 'left' })
    expect(left).toHaveLength(3)
    expect(left).toEqual(expect.arrayContaining([...pairs, [START + 2000, 'b', '[]', null, null, null]]))
    expect(await joined('regular-join', { type: 'anti' })).toEqual([[START + 2000, 'b', '[]']])
  })

  it('an interval join takes only what lies in the interval', async () => {
    expect(await joined('interval-join', { type: 'inner', fromMs: 0, toMs: 5000 })).toEqual([
      [START + 1000, 'a', '[1,2]', START + 3000, 'a', '10'],
    ])
    expect(await joined('interval-join', { type: 'inner', fromMs: 3000, toMs: 5000 })).toEqual([])
  })

  it('a window join takes only what lies in the same window, and says which', async () => {
    expect(await joined('window-join', { type: 'inner', sizeMs: 10_000 })).toEqual([
      [START + 1000, 'a', '[1,2]', START + 3000, 'a', '10', START, START + 10_000],
    ])
  })

  it('one whose second input is not connected says so', async () => {
    const half = added(BOTH, 'regular-join', { on: ON_KEY }, [FROM_BOTH[0]])
    expect((await ghosts(half))['regular-join.out']).toEqual({
      kind: 'stopped',
      operator: 'regular-join',
      reason: 'It is not connected yet.',
    })
  })
})

describe('one input', () => {
  const given = async (type: string, config: Config, port = 'out'): Promise<unknown> =>
    rows((await ghosts(added(ORDER, type, config, FROM_ORDER)))[`${type}.${port}`])

  it('a list gives its items, with their place; an empty one none, or NULL', async () => {
    const items = { column: 'order', as: 'item', itemType: 'int64', position: 'nr' }
    expect(await given('flatten', items)).toEqual([
      [START + 1000, 'a', 1, 1],
      [START + 1000, 'a', 2, 2],
      [START + 12_000, 'a', 3, 1],
    ])
    expect(await given('flatten', { ...items, keepEmpty: true })).toContainEqual([START + 2000, 'b', null, null])
  })

  it('columns become a text', async () => {
    expect(await given('format', { format: 'json', columns: ['key', 'order'], as: 'line' })).toEqual([
      ['{"key":"a","order":[1,2]}'],
      ['{"key":"b","order":[]}'],
      ['{"key":"a","order":[3]}'],
    ])
    expect(await given('format', { format: 'csv', columns: ['key'], as: 'line', keep: true })).toContainEqual([
      START + 2000,
      'b',
      '[]',
      'b',
    ])
  })

  it('what breaks a rule goes to the second output', async () => {
    const rules = { rules: [{ name: 'known', condition: "key = 'a'" }] }
    expect(await given('assert', rules)).toHaveLength(2)
    expect(await given('assert', rules, 'broken')).toEqual([expect.arrayContaining([START + 2000, 'b', '[]'])])
  })

  it('of updates the last of each key stands; as a changelog, as in a run whose first window they all are in', async () => {
    const latest = added(ORDER, 'normalize', { keys: ['key'] }, FROM_ORDER)
    const found = await ghosts(added(latest, 'to-changelog', { column: 'op' }, [['normalize', 'out']]))
    expect(rows(found['normalize.out'])).toEqual([
      [START + 12_000, 'a', '[3]'],
      [START + 2000, 'b', '[]'],
    ])
    expect(rows(found['to-changelog.out'])).toEqual([
      ['+I', START + 12_000, 'a', '[3]'],
      ['+I', START + 2000, 'b', '[]'],
    ])
  })
})

describe('what is broken', () => {
  it('stops the rows there and behind it with its problem, and nothing beside it', async () => {
    let document = added(ORDER, 'flatten', { column: 'odrer' }, FROM_ORDER)
    document = added(document, 'format', {}, [['flatten', 'out']])
    document = added(document, 'normalize', { keys: ['key'] }, FROM_ORDER)
    const found = await ghosts(document)
    const stopped = { kind: 'stopped', operator: 'flatten', reason: expect.stringContaining('odrer') as string }
    expect(found['flatten.out']).toMatchObject(stopped)
    expect(found['format.out']).toMatchObject(stopped)
    expect(found['normalize.out']).toMatchObject({ kind: 'rows' })
  })

  it('rows that an operator cannot process are counted, and the others go on', async () => {
    const document = added(ORDER, 'flatten', { column: 'order', as: 'item', itemType: 'bool' }, FROM_ORDER)
    expect((await ghosts(document))['flatten.out']).toMatchObject({
      kind: 'rows',
      rows: [],
      of: 3,
      failed: [expect.any(String), expect.any(String)],
    })
  })
})
