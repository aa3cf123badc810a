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

  /** `bytes`: the texts and slack behind them; text `i` lies from `offsets[i]` to the next one. */
  constructor(bytes: Uint8Array, offsets: Uint32Array) {
    this.bytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.offsets = offsets
    let longest = 0
    for (let i = 1; i < offsets.length; i += 1) longest = Math.max(longest, offsets[i] - offsets[i - 1])
    this.longest = longest
  }

  /** ASCII texts. */
  static of(texts: readonly string[]): TextTable {
    const offsets = new Uint32Array(texts.length + 1)
    texts.forEach((text, i) => {
      offsets[i + 1] = offsets[i] + text.length
    })
    const bytes = new Uint8Array(offsets[texts.length] + SLACK_BYTES)
    bytes.set(Buffer.from(texts.join(''), 'latin1'))
    return new TextTable(bytes, offsets)
  }
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
