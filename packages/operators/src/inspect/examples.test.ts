import { readdirSync, readFileSync } from 'node:fs'
import { parseDocument, validate } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { manifests } from '../manifests.ts'

const examples = readdirSync(new URL('../../../../examples', import.meta.url)).filter((name) => name.endsWith('.json'))

test.each(examples)('example %s has no problems and a place for each operator', (name) => {
  const parsed = parseDocument(JSON.parse(readFileSync(new URL(`../../../../examples/${name}`, import.meta.url), 'utf8')))
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  expect(validate(parsed.document, manifests).filter(({ severity }) => severity !== 'info')).toEqual([])
  expect(Object.keys(parsed.document.layout).sort()).toEqual(parsed.document.operators.map(({ id }) => id).sort())
})
