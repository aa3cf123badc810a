/**
 * Texts of made-up events: bytes that are copied, eight at a time, into the memory of columns.
 *
 * Invariant: all bytes are printable ASCII. Eight of them are then never a NaN, so they can go
 * through a float64 as they are.
 */
import type { BytesBuilder } from '@belay/columns'

/** Bytes that a copy may read and write behind a text. */
export const SLACK_BYTES = 8

/** Texts laid out one after the other. */
export class TextTable {
  readonly bytes: DataView
  readonly offsets: Uint32Array
  readonly longest: number

  constructor(texts: readonly string[]) {
    this.bytes = bytesOf(texts.join(''))
    this.offsets = new Uint32Array(texts.length + 1)
    let longest = 0
    texts.forEach((text, i) => {
      this.offsets[i + 1] = this.offsets[i] + text.length
      longest = Math.max(longest, text.length)
    })
    this.longest = longest
  }
}

/** ASCII text, with slack behind it. */
function bytesOf(text: string): DataView {
  const bytes = new Uint8Array(text.length + SLACK_BYTES)
  bytes.set(Buffer.from(text, 'latin1'))
  return new DataView(bytes.buffer)
}

/** Copies `size` bytes; up to seven behind them are written as well. */
function copyText(source: DataView, from: number, target: DataView, at: number, size: number): void {
  for (let i = 0; i < size; i += 8) target.setFloat64(at + i, source.getFloat64(from + i, true), true)
}

/** Writes the texts of one column in rows of at most `longest` bytes. */
export class TextWriter {
  readonly #builder: BytesBuilder
  #target: DataView

  constructor(builder: BytesBuilder) {
    this.#builder = builder
    this.#target = viewOf(builder)
  }

  /** Makes room for rows to come; before the first one of a batch. */
  begin(rows: number, longest: number): void {
    this.#builder.reserve(rows, rows * longest + SLACK_BYTES)
    if (this.#target.buffer !== this.#builder.bytes.buffer) this.#target = viewOf(this.#builder)
  }

  push(source: DataView, from: number, size: number): void {
    const builder = this.#builder
    const at = builder.size
    copyText(source, from, this.#target, at, size)
    builder.size = at + size
    builder.offsets[++builder.rows] = at + size
  }

  /** A text in which the bytes are put one by one. */
  pushByte(byte: number): void {
    this.#target.setUint8(this.#builder.size++, byte)
  }

  endText(): void {
    this.#builder.offsets[++this.#builder.rows] = this.#builder.size
  }
}

function viewOf({ bytes }: BytesBuilder): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
