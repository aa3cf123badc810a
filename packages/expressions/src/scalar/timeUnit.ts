/** Units of time: parts, starts, sums and differences. Weeks start on Monday (ISO). */
import { civilOfDays, daysOfCivil } from '@belay/columns'
import { RowFailure } from './failure.ts'
import { weekday } from './timePattern.ts'
import { addMonths, DAY_MS, daysOf, HOUR_MS, MINUTE_MS } from './timestamp.ts'

export type TimeUnit = 'millisecond' | 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year'

/** Length of the units that always have the same one. */
export const FIXED_MS: Readonly<Partial<Record<TimeUnit, number>>> = {
  millisecond: 1,
  second: 1000,
  minute: MINUTE_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
}
const MONTHS: Readonly<Partial<Record<TimeUnit, number>>> = { month: 1, quarter: 3, year: 12 }

/** Throws RowFailure BAD_UNIT. */
export function timeUnit(text: string): TimeUnit {
  const name = text.toLowerCase()
  if (Object.hasOwn(FIXED_MS, name) || Object.hasOwn(MONTHS, name)) return name as TimeUnit
  const units = [...Object.keys(FIXED_MS), ...Object.keys(MONTHS)].join(', ')
  throw new RowFailure('BAD_UNIT', `'${text}' is not a unit of time. Use ${units}.`)
}

/** Start of the unit that a time lies in. */
export function truncateTime(unit: TimeUnit, ms: number): number {
  const size = FIXED_MS[unit]
  // 1970-01-01 was a Thursday.
  if (unit === 'week') return Math.floor((ms + 3 * DAY_MS) / (7 * DAY_MS)) * 7 * DAY_MS - 3 * DAY_MS
  if (size !== undefined) return Math.floor(ms / size) * size
  const { year, month } = civilOfDays(daysOf(ms))
  const first = unit === 'year' ? 1 : unit === 'quarter' ? month - ((month - 1) % 3) : month
  return daysOfCivil(year, first, 1) * DAY_MS
}

/** `count` units later; by calendar for months and longer ones. May leave the range of timestamps. */
export function addTime(unit: TimeUnit, count: number, ms: number): number {
  const size = FIXED_MS[unit]
  if (size !== undefined) return ms + count * size
  const days = daysOf(ms)
  return addMonths(days, count * (MONTHS[unit] ?? 0)) * DAY_MS + (ms - days * DAY_MS)
}

/** Whole units from one time to another, truncated towards zero. */
export function timeDifference(unit: TimeUnit, from: number, to: number): number {
  const size = FIXED_MS[unit]
  if (size !== undefined) return Math.trunc((to - from) / size) + 0
  const a = civilOfDays(daysOf(from))
  const b = civilOfDays(daysOf(to))
  let months = (b.year - a.year) * 12 + b.month - a.month
  const reached = addTime('month', months, from)
  if (months > 0 && reached > to) months -= 1
  else if (months < 0 && reached < to) months += 1
  return Math.trunc(months / (MONTHS[unit] ?? 1)) + 0
}

export type TimePart =
  | 'year'
  | 'quarter'
  | 'month'
  | 'week'
  | 'day'
  | 'dow'
  | 'isodow'
  | 'doy'
  | 'hour'
  | 'minute'
  | 'second'
  | 'millisecond'
  | 'epoch'

const PARTS: readonly string[] = [
  'year',
  'quarter',
  'month',
  'week',
  'day',
  'dow',
  'isodow',
  'doy',
  'hour',
  'minute',
  'second',
  'millisecond',
  'epoch',
]

/** Throws RowFailure BAD_UNIT. */
export function timePart(text: string): TimePart {
  const name = text.toLowerCase()
  if (PARTS.includes(name)) return name as TimePart
  throw new RowFailure('BAD_UNIT', `'${text}' is not a part of a time. Use ${PARTS.join(', ')}.`)
}

export function partOfTime(part: TimePart, ms: number): number {
  switch (part) {
    case 'hour':
      return modulo(Math.floor(ms / HOUR_MS), 24)
    case 'minute':
      return modulo(Math.floor(ms / MINUTE_MS), 60)
    case 'second':
      return modulo(Math.floor(ms / 1000), 60)
    case 'millisecond':
      return modulo(ms, 1000)
    case 'epoch':
      return Math.floor(ms / 1000)
    default:
      return partOfDay(part, daysOf(ms))
  }
}

function partOfDay(part: Exclude<TimePart, 'hour' | 'minute' | 'second' | 'millisecond' | 'epoch'>, days: number): number {
  switch (part) {
    case 'dow':
      return weekday(days) + 1
    case 'isodow':
      return weekday(days + 6) + 1
    case 'week':
      return isoWeek(days)
    case 'year':
      return civilOfDays(days).year
    case 'quarter':
      return Math.ceil(civilOfDays(days).month / 3)
    case 'month':
      return civilOfDays(days).month
    case 'day':
      return civilOfDays(days).day
    case 'doy':
      return days - daysOfCivil(civilOfDays(days).year, 1, 1) + 1
  }
}

/** Week 1 is the one with the year's first Thursday. */
function isoWeek(days: number): number {
  const thursday = days - weekday(days + 6) + 3
  return Math.floor((thursday - daysOfCivil(civilOfDays(thursday).year, 1, 1)) / 7) + 1
}

function modulo(value: number, size: number): number {
  return value - Math.floor(value / size) * size
}
