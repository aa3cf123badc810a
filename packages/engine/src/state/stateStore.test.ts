import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StateTable, TableShape } from '../operator/state.ts'
import { StateStore } from './stateStore.ts'

const SHAPE: TableShape = {
  version: 1,
  key: [
    { name: 'name', type: 'string', nullable: true },
    { name: 'number', type: 'float64', nullable: false },
  ],
  value: [
    { name: 'count', type: 'int64', nullable: false },
    { name: 'last', type: 'string', nullable: true },
  ],
}

type Model = Map<string, { count: number; last: string | null }>

function write(table: StateTable, name: string | null, number: number): void {
  table.key.begin()
  if (name === null) table.key.null()
  else table.key.text(name)
  table.key.number(number)
}

function canonical(name: string | null, number: number): string {
  return JSON.stringify([name, Object.is(number, -0) ? 0 : Number.isNaN(number) ? 'NaN' : number])
}

function contents(table: StateTable): Model {
  const model: Model = new Map()
  table.forEach((slot) => {
    model.set(canonical(table.keyValue(slot, 0) as string | null, table.keyValue(slot, 1) as number), {
      count: table.numbers(0)[slot],
      last: table.text(slot, 1),
    })
  })
  return model
}

const action = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('set' as const),
      name: fc.option(fc.string({ unit: 'grapheme', maxLength: 40 })),
      number: fc.constantFrom(0, -0, 1, 2, Number.NaN),
      last: fc.option(fc.string({ unit: 'grapheme' })),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('remove' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restore' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('removeOdd' as const) }) },
)

test('H22 a table behaves like a map, through growth, removal and restore', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 400 }), (actions) => {
      let store = new StateStore()
      let table = store.table('t', SHAPE)
      const model: Model = new Map()
      for (const step of actions) {
        switch (step.type) {
          case 'set': {
            write(table, step.name, step.number)
            const slot = table.slotFor()
            const key = canonical(step.name, step.number)
            expect(table.inserted).toBe(!model.has(key))
            table.numbers(0)[slot] += 1
            table.setText(slot, 1, step.last)
            model.set(key, { count: (model.get(key)?.count ?? 0) + 1, last: step.last })
            break
          }
          case 'remove': {
            if (table.size === 0) break
            const slot = step.pick % table.size
            model.delete(canonical(table.keyValue(slot, 0) as string | null, table.keyValue(slot, 1) as number))
            table.remove(slot)
            break
          }
          case 'removeOdd':
            table.forEach((slot) => {
              if (table.numbers(0)[slot] % 2 === 0) return
              model.delete(canonical(table.keyValue(slot, 0) as string | null, table.keyValue(slot, 1) as number))
              table.remove(slot)
            })
            break
          case 'restore':
            store = StateStore.restore(store.snapshot())
            table = store.table('t', SHAPE)
        }
        expect(table.size).toBe(model.size)
      }
      expect(contents(table)).toEqual(model)
    }),
    { numRuns: 300 },
  )
})

test('H22 100,000 keys come and go and the table compacts', () => {
  const store = new StateStore()
  const table = store.table('t', SHAPE)
  for (let round = 0; round < 3; round += 1) {
    for (let i = 0; i < 100_000; i += 1) {
      write(table, `key ${i}`, i)
      const slot = table.slotFor()
      table.numbers(0)[slot] = i
      table.setText(slot, 1, `text ${i}`)
    }
    expect(table.size).toBe(100_000)
    const full = store.snapshotMemoryNeed().wantedBytes
    table.forEach((slot) => {
      if (table.numbers(0)[slot] >= 10) table.remove(slot)
    })
    expect(table.size).toBe(10)
    expect(store.snapshotMemoryNeed().wantedBytes).toBeLessThan(full / 10)
    for (let i = 0; i < 10; i += 1) {
      write(table, `key ${i}`, i)
      expect(table.text(table.find(), 1)).toBe(`text ${i}`)
    }
  }
})

test('H22 lists and values survive a snapshot', () => {
  const store = new StateStore()
  const list = store.list('l', 1)
  const value = store.value('v', 1, { offset: 0 })
  for (let i = 0; i < 1000; i += 1) list.push(new TextEncoder().encode(`entry ${i}`))
  list.shift(990)
  value.set({ offset: 7 })
  const again = StateStore.restore(store.snapshot())
  const restored = again.list('l', 1)
  expect(Array.from({ length: restored.length }, (_, i) => new TextDecoder().decode(restored.at(i)))).toEqual(
    Array.from({ length: 10 }, (_, i) => `entry ${i + 990}`),
  )
  expect(again.value('v', 1, { offset: 0 }).get()).toEqual({ offset: 7 })
})

test('H26 state of another version, shape or name is refused', () => {
  const store = new StateStore()
  store.table('t', SHAPE)
  const bytes = store.snapshot()
  expect(() => StateStore.restore(bytes).table('t', { ...SHAPE, version: 2 })).toThrow(/schema version 1, version 2/)
  expect(() => StateStore.restore(bytes).table('t', { ...SHAPE, value: [] })).toThrow(/columns/)
  expect(() => StateStore.restore(bytes).list('t', 1)).toThrow(/is a table/)
  expect(() => StateStore.restore(bytes).assertAllDeclared()).toThrow(/no longer declares/)
  expect(() => StateStore.restore(bytes.subarray(0, 20))).toThrow()
})

test('H22 a snapshot can go into shared memory and come back from it', () => {
  const store = new StateStore()
  const table = store.table('t', SHAPE)
  write(table, 'é', 1)
  table.setText(table.slotFor(), 1, 'ü')
  const memory = new Uint8Array(new SharedArrayBuffer(store.snapshotMemoryNeed().wantedBytes + 100))
  const { sizeBytes } = store.snapshotInto(memory)
  const again = StateStore.restore(memory.subarray(0, sizeBytes)).table('t', SHAPE)
  write(again, 'é', 1)
  expect(again.text(again.find(), 1)).toBe('ü')
  expect(() => store.snapshotInto(new Uint8Array(10))).toThrow(/needs/)
})
