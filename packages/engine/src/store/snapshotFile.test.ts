import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { StateTable, TableShape } from '../operator/state.ts'
import { StateStore } from '../state/stateStore.ts'
import { deleteSnapshot, readSnapshot, sweepSnapshots, writeSnapshot, type Delta, type Written } from './snapshotFile.ts'

const SHAPE: TableShape = {
  version: 1,
  key: [{ name: 'k', type: 'int64', nullable: false }],
  value: [
    { name: 'n', type: 'float64', nullable: true },
    { name: 't', type: 'string', nullable: false },
  ],
}
/** Makes the first frames large enough to be paged. */
const FIRST_KEYS = 40_000

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-snapshots-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function put(table: StateTable, key: number, value: number): void {
  table.key.begin()
  table.key.number(key)
  const slot = table.slotFor()
  table.numbers(0)[slot] = value
  table.nulls(0)[slot] = 0
  table.setText(slot, 1, `text of ${value}`)
}

function take(table: StateTable, key: number): void {
  table.key.begin()
  table.key.number(key)
  const slot = table.find()
  if (slot >= 0) table.remove(slot)
}

function filled(): { readonly store: StateStore; readonly table: StateTable } {
  const store = new StateStore()
  const table = store.table('t', SHAPE)
  for (let key = 0; key < FIRST_KEYS; key += 1) put(table, key, key)
  return { store, table }
}

/** Snapshots into one memory, as a container does, and files as the store does. */
class Chain {
  readonly #shared = new SharedArrayBuffer(0, { maxByteLength: 268_435_456 })
  memory = new Uint8Array(this.#shared, 0, 0)
  file = ''
  written: Written | null = null
  deltas = 0

  snapshot(store: StateStore, window: number): void {
    const needed = store.snapshotMemoryNeed(this.memory).wantedBytes
    if (this.memory.length < needed) {
      this.#shared.grow(needed)
      this.memory = new Uint8Array(this.#shared, 0, needed)
    }
    const { sizeBytes, changedPages } = store.snapshotInto(this.memory)
    const delta: Delta | null =
      changedPages === null || this.written === null ? null : { base: this.file, baseSha256: this.written.sha256, pages: changedPages }
    if (delta !== null) this.deltas += 1
    const header = { runId: 'r', instance: 'i', window, lineage: 1, attempt: 1 }
    this.file = `i-${window}.bls`
    this.written = writeSnapshot(folder, this.file, header, this.memory.subarray(0, sizeBytes), delta)
  }

  restored(): StateStore {
    return StateStore.restore(readSnapshot(folder, this.file, this.written?.sha256 ?? null))
  }
}

/** As one text: comparing tens of thousands of entries one by one takes minutes. */
function contentOf(table: StateTable): string {
  const lines: string[] = []
  table.forEach((slot) => lines.push(`${String(table.keyValue(slot, 0))} ${table.numbers(0)[slot]} ${table.text(slot, 1)}`))
  return lines.sort().join('\n')
}

it('H22 a chain of deltas gives back what the table held, whatever was changed in between', () => {
  const change = fc.record({ key: fc.nat(60_000), count: fc.integer({ min: 1, max: 3000 }), remove: fc.boolean() })
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 4 }), { minLength: 2, maxLength: 6 }), (rounds) => {
      for (const name of readdirSync(folder)) rmSync(join(folder, name))
      const { store, table } = filled()
      const chain = new Chain()
      chain.snapshot(store, 1)
      rounds.forEach((changes, round) => {
        for (const { key, count, remove } of changes) {
          for (let i = key; i < key + count; i += 1) {
            if (remove) take(table, i)
            else put(table, i, i * 31 + round)
          }
        }
        chain.snapshot(store, round + 2)
        expect(contentOf(chain.restored().table('t', SHAPE)) === contentOf(table)).toBe(true)
      })
    }),
    { numRuns: 3 },
  )
}, 60_000)

it('H22 a small change makes a small file, and its chain outlives the files it was laid over', () => {
  const { store, table } = filled()
  const chain = new Chain()
  chain.snapshot(store, 1)
  const whole = chain.written?.sizeBytes ?? 0
  for (let window = 2; window <= 5; window += 1) {
    const before = chain.file
    put(table, 7, window)
    chain.snapshot(store, window)
    expect(chain.written?.sizeBytes).toBeLessThan(whole / 4)
    deleteSnapshot(folder, before)
  }
  expect(chain.deltas).toBe(4)
  expect(readdirSync(folder).sort()).toEqual(['i-5.bls', 'i-5.bls.base1', 'i-5.bls.base2', 'i-5.bls.base3', 'i-5.bls.base4'])
  expect(contentOf(chain.restored().table('t', SHAPE)) === contentOf(table)).toBe(true)
  deleteSnapshot(folder, chain.file)
  expect(readdirSync(folder)).toEqual([])
})

it('H22 a state that grows manifold is never written whole again', () => {
  const { store, table } = filled()
  const chain = new Chain()
  chain.snapshot(store, 1)
  for (let window = 2; window <= 4; window += 1) {
    const before = table.size
    for (let key = before; key < before * 1.5; key += 1) put(table, key, key)
    chain.snapshot(store, window)
  }
  expect(chain.deltas).toBe(3)
  expect(contentOf(chain.restored().table('t', SHAPE)) === contentOf(table)).toBe(true)
})

it('D8 a damaged, a missing and an exchanged file of a chain are refused', () => {
  const { store, table } = filled()
  const chain = new Chain()
  for (let window = 1; window <= 3; window += 1) {
    put(table, window, window)
    chain.snapshot(store, window)
  }
  const sha256 = chain.written?.sha256 ?? null
  const read = (): Uint8Array => readSnapshot(folder, 'i-3.bls', sha256)
  read()
  for (const name of ['i-3.bls', 'i-3.bls.base2', 'i-3.bls.base1']) {
    const path = join(folder, name)
    const bytes = readFileSync(path)
    const damaged = Buffer.from(bytes)
    damaged[damaged.length >> 1] ^= 4
    rmSync(path)
    writeFileSync(path, damaged)
    expect(read).toThrow(/does not match its own hash/)
    writeFileSync(path, bytes)
    read()
  }
  copyFileSync(join(folder, 'i-3.bls.base1'), join(folder, 'other'))
  rmSync(join(folder, 'i-3.bls.base2'))
  expect(read).toThrow(/does not follow/)
})

it('H5 what no manifest names is swept, with half-written files and links of a delta that never was', () => {
  const { store, table } = filled()
  const chain = new Chain()
  for (let window = 1; window <= 3; window += 1) {
    put(table, window, window)
    chain.snapshot(store, window)
  }
  writeFileSync(join(folder, '.tmp-1-abc-1'), 'half')
  writeFileSync(join(folder, 'i-9.bls.base1'), 'link')
  sweepSnapshots(folder, new Set(['i-3.bls']))
  expect(readdirSync(folder).sort()).toEqual(['i-3.bls', 'i-3.bls.base1', 'i-3.bls.base2'])
  expect(contentOf(chain.restored().table('t', SHAPE)) === contentOf(table)).toBe(true)
})
