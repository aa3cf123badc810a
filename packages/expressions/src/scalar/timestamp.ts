/**
 * Timestamps as text. Milliseconds since the epoch, UTC (contracts, "Expression rules"); every
 * finite number is a time, so nothing here depends on the range of `Date`.
 */
import { civilOfDays, daysOfCivil, monthLength, parseDate } from '@belay/columns'

export const DAY_MS = 86_400_000
export const HOUR_MS = 3_600_000
export const MINUTE_MS = 60_000

/** Days since the epoch of the day that a time lies in. */
export function daysOf(ms: number): number {
  return Math.floor(ms / DAY_MS)
}

const PATTERN = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?$/

/** ms of `2001-01-31[ 13:45[:00[.123]]]`, also with `T`, `Z` or an offset; undefined if it is not one. */
export function parseTimestamp(text: string): number | undefined {
  const match = PATTERN.exec(text.trim())
  if (match === null) return undefined
  const [, date, hour = '0', minute = '0', second = '0', fraction = '', zone] = match
  const days = parseDate(date)
  if (days === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3))
  const value = days * DAY_MS + Number(hour) * HOUR_MS + Number(minute) * MINUTE_MS + Number(second) * 1000 + ms
  return zone === undefined || zone === 'Z' ? value : value - fixedOffset(zone)
}

/** ms of `+02:00`. */
export function fixedOffset(zone: string): number {
  const offset = Number(zone.slice(1, 3)) * HOUR_MS + Number(zone.slice(4, 6)) * MINUTE_MS
  return zone[0] === '-' ? 0 - offset : offset
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value))

/** `2001-01-31 13:45:00`, with `.123` only if the milliseconds are not 0. */
export function timestampText(ms: number): string {
  const days = daysOf(ms)
  const time = ms - days * DAY_MS
  const { year, month, day } = civilOfDays(days)
  const clock = `${two(Math.floor(time / HOUR_MS))}:${two(Math.floor(time / MINUTE_MS) % 60)}:${two(Math.floor(time / 1000) % 60)}`
  const rest = time % 1000
  return `${yearText(year)}-${two(month)}-${two(day)} ${clock}${rest === 0 ? '' : `.${String(rest).padStart(3, '0')}`}`
}

export function yearText(year: number): string {
  return `${year < 0 ? '-' : ''}${String(Math.abs(year)).padStart(4, '0')}`
}

/** The day `months` later; the last day of the month if that one is shorter. */
export function addMonths(days: number, months: number): number {
  const { year, month, day } = civilOfDays(days)
  const total = year * 12 + month - 1 + months
  const y = Math.floor(total / 12)
  const m = total - y * 12 + 1
  return daysOfCivil(y, m, Math.min(day, monthLength(y, m)))
}
