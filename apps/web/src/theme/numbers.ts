/** Numbers and times as the screen says them (ui.md §8): no-break spaces, three digits, units, the language's decimal sign. */
import { locale } from '../language/language.ts'
import { t } from '../language/t.ts'

const NBSP = '\u00a0'

/** NaN = not known: its slot stays. */
const UNKNOWN = '–'

/** 1 204 331 */
export function whole(value: number): string {
  if (Number.isNaN(value)) return UNKNOWN
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, NBSP)
}

/** 1 window, 5 windows: both words are keys of their own. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${whole(value)}${NBSP}${t(Math.round(value) === 1 ? one : many)}`
}

/** Made once: making one costs more than a hundred uses. By the number of decimal places. */
const DECIMALS = [0, 1, 2].map(
  (places) => new Intl.NumberFormat(locale, { minimumFractionDigits: places, maximumFractionDigits: places, useGrouping: false }),
)

/** 1.5 */
export function decimal(value: number, places: 1 | 2 = 1): string {
  return DECIMALS[places].format(value)
}

const TWO_DIGITS = new Intl.NumberFormat(locale, { minimumSignificantDigits: 2, maximumSignificantDigits: 2, useGrouping: false })

/** 0.0085, 1.0, 12 */
export function twoDigits(value: number): string {
  return TWO_DIGITS.format(value)
}

function threeDigits(value: number): string {
  return DECIMALS[value >= 100 ? 0 : value >= 10 ? 1 : 2].format(value)
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let size = value
  let unit = 0
  while (size >= step && unit < units.length - 1) {
    size /= step
    unit += 1
  }
  return `${unit === 0 ? whole(size) : threeDigits(size)}${units[unit] === '' ? '' : NBSP + units[unit]}`
}

const COUNT_UNITS = ['', 'k', 'M', 'G']

/** 1.42 M */
export function count(value: number): string {
  return Number.isNaN(value) || value < 10_000 ? whole(value) : scaled(value, 1000, COUNT_UNITS)
}

/** 1.42 M/s, 285 /s */
export function rate(perSecond: number): string {
  if (Number.isNaN(perSecond)) return UNKNOWN
  return perSecond < 1000 ? `${whole(perSecond)}${NBSP}/s` : `${scaled(perSecond, 1000, COUNT_UNITS)}/s`
}

/** 48.2 MB */
export function bytes(sizeBytes: number): string {
  if (Number.isNaN(sizeBytes)) return UNKNOWN
  return scaled(sizeBytes, 1000, ['B', 'kB', 'MB', 'GB'])
}

export function percent(share: number): string {
  if (Number.isNaN(share)) return UNKNOWN
  return `${Math.round(share * 100)}${NBSP}%`
}

/** w 1 204 */
export function windowName(window: number): string {
  return `w${NBSP}${whole(window)}`
}

/** 6 ms, 0.31 s, 12.4 s, 2 min 5 s */
export function duration(ms: number): string {
  if (ms < 1) return `0${NBSP}ms`
  if (ms < 100) return `${Math.round(ms)}${NBSP}ms`
  if (ms < 10_000) return `${decimal(ms / 1000, 2)}${NBSP}s`
  if (ms < 60_000) return `${decimal(ms / 1000)}${NBSP}s`
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 60) return inUnits(minutes, 'min', Math.floor((ms % 60_000) / 1000), 's')
  return inUnits(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
}

/** 1 min, 2 h 14 min: of the small unit nothing is said where there is none. */
function inUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return `${large}${NBSP}${largeUnit}${small === 0 ? '' : ` ${small}${NBSP}${smallUnit}`}`
}

/** How long a run has been going: whole seconds, so that it moves once a second. */
export function uptime(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return seconds < 60 ? `${seconds}${NBSP}s` : duration(seconds * 1000)
}

/** 3 s ago, up to an hour; then the clock. */
export function ago(atMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1000))
  if (seconds < 3600) return t('{time} ago', { time: seconds < 60 ? `${seconds}${NBSP}s` : `${Math.round(seconds / 60)}${NBSP}min` })
  const sameDay = new Date(atMs).toDateString() === new Date(nowMs).toDateString()
  return sameDay ? clock(atMs) : `${day(atMs)} ${clock(atMs)}`
}

function clockWith(fractionalSecondDigits?: 1 | 3): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    fractionalSecondDigits,
  })
}

const CLOCK = clockWith()
const CLOCK_TENTHS = clockWith(1)
const CLOCK_MILLIS = clockWith(3)
const DAY = new Intl.DateTimeFormat(locale)
const MOMENT = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })

export function clock(atMs: number): string {
  return CLOCK.format(atMs)
}

/** 17:02:10.6 */
export function clockWithTenths(atMs: number): string {
  return CLOCK_TENTHS.format(atMs)
}

/** 17:02:10.840 */
export function clockWithMillis(atMs: number): string {
  return CLOCK_MILLIS.format(atMs)
}

/** 3/1/2001, 1.3.2001 */
export function day(atMs: number): string {
  return DAY.format(atMs)
}

/** Mar 1, 2001, 5:00 AM; 01.03.2001, 05:00 */
export function moment(atMs: number): string {
  return MOMENT.format(atMs)
}

/** 2001-03-01 05:00 */
export function eventTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
