import { expect, it } from 'vitest'
import { FUNCTIONS } from '../functions/catalogue.ts'
import { compareOnRandomPairs } from '../testing/equality.ts'

/** Without a type for a NULL, or with a constant that had to be something else: nothing but these may be refused. */
const REFUSALS = ['TYPE_MISMATCH', 'CAST_NOT_POSSIBLE', 'BAD_ARGUMENT', 'BAD_TIME_PATTERN', 'BAD_PATH', 'BAD_ZONE', 'BAD_UNIT']

it('H30 kernels equal the interpreter on random pairs of expression and row, every function among them', { timeout: 900_000 }, () => {
  const { pairs, expressions, rowErrors, nulls, calls, refused } = compareOnRandomPairs(100_000, 1)
  console.log(`${expressions} expressions, ${pairs} pairs, ${rowErrors} of them row errors, ${nulls} NULL`)
  expect([...refused.keys()].filter((code) => !REFUSALS.includes(code))).toEqual([])
  expect(FUNCTIONS.filter(({ name, evaluation }) => evaluation.kind !== 'rewritten' && !calls.has(name)).map(({ name }) => name)).toEqual(
    [],
  )
  expect(rowErrors).toBeGreaterThan(pairs / 100)
  expect(nulls).toBeLessThan(pairs / 2)
})
