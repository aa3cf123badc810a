/** Numbers and times as the screen says them (ui.md §8): no-break spaces, three digits, units. */

const NBSP = '\u00a0'

/** 1 204 331 */
export function whole(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, NBSP)
}

/** 1 window, 5 windows */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${whole(value)}${NBSP}${Math.round(value) === 1 ? one : many}`
}

function threeDigits(value: number): string {
  if (value >= 100) return value.toFixed(0)
  if (value >= 10) return value.toFixed(1)
  return value.toFixed(2)
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
  return value < 10_000 ? whole(value) : scaled(value, 1000, COUNT_UNITS)
}

/** 1.42 M/s, 285 /s */
export function rate(perSecond: number): string {
  return perSecond < 1000 ? `${whole(perSecond)}${NBSP}/s` : `${scaled(perSecond, 1000, COUNT_UNITS)}/s`
}

/** 48.2 MB */
export function bytes(sizeBytes: number): string {
  return scaled(sizeBytes, 1000, ['B', 'kB', 'MB', 'GB'])
}

export function percent(share: number): string {
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
  if (ms < 10_000) return `${(ms / 1000).toFixed(2)}${NBSP}s`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}${NBSP}s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)}${NBSP}min ${Math.floor((ms % 60_000) / 1000)}${NBSP}s`
  return `${Math.floor(ms / 3_600_000)}${NBSP}h ${Math.floor((ms % 3_600_000) / 60_000)}${NBSP}min`
}

/** How long a run has been going: whole seconds, so that it moves once a second. */
export function uptime(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return seconds < 60 ? `${seconds}${NBSP}s` : duration(seconds * 1000)
}

/** 3 s ago, up to an hour; then the clock. */
export function ago(atMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1000))
  if (seconds < 60) return `${seconds}${NBSP}s ago`
  if (seconds < 3600) return `${Math.round(seconds / 60)}${NBSP}min ago`
  const at = new Date(atMs)
  const sameDay = at.toDateString() === new Date(nowMs).toDateString()
  return sameDay ? clock(atMs) : `${at.toLocaleDateString()} ${clock(atMs)}`
}

/** Made once: making one costs more than a hundred uses. */
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })

export function clock(atMs: number): string {
  return CLOCK.format(atMs)
}

/** 17:02:10.6 */
export function clockWithTenths(atMs: number): string {
  return `${clock(atMs)}.${Math.floor((atMs % 1000) / 100)}`
}

/** 17:02:10.840 */
export function clockWithMillis(atMs: number): string {
  return `${clock(atMs)}.${String(Math.floor(atMs % 1000)).padStart(3, '0')}`
}

/** 2001-03-01 05:00 */
export function eventTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
