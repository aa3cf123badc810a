/**
 * The row in work of a suspect, on disk, so that it is known even if the process dies of it
 * (engine-spec H18). Written before the row is given to the operator and wiped after it; not synced,
 * because only processes die of rows.
 */
import { createHash } from 'node:crypto'
import { closeSync, existsSync, ftruncateSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { rowAt, type Batch } from '@belay/columns'
import type { RowName } from './protocol.ts'

const PREFIX = 'suspect-'
const SUFFIX = '.json'
const HASH_CHARACTERS = 32
const TEXT_LIMIT = 4096

export function rowName(batch: Batch, row: number): RowName {
  const text = JSON.stringify({ ...rowAt(batch, row) }, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  return { hash: createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARACTERS), text }
}

function pathOf(log: string, instance: string): string {
  return join(log, PREFIX + instance + SUFFIX)
}

export class Crumb {
  readonly #path: string
  readonly #file: number

  constructor(log: string, instance: string) {
    this.#path = pathOf(log, instance)
    this.#file = openSync(this.#path, 'w', 0o600)
  }

  leave(row: RowName): void {
    const bytes = Buffer.from(JSON.stringify({ hash: row.hash, text: row.text.slice(0, TEXT_LIMIT) }), 'utf8')
    ftruncateSync(this.#file, 0)
    writeSync(this.#file, bytes, 0, bytes.length, 0)
  }

  wipe(): void {
    ftruncateSync(this.#file, 0)
  }

  close(): void {
    closeSync(this.#file)
    rmSync(this.#path, { force: true })
  }
}

/** Reads and removes what a suspect left when it died; null = nothing. */
export function takeCrumb(log: string, instance: string): RowName | null {
  const row = readCrumb(log, instance)
  rmSync(pathOf(log, instance), { force: true })
  return row
}

/** The row that a suspect has in work, or had when it died; null = none. */
export function readCrumb(log: string, instance: string): RowName | null {
  const path = pathOf(log, instance)
  if (!existsSync(path)) return null
  try {
    const text = readFileSync(path, 'utf8')
    return text === '' ? null : (JSON.parse(text) as RowName)
  } catch {
    // Cut short by the death it tells of.
    return null
  }
}

/** Instances that have left a crumb. */
export function crumbs(log: string): readonly string[] {
  return readdirSync(log).flatMap((name) =>
    name.startsWith(PREFIX) && name.endsWith(SUFFIX) ? [name.slice(PREFIX.length, -SUFFIX.length)] : [],
  )
}
