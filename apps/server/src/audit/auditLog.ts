/**
 * Who changed what: JSON lines, appended and never rewritten, each with the hash of the one before.
 *
 * Invariant: an entry is on the disk before its command is answered. The server and the command line
 * may write at once: the database's write lock is held while a line is appended.
 */
import { createHash } from 'node:crypto'
import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { atOnce, type Database } from '../storage/database.ts'

export interface AuditFacts {
  readonly who: string
  readonly via: string
  /** Network address; null = the command line. */
  readonly address: string | null
  /** The operation's id, as in OpenAPI. */
  readonly action: string
  readonly target: string
  /** What else was asked; never documents, passwords or secrets. */
  readonly request: Readonly<Record<string, unknown>>
  /** What was there before and after; of documents the SHA-256. null = nothing, or nothing to compare. */
  readonly before: string | null
  readonly after: string | null
  /** HTTP status */
  readonly status: number
  /** Of the problem; null = done. */
  readonly code: string | null
}

export interface AuditEntry extends AuditFacts {
  readonly seq: number
  /** ISO 8601, UTC */
  readonly at: string
  /** Hash of the entry before; of the first one empty. */
  readonly previous: string
  /** SHA-256 of the entry's JSON without this field. */
  readonly hash: string
}

const TAIL_BYTES = 65_536
const LISTED_BYTES = 8 * 1_048_576

function hashOf(entry: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256').update(JSON.stringify(entry)).digest('hex')
}

export function documentHash(document: unknown): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(document)).digest('hex')}`
}

/** Where the last `bytes` of the file begin to be whole lines, as text. */
function tail(file: number, bytes: number): string {
  const { size } = fstatSync(file)
  const from = Math.max(0, size - bytes)
  const buffer = Buffer.alloc(size - from)
  readSync(file, buffer, 0, buffer.length, from)
  const text = buffer.toString('utf8')
  return from === 0 ? text : text.slice(text.indexOf('\n') + 1)
}

export class AuditLog {
  readonly path: string
  readonly #database: Database

  constructor(path: string, database: Database) {
    this.path = path
    this.#database = database
  }

  /** Throws what the file system throws, e.g. when the disk is full; then nothing is appended. */
  append(facts: AuditFacts, nowMs: number): void {
    // The database is the lock: other processes append as well.
    atOnce(this.#database, () => this.#appendAlone(facts, nowMs))
  }

  #appendAlone(facts: AuditFacts, nowMs: number): void {
    const file = openSync(this.path, 'a+', 0o600)
    try {
      const text = tail(file, TAIL_BYTES)
      const { size } = fstatSync(file)
      const whole = text.lastIndexOf('\n') + 1
      // A crash left part of a line, whose command was never answered.
      if (whole < text.length) ftruncateSync(file, size - Buffer.byteLength(text.slice(whole)))
      const line = text.slice(0, whole).trimEnd().split('\n').at(-1) ?? ''
      const last = line === '' ? null : (JSON.parse(line) as AuditEntry)
      const entry = { seq: (last?.seq ?? 0) + 1, at: new Date(nowMs).toISOString(), ...facts, previous: last?.hash ?? '' }
      writeSync(file, `${JSON.stringify({ ...entry, hash: hashOf(entry) })}\n`)
      fdatasyncSync(file)
    } finally {
      closeSync(file)
    }
  }

  /** Newest first, among the last 8 MB. */
  list(wanted: { readonly text: string; readonly limit: number }): AuditEntry[] {
    let file: number
    try {
      file = openSync(this.path, 'r')
    } catch {
      return []
    }
    try {
      const text = wanted.text.toLowerCase()
      return tail(file, LISTED_BYTES)
        .split('\n')
        .filter((line) => line !== '' && (text === '' || line.toLowerCase().includes(text)))
        .slice(-wanted.limit)
        .reverse()
        .map((line) => JSON.parse(line) as AuditEntry)
    } finally {
      closeSync(file)
    }
  }
}

export type Verdict =
  | { readonly intact: true; readonly entries: number; readonly lastHash: string }
  /** `line` counts from 1. */
  | { readonly intact: false; readonly line: number; readonly reason: string }

/** A cut at the end cannot be told from a log that is shorter: compare `lastHash` with one noted elsewhere. */
export function verifyAudit(path: string): Verdict {
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  let previous = ''
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (const [i, line] of lines.entries()) {
    const broken = (reason: string): Verdict => ({ intact: false, line: i + 1, reason })
    let entry: AuditEntry
    try {
      entry = JSON.parse(line) as AuditEntry
    } catch {
      return broken('it is not JSON')
    }
    const { hash, ...rest } = entry
    if (hashOf(rest) !== hash) return broken('its content does not fit its hash')
    if (rest.previous !== previous) return broken('it does not follow the line before')
    if (rest.seq !== i + 1) return broken('its number is not the next one')
    previous = hash
  }
  return { intact: true, entries: lines.length, lastHash: previous }
}
