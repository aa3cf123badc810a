import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StateQuery } from '@belay/run'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { StateStore } from '../src/state/stateStore.ts'
import { StateReading } from '../src/runner/stateReading.ts'
import { deleteManifest, MANIFEST_FORMAT, writeManifest, type ManifestOperator } from '../src/store/manifest.ts'
import { folderAt } from '../src/store/runFolder.ts'
import { writeSnapshot } from '../src/store/snapshotFile.ts'

const KEYS = 300_000
const root = mkdtempSync(join(tmpdir(), 'belay-states-'))
const folder = folderAt(root)
const reading = new StateReading(undefined)

function field<T extends string>(name: string, type: T, nullable = false) {
  return { name, type, nullable } as const
}

/** A count by word and a bag of texts by number; `later` has changed, added and removed some. */
function states(later: boolean): Uint8Array {
  const store = new StateStore()
  const counts = store.table('counts', {
    version: 1,
    key: [field('word', 'string', true), field('n', 'int64')],
    value: [field('count', 'float64'), field('price', 'decimal(18,2)', true), field('last', 'string', true)],
  })
  const put = (word: string | null, n: number, count: number): void => {
    counts.key.begin()
    if (word === null) counts.key.null()
    else counts.key.text(word)
    counts.key.number(n)
    const slot = counts.slotFor()
    counts.numbers(0)[slot] = count
    counts.numbers(1)[slot] = 1234
    counts.nulls(1)[slot] = count === 0 ? 1 : 0
    counts.setText(slot, 2, `last ${n}`)
  }
  for (let n = 0; n < KEYS; n += 1) put(`word ${n % 7}`, n, n)
  put(null, -1, 5)
  if (later) {
    put('word 3', 3, 99)
    put('new', 1, 1)
    counts.key.begin()
    counts.key.text('word 4')
    counts.key.number(4)
    counts.remove(counts.find())
  }
  const bags = store.multimap('bags', { version: 1, key: [field('id', 'float64')], value: [field('row', 'string')] })
  for (let n = 0; n < 25; n += 1) {
    bags.key.begin()
    bags.key.number(1)
    // As operators pack rows: a tag before each value.
    bags.setBytes(bags.add(), 0, Uint8Array.from([2, n % 2, 0]), 0, 3)
  }
  store.value('position', 1, { file: 'a', row: later ? 7 : 4 })
  return store.snapshot()
}

function store(seq: number, bytes: Uint8Array): void {
  const header = { runId: 'r', instance: 'count', window: seq, lineage: 1, attempt: 1 }
  const { sha256 } = writeSnapshot(folder.snapshots, `count-${seq}`, header, bytes, null)
  const operators: ManifestOperator[] = [
    { instance: 'count', window: seq, attempt: 1, file: `count-${seq}`, sizeBytes: bytes.length, sha256, finished: false },
    { instance: 'plain#0', window: seq, attempt: 1, file: null, sizeBytes: 0, sha256: null, finished: true },
  ]
  const manifest = { format: MANIFEST_FORMAT, seq, runId: 'r', planHash: '', window: seq, lineage: 1, attempt: 1, atMs: 1, durationMs: 1 }
  writeManifest(folder.manifests, { ...manifest, pinned: false, operators, sinks: {}, parent: null })
}

beforeAll(() => {
  mkdirSync(folder.manifests)
  mkdirSync(folder.snapshots)
  store(1, states(false))
  store(2, states(true))
})

afterAll(() => rmSync(root, { recursive: true }))

const query = (more: Partial<StateQuery> = {}): StateQuery => ({ instance: 'count', state: null, find: '', from: 0, limit: 3, ...more })

test('V1 a checkpoint tells who has state', async () => {
  expect(await reading.ask({ type: 'operators', root, manifest: 1 })).toMatchObject({
    window: 1,
    operators: [
      { operator: 'count', instance: 'count' },
      { operator: 'plain', instance: 'plain#0', sizeBytes: 0, finished: true },
    ],
  })
})

test('V1 keys come decoded, by page, and all of them once', async () => {
  const first = await reading.ask({ type: 'page', root, manifest: 1, query: query() })
  expect(first).toMatchObject({
    state: 'counts',
    states: [
      { name: 'counts', kind: 'table', size: KEYS + 1 },
      { name: 'bags', kind: 'multimap', size: 1 },
      { name: 'position', kind: 'value', size: 1 },
    ],
    entries: [
      { key: ['word 0', 0], rows: [[0, null, 'last 0']] },
      { key: ['word 1', 1], rows: [[1, '12.34', 'last 1']] },
      { key: ['word 2', 2] },
    ],
    next: 3,
  })
  const last = await reading.ask({ type: 'page', root, manifest: 1, query: query({ from: KEYS - 1 }) })
  expect(last).toMatchObject({
    entries: [{ key: [expect.any(String), KEYS - 1] }, { key: [null, -1], rows: [[5, '12.34', 'last -1']] }],
    next: null,
  })
})

test('V1 a key is found by a part of its text, wherever it lies', async () => {
  const found = await reading.ask({ type: 'page', root, manifest: 1, query: query({ find: `WORD ${(KEYS - 1) % 7} ${KEYS - 1}` }) })
  expect(found).toMatchObject({ entries: [{ key: [`word ${(KEYS - 1) % 7}`, KEYS - 1] }], next: null })
})

test('V1 several rows of a key are counted, and packed rows are unpacked', async () => {
  const bags = await reading.ask({ type: 'page', root, manifest: 1, query: query({ state: 'bags' }) })
  expect(bags).toMatchObject({ entries: [{ key: [1], more: 5 }], next: null })
  expect((bags as { entries: { rows: unknown[][] }[] }).entries[0].rows.slice(0, 2)).toEqual([['[false,null]'], ['[true,null]']])
})

test('V1 two checkpoints differ by what was added, removed and changed, and by nothing else', async () => {
  const changes = await reading.ask({ type: 'changes', root, manifest: 2, since: 1, query: query({ limit: 10 }) })
  expect(changes).toMatchObject({
    added: 1,
    removed: 1,
    changed: 1,
    changes: [
      { kind: 'changed', key: ['word 3', 3], before: { rows: [[3, '12.34', 'last 3']] }, after: { rows: [[99, '12.34', 'last 3']] } },
      { kind: 'added', key: ['new', 1], before: null, after: { rows: [[1, '12.34', 'last 1']] } },
      { kind: 'removed', key: ['word 4', 4], before: { rows: [[4, '12.34', 'last 4']] }, after: null },
    ],
    next: null,
  })
  const second = await reading.ask({ type: 'changes', root, manifest: 2, since: 1, query: query({ from: 1, limit: 1 }) })
  expect(second).toMatchObject({ changes: [{ kind: 'added' }], next: 2 })
  expect(await reading.ask({ type: 'changes', root, manifest: 2, since: 1, query: query({ state: 'bags' }) })).toMatchObject({
    changes: [],
  })
  expect(await reading.ask({ type: 'changes', root, manifest: 2, since: 1, query: query({ state: 'position' }) })).toMatchObject({
    changed: 1,
    changes: [{ key: [], before: { rows: [['{"file":"a","row":4}']] }, after: { rows: [['{"file":"a","row":7}']] } }],
  })
})

test('V1 what is not there is told by its code', async () => {
  const ask = (question: Parameters<StateReading['ask']>[0]) => reading.ask(question)
  await expect(ask({ type: 'operators', root, manifest: 9 })).rejects.toMatchObject({ code: 'CHECKPOINT_UNKNOWN' })
  await expect(ask({ type: 'page', root, manifest: 1, query: query({ instance: 'x' }) })).rejects.toMatchObject({
    code: 'OPERATOR_UNKNOWN',
  })
  await expect(ask({ type: 'page', root, manifest: 1, query: query({ state: 'x' }) })).rejects.toMatchObject({ code: 'STATE_UNKNOWN' })
  expect(await ask({ type: 'page', root, manifest: 1, query: query({ instance: 'plain#0' }) })).toMatchObject({ state: null, entries: [] })
})

test('V1 a checkpoint that was let go can be read on by who reads it, and by nobody else', async () => {
  store(3, states(true))
  store(4, states(false))
  await reading.ask({ type: 'page', root, manifest: 3, query: query() })
  for (const seq of [3, 4]) deleteManifest(folder.manifests, folder.snapshots, seq, [`count-${seq}`])
  expect(await reading.ask({ type: 'page', root, manifest: 3, query: query({ from: 3 }) })).toMatchObject({ next: 6 })
  await expect(reading.ask({ type: 'operators', root, manifest: 4 })).rejects.toMatchObject({ code: 'CHECKPOINT_UNKNOWN' })
})
