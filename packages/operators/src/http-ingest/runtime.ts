/**
 * HTTP ingest source: rows that the server hands over, kept in the log before they are answered for.
 *
 * Keys of posts are in the headers of their records until all rows of those are read, and in declared state
 * from then on: a checkpoint's keys and the records behind it are together all that were ever kept.
 */
import { createHash } from 'node:crypto'
import {
  EngineError,
  type Emitter,
  type OperatorContext,
  type OperatorModule,
  type RowPostAnswer,
  type RowsToPost,
  type SourceOperator,
  type StateTable,
} from '@belay/engine/operator'
import { ReceivedRows } from '../ingest/receivedRows.ts'
import { RowReader } from '../ingest/rowText.ts'
import type { HttpIngestConfig } from './manifest.ts'

interface Known {
  readonly rows: number
  /** Of the body, so that a key used for other rows is noticed. */
  readonly hash: string
}

interface Header extends Known {
  readonly key: string | null
  /** Wall clock; says how long the key is kept, nothing else. */
  readonly atMs: number
}

const AT = 0
const ROWS = 1
const HASH = 2
/** More keys than this are not kept at once: further posts with a key have to wait. */
const MOST_KEYS = 1_000_000
const SWEEP_EVERY_MS = 60_000

class HttpIngest implements SourceOperator {
  readonly role = 'source'
  readonly #context: OperatorContext<HttpIngestConfig>
  readonly #received: ReceivedRows<Header>
  readonly #reader: RowReader
  readonly #keys: StateTable
  /** Of records that are kept and not yet read to their end. */
  readonly #unread = new Map<string, Known>()
  /** Of posts that are being written. */
  readonly #underWay = new Map<string, { readonly hash: string; readonly answer: Promise<RowPostAnswer> }>()
  #nextSweepAtMs = 0

  constructor(context: OperatorContext<HttpIngestConfig>) {
    this.#context = context
    this.#reader = new RowReader(context.config.columns)
    this.#keys = context.state.table('keys', {
      version: 1,
      key: [{ name: 'key', type: 'string', nullable: false }],
      value: [
        { name: 'at', type: 'timestamp', nullable: false },
        { name: 'rows', type: 'int64', nullable: false },
        { name: 'hash', type: 'string', nullable: false },
      ],
    })
    this.#received = new ReceivedRows<Header>(context, (header) => this.#finished(header))
    for (const { key, rows, hash } of this.#received.unread()) if (key !== null) this.#unread.set(key, { rows, hash })
  }

  read(out: Emitter): 'progress' | 'idle' {
    return this.#received.read(out)
  }

  async accept({ body, contentType, key }: RowsToPost): Promise<RowPostAnswer> {
    const hash = createHash('sha256').update(body).digest('base64').slice(0, 22)
    const known = key === null ? null : this.#known(key)
    if (known !== null) return this.#repeated(known, hash)
    const underWay = key === null ? undefined : this.#underWay.get(key)
    if (underWay !== undefined) {
      const { rows } = await underWay.answer
      return this.#repeated({ rows, hash: underWay.hash }, hash)
    }
    if (key !== null && this.#keys.size + this.#unread.size + this.#underWay.size >= MOST_KEYS)
      throw new EngineError(
        'INGEST_FULL',
        `${MOST_KEYS} keys are known already. Send more rows with each post, or keep keys for a shorter time.`,
      )
    const answer = this.#take(Buffer.from(body), contentType, key, hash)
    if (key === null) return answer
    this.#underWay.set(key, { hash, answer })
    try {
      return await answer
    } finally {
      this.#underWay.delete(key)
    }
  }

  async #take(body: Buffer, contentType: 'json' | 'json-lines', key: string | null, hash: string): Promise<RowPostAnswer> {
    const { lines, rows } = this.#reader.read(body, contentType)
    if (rows > 0) {
      await this.#received.add({ key, rows, hash, atMs: Date.now() }, lines)
      if (key !== null && this.#find(key) < 0) this.#unread.set(key, { rows, hash })
    }
    this.#context.count('posts', 1)
    return { rows, repeated: false }
  }

  #repeated(known: Known, hash: string): RowPostAnswer {
    if (known.hash !== hash)
      throw new EngineError('INGEST_KEY_REUSED', 'This key was used for other rows before. Use a new key for new rows.')
    this.#context.count('repeated posts', 1)
    return { rows: known.rows, repeated: true }
  }

  #known(key: string): Known | null {
    const unread = this.#unread.get(key)
    if (unread !== undefined) return unread
    const slot = this.#find(key)
    return slot < 0 ? null : { rows: this.#keys.numbers(ROWS)[slot], hash: this.#keys.text(slot, HASH) ?? '' }
  }

  #find(key: string): number {
    this.#keys.key.begin()
    this.#keys.key.text(key)
    return this.#keys.find()
  }

  /** All rows of a record have been read: the state knows of it from here on. */
  #finished({ key, rows, hash, atMs }: Header): void {
    if (key === null) return
    this.#unread.delete(key)
    this.#keys.key.begin()
    this.#keys.key.text(key)
    const slot = this.#keys.slotFor()
    this.#keys.numbers(AT)[slot] = atMs
    this.#keys.numbers(ROWS)[slot] = rows
    this.#keys.setText(slot, HASH, hash)
  }

  watermark(): number | null {
    return this.#received.watermark()
  }

  checkpoint(window: number): void {
    this.#sweep()
    this.#received.checkpoint(window)
  }

  #sweep(): void {
    const now = Date.now()
    if (now < this.#nextSweepAtMs) return
    this.#nextSweepAtMs = now + SWEEP_EVERY_MS
    const old = now - this.#context.config.keepKeysMs
    this.#keys.forEach((slot) => {
      if (this.#keys.numbers(AT)[slot] < old) this.#keys.remove(slot)
    })
  }

  trim(window: number): void {
    this.#received.trim(window)
  }

  settled(): boolean {
    return this.#received.settled()
  }

  close(): void {
    this.#received.close()
  }
}

export const module: OperatorModule<HttpIngestConfig> = { create: (context) => new HttpIngest(context) }
