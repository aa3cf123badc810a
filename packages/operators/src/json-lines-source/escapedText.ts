/** Texts of JSON with escapes, written into a column as what they stand for. */
import type { BytesBuilder } from '@belay/columns'
import { BACKSLASH, hexOf, textStop, unescaped } from './jsonBytes.ts'

/** Appends the text in `[from, to)`, whose escapes are sound. A lone surrogate becomes U+FFFD (engine-spec H21). */
export function pushEscaped(builder: BytesBuilder, bytes: Uint8Array, view: DataView, from: number, to: number): void {
  let at = from
  while (at < to) {
    const stop = textStop(view, at, to)
    if (stop > at) builder.appendText(bytes, at, stop)
    at = stop
    if (at >= to) break
    const byte = unescaped(bytes[at + 1])
    if (byte >= 0) {
      builder.appendByte(byte)
      at += 2
      continue
    }
    let code = hexOf(bytes, at + 2)
    at += 6
    if (code >= 0xd800 && code < 0xe000) {
      const low = at + 6 <= to && bytes[at] === BACKSLASH && bytes[at + 1] === 117 ? hexOf(bytes, at + 2) : -1
      if (code < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
        at += 6
      } else code = 0xfffd
    }
    appendCode(builder, code)
  }
  builder.endText()
}

function appendCode(builder: BytesBuilder, code: number): void {
  if (code < 0x80) return builder.appendByte(code)
  if (code < 0x800) builder.appendByte(0xc0 | (code >> 6))
  else {
    if (code < 0x10000) builder.appendByte(0xe0 | (code >> 12))
    else {
      builder.appendByte(0xf0 | (code >> 18))
      builder.appendByte(0x80 | ((code >> 12) & 63))
    }
    builder.appendByte(0x80 | ((code >> 6) & 63))
  }
  builder.appendByte(0x80 | (code & 63))
}
