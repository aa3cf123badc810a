/**
 * The stream log between real threads that are terminated at any moment (engine-spec H29): one publisher
 * and two readers of partitioned records, a job that does what the run process does. Longer by hand:
 * `BELAY_SOAK_SECONDS=600 npx vitest run packages/engine/test/logSoak`.
 */
import type { Schema } from '@belay/columns'
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { LogControl } from '../src/stream/logControl.ts'
import { createLog, SharedLogMemory } from '../src/stream/logMemory.ts'

const THREAD = new URL('support/logSoakThread.mjs', import.meta.url)
if (!existsSync(new URL('../dist/stream/logWriter.js', import.meta.url)))
  throw new Error('The engine is not built. Run `npm run build` first.')

const SECONDS = Number(process.env['BELAY_SOAK_SECONDS'] ?? '6')
const SCHEMA: Schema = ['window', 'attempt', 'number'].map((name) => ({ name, type: 'int64', nullable: false }))
const PARTITIONS = 2
/** Rows of a window, in turn. */
const ROWS_OF = [40, 0, 300, 7, 129]

interface WindowSeen {
  readonly type: 'window'
  readonly reader: number
  readonly window: number
  readonly attempts: readonly number[]
  readonly rows: readonly number[]
}

class Soak {
  readonly #handle = createLog('s', 65_536)
  readonly #control = new LogControl(new SharedLogMemory(this.#handle), PARTITIONS)
  readonly #bells = new SharedArrayBuffer(4 * (2 * PARTITIONS + 2))
  readonly #words = new Int32Array(this.#bells)
  #publisher: Worker | null = null
  readonly #readers: (Worker | null)[] = Array.from({ length: PARTITIONS }, () => null)
  readonly seen: Map<number, WindowSeen>[] = Array.from({ length: PARTITIONS }, () => new Map())
  /** First window of each publisher's attempt. */
  readonly attempts: { readonly from: number; readonly attempt: number }[] = []
  readonly complaints: string[] = []
  kills = 0

  constructor() {
    this.#control.reset(0, 1)
  }

  async begin(cut: number): Promise<void> {
    const attempt = this.attempts.length + 1
    if (attempt > 1) this.#control.truncateAfter(cut, attempt)
    this.attempts.push({ from: cut + 1, attempt })
    for (const windows of this.seen) for (const window of windows.keys()) if (window > cut) windows.delete(window)
    this.#publisher = await this.#start({ role: 'publisher', from: cut + 1, attempt })
    for (let reader = 0; reader < PARTITIONS; reader += 1)
      this.#readers[reader] = await this.#start({ role: 'reader', reader, from: cut + 1, position: this.#control.firstRecordOf(cut + 1) })
    for (let reader = 0; reader < PARTITIONS; reader += 1) this.#control.activate(reader)
    for (let gate = PARTITIONS + 1; gate <= 2 * PARTITIONS + 1; gate += 1) this.#open(gate)
  }

  /** Resolves when the thread has made its end of the log. */
  #start(data: { role: 'publisher' | 'reader'; reader?: number } & Record<string, unknown>): Promise<Worker> {
    const gate = PARTITIONS + 1 + (data.reader ?? PARTITIONS)
    Atomics.store(this.#words, gate, 0)
    const worker = new Worker(THREAD, {
      execArgv: [],
      workerData: { handle: this.#handle, bells: this.#bells, schema: SCHEMA, partitions: PARTITIONS, rowsOf: ROWS_OF, ...data },
    })
    return new Promise((resolve, reject) => {
      worker.on('message', (message: WindowSeen | { readonly type: 'ready' } | { readonly type: 'overslept' }) => {
        switch (message.type) {
          case 'ready':
            return resolve(worker)
          case 'overslept':
            return void this.complaints.push(`${data.role} was not woken`)
          case 'window':
            // What a dead thread said last may arrive after its successor has begun.
            if (this.#readers[message.reader] === worker) this.seen[message.reader].set(message.window, message)
        }
      })
      worker.on('error', (error) => {
        this.complaints.push(`${data.role}: ${String(error)}`)
        reject(error instanceof Error ? error : new Error(String(error)))
      })
    })
  }

  #open(gate: number): void {
    Atomics.store(this.#words, gate, 1)
    Atomics.notify(this.#words, gate)
  }

  #ringPublisher(): void {
    Atomics.add(this.#words, PARTITIONS, 1)
    Atomics.notify(this.#words, PARTITIONS)
  }

  /** Newest window that this reader has seen whole. */
  #reached(reader: number): number {
    return Math.max(0, ...this.seen[reader].keys())
  }

  /** L11, L6: false = the log no longer reaches back, so the publisher has to go back too. */
  async killReader(reader: number, back: number): Promise<boolean> {
    this.kills += 1
    const dead = this.#readers[reader]
    this.#readers[reader] = null
    await dead?.terminate()
    this.#control.deactivateKeepingPin(reader)
    this.#ringPublisher()
    const from = Math.max(1, this.#reached(reader) + 1 - back)
    if (!this.#control.pinFor(reader, from) && !this.#control.pinFor(reader, from)) return false
    for (const window of this.seen[reader].keys()) if (window >= from) this.seen[reader].delete(window)
    this.#readers[reader] = await this.#start({ role: 'reader', reader, from, position: this.#control.pinOf(reader) })
    this.#control.activate(reader)
    this.#ringPublisher()
    this.#open(PARTITIONS + 1 + reader)
    return true
  }

  /** L10: its readers go with it, and all begin again behind a window that every reader has. */
  async killPublisher(back: number): Promise<void> {
    this.kills += 1
    await this.stop()
    const reached = Math.min(...this.seen.map((_, reader) => this.#reached(reader)))
    await this.begin(Math.max(0, reached - back))
  }

  async stop(): Promise<void> {
    const threads = [this.#publisher, ...this.#readers]
    this.#publisher = null
    this.#readers.fill(null)
    await Promise.all(threads.flatMap((thread) => (thread === null ? [] : [thread.terminate()])))
  }
}

it(
  'H29 L6 L8 L10 L11 real threads killed at any moment: every row of every window comes once, to its partition',
  { timeout: SECONDS * 1000 + 60_000 },
  async () => {
    const soak = new Soak()
    await soak.begin(0)
    const until = performance.now() + SECONDS * 1000
    const windowsOfAll = (): number => Math.min(...soak.seen.map((seen) => seen.size))
    // A busy machine takes longer for as much.
    while (performance.now() < until || windowsOfAll() <= 20 || soak.kills <= SECONDS) {
      await delay(5 + Math.random() * 60)
      const dice = Math.random()
      const back = Math.floor(Math.random() * 4)
      if (dice < 0.8) {
        const readers = dice < 0.2 ? [0, 1] : [dice < 0.5 ? 0 : 1]
        const held = await Promise.all(readers.map((reader) => soak.killReader(reader, back)))
        if (held.includes(false)) await soak.killPublisher(back)
      } else await soak.killPublisher(back)
      expect(soak.complaints).toEqual([])
    }
    await soak.stop()
    const windows = windowsOfAll()
    if (process.env['BELAY_SOAK_SECONDS'] !== undefined) console.log(JSON.stringify({ seconds: SECONDS, kills: soak.kills, windows }))
    expect(soak.kills).toBeGreaterThan(SECONDS)
    expect(windows).toBeGreaterThan(20)
    for (let window = 1; window <= windows; window += 1) {
      const attempt = soak.attempts.findLast(({ from }) => from <= window)?.attempt
      const shares = soak.seen.map((seen) => seen.get(window))
      for (const share of shares)
        expect([window, share?.attempts ?? 'missing']).toEqual([window, share?.rows.length === 0 ? [] : [attempt]])
      const rows = shares.flatMap((share) => share?.rows ?? []).sort((a, b) => a - b)
      expect([window, rows]).toEqual([window, Array.from({ length: ROWS_OF[window % ROWS_OF.length] }, (_, number) => number)])
    }
  },
)
