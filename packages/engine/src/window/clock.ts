/**
 * The run's window clock in shared memory (engine-spec H13): the job writes, sources read.
 *
 * Words (f64 as BigInt64 bits, so every load is whole): 0 target · 1 checkpoint · 2 holdAfter ·
 * 3 drainAfter; −1 = none. Writing order is checkpoint, hold, drain, then target: who sees a target
 * also sees whether that window carries a checkpoint.
 */
const CLOCK_BYTES = 64
const TARGET = 0
const CHECKPOINT = 1
const HOLD_AFTER = 2
const DRAIN_AFTER = 3

export interface ClockReading {
  /** Windows up to this one may be closed. */
  readonly target: number
  /** The window whose END carries the checkpoint flag; −1 = none. */
  readonly checkpoint: number
  /** No rows are read after this window; Infinity = no hold. */
  readonly holdAfter: number
  /** Sources end with this window as if their data had; Infinity = no drain. */
  readonly drainAfter: number
}

export class WindowClock {
  readonly #words: BigInt64Array

  constructor(memory: SharedArrayBuffer) {
    this.#words = new BigInt64Array(memory, 0, 4)
  }

  static create(): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(CLOCK_BYTES)
    new WindowClock(memory).write({ target: 0, checkpoint: null, holdAfter: null, drainAfter: null })
    return memory
  }

  /** Job only. */
  write(words: {
    readonly target: number
    readonly checkpoint: number | null
    readonly holdAfter: number | null
    readonly drainAfter: number | null
  }): void {
    Atomics.store(this.#words, CHECKPOINT, BigInt(words.checkpoint ?? -1))
    Atomics.store(this.#words, HOLD_AFTER, BigInt(words.holdAfter ?? -1))
    Atomics.store(this.#words, DRAIN_AFTER, BigInt(words.drainAfter ?? -1))
    Atomics.store(this.#words, TARGET, BigInt(words.target))
  }

  get target(): number {
    return Number(Atomics.load(this.#words, TARGET))
  }

  read(): ClockReading {
    const target = this.target
    const optional = (word: number): number => {
      const value = Number(Atomics.load(this.#words, word))
      return value < 0 ? Number.POSITIVE_INFINITY : value
    }
    return {
      target,
      checkpoint: Number(Atomics.load(this.#words, CHECKPOINT)),
      holdAfter: optional(HOLD_AFTER),
      drainAfter: optional(DRAIN_AFTER),
    }
  }
}
