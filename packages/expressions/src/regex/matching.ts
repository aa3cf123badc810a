/** What the REGEXP functions do with one text. */
import { RowFailure } from '../scalar/failure.ts'
import { characterCount } from '../scalar/text.ts'
import { regexOf, type Regex } from './regex.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export function testMatch(value: string, pattern: string): boolean {
  const bytes = encoder.encode(value)
  return regexOf(pattern).test(bytes, 0, bytes.length)
}

/** Throws RowFailure BAD_ARGUMENT if the pattern has no such group. */
export function checkGroup(regex: Regex, group: number): void {
  if (group >= 0 && group <= regex.groups) return
  throw new RowFailure('BAD_ARGUMENT', `The pattern has no group ${group}; it has ${regex.groups}. Put ( ) around what you want.`)
}

export function extractMatch(value: string, pattern: string, group: number): string | null {
  const regex = regexOf(pattern)
  checkGroup(regex, group)
  const bytes = encoder.encode(value)
  return regex.find(bytes, 0, bytes.length, 0) ? groupText(regex, bytes, group) : null
}

function groupText(regex: Regex, bytes: Uint8Array, group: number): string | null {
  const from = regex.slots[group * 2]
  const to = regex.slots[group * 2 + 1]
  return from < 0 || to < 0 ? null : decoder.decode(bytes.subarray(from, to))
}

/** Visits every match from left to right; matches do not overlap. */
function eachMatch(value: string, pattern: string, visit: (regex: Regex, bytes: Uint8Array) => void): Uint8Array {
  const regex = regexOf(pattern)
  const bytes = encoder.encode(value)
  for (let at = 0; at <= bytes.length && regex.find(bytes, 0, bytes.length, at); at = regex.after(bytes, bytes.length)) visit(regex, bytes)
  return bytes
}

export function extractAll(value: string, pattern: string, group: number): (string | null)[] {
  checkGroup(regexOf(pattern), group)
  const found: (string | null)[] = []
  eachMatch(value, pattern, (regex, bytes) => found.push(groupText(regex, bytes, group)))
  return found
}

export function matchCount(value: string, pattern: string): number {
  let count = 0
  eachMatch(value, pattern, () => {
    count += 1
  })
  return count
}

/** In characters, from 1; 0 if there is no match. */
export function matchPosition(value: string, pattern: string): number {
  const regex = regexOf(pattern)
  const bytes = encoder.encode(value)
  if (!regex.find(bytes, 0, bytes.length, 0)) return 0
  return characterCount(decoder.decode(bytes.subarray(0, regex.slots[0]))) + 1
}

export function splitAtMatches(value: string, pattern: string): string[] {
  const parts: string[] = []
  let from = 0
  const whole = eachMatch(value, pattern, (regex, bytes) => {
    const [start, end] = regex.slots
    // An empty match splits between characters, not at the ends.
    if (start === end && (start === 0 || start === bytes.length)) return
    parts.push(decoder.decode(bytes.subarray(from, start)))
    from = end
  })
  parts.push(decoder.decode(whole.subarray(from)))
  return parts
}

export function replaceMatches(value: string, pattern: string, replacement: string): string {
  const pieces = replacementPieces(replacement, regexOf(pattern))
  let result = ''
  let from = 0
  const whole = eachMatch(value, pattern, (regex, bytes) => {
    result += decoder.decode(bytes.subarray(from, regex.slots[0]))
    for (const piece of pieces) result += typeof piece === 'string' ? piece : (groupText(regex, bytes, piece) ?? '')
    from = regex.slots[1]
  })
  return result + decoder.decode(whole.subarray(from))
}

const PIECE = /\\(.)|\$(\d)|\$\{([A-Za-z][A-Za-z0-9_]*)\}|[^\\$]+|[\\$]/gs

/** Text and group numbers, as Java reads a replacement. Throws RowFailure BAD_ARGUMENT. */
function replacementPieces(replacement: string, regex: Regex): (string | number)[] {
  const pieces: (string | number)[] = []
  for (const [whole, escaped, digit, name] of replacement.matchAll(PIECE)) {
    if (escaped !== undefined) pieces.push(escaped)
    else if (digit === undefined && name === undefined) {
      if (whole === '$' || whole === '\\')
        throw new RowFailure(
          'BAD_ARGUMENT',
          `In a replacement ${whole} must be followed by a group or stand after a backslash. Write \\${whole}.`,
        )
      pieces.push(whole)
    } else {
      const group = digit === undefined ? (regex.names.get(name) ?? -1) : Number(digit)
      if (group < 0) throw new RowFailure('BAD_ARGUMENT', `The pattern has no group called ${name}.`)
      checkGroup(regex, group)
      pieces.push(group)
    }
  }
  return pieces
}
