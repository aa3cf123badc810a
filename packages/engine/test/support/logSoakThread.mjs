// A publisher or a reader of a stream log in a thread of its own, for logSoak.test.ts. It may be
// terminated at any moment. Row i of window w as written in attempt a is (w, a, i); partition p gets
// the rows with i mod partitions = p.
import { parentPort, workerData } from 'node:worker_threads'
import { BatchBuilder } from '@belay/columns'

const dist = new URL('../../dist/', import.meta.url)
const { SharedLogMemory } = await import(new URL('stream/logMemory.js', dist))
const { LogReader } = await import(new URL('stream/logReader.js', dist))
const { LogWriter } = await import(new URL('stream/logWriter.js', dist))
const { rowRouter } = await import(new URL('container/rowRouting.js', dist))

const { role, handle, bells, schema, partitions, rowsOf, from, attempt, reader, position } = workerData
const words = new Int32Array(bells)
const memory = new SharedLogMemory(handle)
const publisherBell = partitions
const gate = partitions + 1 + (role === 'publisher' ? partitions : reader)

/** Rings, as containers do. */
function ring(number) {
  Atomics.add(words, number, 1)
  Atomics.notify(words, number)
}

/** As containers do when nothing moves; no limit, so that a lost wake-up would be seen. */
function sleep(number, rung) {
  if (Atomics.wait(words, number, rung, 30_000) === 'timed-out') parentPort.postMessage({ type: 'overslept', role, reader })
}

/** Deployed and not yet open: nothing moves. */
function waitForOpen() {
  parentPort.postMessage({ type: 'ready' })
  Atomics.wait(words, gate, 0)
}

function publish() {
  const writer = new LogWriter(memory, partitions, { router: rowRouter({ kind: 'key', columns: [2], partitions }) })
  waitForOpen()
  const ringReaders = () => {
    for (let number = 0; number < partitions; number += 1) ring(number)
  }
  const until = (attemptOne) => {
    for (;;) {
      const rung = Atomics.load(words, publisherBell)
      if (attemptOne()) return
      sleep(publisherBell, rung)
    }
  }
  const builder = new BatchBuilder(schema)
  for (let window = from; ; window += 1) {
    const rows = rowsOf[window % rowsOf.length]
    for (let i = 0; i < rows;) {
      const size = Math.min(rows - i, 1 + ((window * 7 + i) % 64))
      for (let k = 0; k < size; k += 1) builder.pushRow([window, attempt, i + k])
      i += size
      const batch = builder.finish()
      let next = 0
      until(() => {
        const reached = writer.publishData(batch, next, window)
        if (reached > next) ringReaders()
        next = reached
        return next === batch.rows
      })
    }
    until(() => writer.publishEnd({ window, watermark: window, idle: false, checkpoint: false }) && (ringReaders(), true))
  }
}

function read() {
  const log = new LogReader(memory, 's', schema, reader, position)
  waitForOpen()
  let window = from
  let seen = new Map()
  for (;;) {
    const rung = Atomics.load(words, reader)
    const record = log.peek()
    if (record === null) {
      sleep(reader, rung)
      continue
    }
    if (record.window !== window) throw new Error(`w ${record.window} comes in w ${window}`)
    if (record.kind === 'data') {
      const [windows, attempts, numbers] = record.batch.columns.map((column) => column.values)
      for (let row = record.table[reader]; row < record.table[reader + 1]; row += 1) {
        if (windows[row] !== window) throw new Error(`a row of w ${windows[row]} lies in w ${window}`)
        const key = `${attempts[row]} ${numbers[row]}`
        if (seen.has(key)) throw new Error(`row ${key} of w ${window} came twice`)
        seen.set(key, [attempts[row], numbers[row]])
      }
    } else {
      const attempts = new Set([...seen.values()].map(([written]) => written))
      parentPort.postMessage({
        type: 'window',
        reader,
        window,
        attempts: [...attempts],
        rows: [...seen.values()].map(([, number]) => number),
      })
      seen = new Map()
      window += 1
    }
    if (log.advance()) ring(publisherBell)
  }
}

if (role === 'publisher') publish()
else read()
