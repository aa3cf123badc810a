// Declared state in this process, as an operator has it: memory of a table of many keys with a value of
// 16 bytes, what an upsert costs, and how long an operator stands still for a snapshot.
import { createOperatorHarness } from '@belay/engine/testing'
import { option, percentilesMs, progress } from '../proof/figures.mjs'

const SNAPSHOTS = 5
const mb = (sizeBytes) => Math.round(sizeBytes / 1_048_576)

/** Whole numbers that come in no order and each once. @param {number} n */
const keyOf = (n) => (n * 2_654_435_761) % 4_294_967_296

export async function state() {
  const keys = Number(option('keys', '10000000'))
  const changed = Number(option('changed', '100000'))
  let table
  const module = {
    create(context) {
      table = context.state.table('keys', {
        version: 1,
        key: [{ name: 'key', type: 'int64', nullable: false }],
        value: ['first', 'second'].map((name) => ({ name, type: 'float64', nullable: false })),
      })
      return { role: 'transform', process: (_port, batch) => batch.rows }
    },
  }
  const { store } = await createOperatorHarness(module, { config: {}, inputs: {}, outputs: {} })
  const rssBefore = process.memoryUsage.rss()
  const upsert = (n) => {
    table.key.begin()
    table.key.number(keyOf(n))
    const slot = table.slotFor()
    table.numbers(0)[slot] += 1
    table.numbers(1)[slot] = n
  }
  progress(`${keys} keys`)
  const cpuBefore = process.cpuUsage()
  for (let n = 0; n < keys; n += 1) upsert(n)
  const { user, system } = process.cpuUsage(cpuBefore)
  const stateMb = mb(process.memoryUsage.rss() - rssBefore)
  const memory = new Uint8Array(new SharedArrayBuffer(store.snapshotMemoryBytes()))
  const pausesMs = []
  for (let snapshot = 0; snapshot <= SNAPSHOTS; snapshot += 1) {
    const from = performance.now()
    const { changedPages } = store.snapshotInto(memory)
    const pauseMs = performance.now() - from
    progress(`snapshot ${snapshot}: ${pauseMs.toFixed(1)} ms, ${changedPages === null ? 'all' : changedPages.length} pages`)
    // The first one touches fresh memory, once in the life of an operator.
    if (snapshot > 0) pausesMs.push(pauseMs)
    for (let n = 0; n < changed; n += 1) upsert((n * 7919 + snapshot) % keys)
  }
  console.log(
    JSON.stringify({
      keys,
      valueBytes: 16,
      stateMb,
      snapshotMemoryMb: mb(memory.length),
      bytesPerKey: Math.round((stateMb * 1_048_576) / keys),
      nsPerInsert: Math.round(((user + system) * 1000) / keys),
      changedKeysPerSnapshot: changed,
      snapshotPauseMs: { ...percentilesMs(pausesMs), longest: Math.round(Math.max(...pausesMs) * 10) / 10 },
    }),
  )
}
