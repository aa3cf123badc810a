/**
 * Each run process in a control group of its own (cgroup v2), with limits that the kernel keeps: memory, whatever it is
 * taken for, and tasks. A group lasts as long as a process of its run: made before it starts, removed when it has
 * ended, also by a server that comes later.
 *
 * Owns `<base>/belay-run-<run>`. All of it is an addition: where anything of it fails, the run goes on without.
 */
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cgroupPlace, NEEDED_CONTROLLERS, SERVER_GROUP, type CgroupPlace } from './cgroupPlace.ts'

/** The file system of groups, as far as it is used. */
export interface GroupFiles {
  /** null = it is not there, or cannot be read. */
  read(path: string): string | null
  isWritable(path: string): boolean
  write(path: string, text: string): void
  make(path: string): void
  /** Throws where something is in it. */
  remove(path: string): void
  /** Names of the groups in a group. */
  groups(path: string): readonly string[]
  /** When the group was made, ms since the epoch. */
  madeAtMs(path: string): number
}

export interface GroupLimits {
  readonly memoryBytes: number
  readonly tasks: number
}

export interface EnteredGroup {
  /** Who writes 0 into it is in the group. */
  readonly procs: string
  /** What the kernel had ended in it before, in words; null = nothing. */
  readonly before: string | null
}

const PREFIX = 'belay-run-'
/** Half of what others get: the server has to answer while runs use all there is. */
const CPU_WEIGHT = 50
/** A group that is younger may be about to be entered. */
const YOUNG_MS = 10_000
const UNTOLD_MS = 3_600_000
const SWEEP_EVERY_MS = 15_000

export class RunGroups {
  readonly #files: GroupFiles
  readonly #place: CgroupPlace
  #ready = false
  /** Why it could not be done in the end. */
  #broken: string | null = null
  /** Kills that were counted in a group before the present process of its run entered it. */
  readonly #counted = new Map<string, number>()
  #watching = false

  constructor(files: GroupFiles, self: string, mounts: string) {
    this.#files = files
    this.#place = cgroupPlace({ self, mounts, read: (path) => files.read(path), isWritable: (path) => files.isWritable(path) })
  }

  /** Why runs get none; null = they do. */
  get reason(): string | null {
    return this.#place.kind === 'none' ? this.#place.reason : this.#broken
  }

  /** Makes the group of a run whose process is about to start; null = there are none here. */
  enter(runId: string, { memoryBytes, tasks }: GroupLimits): EnteredGroup | null {
    const base = this.#base()
    if (base === null) return null
    const path = join(base, PREFIX + runId)
    try {
      const before = this.leave(runId)
      this.#counted.set(runId, this.#kills(path))
      if (!this.#files.groups(base).includes(PREFIX + runId)) this.#files.make(path)
      this.#files.write(join(path, 'memory.max'), String(memoryBytes))
      this.#files.write(join(path, 'memory.oom.group'), '1')
      this.#files.write(join(path, 'pids.max'), String(tasks))
      this.#prefer(path)
      this.watch()
      return { procs: join(path, 'cgroup.procs'), before }
    } catch (error) {
      this.#broken = `no group can be made in ${base} (${error instanceof Error ? error.message : String(error)})`
      return null
    }
  }

  /** After a process of the run has ended: what the kernel did to it, in words; null = nothing. The group is removed unless somebody is in it. */
  leave(runId: string): string | null {
    const base = this.#base()
    if (base === null) return null
    const path = join(base, PREFIX + runId)
    const kills = this.#kills(path)
    const limit = Number(this.#files.read(join(path, 'memory.max')))
    this.#remove(path)
    const counted = this.#counted.get(runId) ?? 0
    this.#counted.delete(runId)
    return kills > counted ? killedWords(limit) : null
  }

  #kills(path: string): number {
    return Number(/^oom_kill (\d+)$/m.exec(this.#files.read(join(path, 'memory.events')) ?? '')?.[1] ?? 0)
  }

  /** Removes groups that nobody is in. */
  sweep(nowMs: number): void {
    const base = this.#base()
    if (base === null) return
    try {
      for (const name of this.#files.groups(base)) {
        const path = join(base, name)
        if (!name.startsWith(PREFIX)) continue
        // What the kernel did in it is for the next process of the run to tell, if there is one.
        if (nowMs - this.#files.madeAtMs(path) > (this.#kills(path) > 0 ? UNTOLD_MS : YOUNG_MS)) this.#remove(path)
      }
    } catch {
      // A group that went meanwhile, or all of them: what is left is seen the next time.
    }
  }

  #remove(path: string): void {
    try {
      this.#files.remove(path)
    } catch {
      // Somebody is in it, or it is not there.
    }
  }

  #prefer(path: string): void {
    try {
      this.#files.write(join(path, 'cpu.weight'), String(CPU_WEIGHT))
    } catch {
      // That is not handed over, and only a preference.
    }
  }

  /** Runs that were adopted end without anybody here having started them. */
  watch(): void {
    if (this.#watching || this.#base() === null) return
    this.#watching = true
    setInterval(() => this.sweep(Date.now()), SWEEP_EVERY_MS).unref()
  }

  /** Where groups are made, once that has been got ready; null = there is no such place. */
  #base(): string | null {
    if (this.#place.kind === 'none') return null
    const { base, moves } = this.#place
    if (this.#ready) return base
    if (this.#broken !== null) return null
    try {
      if (moves) this.#moveTo(base, join(base, SERVER_GROUP))
      const subtree = join(base, 'cgroup.subtree_control')
      this.#files.write(subtree, NEEDED_CONTROLLERS.map((name) => `+${name}`).join(' '))
      this.#allowCpu(base, subtree)
      this.#ready = true
      return base
    } catch (error) {
      this.#broken = `${base} does not take the limits (${error instanceof Error ? error.message : String(error)})`
      return null
    }
  }

  #moveTo(base: string, leaf: string): void {
    if (!this.#files.groups(base).includes(SERVER_GROUP)) this.#files.make(leaf)
    for (const pid of (this.#files.read(join(base, 'cgroup.procs')) ?? '').split('\n').filter((line) => line !== '')) {
      try {
        this.#files.write(join(leaf, 'cgroup.procs'), pid)
      } catch {
        // It has ended meanwhile; if not, the limits cannot be asked for below.
      }
    }
  }

  #allowCpu(base: string, subtree: string): void {
    if (!(this.#files.read(join(base, 'cgroup.controllers')) ?? '').split(/\s+/).includes('cpu')) return
    try {
      this.#files.write(subtree, '+cpu')
    } catch {
      // Only a preference.
    }
  }
}

function killedWords(limitBytes: number): string {
  const limit = Number.isFinite(limitBytes) && limitBytes > 0 ? ` of ${Math.round(limitBytes / 1_048_576)} MB` : ''
  return `The kernel ended it because it wanted more memory than the limit${limit} of its control group. Give the pipeline less state, or the machine more memory, or set maxResidentBytes.`
}

const systemFiles: GroupFiles = {
  read: (path) => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return null
    }
  },
  isWritable: (path) => {
    try {
      accessSync(path, constants.W_OK)
      return true
    } catch {
      return false
    }
  },
  write: (path, text) => writeFileSync(path, text),
  make: (path) => mkdirSync(path),
  remove: (path) => rmdirSync(path),
  groups: (path) => readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])),
  madeAtMs: (path) => statSync(path).ctimeMs,
}

let known: RunGroups | null = null

/** Of this machine; looked up once. Nothing is changed before the first run. */
export function runGroups(): RunGroups {
  known ??= new RunGroups(systemFiles, systemFiles.read('/proc/self/cgroup') ?? '', systemFiles.read('/proc/self/mountinfo') ?? '')
  return known
}
