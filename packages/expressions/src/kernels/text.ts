/** Text kernels that work on UTF-8 bytes; those with an ASCII path fall back to the lifted scalar. */
import { viewOf, type BytesBuilder, type BytesColumn } from '@belay/columns'
import { findBytes as find, likeMatcher } from '../scalar/like.ts'
import { Bytes, eitherNull, Numbers, Texts, textsOf, type Evaluator, type Mask } from './evaluator.ts'

/** The same function over any column; for batches that the fast way does not cover. */
export type Fallback = (operand: Evaluator) => Evaluator

export function textLength(operand: Evaluator): Evaluator {
  const memory = new Numbers()
  return {
    run(batch, errors, active) {
      const { offsets, bytes, ascii, nulls } = textsOf(operand.run(batch, errors, active))
      const out = memory.of(batch.rows)
      for (let i = 0; i < batch.rows; i += 1) {
        let length = offsets[i + 1] - offsets[i]
        // Continuation bytes start no character.
        if (!ascii) for (let k = offsets[i]; k < offsets[i + 1]; k += 1) if ((bytes[k] & 0xc0) === 0x80) length -= 1
        out[i] = length
      }
      return { storage: 'number', type: 'int64', values: out, nulls }
    },
  }
}

export function byteLength(operand: Evaluator): Evaluator {
  const memory = new Numbers()
  return {
    run(batch, errors, active) {
      const { offsets, nulls } = textsOf(operand.run(batch, errors, active))
      const out = memory.of(batch.rows)
      for (let i = 0; i < batch.rows; i += 1) out[i] = offsets[i + 1] - offsets[i]
      return { storage: 'number', type: 'int64', values: out, nulls }
    },
  }
}

/** `first`: the first letter to change ('A' or 'a'); its case is flipped. ASCII texts keep their places. */
export function changeCase(first: number, operand: Evaluator, fallback: Fallback): Evaluator {
  let memory: Uint8Array = new Uint8Array(0)
  let column: BytesColumn | undefined
  const slow = fallback({ run: (batch, errors, active) => column ?? operand.run(batch, errors, active) })
  return {
    run(batch, errors, active) {
      column = textsOf(operand.run(batch, errors, active))
      if (!column.ascii) return slow.run(batch, errors, active)
      const { bytes, offsets } = column
      const from = offsets[0]
      const to = offsets[batch.rows]
      if (memory.length < to) memory = new Uint8Array(to + 1024)
      for (let k = from; k < to; k += 1) {
        const byte = bytes[k]
        memory[k] = byte >= first && byte < first + 26 ? byte ^ 32 : byte
      }
      return { ...column, bytes: memory }
    },
  }
}

/** SUBSTRING with constant bounds; `from` ≥ 1. */
export function constantSubstring(from: number, length: number, operand: Evaluator, fallback: Fallback): Evaluator {
  return asciiOr(operand, fallback, (column, rows, builder) => {
    const { offsets, bytes } = column
    for (let i = 0; i < rows; i += 1) {
      const start = Math.min(offsets[i] + from - 1, offsets[i + 1])
      builder.pushBytes(bytes, start, Math.min(start + Math.max(length, 0), offsets[i + 1]), true)
    }
  })
}

function asciiOr(
  operand: Evaluator,
  fallback: Fallback,
  fill: (column: BytesColumn, rows: number, builder: BytesBuilder) => void,
): Evaluator {
  const texts = new Texts('string')
  let column: BytesColumn | undefined
  const slow = fallback({ run: (batch, errors, active) => column ?? operand.run(batch, errors, active) })
  return {
    run(batch, errors, active) {
      column = textsOf(operand.run(batch, errors, active))
      if (!column.ascii) return slow.run(batch, errors, active)
      fill(column, batch.rows, texts.start())
      return { ...texts.column(), nulls: column.nulls }
    },
  }
}

/** Spaces taken off the ends; a space is one byte in UTF-8. */
export function trimSpaces(start: boolean, end: boolean, operand: Evaluator): Evaluator {
  return eachText(operand, ({ offsets, bytes, ascii }, row, builder) => {
    let from = offsets[row]
    let to = offsets[row + 1]
    if (start) while (from < to && bytes[from] === 32) from += 1
    if (end) while (to > from && bytes[to - 1] === 32) to -= 1
    builder.pushBytes(bytes, from, to, ascii)
  })
}

/** REPLACE of a constant that is not empty by a constant. UTF-8 finds parts only at characters. */
export function replaceConstant(part: Uint8Array, by: Uint8Array, operand: Evaluator): Evaluator {
  const byAscii = by.every((byte) => byte < 128)
  return eachText(operand, ({ offsets, bytes, ascii }, row, builder) => {
    const to = offsets[row + 1]
    let from = offsets[row]
    for (let at = find(bytes, from, to, part); at >= 0; at = find(bytes, from, to, part)) {
      builder.append(bytes, from, at, ascii)
      builder.append(by, 0, by.length, byAscii)
      from = at + part.length
    }
    builder.append(bytes, from, to, ascii)
    builder.endText()
  })
}

/** How many characters of a text a part takes up: what REPLACE of it by nothing takes away. */
export function occupied(part: Uint8Array, characters: number, operand: Evaluator): Evaluator {
  const memory = new Numbers()
  const [first] = part
  return {
    run(batch, errors, active) {
      const { bytes, offsets, nulls } = textsOf(operand.run(batch, errors, active))
      const view = viewOf(bytes)
      const out = memory.of(batch.rows)
      for (let i = 0; i < batch.rows; i += 1) {
        const to = offsets[i + 1]
        let count = 0
        if (part.length === 1) count = countByte(view, offsets[i], to, first)
        else for (let at = find(bytes, offsets[i], to, part); at >= 0; at = find(bytes, at + part.length, to, part)) count += 1
        out[i] = count * characters
      }
      return { storage: 'number', type: 'int64', values: out, nulls }
    },
  }
}

/** Words of four bytes after which a count of 255 in one of them would be too small. */
const MOST_WORDS = 255
const LOW_BITS = 0x7f7f7f7f

/** How often a byte occurs in `[from, to)`: four at a time, each counted in a byte of its own. */
function countByte(view: DataView, from: number, to: number, byte: number): number {
  const pattern = Math.imul(byte, 0x01010101)
  let count = 0
  while (to - from >= 4) {
    const stop = Math.min(to - 3, from + MOST_WORDS * 4)
    let found = 0
    for (; from < stop; from += 4) {
      const differs = view.getInt32(from, true) ^ pattern
      // The top bit of each byte that is zero, moved to its lowest.
      found += ~(((differs & LOW_BITS) + LOW_BITS) | differs | LOW_BITS) >>> 7
    }
    count += (found & 255) + ((found >>> 8) & 255) + ((found >>> 16) & 255) + (found >>> 24)
  }
  for (; from < to; from += 1) count += view.getUint8(from) === byte ? 1 : 0
  return count
}

/** The part `index` (from 0) between constant separators; NULL or empty where there is none. */
export function splitPart(separator: Uint8Array, index: number, missing: 'null' | 'empty', operand: Evaluator): Evaluator {
  const locate = separator.length === 1 ? locateByte : locatePart
  return eachText(operand, ({ offsets, bytes, ascii }, row, builder) => {
    const to = offsets[row + 1]
    let from = offsets[row]
    if (index > 0) {
      const at = locate(bytes, from, to, separator, index)
      if (at < 0) {
        if (missing === 'null') return builder.pushNull()
        return builder.pushBytes(bytes, to, to, true)
      }
      from = at + separator.length
    }
    const end = locate(bytes, from, to, separator, 1)
    builder.pushBytes(bytes, from, end < 0 ? to : end, ascii)
  })
}

/** Where the n-th separator begins, −1 if there are fewer. */
function locateByte(bytes: Uint8Array, from: number, to: number, separator: Uint8Array, n: number): number {
  const [wanted] = separator
  let left = n
  for (let at = from; at < to; at += 1) {
    if (bytes[at] !== wanted) continue
    left -= 1
    if (left === 0) return at
  }
  return -1
}

function locatePart(bytes: Uint8Array, from: number, to: number, separator: Uint8Array, n: number): number {
  let at = find(bytes, from, to, separator)
  for (let left = n - 1; left > 0 && at >= 0; left -= 1) at = find(bytes, at + separator.length, to, separator)
  return at
}

/** A text for every text that is wanted; NULL stays NULL. */
export function eachText(operand: Evaluator, push: (column: BytesColumn, row: number, builder: BytesBuilder) => void): Evaluator {
  const texts = new Texts('string')
  return {
    run(batch, errors, active) {
      const column = textsOf(operand.run(batch, errors, active))
      const { nulls } = column
      const builder = texts.start()
      for (let row = 0; row < batch.rows; row += 1) {
        if ((nulls !== undefined && nulls[row] === 1) || (active !== undefined && active[row] === 0)) builder.pushNull()
        else push(column, row, builder)
      }
      return texts.column()
    },
  }
}

/** CONCAT and ||. */
export function concatenation(args: readonly Evaluator[]): Evaluator {
  const texts = new Texts('string')
  const memories = args.map(() => new Bytes())
  return {
    run(batch, errors, active) {
      const columns = args.map((arg) => textsOf(arg.run(batch, errors, active)))
      let nulls: Mask
      columns.forEach((column, k) => {
        nulls = eitherNull(nulls, column.nulls, batch.rows, memories[k])
      })
      const builder = texts.start()
      for (let row = 0; row < batch.rows; row += 1) {
        if (nulls !== undefined && nulls[row] === 1) {
          builder.pushNull()
          continue
        }
        for (let k = 0; k < columns.length; k += 1) {
          const { offsets, bytes, ascii } = columns[k]
          builder.append(bytes, offsets[row], offsets[row + 1], ascii)
        }
        builder.endText()
      }
      return texts.column()
    },
  }
}

/** LIKE with a constant pattern, also STARTS_WITH and its kin. */
export function likeConstant(tokens: readonly number[], operand: Evaluator): Evaluator {
  return eachTextTest(operand, likeMatcher(tokens))
}

/** A bool for every text that is wanted; rows that are NULL get anything. */
export function eachTextTest(operand: Evaluator, test: (bytes: Uint8Array, from: number, to: number) => boolean): Evaluator {
  const memory = new Bytes()
  return {
    run(batch, errors, active) {
      const { offsets, bytes, nulls } = textsOf(operand.run(batch, errors, active))
      const out = memory.of(batch.rows)
      for (let i = 0; i < batch.rows; i += 1) {
        if (active === undefined || active[i] === 1) out[i] = test(bytes, offsets[i], offsets[i + 1]) ? 1 : 0
      }
      return { storage: 'bool', type: 'bool', values: out, nulls }
    },
  }
}
