import { BatchBuilder, type Schema } from '@belay/columns'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StateMultimap, TableShape } from '../operator/state.ts'
import { StateStore } from './stateStore.ts'

const SHAPE: TableShape = {
  version: 1,
  key: [{ name: 'k', type: 'int64', nullable: true }],
  value: [
    { name: 'n', type: 'float64', nullable: true },
    { name: 'text', type: 'string', nullable: false },
  ],
}

type Entries = Map<number, { n: number; text: string }[]>

function contentOf(map: StateMultimap): Entries {
  const content: Entries = new Map()
  map.forEachKey((key, first) => {
    const entries: { n: number; text: string }[] = []
    for (let entry = first; entry >= 0; entry = map.next(entry)) entries.push({ n: map.numbers(0)[entry], text: map.text(entry, 1) ?? '' })
    content.set(map.keyValue(key, 0) as number, entries)
  })
  return content
}

const sorted = (entries: Entries): unknown[] => [...entries].sort(([a], [b]) => a - b)

test('H22 a multimap is a map of lists, whatever is added, removed, changed and restored', () => {
  const steps = fc.array(
    fc.record({
      key: fc.integer({ min: 0, max: 12 }),
      text: fc.string({ maxLength: 40 }),
      what: fc.constantFrom('add', 'add', 'add', 'remove', 'change', 'restore'),
      pick: fc.nat(),
    }),
    { maxLength: 400 },
  )
  fc.assert(
    fc.property(steps, (all) => {
      let store = new StateStore()
      let map = store.multimap('m', SHAPE)
      const wanted: Entries = new Map()
      let n = 0
      for (const { key, text, what, pick } of all) {
        if (what === 'restore') {
          store = StateStore.restore(store.snapshot())
          map = store.multimap('m', SHAPE)
          continue
        }
        map.key.begin()
        map.key.number(key)
        const list = wanted.get(key) ?? []
        if (what === 'add') {
          const entry = map.add()
          expect(map.nulls(0)[entry]).toBe(1)
          n += 1
          map.numbers(0)[entry] = n
          map.nulls(0)[entry] = 0
          map.setText(entry, 1, text)
          wanted.set(key, [{ n, text }, ...list])
          continue
        }
        let entry = map.first()
        expect(entry >= 0).toBe(list.length > 0)
        if (list.length === 0) continue
        const at = pick % list.length
        for (let i = 0; i < at; i += 1) entry = map.next(entry)
        if (what === 'change') {
          map.setText(entry, 1, text)
          wanted.set(
            key,
            list.map((one, i) => (i === at ? { ...one, text } : one)),
          )
        } else {
          map.remove(entry)
          const left = list.filter((_, i) => i !== at)
          if (left.length === 0) wanted.delete(key)
          else wanted.set(key, left)
        }
      }
      expect(sorted(contentOf(map))).toEqual(sorted(wanted))
      expect(map.keys).toBe(wanted.size)
      expect(map.size).toBe([...wanted.values()].reduce((sum, list) => sum + list.length, 0))
    }),
    { numRuns: 300 },
  )
})

test('H21 bytes go in and out without strings; key values go straight into columns', () => {
  const schema: Schema = [
    { name: 'i', type: 'int64', nullable: true },
    { name: 's', type: 'string', nullable: true },
    { name: 'b', type: 'bool', nullable: true },
  ]
  const store = new StateStore()
  const table = store.table('t', { version: 1, key: schema, value: [{ name: 'bytes', type: 'string', nullable: false }] })
  table.key.begin()
  table.key.int64(2n ** 60n)
  table.key.text('zoë')
  table.key.bool(1)
  const slot = table.slotFor()
  table.setBytes(slot, 0, Uint8Array.of(9, 0, 255, 9), 1, 3)
  expect([...table.textBytes.subarray(table.textFrom(slot, 0), table.textTo(slot, 0))]).toEqual([0, 255])
  table.key.begin()
  for (let i = 0; i < 3; i += 1) table.key.null()
  const nothing = table.slotFor()
  const builder = new BatchBuilder(schema)
  for (const from of [slot, nothing]) {
    schema.forEach((_, i) => table.pushKeyValue(from, i, builder.columns[i]))
    builder.endRow()
  }
  const batch = builder.finish()
  expect(batch.columns.map((column) => column.storage)).toEqual(['i64', 'bytes', 'bool'])
  expect(batch.columns[1]).toMatchObject({ ascii: false, nulls: Uint8Array.of(0, 1) })
})
