/** Tests of pipelines: planned, run on real run processes with kills, compared, and nothing left behind. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifests } from '@belay/operators/manifests'
import { parseDocument, planHash, type PipelineDocument, type PipelineTest } from '@belay/pipeline'
import { afterAll, describe, expect, it } from 'vitest'
import { comparePort } from '../src/tests/compare.ts'
import type { TestResult } from '../src/tests/result.ts'
import { planTest } from '../src/tests/testPlan.ts'
import { belay, PROCESSES, runProcesses, temporaryHome, testHome, testServer } from './support/belay.ts'

const EXAMPLES = new URL('../../../examples/', import.meta.url)

/** Of tests that run side by side: whichever ends first must not take it away from the others. */
const shared = temporaryHome()
afterAll(() => shared.remove())

function example(name: string): PipelineDocument {
  const parsed = parseDocument(JSON.parse(readFileSync(new URL(`${name}.json`, EXAMPLES), 'utf8')))
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.document
}

/** The example with one test in place of its own. */
function withTest(name: string, test: Partial<PipelineTest>): PipelineDocument {
  return { ...example(name), tests: [{ name: 'one', steps: [], expected: {}, ...test }] }
}

const flight = (delay: number, origin: string, time: string) => ({
  date: `2001-01-01T${time}Z`,
  delay,
  distance: 1,
  origin,
  destination: 'ATL',
})

describe('the examples', () => {
  it.concurrent.each(['flights', 'word-count', 'late-rows'])('%s passes its own tests, kills included', PROCESSES, async (name) => {
    const tests = example(name).tests ?? []
    expect(tests.length).toBeGreaterThan(0)
    const { code, stdout } = await belay(['test', new URL(`${name}.json`, EXAMPLES).pathname, '--json', '--home', shared.path])
    const told = JSON.parse(stdout) as { passed: number; tests: readonly TestResult[] }
    expect({ code, passed: told.passed, tests: told.tests.filter(({ outcome }) => outcome !== 'passed') }).toEqual({
      code: 0,
      passed: tests.length,
      tests: [],
    })
  })
})

describe('the plan of a test', () => {
  const planned = (document: PipelineDocument) => {
    const [test] = document.tests ?? []
    return planTest(document, test, manifests)
  }
  const message = (document: PipelineDocument): string => {
    const result = planned(document)
    return result.ok ? 'it can be run' : result.message
  }
  const rows = { flights: [flight(20, 'SFO', '08:00:00')] }

  it('puts the rows in the place of the source and its own files in the place of sinks', () => {
    const result = planned(withTest('flights', { steps: [{ rows }], expected: { archive: [], 'late.false': [] } }))
    if (!result.ok) throw new Error(result.message)
    const { document, captures } = result.plan
    expect(document.operators.find(({ id }) => id === 'flights')?.type).toBe('given-rows')
    const files = document.operators.filter(({ type }) => type === 'file-sink')
    for (const { config } of files) expect(config['file']).toMatch(/^belay-test:/)
    expect(files).toHaveLength(3)
    expect(captures.map(({ port, expected }) => [port, expected])).toEqual([
      ['board', null],
      ['archive', []],
      ['late.false', []],
    ])
  })

  it('of one operator has nothing but what its rows reach', () => {
    const late = [{ ...flight(20, 'SFO', '08:00:00'), state: 'CA' }]
    const result = planned(withTest('flights', { steps: [{ rows: { late } }], expected: { 'late.true': [] } }))
    if (!result.ok) throw new Error(result.message)
    const ids = result.plan.document.operators.map(({ id }) => id)
    expect(ids).toContain('late')
    expect(ids).not.toContain('flights')
    expect(ids).not.toContain('enrich')
  })

  it('takes texts of rows as they are, parameters or not', () => {
    const result = planned(withTest('flights', { steps: [{ rows: { flights: [flight(20, '${input}', '08:00:00')] } }], expected: {} }))
    if (!result.ok) throw new Error(result.message)
    const [{ config }] = result.plan.document.operators.filter(({ type }) => type === 'given-rows')
    expect(JSON.stringify(config)).toContain('$${input}')
  })

  it.each<[string, Partial<PipelineTest>, RegExp]>([
    ['no rows', { steps: [{}] }, /No step gives rows/],
    ['an unknown operator', { steps: [{ rows: { flight: [] } }] }, /names flight, and the pipeline has no such operator/],
    ['an unknown port', { steps: [{ rows }], expected: { 'late.maybe': [] } }, /late has no such port.*in, true, false/],
    ['a port that has to be named', { steps: [{ rows: { late: [] } }], expected: { late: [] } }, /.*/],
    [
      'a column that is not there',
      { steps: [{ rows: { flights: [{ ...flight(1, 'SFO', '08:00:00'), gate: 1 }] } }] },
      /row 1 of step 1: there is no column gate/,
    ],
    [
      'a value of another type',
      { steps: [{ rows: { flights: [{ ...flight(1, 'SFO', '08:00:00'), delay: 'x' }] } }] },
      /delay is not int64: "x"/,
    ],
    ['a column that is missing', { steps: [{ rows: { flights: [{ delay: 1 }] } }] }, /date is missing/],
    ['a watermark that is no time', { steps: [{ rows, watermark: 'noon' }] }, /watermark of step 1, "noon", is no time/],
    ['a kill of nobody', { steps: [{ rows, kill: 'nobody' }] }, /nobody is to be killed, and the pipeline has no such operator/],
    [
      'expected rows of what gets none',
      { steps: [{ rows: { late: [] } }], expected: { enrich: [] } },
      /also takes rows of flights, and the test gives none/,
    ],
    ['a parameter that there is not', { steps: [{ rows }], parameters: { sped: 1 } }, /sped/],
  ])('with %s says what to do', (_what, test, words) => {
    expect(message(withTest('flights', test))).toMatch(words)
  })

  it('tests are no part of what makes a run the same', () => {
    const { tests: _tests, ...without } = example('flights')
    expect(planHash(example('flights'))).toBe(planHash(without))
  })
})

describe('expected and got', () => {
  const schema = [
    { name: 'state', type: 'string', nullable: true },
    { name: 'delay', type: 'float64', nullable: true },
    { name: 'at', type: 'timestamp', nullable: true },
    { name: 'price', type: 'decimal(10,2)', nullable: true },
  ] as const
  const compared = (expected: readonly Record<string, unknown>[], got: readonly Record<string, unknown>[]) =>
    comparePort('out', schema, expected, got)

  it('match in any order, by the columns named, whatever way a value is written', () => {
    const got = [
      { state: 'CA', delay: 0.30000000000000004, at: '2001-01-01T00:00:00.000Z', price: 1.5 },
      { state: 'NY', delay: null, at: null, price: null },
    ]
    const expected = [{ delay: null }, { delay: 0.3, at: '2001-01-01T00:00:00Z', price: '1.50' }]
    expect(compared(expected, got)).toMatchObject({ matched: 2, changed: [], missing: [], unexpected: [] })
  })

  it('rows that say little do not take those that others need; equal rows count as often as they come', () => {
    const got = [
      { state: 'CA', delay: 1 },
      { state: 'CA', delay: 2 },
    ]
    expect(compared([{ state: 'CA' }, { state: 'CA', delay: 1 }], got)).toMatchObject({ matched: 2, unexpected: [] })
    expect(compared([{ state: 'CA' }], got)).toMatchObject({ matched: 1, unexpected: [{ delay: 2 }] })
    expect(compared([{ state: 'CA' }, { state: 'CA' }, { state: 'CA' }], got).missing).toHaveLength(1)
  })

  it('a row that is nearly the expected one is told with the columns that differ', () => {
    const result = compared([{ state: 'CA', delay: 1 }], [{ state: 'CA', delay: 2, at: null, price: null }])
    expect(result.changed).toEqual([
      { expected: { state: 'CA', delay: 1 }, got: expect.objectContaining({ delay: 2 }), columns: ['delay'] },
    ])
  })
})

describe.concurrent('belay test', PROCESSES, () => {
  const file = (document: PipelineDocument): string => {
    const path = join(mkdtempSync(join(shared.path, 'file-')), 'pipeline.json')
    writeFileSync(path, JSON.stringify(document))
    return path
  }
  const steps = [{ rows: { flights: [flight(20, 'SFO', '08:00:00')] } }]

  it('shows what differs and fails', async () => {
    const { code, stdout } = await belay([
      'test',
      file(withTest('flights', { steps, expected: { archive: [{ state: 'CA', flights: 2 }, { state: 'NY' }] } })),
    ])
    expect(code).toBe(1)
    expect(stdout).toContain('archive: 0 of 2 rows as expected, 1 came')
    expect(stdout).toContain('flights: expected 2, got 1')
    expect(stdout).toContain('- {"state":"NY"}')
  })

  it('of a test that cannot be run, or is not there, ends with 2', async () => {
    const invalid = await belay(['test', file(withTest('flights', { steps: [{ rows: { flights: [] }, kill: 'nobody' }] })), '--json'])
    expect([invalid.code, (JSON.parse(invalid.stdout) as { tests: readonly TestResult[] }).tests[0].outcome]).toEqual([2, 'invalid'])
    const unknown = await belay(['test', file(withTest('flights', { steps })), '--test', 'two'])
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/has no test "two". It has: "one"/)])
  })

  it('a row that breaks an operator fails the test with its reason', async () => {
    const document = example('flights')
    const operators = document.operators.map((one) => (one.id === 'late' ? { ...one, config: { condition: '100 / delay >= 15' } } : one))
    const broken = {
      ...document,
      operators,
      tests: [{ name: 'one', steps: [{ rows: { flights: [flight(0, 'SFO', '08:00:00')] } }], expected: { archive: [] } }],
    }
    const { code, stdout } = await belay(['test', file(broken)])
    expect([code, stdout]).toEqual([1, expect.stringMatching(/late failed: .*divided by zero/)])
  })
})

describe('over HTTP', PROCESSES, () => {
  it('a test answers with its rows, is in no list of runs and leaves nothing behind', async () => {
    const home = testHome()
    const server = await testServer(home)
    const document = withTest('flights', { steps: [{ rows: { flights: [flight(20, 'SFO', '08:00:00')] } }] })
    const { status, body } = await server.call('POST', '/api/tests', { document, test: 'one' })
    expect([status, body.outcome, body.message]).toEqual([200, 'failed', expect.stringMatching(/expects nothing yet/)])
    expect((body as TestResult).ports.find(({ port }) => port === 'archive')?.rows).toMatchObject([{ state: 'CA', flights: 1 }])
    expect((await server.call('GET', '/api/runs')).body).toEqual([])
    expect(readdirSync(join(home, 'tests', 'runs'))).toEqual([])
    expect(readdirSync(join(home, 'tests', 'rows'))).toEqual([])
    expect(runProcesses(join(home, 'tests'))).toEqual([])
    expect(existsSync(join(home, 'files', 'flights'))).toBe(false)
    const unknown = await server.call('POST', '/api/tests', { document, test: 'two' })
    expect([unknown.status, unknown.body.code]).toEqual([404, 'TEST_UNKNOWN'])
  })
})
