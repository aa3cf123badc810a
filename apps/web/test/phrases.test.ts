/** What packages really say, through the real dictionaries. */
import { readFileSync } from 'node:fs'
import { checkExpression } from '@belay/expressions'
import { manifests } from '@belay/operators/manifests'
import { pathGuarantees, validate, type PipelineDocument } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { Phrasebook } from '../src/language/phrasebook.ts'

function dictionary(part: string): Record<string, string> {
  return JSON.parse(readFileSync(new URL(`../src/language/de/${part}.json`, import.meta.url), 'utf8')) as Record<string, string>
}

const book = new Phrasebook({ ...dictionary('server'), ...dictionary('engine'), ...dictionary('checks') })

function example(id: string): PipelineDocument {
  return JSON.parse(readFileSync(new URL(`../../../examples/${id}.json`, import.meta.url), 'utf8')) as PipelineDocument
}

test('language: the problems of broken pipelines, and what mends them, are said in German', () => {
  const flights = example('flights')
  const broken: readonly PipelineDocument[] = [
    { ...flights, operators: [] },
    { ...flights, streams: flights.streams.slice(1) },
    { ...flights, parameters: {} },
    { ...flights, streams: [...flights.streams, ...flights.streams] },
    { ...flights, operators: flights.operators.map((operator) => ({ ...operator, typeVersion: 99 })) },
    { ...flights, operators: flights.operators.map((operator) => ({ ...operator, type: `${operator.type}-x` })) },
    ...flights.operators.map((one) => ({
      ...flights,
      operators: flights.operators.map((operator) => (operator === one ? { ...one, config: manifests[one.type].defaultConfig } : operator)),
    })),
  ]
  const problems = broken.flatMap((document) => validate(document, manifests))
  expect(problems.length).toBeGreaterThan(20)
  const texts = problems.flatMap(({ message, fixes }) => [message, ...fixes.map(({ label }) => label)])
  expect([...new Set(texts)].filter((text) => book.say(text) === null)).toEqual([])
})

test('language: what a path promises, and why, is said in German to the last gap', () => {
  const flights = example('flights')
  const said = pathGuarantees(flights, manifests).map(({ because }) => book.say(because))
  expect(said.length).toBeGreaterThan(0)
  expect(said.filter((text) => text === null || !/ und .* veröffentlicht nur, was bestätigt ist$/.test(text))).toEqual([])
  const skipping = { ...flights, operators: flights.operators.map((one, i) => (i === 0 ? one : { ...one, onFailure: 'skip' as const })) }
  const warnings = validate(skipping, manifests).filter(({ code }) => code === 'WEAKEST_LINK')
  expect(warnings.length).toBeGreaterThan(0)
  expect(warnings.map(({ message }) => book.say(message)).filter((text) => !/während seines Ausfalls/.test(text ?? ''))).toEqual([])
})

test('language: what is wrong with expressions is said in German, to the last gap', () => {
  const schema = [
    { name: 'delay', type: 'int64' as const, nullable: false },
    { name: 'name', type: 'string' as const, nullable: false },
  ]
  const said = ['dely > 1', 'delay + name', 'UPPR(name)', 'delay >', "name = 'x", 'LENGTH(delay, 1)', '(delay', 'delay = name'].flatMap(
    (text) => {
      const checked = checkExpression(text, schema)
      return checked.ok ? [`${text} is right`] : [book.say(checked.problems[0].message)]
    },
  )
  expect(said).toMatchInlineSnapshot(`
    [
      "Unbekannte Spalte \`dely\`. Ist \`delay\` gemeint?",
      "+ geht nicht mit int64 und string. CAST(… AS BIGINT) oder CAST(… AS DOUBLE) verwenden.",
      "Unbekannte Funktion \`UPPR\`. Ist \`UPPER\` gemeint?",
      "Erwartet war ein Wert, aber der Ausdruck endet hier.",
      "Diesem Text fehlt das schließende '. Es ergänzen ('' steht für ein Anführungszeichen im Text).",
      "Zahl der Argumente von LENGTH: 1, nicht 2. Beispiel: LENGTH('Zürich')",
      "Erwartet war \`)\`, aber der Ausdruck endet hier.",
      "int64 lässt sich nicht mit string vergleichen. Eine Seite mit CAST(… AS …) umwandeln.",
    ]
  `)
})
