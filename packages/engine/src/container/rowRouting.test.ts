import { batchOf, rowAt, type Batch, type Schema, type Value } from '@belay/columns'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyBuffer } from '../state/keyBuffer.ts'
import { keyGroupOf, murmur3, partitionOf } from '../state/murmur.ts'
import { rowRouter } from './rowRouting.ts'

const SCHEMA: Schema = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'text', type: 'string', nullable: true },
  { name: 'number', type: 'float64', nullable: true },
  { name: 'wide', type: 'int64', nullable: true },
  { name: 'flag', type: 'bool', nullable: true },
]
const COLUMNS = [1, 2, 3, 4]

/** What a key is to a person: NULLs are one, NaNs are one, −0 is 0. */
function keyText(batch: Batch, row: number): string {
  const values = rowAt(batch, row)
  return JSON.stringify(
    SCHEMA.slice(1).map(({ name }) => {
      const value: Value = values[name]
      return typeof value === 'number' ? `${value === 0 ? 0 : value}` : value
    }),
  )
}

const value = fc.record({
  text: fc.option(fc.oneof(fc.constantFrom('', 'a', 'b', 'ä', '\u{1f600}'), fc.string()), { nil: null }),
  number: fc.option(fc.oneof(fc.constantFrom(0, -0, Number.NaN, Infinity), fc.double()), { nil: null }),
  wide: fc.option(fc.constantFrom<Value>(1, 2, 9_007_199_254_740_991, '9007199254740993', '9007199254740995'), { nil: null }),
  flag: fc.option(fc.boolean(), { nil: null }),
})

function batchFrom(rows: readonly { text: Value; number: Value; wide: Value; flag: Value }[]): Batch {
  return batchOf(
    SCHEMA,
    rows.map(({ text, number, wide, flag }, id) => [id, text, number, wide, flag]),
  )
}

test('H25 by key: every row goes to one partition, equal keys to the same one, in the order they came', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 128 }), (rows, partitions) => {
      const batch = batchFrom(rows)
      const router = rowRouter({ kind: 'key', columns: COLUMNS, partitions })
      const grouped = router.group(batch)
      expect(grouped.rows).toBe(rows.length)
      expect(router.table[0]).toBe(0)
      expect(router.table[partitions]).toBe(rows.length)
      const owners = new Map<string, number>()
      const seen: number[] = []
      for (let partition = 0; partition < partitions; partition += 1) {
        let before = -1
        for (let row = router.table[partition]; row < router.table[partition + 1]; row += 1) {
          const id = rowAt(grouped, row)['id'] as number
          expect(rowAt(grouped, row)).toEqual(rowAt(batch, id))
          expect(id).toBeGreaterThan(before)
          before = id
          seen.push(id)
          const key = keyText(grouped, row)
          expect(owners.get(key) ?? partition).toBe(partition)
          owners.set(key, partition)
        }
      }
      expect(seen.sort((a, b) => a - b)).toEqual(rows.map((_, id) => id))
    }),
  )
})

test('H25 a row goes where the key group of its canonical key bytes says, as in a state table', () => {
  const key = new KeyBuffer()
  fc.assert(
    fc.property(fc.string(), fc.double({ noNaN: true }), fc.integer({ min: 2, max: 128 }), (text, number, partitions) => {
      const batch = batchFrom([{ text, number, wide: null, flag: true }])
      const router = rowRouter({ kind: 'key', columns: COLUMNS, partitions })
      router.group(batch)
      key.begin()
      key.text(text)
      key.number(number)
      key.null()
      key.bool(1)
      const owner = partitionOf(keyGroupOf(murmur3(key.buffer, 0, key.length)), partitions)
      expect([router.table[owner], router.table[owner + 1]]).toEqual([0, 1])
    }),
  )
})

test('H25 frozen: partitions of known keys', () => {
  const cities = ['Bern', 'Oslo', 'Rome', 'Lima', 'Cairo', 'Quito', 'Zürich', '']
  const batch = batchOf(
    [{ name: 'city', type: 'string', nullable: false }],
    cities.map((city) => [city]),
  )
  const ownersOf = (partitions: number): number[] => {
    const router = rowRouter({ kind: 'key', columns: [0], partitions })
    const grouped = router.group(batch)
    const owners: number[] = []
    for (let partition = 0; partition < partitions; partition += 1)
      for (let row = router.table[partition]; row < router.table[partition + 1]; row += 1)
        owners[cities.indexOf(rowAt(grouped, row)['city'] as string)] = partition
    return owners
  }
  expect(ownersOf(128)).toEqual([82, 74, 11, 73, 81, 105, 89, 121])
  expect(ownersOf(2)).toEqual([1, 1, 0, 1, 1, 1, 1, 1])
  expect(ownersOf(7)).toEqual([4, 4, 0, 3, 4, 5, 4, 6])
})

test('H25 spread: equal shares of every record in place, and what is left over goes round', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 100 }), (partitions, size) => {
      const router = rowRouter({ kind: 'spread', partitions })
      const given = Array.from({ length: partitions }, () => 0)
      const batch = batchOf(
        [{ name: 'n', type: 'int64', nullable: false }],
        Array.from({ length: size }, (_, n) => [n]),
      )
      for (let record = 0; record < partitions; record += 1) {
        expect(router.group(batch)).toBe(batch)
        expect([router.table[0], router.table[partitions]]).toEqual([0, size])
        for (let partition = 0; partition < partitions; partition += 1) {
          const share = router.table[partition + 1] - router.table[partition]
          expect(Math.abs(share - size / partitions)).toBeLessThan(1)
          given[partition] += share
        }
      }
      expect(given).toEqual(given.map(() => size))
    }),
  )
})
