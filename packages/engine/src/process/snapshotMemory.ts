/**
 * Shared memory for snapshots (engine-spec H22): granted to containers, owned by the job, counted in
 * the run's bound together with the stream logs (L1).
 *
 * Memory whose snapshot is written is offered to its instance for the next one, which claims it by itself: a
 * checkpoint stops nobody for as long as the job's thread is busy, with a sync of the journal for instance. Until it is
 * claimed the job may take it back for others; the word that both set says who was first.
 */
import { isClaimed, offeredClaim, takeBackMemory, type MemoryClaim } from '../container/memoryClaim.ts'
import { EngineError } from '../operator/engineError.ts'
import type { MemoryNeed } from '../state/snapshotFrame.ts'

const GRAIN_BYTES = 65_536

/** `holds`: key of the snapshot that lies in the memory; null = none that is known. */
export type Grant = (memory: SharedArrayBuffer, holds: string | null) => void

export interface Offer {
  readonly memory: SharedArrayBuffer
  readonly holds: string | null
  readonly claim: MemoryClaim
}

interface Free {
  readonly memory: SharedArrayBuffer
  /** null = it was not offered. */
  claim: MemoryClaim | null
}

interface Request extends MemoryNeed {
  readonly instance: string
  readonly grant: Grant
}

/** A snapshot that a container has copied and nobody has written yet. */
export interface SnapshotCopy {
  readonly memory: SharedArrayBuffer
  readonly sizeBytes: number
  /** Pages that differ from what the memory held before; null = all may. */
  readonly changedPages: readonly number[] | null
  /** Key of the snapshot that it held before; null = none. */
  readonly heldBefore: string | null
}

export class SnapshotMemory {
  readonly #boundBytes: number
  readonly #offer: (instance: string, offer: Offer) => void
  /** Written or dropped, for the next snapshot of their instance. */
  readonly #free = new Map<string, Free>()
  /** What instances were given and have not filled. */
  readonly #granted = new Map<string, SharedArrayBuffer>()
  readonly #copied = new Map<string, SnapshotCopy>()
  /** Snapshots by instance that are still to be written. */
  readonly #unwritten = new Map<string, number>()
  /** Key of the snapshot that lies in a memory. */
  readonly #holds = new WeakMap<SharedArrayBuffer, string>()
  #waiting: Request[] = []
  #usedBytes = 0

  /** `boundBytes`: what the logs leave of the run's memory. */
  constructor(boundBytes: number, offer: (instance: string, offer: Offer) => void) {
    this.#boundBytes = boundBytes
    this.#offer = offer
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Calls `grant` at once or as soon as there is room; throws if there never can be. What it was granted before was too small. */
  request(instance: string, { wantedBytes, leastBytes }: MemoryNeed, grant: Grant): void {
    this.#waiting = this.#waiting.filter((request) => request.instance !== instance)
    this.#noteClaim(instance)
    const held = this.#granted.get(instance)
    this.#granted.delete(instance)
    if (held !== undefined) this.#giveBack(instance, held)
    if (grains(leastBytes) > this.#boundBytes) {
      throw new EngineError(
        'STATE_TOO_LARGE',
        `The state of ${instance} needs ${mb(leastBytes)} MB for a checkpoint, and the run's memory leaves ${mb(this.#boundBytes)} MB. Raise the memory in the pipeline's settings.`,
      )
    }
    this.#waiting.push({ instance, wantedBytes, leastBytes, grant })
    this.#serve()
  }

  /**
   * The container has filled what it was granted; it is kept until `release`. False = its grant was lost, it is none of ours.
   * The memory is not taken from the container's message: what comes over a port is another object for the same memory.
   */
  keep(key: string, instance: string, copy: Omit<SnapshotCopy, 'memory' | 'heldBefore'>): boolean {
    this.#noteClaim(instance)
    const memory = this.#granted.get(instance)
    if (memory === undefined) return false
    this.#granted.delete(instance)
    this.#unwritten.set(instance, (this.#unwritten.get(instance) ?? 0) + 1)
    this.#copied.set(key, { ...copy, memory, heldBefore: this.#holds.get(memory) ?? null })
    this.#holds.set(memory, key)
    return true
  }

  copied(key: string): SnapshotCopy | undefined {
    return this.#copied.get(key)
  }

  /** Written or dropped: the next snapshot of the instance may use it. */
  release(key: string, instance: string): void {
    const copy = this.#copied.get(key)
    if (copy === undefined) return
    this.#copied.delete(key)
    this.#unwritten.set(instance, (this.#unwritten.get(instance) ?? 1) - 1)
    this.#giveBack(instance, copy.memory)
    const free = this.#free.get(instance)
    if (free === undefined || (this.#unwritten.get(instance) ?? 0) > 0) return
    const claim = offeredClaim()
    free.claim = claim
    this.#offer(instance, { memory: free.memory, holds: this.#holds.get(free.memory) ?? null, claim })
  }

  /** The operator is gone: memory that it waits for or was given and has not filled comes back. */
  lost(instance: string): void {
    this.#waiting = this.#waiting.filter((request) => request.instance !== instance)
    this.#noteClaim(instance)
    const memory = this.#granted.get(instance)
    if (memory === undefined) return
    this.#granted.delete(instance)
    this.#usedBytes -= memory.byteLength
    this.#serve()
  }

  #giveBack(instance: string, memory: SharedArrayBuffer): void {
    const before = this.#takeFree(instance)
    if (before !== undefined) this.#usedBytes -= before.byteLength
    this.#free.set(instance, { memory, claim: null })
    this.#serve()
  }

  /** What the instance has claimed counts as granted. */
  #noteClaim(instance: string): void {
    const free = this.#free.get(instance)
    if (free === undefined || free.claim === null || !isClaimed(free.claim)) return
    this.#free.delete(instance)
    this.#granted.set(instance, free.memory)
  }

  /** Memory that nobody uses; undefined = there is none, or its instance was faster and has claimed it. */
  #takeFree(instance: string): SharedArrayBuffer | undefined {
    const free = this.#free.get(instance)
    if (free === undefined) return undefined
    this.#free.delete(instance)
    if (free.claim === null || takeBackMemory(free.claim)) return free.memory
    this.#granted.set(instance, free.memory)
    return undefined
  }

  #serve(): void {
    const still: Request[] = []
    for (const request of this.#waiting) {
      const memory = this.#take(request)
      if (memory === null) still.push(request)
      else {
        this.#granted.set(request.instance, memory)
        request.grant(memory, this.#holds.get(memory) ?? null)
      }
    }
    this.#waiting = still
  }

  #take({ instance, wantedBytes, leastBytes }: Request): SharedArrayBuffer | null {
    // Only the last checkpoint comes while one is written. What lies there is soon free and nearly what is to be copied.
    if ((this.#unwritten.get(instance) ?? 0) > 0) return null
    const kept = this.#takeFree(instance)
    const keptBytes = kept?.byteLength ?? 0
    if (kept !== undefined && keptBytes >= wantedBytes) return kept
    // What others hold for their next snapshot gives way to what is needed, not to room for growth.
    this.#evictFree(grains(leastBytes) - keptBytes)
    const left = Math.floor((this.#boundBytes - this.#usedBytes + keptBytes) / GRAIN_BYTES) * GRAIN_BYTES
    const size = Math.max(keptBytes, Math.min(grains(wantedBytes), left))
    if (size < grains(leastBytes)) {
      if (kept !== undefined) this.#free.set(instance, { memory: kept, claim: null })
      return null
    }
    // What it held before stays where it is, so that the next snapshot is still a small one.
    const memory = kept ?? new SharedArrayBuffer(0, { maxByteLength: grains(Math.max(this.#boundBytes, size)) })
    this.#usedBytes += size - keptBytes
    memory.grow(size)
    return memory
  }

  /** Memory that waits for its instance's next snapshot gives way to one that is needed now. */
  #evictFree(sizeBytes: number): void {
    for (const instance of this.#free.keys()) {
      if (this.#usedBytes + sizeBytes <= this.#boundBytes) return
      this.#usedBytes -= this.#takeFree(instance)?.byteLength ?? 0
    }
  }
}

function grains(sizeBytes: number): number {
  return Math.ceil(sizeBytes / GRAIN_BYTES) * GRAIN_BYTES
}

function mb(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 1_048_576)
}
