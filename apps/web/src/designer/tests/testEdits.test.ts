import { manifests } from '@belay/operators/manifests'
import { expect, test } from 'vitest'
import { drawn } from '../../../test/support/drawnPipelines.ts'
import { differences } from '../document/difference.ts'
import { connect } from '../document/edits.ts'
import type { Ghosts } from '../ghost/compute.ts'
import { standingOf } from './OutcomeMark.tsx'
import {
  addTest,
  changeStep,
  changeTest,
  emptyTest,
  removeTest,
  rowsOfText,
  testFromExamples,
  testsOf,
  textOfRows,
  withWhatCame,
} from './testEdits.ts'
import type { TestResult } from './testStore.ts'

let document = drawn(['csv-source', 'generator', 'union', 'table-view'])
document = connect(document, { operator: 'csv-source', port: 'out' }, { operator: 'union', port: 'in1' })
document = connect(document, { operator: 'generator', port: 'out' }, { operator: 'union', port: 'in2' })
document = connect(document, { operator: 'union', port: 'out' }, { operator: 'table-view', port: 'in' })

const GHOSTS: Ghosts = {
  'csv-source.out': {
    kind: 'rows',
    schema: [
      { name: 'at', type: 'timestamp', nullable: false },
      { name: 'tags', type: 'json', nullable: true },
      { name: 'age', type: 'int64', nullable: true },
    ],
    rows: [[978_307_200_000, '{"a":1}', null]],
    origins: null,
    of: 1,
    failed: [],
  },
}

test('a test from the example rows gives rows as one writes them, and an empty list where there are none', () => {
  const made = testFromExamples(document, manifests, GHOSTS)
  expect(made).toEqual({
    ok: true,
    test: {
      name: 'Example rows',
      steps: [{ rows: { 'csv-source': [{ at: '2001-01-01T00:00:00.000Z', tags: { a: 1 } }], generator: [] } }],
      expected: {},
    },
  })
  expect(testFromExamples(document, manifests, {})).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/No source has example rows/),
  })
  expect(testFromExamples({ ...document, streams: [] }, manifests, GHOSTS)).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/leads anywhere/),
  })
})

test('tests are added under names of their own, changed, removed, and told as changes to save', () => {
  const one = addTest(document, emptyTest(document, manifests))
  const two = addTest(one, emptyTest(one, manifests))
  expect(testsOf(two).map(({ name }) => name)).toEqual(['New test', 'New test 2'])
  expect(testsOf(two)[0].steps).toEqual([{ rows: { 'csv-source': [], generator: [] } }])
  const killed = changeTest(two, 1, changeStep(testsOf(two)[1], 0, { kill: 'union' }))
  expect(testsOf(killed)[1].steps[0].kill).toBe('union')
  const spared = changeTest(killed, 1, changeStep(testsOf(killed)[1], 0, { kill: undefined }))
  expect(spared).toEqual(two)
  expect(differences(document, two).map(({ what, text }) => `${what} ${text}`)).toEqual(['added test New test', 'added test New test 2'])
  expect(differences(two, killed).map(({ what, text }) => `${what} ${text}`)).toEqual(['changed test New test 2'])
  expect(removeTest(removeTest(two, 0), 0)).toEqual(document)
})

test('what came becomes what is expected, of the ports that the test names', () => {
  const port = { got: 1, matched: 0, changed: [], missing: [], unexpected: [] }
  const result: TestResult = {
    name: 'one',
    outcome: 'failed',
    message: null,
    wallMs: 1,
    ports: [
      { ...port, port: 'a', expected: 1, rows: [{ x: 1 }] },
      { ...port, port: 'b', expected: null, rows: [{ x: 2 }] },
    ],
  }
  const given = { name: 'one', steps: [{}], expected: { a: [] } }
  expect(withWhatCame(given, result)).toEqual({ expected: { a: [{ x: 1 }] } })
  const open = { ...result, ports: result.ports.map((one) => ({ ...one, expected: null })) }
  expect(withWhatCame({ ...given, expected: {} }, open)).toEqual({ expected: { a: [{ x: 1 }], b: [{ x: 2 }] } })
})

test('rows are one JSON object a line; what is none says its line', () => {
  expect(rowsOfText(`${textOfRows([{ a: 1 }, { a: 'x' }])}\n\n`)).toEqual({ ok: true, rows: [{ a: 1 }, { a: 'x' }] })
  expect(rowsOfText('{"a":1}\n{"a":')).toEqual({ ok: false, message: 'Line 2 is not JSON.' })
  expect(rowsOfText('[1]')).toEqual({ ok: false, message: 'Line 1 is no JSON object.' })
})

test('a result is old when the pipeline or its own test has changed, not when another test has', () => {
  const one = addTest(document, emptyTest(document, manifests))
  const result: TestResult = { name: 'New test', outcome: 'passed', message: null, wallMs: 1, ports: [] }
  const outcome = { kind: 'done', result, of: one } as const
  const [own] = testsOf(one)
  expect(standingOf(outcome, one, own)).toEqual({ word: 'passed', old: false })
  expect(standingOf(outcome, addTest(one, emptyTest(one, manifests)), own).old).toBe(false)
  const changed = changeTest(one, 0, { expected: { union: [] } })
  expect(standingOf(outcome, changed, testsOf(changed)[0]).old).toBe(true)
  expect(standingOf(outcome, connect(one, { operator: 'union', port: 'out' }, { operator: 'union', port: 'in3' }), own).old).toBe(true)
})
