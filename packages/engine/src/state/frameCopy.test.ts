import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StateMultimap, StateTable, TableShape } from '../operator/state.ts'
import type { Copied, FrameCopy, MemoryHolds } from './frameCopy.ts'
import { PAGE_BYTES, readFrameImages } from './snapshotFrame.ts'
import { StateStore } from './stateStore.ts'

const shapeOf = (writes: 'found' | 'anytime'): TableShape => ({
  version: 1,
  key: [{ name: 'key', type: 'int64', nullable: false }],
  value: [
    { name: 'count', type: 'float64', nullable: true },
    { name: 'text', type: 'string', nullable: true },
  ],
  writes,
})

const KEYS = 14_000
const MEMORY_BYTES = 16_777_216

/** A store with a table of each kind, a multimap and a list. */
class Subject {
  readonly store = new StateStore()
  readonly #tables: readonly StateTable[] = (['found', 'anytime'] as const).map((writes) => this.store.table(writes, shapeOf(writes)))
  readonly #map: StateMultimap = this.store.multimap('map', shapeOf('found'))
  readonly #list = this.store.list('list', 1)
  readonly #entries: number[] = []

  put(from: number, count: number, value: number, textLength: number): void {
    const text = String.fromCharCode(97 + (value % 26)).repeat(textLength)
    for (let n = from; n < from + count; n += 1) {
      const key = (n * 7919) % (KEYS * 2)
      for (const table of this.#tables) {
        table.key.begin()
        table.key.number(key)
        const slot = table.slotFor()
        table.numbers(0)[slot] = value + n
        table.nulls(0)[slot] = n % 2
        if (textLength > 0) table.setText(slot, 1, `${text}${n}`)
        else if (n % 3 === 0) table.setText(slot, 1, null)
      }
      this.#map.key.begin()
      this.#map.key.number(key % 9000)
      const entry = this.#map.add()
      this.#entries.push(entry)
      this.#map.numbers(0)[entry] = value
      this.#map.setText(entry, 1, text)
    }
    this.#list.push(new Uint8Array([value]))
  }

  /** Writes rows that nobody has looked up. */
  write(from: number, count: number, value: number): void {
    const [found, anytime] = this.#tables
    for (let n = from; n < from + count; n += 1) {
      if (n < found.size) {
        found.touch(n)
        found.numbers(0)[n] = value
        found.nulls(0)[n] = 1
      }
      if (n < anytime.size) anytime.numbers(0)[n] = value
      const entry = this.#entries.at(n)
      if (entry === undefined) continue
      this.#map.touch(entry)
      this.#map.numbers(0)[entry] = value
    }
  }

  remove(from: number, count: number): void {
    for (let n = from; n < from + count; n += 1) {
      for (const table of this.#tables) if (table.size > 0) table.remove((n * 31) % table.size)
      const entry = this.#entries.pop()
      if (entry !== undefined) this.#map.remove(entry)
    }
    this.#list.shift(1)
  }

  clear(): void {
    for (const table of this.#tables) table.clear()
    this.#map.clear()
    this.#entries.length = 0
  }
}

type Step =
  | {
      readonly type: 'put' | 'write' | 'remove'
      readonly from: number
      readonly count: number
      readonly value: number
      readonly text: number
    }
  | { readonly type: 'clear' }
  | { readonly type: 'copy'; readonly bytes: number }
  | { readonly type: 'snapshot'; readonly holds: MemoryHolds }

const range = { from: fc.nat(KEYS), count: fc.integer({ min: 1, max: 2000 }), value: fc.nat(1000), text: fc.constantFrom(0, 3, 90) }
const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constantFrom('put' as const, 'write' as const, 'remove' as const), ...range }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('clear' as const) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('copy' as const), bytes: fc.integer({ min: 1, max: 200_000 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('snapshot' as const), holds: fc.constantFrom('last', 'last', 'last', 'another', 'nothing') }),
  },
)

function act(subject: Subject, step: Exclude<Step, { type: 'copy' | 'snapshot' }>): void {
  switch (step.type) {
    case 'put':
      return subject.put(step.from, step.count, step.value, step.text)
    case 'write':
      return subject.write(step.from, step.count, step.value)
    case 'remove':
      return subject.remove(step.from, step.count)
    case 'clear':
      return subject.clear()
  }
}

/** What a restore has: the whole frame, or that of the file before with the changed pages over it and zeros behind it. */
function onDisk(before: Uint8Array, memory: Uint8Array, { sizeBytes, changedPages }: Copied): Uint8Array {
  if (changedPages === null) return memory.slice(0, sizeBytes)
  const frame = new Uint8Array(sizeBytes)
  frame.set(before.subarray(0, sizeBytes))
  for (const page of changedPages)
    frame.set(memory.subarray(page * PAGE_BYTES, Math.min(sizeBytes, (page + 1) * PAGE_BYTES)), page * PAGE_BYTES)
  return frame
}

/** Name of the first state that differs; null = they are the same. */
function differenceOf(a: Uint8Array, b: Uint8Array): string | null {
  const others = readFrameImages(b)
  for (const [name, image] of readFrameImages(a)) {
    const other = others.get(name)
    if (other === undefined || JSON.stringify(image.header) !== JSON.stringify(other.header)) return name
    if (image.sections.some((section, i) => Buffer.compare(section, other.sections[i]) !== 0)) return name
  }
  return null
}

/** One memory and its file over several snapshots; a twin says what each has to hold. */
class Copies {
  deltas = 0
  whole = 0
  readonly #subject = new Subject()
  readonly #twin = new Subject()
  #memory = new Uint8Array(MEMORY_BYTES).fill(85)
  #file: Uint8Array = new Uint8Array(0)
  #expected: Uint8Array = new Uint8Array(0)
  #copy: FrameCopy | null = null

  act(step: Exclude<Step, { type: 'copy' | 'snapshot' }>): void {
    act(this.#subject, step)
    act(this.#twin, step)
  }

  begin(holds: MemoryHolds): void {
    this.finish()
    if (holds === 'nothing') this.#memory = new Uint8Array(MEMORY_BYTES).fill(170)
    this.#expected = this.#twin.store.snapshot().slice()
    this.#copy = this.#subject.store.beginSnapshot(this.#memory, this.#file.length === 0 ? 'nothing' : holds)
  }

  step(budgetBytes: number): void {
    this.#copy?.step(budgetBytes)
  }

  finish(): void {
    if (this.#copy === null) return
    const copied = this.#copy.finish()
    this.#copy = null
    if (copied.changedPages === null) this.whole += 1
    else this.deltas += 1
    this.#file = onDisk(this.#file, this.#memory, copied)
    expect(differenceOf(this.#expected, this.#file)).toBeNull()
  }
}

test('H22 a snapshot that is copied beside the work is the state at the end of its window, in memory and as pages over the one before', () => {
  let deltas = 0
  fc.assert(
    fc.property(fc.array(aStep, { minLength: 8, maxLength: 30 }), (steps) => {
      const copies = new Copies()
      copies.act({ type: 'put', from: 0, count: KEYS, value: 1, text: 3 })
      copies.begin('nothing')
      for (const step of steps) {
        if (step.type === 'copy') copies.step(step.bytes)
        else if (step.type === 'snapshot') copies.begin(step.holds)
        else copies.act(step)
      }
      copies.finish()
      deltas += copies.deltas
    }),
    { numRuns: Number(process.env['BELAY_FRAME_RUNS'] ?? 8) },
  )
  expect(deltas).toBeGreaterThan(4)
}, 60_000)

test('H22 what has not changed is neither copied again nor listed, and where memory is short the frame does without room', () => {
  const { store, put } = tableOf(100_000)
  const need = store.snapshotMemoryNeed()
  expect(need.wantedBytes).toBeGreaterThan(need.leastBytes * 1.1)
  const memory = new Uint8Array(need.leastBytes)
  const twice = new Uint8Array(need.wantedBytes)
  for (const place of [memory, twice]) expect(store.beginSnapshot(place, 'nothing').finish().sizeBytes).toBeLessThanOrEqual(place.length)
  put(5, 7)
  const copy = store.beginSnapshot(twice, 'last')
  expect(copy.step(1)).toBe(false)
  const { changedPages } = copy.finish()
  // One page of the column; the header tells the same.
  expect(changedPages?.length).toBe(1)
})

function tableOf(keys: number): { readonly store: StateStore; readonly put: (key: number, value: number) => void } {
  const store = new StateStore()
  const table = store.table('t', shapeOf('found'))
  const put = (key: number, value: number): void => {
    table.key.begin()
    table.key.number(key)
    const slot = table.slotFor()
    table.numbers(0)[slot] = value
  }
  for (let key = 0; key < keys; key += 1) put(key, 0)
  return { store, put }
}

test.each([
  // Neighbours in a chain, and a key's head, that lie in blocks which nothing else touches.
  { what: 'an entry between two others', remove: 700 },
  { what: 'the only entry of a key, in whose place the last key moves', remove: 5 },
])('H22 removing $what tells the blocks of whatever points to it before it changes them', ({ remove }) => {
  const store = new StateStore()
  const map = store.multimap('map', shapeOf('found'))
  for (let n = 0; n < 2100; n += 1) {
    map.key.begin()
    map.key.number(n % 700 === 0 ? 0 : n)
    map.setText(map.add(), 1, 'x'.repeat(600))
  }
  const standing = new Uint8Array(MEMORY_BYTES)
  store.beginSnapshot(standing, 'nothing').finish()
  const beside = new Uint8Array(MEMORY_BYTES)
  const copy = store.beginSnapshot(beside, 'nothing')
  map.remove(remove)
  const { sizeBytes } = copy.finish()
  expect(Buffer.compare(beside.subarray(0, sizeBytes), standing.subarray(0, sizeBytes))).toBe(0)
})
