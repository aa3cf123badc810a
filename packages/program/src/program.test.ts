import { manifests } from '@belay/operators/manifests'
import { propagate, validate } from '@belay/pipeline'
import { describe, expect, test } from 'vitest'
import { avg, count, max, pipeline, stddev, sum, topK, type Stream } from './index.ts'

/** Compiles only if both are the same type. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type ColumnsIn<S> = S extends Stream<infer C, infer _Sides> ? C : never

const flow = () =>
  pipeline('p', { parameters: { speed: { type: 'number', default: 5 }, file: { type: 'string', default: 'home:rows.csv' } } })

const people = (p: ReturnType<typeof flow>) =>
  p.source('people', 'csv-source', {
    file: p.parameter('file'),
    columns: { name: 'string', age: 'int64?', born: 'timestamp', pay: 'decimal(10,2)' },
    eventTime: 'born',
    rowsPerSecond: p.parameter('speed'),
    partitions: 1,
  })

describe('types', () => {
  test('columns go along with streams', () => {
    const rows = people(flow())
    true satisfies Same<
      ColumnsIn<typeof rows>,
      { readonly name: 'string'; readonly age: 'int64'; readonly born: 'timestamp'; readonly pay: 'decimal(10,2)' }
    >
    const windows = rows.windowAggregate('w', {
      sizeMs: 1000,
      keys: ['name'],
      aggregates: { n: count(), mean: avg('age'), paid: sum('pay'), spread: stddev('age'), often: topK('name', 3) },
    })
    true satisfies Same<
      ColumnsIn<typeof windows>,
      {
        readonly name: 'string'
        readonly window_start: 'timestamp'
        readonly window_end: 'timestamp'
        readonly n: 'int64'
        readonly mean: 'int64'
        readonly paid: 'decimal(10,2)'
        readonly spread: 'float64'
        readonly often: 'array<string>'
      }
    >
    const late = windows.side('late')
    true satisfies Same<ColumnsIn<typeof late>, ColumnsIn<typeof rows>>
    const chosen = rows.select('s', { who: 'name', months: 'age * 12' })
    true satisfies Same<ColumnsIn<typeof chosen>['who'], 'string'>
    const joined = rows.join('j', chosen, { on: { name: 'who' } })
    true satisfies Same<ColumnsIn<typeof joined>['who'], 'string'>
    const own = rows.join('own', rows.filter('f', 'age > 1'), { on: { name: 'name' } })
    true satisfies Same<ColumnsIn<typeof own>['right_age'], 'int64'>
  })

  test('what is not there does not compile', () => {
    const compiled = (): void => {
      const p = flow()
      const rows = people(p)
      // @ts-expect-error -- there is no such parameter
      p.parameter('spede')
      // @ts-expect-error -- the event time is one of the columns
      p.source('x', 'csv-source', { file: '', columns: { a: 'timestamp' }, eventTime: 'b' })
      // @ts-expect-error -- there is no such type
      p.source('y', 'csv-source', { file: '', columns: { a: 'number' } })
      // @ts-expect-error -- there is no such column
      rows.windowAggregate('w', { sizeMs: 1, keys: ['nam'], aggregates: { n: count() } })
      // @ts-expect-error -- there is no such column
      rows.aggregate('a', { keys: ['name'], aggregates: { n: max('agee') } })
      // @ts-expect-error -- there is no such column
      rows.rank('r', { n: 1, orderBy: ['-agee'] })
      // @ts-expect-error -- it has been dropped
      rows.add('s', {}, { drop: ['age'] }).table('t', { key: ['age'] })
      // @ts-expect-error -- a filter has no such output
      rows.filter('f', 'TRUE').side('late')
      // @ts-expect-error -- other columns
      rows.union('u', [rows.select('v', { name: 'name' })])
    }
    expect(compiled).toBeInstanceOf(Function)
  })
})

describe('documents', () => {
  test('whatever is drawn fits together, with the types that the program says', () => {
    const p = flow()
    const rows = people(p)
    const adults = rows.filter('adults', 'age >= 18', { name: 'grown up', onRowError: 'skip' })
    adults.side('false').table('children', { rows: 5, key: ['name'] })
    adults.errors().into('bad', 'console')
    const windows = adults.windowAggregate('w', {
      sizeMs: 1000,
      keys: ['name'],
      aggregates: { n: count(), old: max('age', { filter: "name <> ''" }) },
    })
    const top = windows.topN('top', { n: 3, orderBy: ['-n', 'name'], rank: 'place' })
    top.file('out', { folder: 'home:out', layout: 'single' })
    const other = p.source('made', 'generator', { rows: 10 })
    const bids = p.source('house', 'nexmark-source', { events: 10 }, { output: 'bids' })
    rows
      .add('more', { months: 'age * 12' }, { drop: ['pay'] })
      .dedup('once', { keys: ['name'], withinMs: 10 })
      .join('pairs', other, { on: { name: 'key' } })
      .into('nowhere', 'null-sink')
    rows.intervalJoin('near', other, { on: { name: 'key' }, fromMs: -5, toMs: 5 }).into('nowhere-2', 'null-sink')
    rows.temporalJoin('as-of', other, { on: { name: 'key' } }).into('nowhere-3', 'null-sink')
    rows
      .union('all', [
        rows.apply('some', 'sample', { oneIn: 2 }, { columns: { name: 'string', age: 'int64?', born: 'timestamp', pay: 'decimal(10,2)' } }),
      ])
      .aggregate('per-name', { keys: ['name'], aggregates: { n: count() }, ttlMs: 0 })
      .rank('first', { n: 2, orderBy: ['-n'], ttlMs: 0 })
      .into('nowhere-4', 'null-sink')
    bids.script('echo', 'return row').into('nowhere-5', 'null-sink')
    p.test({ name: 'one', steps: [{ rows: { people: [] } }], expected: {} })
    const document = p.toDocument()
    const problems = validate(document, manifests).filter(({ severity }) => severity === 'error')
    expect(problems.map(({ place, message }) => `${place.operator}: ${message}`)).toEqual([])
    expect(
      propagate(document, manifests)
        .inputs.get('out.in')
        ?.schema.map(({ name, type }) => `${name} ${type}`),
    ).toEqual(['name string', 'window_start timestamp', 'window_end timestamp', 'n int64', 'old int64', 'place int64'])
    expect(document.operators.find(({ id }) => id === 'adults')).toEqual({
      id: 'adults',
      type: 'filter',
      typeVersion: 1,
      name: 'grown up',
      config: { condition: 'age >= 18' },
      onRowError: 'skip',
    })
    expect(document.operators.find(({ id }) => id === 'people')?.config).toMatchObject({
      rowsPerSecond: '${speed}',
      columns: [{}, { name: 'age', type: 'int64', nullable: true }, {}, {}],
    })
    expect(document.tests).toHaveLength(1)
    const places = Object.values(document.layout).map(({ x, y }) => `${x} ${y}`)
    expect(new Set(places).size).toBe(document.operators.length)
  })

  test('an id that is there twice, or is none, is told; so is a port that has to be named', () => {
    const p = flow()
    const rows = people(p)
    expect(() => rows.filter('people', 'TRUE')).toThrow(/Two operators are called people/)
    rows.filter('Not An Id', 'TRUE')
    expect(() => p.toDocument()).toThrow(expect.objectContaining({ code: 'PROGRAM_INVALID' }))
    expect(() => p.source('house', 'nexmark-source')).toThrow(/house has several outputs: .*bids/)
    expect(() => rows.into('both', 'regular-join')).toThrow(/both has several inputs: left, right/)
  })
})
