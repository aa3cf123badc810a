/**
 * The stage being written: lines gather in memory and go to a file of their own in `.belay`. Names
 * carry run and attempt, and are never used twice (engine-spec H4).
 */
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { EngineError, syncFile } from '@belay/engine/operator'
import { syncFolder, writeAllAt } from './durable.ts'

const BUFFER_CHARACTERS = 65_536

/** What stages need of a disk; tests give one that is full. */
export interface StageDisk {
  create(path: string): number
  /** Writes everything or throws; a part may have been written then. */
  write(file: number, bytes: Uint8Array, position: number): void
  sync(file: number): void
}

export const realDisk: StageDisk = {
  create: (path) => openSync(path, 'wx', 0o644),
  write: writeAllAt,
  sync: syncFile,
}

export class StageFile {
  readonly #folder: string
  readonly #prefix: string
  readonly #header: string
  readonly #disk: StageDisk
  #lines = ''
  /** Bytes that could not be written yet, e.g. because the disk is full. */
  #pending: Buffer | null = null
  #open: { readonly file: number; readonly name: string; sizeBytes: number } | null = null
  /** Durable, but for its name. */
  #synced: { readonly name: string; readonly sizeBytes: number } | null = null
  #counter = 0

  /** `header` begins every stage. */
  constructor(folder: string, prefix: string, header: string, disk: StageDisk = realDisk) {
    this.#folder = folder
    this.#prefix = prefix
    this.#header = header
    this.#disk = disk
  }

  get sizeBytes(): number {
    return (this.#open?.sizeBytes ?? this.#synced?.sizeBytes ?? 0) + (this.#pending?.length ?? 0) + this.#lines.length
  }

  /** True when `flush` is due. */
  get full(): boolean {
    return this.#lines.length >= BUFFER_CHARACTERS || this.#pending !== null
  }

  add(line: string): void {
    this.#lines += line
  }

  /** For formats that are not lines. */
  addBytes(bytes: Buffer): void {
    this.#pending = this.#pending === null ? bytes : Buffer.concat([this.#pending, bytes])
  }

  /** Writes what has gathered. Throws, and can be called again: nothing is written twice. */
  flush(): void {
    if (this.#pending !== null) this.#write(this.#pending)
    if (this.#lines === '') return
    const bytes = Buffer.from(this.#lines, 'utf8')
    this.#lines = ''
    this.#write(bytes)
  }

  #write(bytes: Buffer): void {
    this.#pending = bytes
    const open = (this.#open ??= this.#create())
    this.#disk.write(open.file, bytes, open.sizeBytes)
    open.sizeBytes += bytes.length
    this.#pending = null
  }

  #create(): { file: number; name: string; sizeBytes: number } {
    this.#counter += 1
    const name = `${this.#prefix}${this.#counter}.stage`
    const file = this.#disk.create(join(this.#folder, name))
    const header = Buffer.from(this.#header, 'utf8')
    try {
      this.#disk.write(file, header, 0)
    } catch (error) {
      closeSync(file)
      throw error
    }
    return { file, name, sizeBytes: header.length }
  }

  /**
   * Makes the stage durable and ends it; null = there is none. Throws before anything is lost and can be called again,
   * except after a failed sync of the file, for whatever reason: what that leaves of it is unknown, so the operator has to
   * start again (P20). Error: STAGE_NOT_SYNCED.
   */
  finish(): { readonly name: string; readonly sizeBytes: number } | null {
    if (this.#synced === null) {
      this.flush()
      const open = this.#open
      if (open === null) return null
      this.#open = null
      try {
        this.#disk.sync(open.file)
      } catch (error) {
        const message = `the rows of ${open.name} could not be made durable: ${(error as Error).message}. They are read again; check the disk.`
        throw new EngineError('STAGE_NOT_SYNCED', message, { cause: error })
      } finally {
        closeSync(open.file)
      }
      this.#synced = { name: open.name, sizeBytes: open.sizeBytes }
    }
    syncFolder(this.#folder)
    const stage = this.#synced
    this.#synced = null
    return stage
  }

  close(): void {
    if (this.#open !== null) closeSync(this.#open.file)
    this.#open = null
  }
}
