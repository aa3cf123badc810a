// Declared state in this process, as an operator has it: memory of a table of many keys with a value of
// 16 bytes, what an upsert costs, and how long an operator stands still for a snapshot: where it begins, in the steps of
// the copy, and in the rows between them, that have to copy first what they change.
import { createOperatorHarness } from '@belay/engine/testing'
import { option, percentilesMs, progress } from '../proof/figures.mjs'

const SNAPSHOTS = 5
/** As the container's node has it. */
const COPY_STEP_BYTES = 524_288
const BATCH_ROWS = 1024
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
        writes: 'found',
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
  const memory = new Uint8Array(new SharedArrayBuffer(store.snapshotMemoryNeed().wantedBytes))
  let next = 0
  const timed = (work) => {
    const cpu = process.cpuUsage()
    const from = performance.now()
    const result = work()
    const ms = performance.now() - from
    const { user, system } = process.cpuUsage(cpu)
    return { result, ms, cpuMs: (user + system) / 1000 }
  }
  const batch = () => {
    for (const until = next + BATCH_ROWS; next < until; next += 1) upsert((next * 7919) % keys)
  }
  const stopsMs = []
  // On a machine that others use, time also counts what they do.
  const stopsCpuMs = []
  const copiesMs = []
  const plain = []
  for (let snapshot = 0; snapshot <= SNAPSHOTS; snapshot += 1) {
    const began = timed(() => store.beginSnapshot(memory, snapshot === 0 ? 'nothing' : 'last'))
    const stops = [began.ms]
    const stopsCpu = [began.cpuMs]
    stopsCpuMs.push(stopsCpu)
    let copyMs = began.ms
    // As in a container: a step of the copy, then a batch, until all is copied.
    for (let whole = false; !whole;) {
      const step = timed(() => began.result.step(COPY_STEP_BYTES))
      whole = step.result
      const rows = timed(batch)
      copyMs += step.ms
      stops.push(step.ms + rows.ms)
      stopsCpu.push(step.cpuMs + rows.cpuMs)
    }
    const { changedPages } = began.result.finish()
    progress(
      `snapshot ${snapshot}: stops of ${Math.max(...stops).toFixed(1)} ms at most, of them ${began.ms.toFixed(1)} ms at its beginning; ${stops.length - 1} steps of ${copyMs.toFixed(0)} ms together, ${changedPages === null ? 'all' : changedPages.length} pages`,
    )
    stopsMs.push(stops)
    copiesMs.push(copyMs)
    for (let rows = 0; rows < changed; rows += BATCH_ROWS) plain.push(timed(batch).ms)
  }
  const shown = (values) => ({ ...percentilesMs(values), longest: Math.round(Math.max(...values) * 10) / 10 })
  // The first one touches fresh memory, once in the life of an operator.
  const [first, ...others] = stopsMs
  const [firstCpu, ...othersCpu] = stopsCpuMs
  console.log(
    JSON.stringify({
      keys,
      valueBytes: 16,
      stateMb,
      snapshotMemoryMb: mb(memory.length),
      bytesPerKey: Math.round((stateMb * 1_048_576) / keys),
      nsPerInsert: Math.round(((user + system) * 1000) / keys),
      changedKeysPerSnapshot: changed,
      firstSnapshotStopMs: shown(first),
      firstSnapshotStopCpuMs: shown(firstCpu),
      snapshotStopMs: shown(others.flat()),
      snapshotStopCpuMs: shown(othersCpu.flat()),
      snapshotCopyMs: percentilesMs(copiesMs),
      batchMs: shown(plain),
      marks: { snapshotStopMs: { longest: 20 } },
    }),
  )
}
