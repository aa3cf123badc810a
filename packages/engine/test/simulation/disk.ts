/**
 * A disk that keeps what was synced. Killing a process loses nothing that was written; a power cut
 * loses what was not synced, and undoes names that their folder had not been synced for.
 *
 * Every call may fail as if the disk were full, and may be the last one of the thread that makes it.
 */
import type { Random } from './random.ts'

export type Content = string | Uint8Array

interface Inode {
  /** What reads see; what a power cut leaves of it, null = nothing whole. */
  content: Content
  durable: Content | null
}

/** Names that changed in one call, with what they named before. */
interface Change {
  readonly folder: string
  readonly before: readonly (readonly [string, Inode | undefined])[]
}

export class DiskFull extends Error {
  readonly code = 'ENOSPC'

  constructor() {
    super('no space left on device')
  }
}

/** Thrown out of the call at which the thread was killed; nothing that follows may have an effect. */
export class ThreadDeath extends Error {}

/** Who makes a call; a dead caller's calls do nothing. */
export interface Caller {
  readonly alive: boolean
  /** Calls left until it is killed in the middle of one; null = not planned. */
  diskCallsLeft: number | null
  /** Told when it dies of that. */
  died(): void
}

export class SimDisk {
  readonly #files = new Map<string, Inode>()
  /** Names that a power cut may undo, oldest first. */
  #unsynced: Change[] = []
  /** While true, writes fail. */
  full = false
  /** While true, syncs fail and what was to be synced is lost at a power cut. */
  syncFails = false

  write(caller: Caller, path: string, content: Content): void {
    this.#call(caller)
    if (this.full) throw new DiskFull()
    const file = this.#files.get(path)
    if (file === undefined) this.#name([[path, { content, durable: null }]])
    else file.content = content
  }

  sync(caller: Caller, path: string): void {
    this.#call(caller)
    if (this.syncFails) throw Object.assign(new Error('input/output error'), { code: 'EIO' })
    const file = this.#files.get(path)
    if (file !== undefined) file.durable = file.content
  }

  /** Replaces what was there. */
  rename(caller: Caller, from: string, to: string): void {
    this.#call(caller)
    const file = this.#files.get(from)
    if (file === undefined) throw Object.assign(new Error(`no file ${from}`), { code: 'ENOENT' })
    this.#name([
      [to, file],
      [from, undefined],
    ])
  }

  /** False = the name is taken. */
  link(caller: Caller, from: string, to: string): boolean {
    this.#call(caller)
    if (this.#files.has(to)) return false
    this.#name([[to, this.#files.get(from)]])
    return true
  }

  remove(caller: Caller, path: string): void {
    this.#call(caller)
    if (this.#files.has(path)) this.#name([[path, undefined]])
  }

  syncFolder(caller: Caller, folder: string): void {
    this.#call(caller)
    if (this.syncFails) throw Object.assign(new Error('input/output error'), { code: 'EIO' })
    this.#unsynced = this.#unsynced.filter((change) => change.folder !== folder)
  }

  read(path: string): Content | null {
    return this.#files.get(path)?.content ?? null
  }

  list(folder: string): string[] {
    return [...this.#files.keys()].filter((path) => folderOf(path) === folder).sort()
  }

  /** A lost block in a text, a flipped bit in bytes. */
  damage(path: string): void {
    const file = this.#files.get(path)
    if (file === undefined) return
    if (typeof file.content === 'string') file.content = '#'
    else {
      const bytes = file.content.slice()
      const at = bytes.findLastIndex((byte) => byte >= 0x30 && byte <= 0x39)
      bytes[at < 0 ? bytes.length - 1 : at] ^= 1
      file.content = bytes
    }
    file.durable = file.content
  }

  /** Each unsynced change of names is kept or undone, in order for each name; files keep what was synced. */
  powerCut(random: Random): void {
    const undone = new Set<string>()
    for (const { before } of this.#unsynced) {
      if (before.some(([path]) => undone.has(path)) || random.chance(0.5)) continue
      for (const [path, file] of before) {
        undone.add(path)
        if (file === undefined) this.#files.delete(path)
        else this.#files.set(path, file)
      }
    }
    this.#unsynced = []
    for (const [path, file] of this.#files) {
      if (file.durable === null) this.#files.delete(path)
      else file.content = file.durable
    }
  }

  #name(changes: readonly (readonly [string, Inode | undefined])[]): void {
    this.#unsynced.push({ folder: folderOf(changes[0][0]), before: changes.map(([path]) => [path, this.#files.get(path)]) })
    for (const [path, file] of changes) {
      if (file === undefined) this.#files.delete(path)
      else this.#files.set(path, file)
    }
  }

  #call(caller: Caller): void {
    if (!caller.alive) throw new ThreadDeath()
    if (caller.diskCallsLeft === null) return
    caller.diskCallsLeft -= 1
    if (caller.diskCallsLeft > 0) return
    caller.died()
    throw new ThreadDeath()
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

/** Tells a damaged file from the one that was written. */
export function checksum(content: Content): string {
  let hash = 0x811c9dc5
  if (typeof content === 'string') for (let i = 0; i < content.length; i += 1) hash = Math.imul(hash ^ content.charCodeAt(i), 0x01000193)
  else for (const byte of content) hash = Math.imul(hash ^ byte, 0x01000193)
  return `${(hash >>> 0).toString(16)}-${content.length}`
}
