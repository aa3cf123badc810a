/**
 * Bytes of a text state column as people can read them. Operators keep whole rows in such columns as
 * well, each value behind a tag (packages/operators, rows/rowCodec.ts): what is no text is tried as that.
 */
import type { StateCell } from '@belay/run'

const MOST_CHARACTERS = 400
const MOST_BYTES = MOST_CHARACTERS * 4
const HEX_BYTES = 32

const strict = new TextDecoder('utf-8', { fatal: true })
const lenient = new TextDecoder()
// Any control character but tab, line feed and carriage return.
// oxlint-disable-next-line no-control-regex -- they are what tells packed rows from text.
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/

export function storedText(bytes: Uint8Array): string {
  if (bytes.length > MOST_BYTES) {
    const text = lenient.decode(bytes.subarray(0, MOST_BYTES))
    return CONTROL.test(text.slice(0, 8)) ? hex(bytes) : cutOff(text)
  }
  const text = textOrNull(bytes)
  if (text !== null && !CONTROL.test(text)) return cutOff(text)
  const row = packedRow(bytes)
  return row === null ? hex(bytes) : cutOff(JSON.stringify(row))
}

export function cutOff(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`
}

function textOrNull(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes)
  } catch {
    return null
  }
}

function hex(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEX_BYTES)).toString('hex')
  return `0x${shown}${bytes.length > HEX_BYTES ? '…' : ''}`
}

type Packed = StateCell | Packed[]

/** null = the bytes are no tagged values from the first to the last. */
function packedRow(bytes: Uint8Array): Packed[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const value = (): Packed => {
    switch (view.getUint8(at++)) {
      case 0:
        return null
      case 1:
        at += 8
        return view.getFloat64(at - 8, true)
      case 2:
        return view.getUint8(at++) === 1
      case 3: {
        const length = view.getUint32(at, true)
        at += 4 + length
        return strict.decode(bytes.subarray(at - length, at))
      }
      case 4:
        at += 8
        return String(view.getBigInt64(at - 8, true))
      case 5: {
        const items = view.getUint32(at, true)
        at += 4
        if (items > bytes.length) throw new RangeError('more items than bytes')
        return Array.from({ length: items }, value)
      }
      default:
        throw new RangeError('no such tag')
    }
  }
  try {
    const values: Packed[] = []
    while (at < bytes.length) values.push(value())
    return at === bytes.length ? values : null
  } catch {
    return null
  }
}
