/**
 * The bound of the process's memory (engine-spec H18). A thread's heap has a limit of its own; buffers
 * outside of it have none, so an operator that hoards them would take the machine's memory until the kernel
 * ends whatever process it likes. Above the bound the container that takes the memory is ended as failed.
 *
 * Who that is: whoever works without getting on, as one that fills memory in one row does; if everybody gets on,
 * the thread that holds most. Where several stand still, some of them only wait for the machine, which is busy with
 * the memory: a moment shows who gets on, and after that it is who was ended for it before, then who stands longest.
 * Decides from what it is told; the memory of a thread that was ended needs a moment to go.
 */
import { totalmem } from 'node:os'
import type { ContainerEnd } from './containerThread.ts'

/** Of the machine, or of what the process may have of it. */
const SHARE = 0.75
const STANDS_STILL_MS = 90
/** How long several may stand still before one of them is chosen, and how much may be taken meanwhile. */
const DOUBT_MS = 500
const DOUBT_SHARE = 1.5
/** A thread that has not gone by then cannot be trusted with the process (H4). */
const EXIT_TIMEOUT_MS = 2000
const FREED_AFTER_MS = 1000
const MB = 1_048_576

export interface GuardedThread {
  readonly operator: string
  readonly container: string
  /** Changes with everything it does. */
  readonly progress: number
  readonly busy: boolean
  readonly bytes: number
}

export interface GuardedProcess {
  threads(): readonly GuardedThread[]
  fail(container: string, why: ContainerEnd): void
  /** It has not ended, and memory is short. */
  dieNow(why: string, container: string, cause: ContainerEnd): void
}

/** Resident memory of this process; 0 = the system does not tell at the moment, e.g. because no file can be opened. */
export function residentBytes(): number {
  try {
    return process.memoryUsage.rss()
  } catch {
    return 0
  }
}

/** What a process may have where nobody says: three quarters of the machine, or of its share of it. */
export function residentBytesAllowed(): number {
  const constrained = process.constrainedMemory()
  const total = totalmem()
  return SHARE * (constrained !== undefined && constrained > 0 && constrained < total ? constrained : total)
}

export class MemoryGuard {
  readonly #limitBytes: number
  readonly #process: GuardedProcess
  /** By position: its progress, and since when it is that. */
  #seen: { readonly progress: number; readonly sinceMs: number }[] = []
  #ending: { readonly container: string; readonly cause: ContainerEnd; readonly sinceMs: number } | null = null
  #freedAtMs = Number.NEGATIVE_INFINITY
  #doubtSinceMs: number | null = null
  /** How often each container was ended for it. */
  readonly #ends = new Map<string, number>()

  constructor(limitBytes: number, process: GuardedProcess) {
    this.#limitBytes = limitBytes
    this.#process = process
  }

  look(nowMs: number, residentBytes: number): void {
    const threads = this.#process.threads()
    this.#seen = threads.map(({ progress }, i) => {
      const before = this.#seen[i]
      return before?.progress === progress ? before : { progress, sinceMs: nowMs }
    })
    if (this.#ending !== null) {
      const { container, cause, sinceMs } = this.#ending
      if (nowMs - sinceMs > EXIT_TIMEOUT_MS)
        this.#process.dieNow(`container ${container} did not end within ${EXIT_TIMEOUT_MS} ms, and memory is short`, container, cause)
      return
    }
    if (residentBytes <= this.#limitBytes || nowMs < this.#freedAtMs) {
      this.#doubtSinceMs = null
      return
    }
    const taker = this.#taker(threads, nowMs, residentBytes)
    if (taker === null) return
    this.#doubtSinceMs = null
    this.#ends.set(taker.container, this.#endsOf(taker) + 1)
    const cause: ContainerEnd = {
      code: 'MEMORY_EXHAUSTED',
      message: `The run's process has taken ${Math.round(residentBytes / MB)} MB, and it may have ${Math.round(this.#limitBytes / MB)} MB; ${taker.operator} ${taker.why}, so its container was terminated.`,
    }
    this.#ending = { container: taker.container, cause, sinceMs: nowMs }
    this.#process.fail(taker.container, cause)
  }

  ended(container: string, nowMs: number): void {
    if (this.#ending?.container !== container) return
    this.#ending = null
    this.#freedAtMs = nowMs + FREED_AFTER_MS
  }

  #endsOf({ container }: GuardedThread): number {
    return this.#ends.get(container) ?? 0
  }

  /** null = there is nobody, or it is not clear yet. */
  #taker(threads: readonly GuardedThread[], nowMs: number, residentBytes: number): (GuardedThread & { readonly why: string }) | null {
    const sinceMs = (thread: GuardedThread): number => this.#seen[threads.indexOf(thread)].sinceMs
    const still = threads.filter((thread) => thread.busy && nowMs - sinceMs(thread) >= STANDS_STILL_MS)
    if (still.length > 1 && residentBytes < DOUBT_SHARE * this.#limitBytes) {
      this.#doubtSinceMs ??= nowMs
      if (nowMs - this.#doubtSinceMs < DOUBT_MS) return null
    }
    const [longest] = still.sort((a, b) => this.#endsOf(b) - this.#endsOf(a) || sinceMs(a) - sinceMs(b))
    if (longest !== undefined) return { ...longest, why: 'was working on one row or batch for all that time' }
    const [largest] = [...threads].sort((a, b) => b.bytes - a.bytes)
    return largest === undefined ? null : { ...largest, why: 'holds most of it' }
  }
}
