/**
 * A sample of what leaves an output port, for people who look at it (engine-spec H33). It copies single
 * values out of batches that go by, and never keeps a batch or makes anybody wait.
 *
 * One row in `every` is taken; `every` follows the rate, so that a reader can read what comes. Within
 * one telling it only rises, and what was taken under another `every` is told apart.
 */
import { ROW_KIND, valueAt, type Batch } from '@belay/columns'
import type { PeekCell, PeekedRow } from '@belay/run'
import type { FromContainer } from './protocol.ts'

const TELL_EVERY_MS = 250
/** Rows in one telling at a steady rate, of all instances that feed the stream; at most twice as many are told at once. */
const ROWS_WANTED = 20
const MOST_BYTES = 16_384
const CELL_CHARACTERS = 200

/** By ROW_KIND. */
const KINDS = ['insert', 'update-before', 'update-after', 'delete'] as const satisfies readonly PeekedRow['kind'][]

export class Tap {
  readonly instance: string
  readonly port: number
  readonly #wanted: number
  readonly #mostBytes: number
  readonly #post: (message: FromContainer) => void
  #every = 1
  /** Rows to let pass before the next one is taken. */
  #skip = 0
  #seen = 0
  #seenSince = 0
  #rows: PeekedRow[] = []
  #bytes = 0
  #toldAtMs = 0

  /** `parts`: instances that feed the stream; they share what is told. */
  constructor(instance: string, port: number, parts: number, post: (message: FromContainer) => void) {
    this.instance = instance
    this.port = port
    this.#wanted = Math.max(1, Math.floor(ROWS_WANTED / parts))
    this.#mostBytes = MOST_BYTES / parts
    this.#post = post
  }

  take(batch: Batch, window: number): void {
    this.#seenSince += batch.rows
    let row = this.#skip
    let counted = 0
    while (row < batch.rows) {
      this.#sample(batch, row, window)
      if (this.#rows.length >= this.#wanted * 2 || this.#bytes >= this.#mostBytes) {
        this.#seen += row + 1 - counted
        counted = row + 1
        this.#tell()
        this.#every *= 2
      }
      row += this.#every
    }
    this.#skip = row - batch.rows
    this.#seen += batch.rows - counted
  }

  #sample(batch: Batch, row: number, window: number): void {
    const cells = batch.columns.map((column) => cellOf(valueAt(column, row)))
    this.#rows.push({ window, kind: KINDS[batch.kinds?.[row] ?? ROW_KIND.insert], cells })
    for (const cell of cells) this.#bytes += typeof cell === 'string' ? cell.length + 3 : 8
  }

  /** Tells what was taken, now and then; a stream that is slower gets a finer sample. */
  turn(nowMs: number): void {
    if (nowMs - this.#toldAtMs < TELL_EVERY_MS) return
    this.#toldAtMs = nowMs
    if (this.#seen > 0) this.#tell()
    const fitting = 2 ** Math.max(0, Math.ceil(Math.log2(this.#seenSince / this.#wanted)))
    this.#seenSince = 0
    if (fitting >= this.#every) return
    this.#every = fitting
    this.#skip = Math.min(this.#skip, fitting - 1)
  }

  #tell(): void {
    this.#post({ type: 'peeked', instance: this.instance, port: this.port, every: this.#every, seen: this.#seen, rows: this.#rows })
    this.#rows = []
    this.#bytes = 0
    this.#seen = 0
  }
}

function cellOf(value: ReturnType<typeof valueAt>): PeekCell {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  const cell = typeof value === 'object' && value !== null ? JSON.stringify(value) : value
  return typeof cell === 'string' && cell.length > CELL_CHARACTERS ? `${cell.slice(0, CELL_CHARACTERS)}…` : cell
}
