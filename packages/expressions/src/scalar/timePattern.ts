/** Patterns of times, as Java's DateTimeFormatter reads them: compiled once, then formatted or parsed with. */
import { civilOfDays, daysOfCivil, monthLength } from '@belay/columns'
import { RowFailure } from './failure.ts'
import { DAY_MS, daysOf, HOUR_MS, MINUTE_MS, yearText } from './timestamp.ts'

/** A field by its letters, or text as it is. */
type Part = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'field'; readonly field: string }

/** What the finest field of a pattern depends on; times of the same unit have the same text. */
type Grain = 'day' | 'hour' | 'minute' | 'second' | 'ms'

export interface TimePattern {
  readonly parts: readonly Part[]
  readonly grainMs: number
}

const GRAINS: Readonly<Record<Grain, number>> = { day: DAY_MS, hour: HOUR_MS, minute: MINUTE_MS, second: 1000, ms: 1 }

const FIELDS: Readonly<Record<string, Grain>> = {
  yyyy: 'day',
  uuuu: 'day',
  yy: 'day',
  M: 'day',
  MM: 'day',
  MMM: 'day',
  MMMM: 'day',
  d: 'day',
  dd: 'day',
  D: 'day',
  DDD: 'day',
  Q: 'day',
  EEE: 'day',
  EEEE: 'day',
  H: 'hour',
  HH: 'hour',
  h: 'hour',
  hh: 'hour',
  a: 'hour',
  m: 'minute',
  mm: 'minute',
  s: 'second',
  ss: 'second',
  S: 'ms',
  SS: 'ms',
  SSS: 'ms',
  X: 'day',
  XX: 'day',
  XXX: 'day',
  Z: 'day',
}

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const known = new Map<string, TimePattern>()

/** Throws RowFailure BAD_TIME_PATTERN. */
export function timePattern(text: string): TimePattern {
  const cached = known.get(text)
  if (cached !== undefined) return cached
  const parts: Part[] = []
  let grainMs = DAY_MS
  const add = (more: string): void => {
    const last = parts.at(-1)
    if (last?.kind === 'text') parts[parts.length - 1] = { kind: 'text', text: last.text + more }
    else parts.push({ kind: 'text', text: more })
  }
  let at = 0
  while (at < text.length) {
    const letter = text[at]
    if (letter === "'") {
      const end = text.indexOf("'", at + 1)
      if (end < 0) throw bad(text, "a quote ' is not closed")
      add(end === at + 1 ? "'" : text.slice(at + 1, end))
      at = end + 1
    } else if (/[A-Za-z]/.test(letter)) {
      let end = at
      while (text[end] === letter) end += 1
      const field = text.slice(at, end)
      const grain = FIELDS[field]
      if (grain === undefined) throw bad(text, `\`${field}\` is no field; put text in quotes, for example 'T'`)
      parts.push({ kind: 'field', field })
      grainMs = Math.min(grainMs, GRAINS[grain])
      at = end
    } else {
      add(letter)
      at += 1
    }
  }
  const pattern = { parts, grainMs }
  if (known.size > 200) known.clear()
  known.set(text, pattern)
  return pattern
}

function bad(text: string, why: string): RowFailure {
  return new RowFailure('BAD_TIME_PATTERN', `'${text}' is not a time pattern: ${why}. Use yyyy MM dd HH mm ss SSS, or XXX for an offset.`)
}

/** `ms` as clocks show it that are `offsetMs` ahead of UTC. */
export function formatTime(ms: number, pattern: TimePattern, offsetMs = 0): string {
  const days = daysOf(ms)
  const time = ms - days * DAY_MS
  const { year, month, day } = civilOfDays(days)
  const hour = Math.floor(time / HOUR_MS)
  let text = ''
  for (const part of pattern.parts) {
    if (part.kind === 'text') text += part.text
    else text += isOffset(part.field) ? offsetText(part.field, offsetMs) : fieldText(part.field, days, time, year, month, day, hour)
  }
  return text
}

function isOffset(field: string): boolean {
  return field[0] === 'X' || field === 'Z'
}

/** `X` +05 or +0530, `XX` +0530, `XXX` +05:30, all of them Z for none; `Z` +0530. */
function offsetText(field: string, offsetMs: number): string {
  if (offsetMs === 0 && field !== 'Z') return 'Z'
  const minutes = Math.abs(Math.trunc(offsetMs / MINUTE_MS))
  const two = (value: number): string => String(value).padStart(2, '0')
  const hours = `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}`
  if (field === 'X' && minutes % 60 === 0) return hours
  return `${hours}${field === 'XXX' ? ':' : ''}${two(minutes % 60)}`
}

function fieldText(field: string, days: number, time: number, year: number, month: number, day: number, hour: number): string {
  const padded = (value: number): string => String(value).padStart(field.length, '0')
  switch (field) {
    case 'yyyy':
    case 'uuuu':
      return yearText(year)
    case 'yy':
      return padded(((year % 100) + 100) % 100)
    case 'M':
    case 'MM':
      return padded(month)
    case 'MMM':
      return MONTHS[month - 1].slice(0, 3)
    case 'MMMM':
      return MONTHS[month - 1]
    case 'd':
    case 'dd':
      return padded(day)
    case 'D':
    case 'DDD':
      return padded(days - daysOfCivil(year, 1, 1) + 1)
    case 'Q':
      return String(Math.ceil(month / 3))
    case 'EEE':
      return DAYS[weekday(days)].slice(0, 3)
    case 'EEEE':
      return DAYS[weekday(days)]
    case 'H':
    case 'HH':
      return padded(hour)
    case 'h':
    case 'hh':
      return padded(hour % 12 === 0 ? 12 : hour % 12)
    case 'a':
      return hour < 12 ? 'AM' : 'PM'
    case 'm':
    case 'mm':
      return padded(Math.floor(time / MINUTE_MS) % 60)
    case 's':
    case 'ss':
      return padded(Math.floor(time / 1000) % 60)
    default:
      return String(time % 1000)
        .padStart(3, '0')
        .slice(0, field.length)
  }
}

/** 0 = Sunday. */
export function weekday(days: number): number {
  return (((days + 4) % 7) + 7) % 7
}

/** Reads a text by a pattern; undefined if it does not fit, or is no such time. Numbers may be shorter than their field only if the field has one letter. */
export function parseTime(text: string, pattern: TimePattern): number | undefined {
  const read: Record<string, number> = {}
  let at = 0
  for (const part of pattern.parts) {
    if (part.kind === 'text') {
      if (!text.startsWith(part.text, at)) return undefined
      at += part.text.length
      continue
    }
    const end = readField(part.field, text, at, read)
    if (end === undefined) return undefined
    at = end
  }
  return at === text.length ? timeOf(read) : undefined
}

function readField(field: string, text: string, at: number, read: Record<string, number>): number | undefined {
  const letter = field[0]
  if (isOffset(field)) return readOffset(field, text, at, read)
  if (letter === 'E' || (letter === 'M' && field.length > 2)) {
    const names = letter === 'E' ? DAYS : MONTHS
    const index = names.findIndex((name) => text.startsWith(field.length === 3 ? name.slice(0, 3) : name, at))
    if (index < 0) return undefined
    if (letter === 'M') read['M'] = index + 1
    return at + (field.length === 3 ? 3 : names[index].length)
  }
  if (letter === 'a') {
    const half = text.slice(at, at + 2).toUpperCase()
    if (half !== 'AM' && half !== 'PM') return undefined
    read['a'] = half === 'PM' ? 12 : 0
    return at + 2
  }
  const most = field.length === 1 ? (letter === 'D' || letter === 'S' ? 3 : 2) : field.length
  let end = at
  while (end < text.length && end - at < most && text[end] >= '0' && text[end] <= '9') end += 1
  if (end === at || (field.length > 1 && end - at < most)) return undefined
  const digits = text.slice(at, end)
  if (letter === 'S') read['S'] = Number(digits.padEnd(3, '0'))
  else if (field === 'yy') read['y'] = 2000 + Number(digits)
  else read[letter === 'u' ? 'y' : letter] = Number(digits)
  return end
}

const OFFSET = /([+-])([01]\d)(?:(:?)([0-5]\d))?/y

function readOffset(field: string, text: string, at: number, read: Record<string, number>): number | undefined {
  if (text[at] === 'Z' && field !== 'Z') {
    read['X'] = 0
    return at + 1
  }
  OFFSET.lastIndex = at
  const found = OFFSET.exec(text)
  if (found === null) return undefined
  const [whole, sign, hours, colon, minutes] = found as unknown as readonly [string, string, string, string | undefined, string | undefined]
  if (minutes === undefined ? field !== 'X' : (colon === ':') !== (field === 'XXX')) return undefined
  read['X'] = (sign === '-' ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes ?? 0) * MINUTE_MS)
  return at + whole.length
}

function timeOf(read: Readonly<Record<string, number>>): number | undefined {
  const { y = 1970, M: month = 1, d: day = 1, D: dayOfYear, h, a = 0, m: minute = 0, s: second = 0, S: ms = 0, X: offsetMs = 0 } = read
  const hour = h === undefined ? (read['H'] ?? 0) : (h % 12) + a
  if (month < 1 || month > 12 || day < 1 || day > monthLength(y, month) || hour > 23 || minute > 59 || second > 59) return undefined
  if (h !== undefined && (h < 1 || h > 12)) return undefined
  if (dayOfYear !== undefined && (dayOfYear < 1 || dayOfYear > daysOfCivil(y + 1, 1, 1) - daysOfCivil(y, 1, 1))) return undefined
  const days = dayOfYear === undefined ? daysOfCivil(y, month, day) : daysOfCivil(y, 1, dayOfYear)
  return days * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + ms - offsetMs
}
