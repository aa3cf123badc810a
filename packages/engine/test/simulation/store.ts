/**
 * The store thread of a simulated process: one request after another, each in the steps that the real
 * one takes (store/durableFile.ts, store/manifest.ts), with time between the steps in which the process may die.
 */
import type { KeptManifest, SnapshotRef } from '../../src/job/index.ts'
import type { JobInput } from '../../src/job/index.ts'
import type { Owner, VirtualClock } from './clock.ts'
import { checksum, DiskFull, ThreadDeath, type Caller, type Content, type SimDisk } from './disk.ts'
import type { Random } from './random.ts'

export type StoreRequest =
  | {
      readonly type: 'write-snapshot'
      readonly ref: Omit<SnapshotRef, 'sha256'> & { readonly file: string }
      readonly bytes: () => Content
      readonly done: () => void
    }
  | { readonly type: 'write-manifest'; readonly manifest: KeptManifest }
  | { readonly type: 'delete-manifest'; readonly seq: number; readonly files: readonly string[] }
  | { readonly type: 'delete-snapshots'; readonly files: readonly string[] }

/** How the disk behaves for the store; the fault injector turns these. */
export interface StoreWeather {
  /** Writes of this kind that fail, one after another. */
  failingSnapshots: number
  failingManifests: number
  /** Manifests whose last step fails: they lie there, but nobody is sure of it. */
  uncertainManifests: number
  /** Factor on the time of every step. */
  slowness: number
}

/** Bugs that a store could have; all off in the real thing. */
export interface StoreQuirks {
  /** Files are not synced before they get their name. */
  readonly noSync: boolean
  /** Folders are not synced. */
  readonly noFolderSync: boolean
  /** A manifest's number is taken even if somebody has it. */
  readonly noExclusion: boolean
  /** Stored is said when the write begins. */
  readonly earlyAnswer: boolean
  /** What is written is what the state is by then, not what was copied. */
  readonly lateCopy: boolean
  /** Damaged files are taken for good. */
  readonly noChecksum: boolean
}

export const NO_STORE_QUIRKS: StoreQuirks = {
  noSync: false,
  noFolderSync: false,
  noExclusion: false,
  earlyAnswer: false,
  lateCopy: false,
  noChecksum: false,
}

const STEP_MS = 1.5

export class SimStore {
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #disk: SimDisk
  readonly #weather: StoreWeather
  readonly #quirks: StoreQuirks
  readonly #owner: Caller & Owner
  readonly #answer: (input: JobInput) => void
  readonly #queue: StoreRequest[] = []
  #busy = false
  #temporary = 0

  constructor(world: {
    readonly clock: VirtualClock
    readonly random: Random
    readonly disk: SimDisk
    readonly weather: StoreWeather
    readonly quirks: StoreQuirks
    readonly owner: Caller & Owner
    readonly answer: (input: JobInput) => void
  }) {
    this.#clock = world.clock
    this.#random = world.random
    this.#disk = world.disk
    this.#weather = world.weather
    this.#quirks = world.quirks
    this.#owner = world.owner
    this.#answer = world.answer
  }

  post(request: StoreRequest): void {
    this.#queue.push(request)
    if (!this.#busy) this.#next()
  }

  #next(): void {
    const request = this.#queue.shift()
    this.#busy = request !== undefined
    if (request === undefined) return
    switch (request.type) {
      case 'write-snapshot':
        return this.#writeSnapshot(request)
      case 'write-manifest':
        return this.#writeManifest(request.manifest)
      case 'delete-manifest':
        return this.#steps([
          () => this.#disk.remove(this.#owner, `manifests/${request.seq}`),
          () => this.#syncFolder('manifests'),
          ...request.files.map((file) => () => this.#disk.remove(this.#owner, `snapshots/${file}`)),
        ])
      case 'delete-snapshots':
        return this.#steps(request.files.map((file) => () => this.#disk.remove(this.#owner, `snapshots/${file}`)))
    }
  }

  #writeSnapshot({ ref, bytes, done }: Extract<StoreRequest, { type: 'write-snapshot' }>): void {
    const { instance, window, attempt, file, sizeBytes } = ref
    const failing = this.#weather.failingSnapshots > 0
    if (failing) this.#weather.failingSnapshots -= 1
    const temporary = this.#temporaryName('snapshots')
    let content = bytes()
    const stored = (): void => {
      done()
      this.#answer({ type: 'snapshot-stored', snapshot: { instance, window, attempt, file, sizeBytes, sha256: checksum(content) } })
    }
    if (this.#quirks.earlyAnswer) stored()
    this.#steps(
      [
        () => {
          if (this.#quirks.lateCopy) content = bytes()
          this.#disk.write(this.#owner, temporary, content)
        },
        () => {
          if (failing) throw new DiskFull()
          if (!this.#quirks.noSync) this.#disk.sync(this.#owner, temporary)
        },
        () => this.#disk.rename(this.#owner, temporary, `snapshots/${file}`),
      ],
      this.#quirks.earlyAnswer ? () => {} : stored,
      () => {
        this.#disk.remove(this.#owner, temporary)
        done()
        this.#answer({ type: 'snapshot-failed', instance, window, attempt, code: 'DISK_FULL', message: 'no room' })
      },
    )
  }

  #writeManifest(manifest: KeptManifest): void {
    const { seq } = manifest
    const failing = this.#weather.failingManifests > 0
    if (failing) this.#weather.failingManifests -= 1
    const uncertain = !failing && this.#weather.uncertainManifests > 0
    if (uncertain) this.#weather.uncertainManifests -= 1
    const temporary = this.#temporaryName('manifests')
    const content = JSON.stringify(manifest)
    const path = `manifests/${seq}`
    let taken = false
    let unknown = false
    this.#steps(
      [
        () => this.#syncFolder('snapshots'),
        () => this.#disk.write(this.#owner, temporary, content),
        () => {
          if (failing) throw new DiskFull()
          if (!this.#quirks.noSync) this.#disk.sync(this.#owner, temporary)
        },
        () => {
          if (this.#quirks.noExclusion) this.#disk.rename(this.#owner, temporary, path)
          else taken = this.#isSuperseded(seq) || !this.#disk.link(this.#owner, temporary, path)
        },
        () => {
          if (taken || this.#quirks.noExclusion || !this.#isSuperseded(seq)) return
          taken = true
          this.#disk.remove(this.#owner, path)
        },
        () => {
          this.#disk.remove(this.#owner, temporary)
          if (taken) return
          if (uncertain) {
            unknown = true
            throw new DiskFull()
          }
          this.#syncFolder('manifests')
        },
      ],
      () => this.#answer(taken ? { type: 'manifest-lost', seq } : { type: 'manifest-stored', seq, sha256: checksum(content) }),
      () => {
        this.#disk.remove(this.#owner, temporary)
        this.#answer({ type: 'manifest-failed', seq, code: 'DISK_FULL', message: 'no room', uncertain: unknown })
      },
    )
  }

  /** A higher number exists: who wants this one has been replaced, even if it is free again. */
  #isSuperseded(seq: number): boolean {
    return this.#disk.list('manifests').some((path) => Number(path.slice(path.lastIndexOf('/') + 1)) > seq)
  }

  #syncFolder(folder: string): void {
    if (!this.#quirks.noFolderSync) this.#disk.syncFolder(this.#owner, folder)
  }

  #temporaryName(folder: string): string {
    this.#temporary += 1
    return `${folder}/.tmp/${this.#random.int(1_000_000)}-${this.#temporary}`
  }

  #tried(step: () => void): boolean {
    try {
      step()
      return true
    } catch (error) {
      if (error instanceof DiskFull) return false
      throw error
    }
  }

  #steps(steps: readonly (() => void)[], done: () => void = () => {}, failed: () => void = () => {}): void {
    const step = (at: number): void => {
      if (at >= steps.length) {
        done()
        return this.#next()
      }
      this.#clock.in(this.#random.next() * STEP_MS * this.#weather.slowness, this.#owner, () => {
        try {
          if (this.#tried(steps[at])) return step(at + 1)
          failed()
          this.#next()
        } catch (error) {
          if (!(error instanceof ThreadDeath)) throw error
        }
      })
    }
    step(0)
  }
}
