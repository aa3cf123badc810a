import { manifests } from '@belay/operators/manifests'
import { parseDocument, type PipelineDocument } from '@belay/pipeline'
import { describe, expect, it } from 'vitest'
import { addOperator, changeOperator, connect, moveOperators, removeOperators, setConfig, setParameter } from '../document/edits.ts'
import flightsJson from '../../../../../examples/flights.json?raw'
import { offsetOf, operatorAt, placedProblems, readText, textOf, withDocument } from './yamlText.ts'

const parsed = parseDocument(JSON.parse(flightsJson))
if (!parsed.ok) throw new Error(parsed.problems[0].message)
const flights = parsed.document

function read(text: string): PipelineDocument {
  const result = readText(text)
  if (!result.ok) throw new Error(result.message)
  return result.document
}

describe('textOf and readText', () => {
  it('give the same document back', () => expect(read(textOf(flights))).toEqual(flights))

  it('say the line where text stops being YAML', () => {
    const broken = textOf(flights).replace('condition: delay >= 15', 'condition: "delay')
    const result = readText(broken)
    expect(result).toMatchObject({ ok: false })
    if (!result.ok) expect(broken.split('\n')[result.line - 1]).toBeDefined()
  })

  it('say the line where YAML is no pipeline', () => {
    const text = textOf(flights).replace('typeVersion: 1', 'typeVersion: one')
    const result = readText(text)
    expect(result.ok).toBe(false)
    if (!result.ok)
      expect(
        text
          .split('\n')
          .slice(result.line - 1, result.line + 3)
          .join('\n'),
      ).toContain('flights')
  })

  it('name a newer format', () => {
    expect(readText(textOf(flights).replace('format: 1', 'format: 99'))).toMatchObject({
      ok: false,
      message: expect.stringContaining('Update Belay') as string,
    })
  })
})

describe('withDocument', () => {
  const commented = textOf(flights)
    .replace('operators:\n', '# all of them\noperators:\n')
    .replace('condition: delay >= 15', 'condition: delay >= 15 # quarter of an hour')

  it('is the same text when nothing is said anew', () => expect(withDocument(commented, flights)).toBe(commented))

  it.each<[string, (document: PipelineDocument) => PipelineDocument]>([
    ['a setting', (document) => setConfig(document, 'late', '/condition', "origin LIKE 'S%'")],
    ['a list in a config', (document) => setConfig(document, 'hourly', '/keys', ['state', 'origin'])],
    ['a name', (document) => changeOperator(document, 'late', { name: 'very late' })],
    ['a place', (document) => moveOperators(document, { late: { x: 8, y: 800 } })],
    ['a parameter', (document) => setParameter(document, 'speed', null)],
    [
      'a new operator',
      (document) =>
        connect(
          addOperator(document, manifests, 'filter', { x: 0, y: 0 }).document,
          { operator: 'late', port: 'false' },
          { operator: 'filter', port: 'in' },
        ),
    ],
    ['an operator less', (document) => removeOperators(document, ['enrich'])],
    ['another order', (document) => ({ ...document, operators: document.operators.toReversed() })],
  ])('puts %s into the text and keeps the comments', (_what, change) => {
    const changed = change(flights)
    const text = withDocument(commented, changed)
    expect(read(text)).toEqual(changed)
    expect(text).toContain('# all of them')
    expect(text).toContain('# quarter of an hour')
  })
})

it('finds operators by place and places by operator, and problems by either', () => {
  const text = textOf(flights)
  const at = offsetOf(text, 'hourly')
  expect(at).not.toBeNull()
  expect(operatorAt(text, (at ?? 0) + 5)).toBe('hourly')
  expect(operatorAt(text, 0)).toBeNull()
  const [placed] = placedProblems(text, [
    { code: 'X', severity: 'error', message: 'x', place: { operator: 'late', configPath: '/condition' }, fixes: [] },
  ])
  expect(text.slice(placed.from, placed.to)).toBe('delay >= 15')
})
