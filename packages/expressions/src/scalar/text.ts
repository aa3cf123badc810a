/** Text by characters (code points), one value at a time. */
import { RowFailure } from './failure.ts'

/** Longest text that a function may make, in characters. */
const MAX_TEXT = 1_000_000

/** SQL SUBSTRING: 1-based; a negative start counts from the end, as in Flink. */
export function substring(value: string, from: number, length: number): string {
  const characters = Array.from(value)
  const start = from > 0 ? from - 1 : from === 0 ? 0 : characters.length + from
  if (start < 0 || length <= 0) return ''
  return characters.slice(start, start + length).join('')
}

export function characterCount(value: string): number {
  let count = 0
  for (const _ of value) count += 1
  return count
}

/** Throws RowFailure TEXT_TOO_LONG. */
export function checkLength(length: number): void {
  if (length > MAX_TEXT) throw new RowFailure('TEXT_TOO_LONG', `The text would have more than ${MAX_TEXT} characters. Use a smaller count.`)
}

export function pad(value: string, length: number, fill: string, left: boolean): string {
  const characters = Array.from(value)
  checkLength(length)
  if (length <= characters.length || fill === '') return characters.slice(0, Math.max(0, length)).join('')
  const missing = length - characters.length
  const filling = Array.from(fill.repeat(Math.ceil(missing / characterCount(fill))))
    .slice(0, missing)
    .join('')
  return left ? filling + value : value + filling
}

/** Position from 1 of a part, counted in characters, looked for from character `from` on; 0 if absent. */
export function positionOf(part: string, value: string, from = 1): number {
  if (from < 1) return 0
  const characters =
    from === 1
      ? value
      : Array.from(value)
          .slice(from - 1)
          .join('')
  if (from > 1 && from > characterCount(value) + 1) return 0
  const at = characters.indexOf(part)
  return at < 0 ? 0 : characterCount(characters.slice(0, at)) + from
}

/** Takes characters of a set off the ends. */
export function trim(value: string, set: string, start: boolean, end: boolean): string {
  const characters = Array.from(value)
  const unwanted = new Set(Array.from(set))
  let from = 0
  let to = characters.length
  while (start && from < to && unwanted.has(characters[from])) from += 1
  while (end && to > from && unwanted.has(characters[to - 1])) to -= 1
  return characters.slice(from, to).join('')
}

/** Words begin after anything that is no letter or digit. */
export function initcap(value: string): string {
  return value.toLowerCase().replace(/[\p{L}\p{N}]+/gu, (word) => {
    const [first, ...rest] = word
    return first.toUpperCase() + rest.join('')
  })
}

export function split(value: string, separator: string): string[] {
  return separator === '' ? [value] : value.split(separator)
}

/** Fewest single-character insertions, deletions and replacements between two texts. Throws RowFailure TEXT_TOO_LONG. */
export function editDistance(a: string, b: string): number {
  const x = Array.from(a)
  const y = Array.from(b)
  if (x.length * y.length > 4_000_000)
    throw new RowFailure('TEXT_TOO_LONG', 'The texts are too long to compare letter by letter. Cut them with LEFT.')
  let row = Array.from({ length: y.length + 1 }, (_, i) => i)
  for (let i = 1; i <= x.length; i += 1) {
    const next = [i]
    for (let k = 1; k <= y.length; k += 1) next.push(Math.min(next[k - 1] + 1, row[k] + 1, row[k - 1] + (x[i - 1] === y[k - 1] ? 0 : 1)))
    row = next
  }
  return row[y.length]
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export function toBase64(value: string): string {
  const bytes = new TextEncoder().encode(value)
  let result = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    for (let k = 0; k < 4; k += 1) result += i + k > bytes.length ? '=' : BASE64[(group >> (18 - 6 * k)) & 63]
  }
  return result
}

/** null if it is not base64, or not of UTF-8 text. */
export function fromBase64(value: string): string | null {
  const digits = value.replace(/=+$/, '')
  if (value.length % 4 !== 0 || value.length - digits.length > 2 || digits.length % 4 === 1) return null
  const bytes: number[] = []
  let group = 0
  let bits = 0
  for (const digit of digits) {
    const code = BASE64.indexOf(digit)
    if (code < 0) return null
    group = ((group << 6) | code) & 0xfff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes.push((group >> bits) & 255)
    }
  }
  return decoded(Uint8Array.from(bytes))
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

/** As an HTML form sends it: a space is +. */
export function urlEncode(value: string): string {
  return encodeURIComponent(value)
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

export function urlDecode(value: string): string | null {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '))
  } catch {
    return null
  }
}

const URL_PARTS = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(?:([^/?#@]*)@)?([^/?#:]*)(?::(\d*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s

/** A part of a URL as Flink names them; null if there is none. Throws RowFailure BAD_ARGUMENT. */
export function urlPart(url: string, part: string, key: string | undefined): string | null {
  const known = urlPartName(part)
  const match = URL_PARTS.exec(url)
  if (match === null) return null
  const [, scheme, user, host, port, path, query, fragment] = match
  switch (known) {
    case 'PROTOCOL':
      return scheme
    case 'HOST':
      return host
    case 'PATH':
      return path
    case 'QUERY':
      return key === undefined ? (query ?? null) : queryValue(query ?? '', key)
    case 'REF':
      return fragment ?? null
    case 'FILE':
      return query === undefined ? path : `${path}?${query}`
    case 'USERINFO':
      return user ?? null
    case 'AUTHORITY':
      return `${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}`
  }
}

const URL_PART_NAMES = ['PROTOCOL', 'HOST', 'PATH', 'QUERY', 'REF', 'FILE', 'USERINFO', 'AUTHORITY'] as const

export function urlPartName(part: string): (typeof URL_PART_NAMES)[number] {
  const known = URL_PART_NAMES.find((name) => name === part)
  if (known === undefined) throw new RowFailure('BAD_ARGUMENT', `'${part}' is not a part of a URL. Use ${URL_PART_NAMES.join(', ')}.`)
  return known
}

function queryValue(query: string, key: string): string | null {
  for (const pair of query.split('&')) if (pair.startsWith(`${key}=`)) return pair.slice(key.length + 1)
  return null
}
