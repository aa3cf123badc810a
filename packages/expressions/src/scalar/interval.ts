/** Intervals as text: `[-]days hours:minutes:seconds[.ms]`, and the INTERVAL literals of SQL. */

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** `1 02:03:04.005`; the milliseconds only if they are not 0. */
export function intervalText(ms: number): string {
  const size = Math.abs(ms)
  const two = (value: number): string => String(value).padStart(2, '0')
  const rest = size % 1000
  const clock = [Math.floor(size / HOUR_MS) % 24, Math.floor(size / MINUTE_MS) % 60, Math.floor(size / 1000) % 60].map(two).join(':')
  return `${ms < 0 ? '-' : ''}${Math.floor(size / DAY_MS)} ${clock}${rest === 0 ? '' : `.${String(rest).padStart(3, '0')}`}`
}

const TEXT = /^(-?)(?:(\d{1,9}) )?(\d{1,9}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?$/

/** The ms of `[-][days ]hours:minutes[:seconds[.fraction]]`, or undefined. */
export function parseInterval(text: string): number | undefined {
  const match = TEXT.exec(text.trim())
  if (match === null) return undefined
  const [, sign, days = '0', hours, minutes, seconds = '0', fraction = ''] = match
  if (Number(minutes) > 59 || Number(seconds) > 59) return undefined
  const ms =
    Number(days) * DAY_MS + Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * 1000 + Number(milliseconds(fraction))
  return sign === '-' ? 0 - ms : ms
}

function milliseconds(fraction: string): string {
  return fraction.padEnd(3, '0').slice(0, 3)
}

/** What an INTERVAL literal stands for: a span, or months, whose length depends on where they start. */
export type IntervalLiteral = { readonly kind: 'ms'; readonly ms: number } | { readonly kind: 'months'; readonly months: number }

const UNIT_MS: Readonly<Record<string, number>> = {
  MILLISECOND: 1,
  SECOND: 1000,
  MINUTE: MINUTE_MS,
  HOUR: HOUR_MS,
  DAY: DAY_MS,
  WEEK: 7 * DAY_MS,
}
const UNIT_MONTHS: Readonly<Record<string, number>> = { MONTH: 1, QUARTER: 3, YEAR: 12 }

/** Units that a literal may name, singular. */
export const INTERVAL_UNITS: readonly string[] = [...Object.keys(UNIT_MS), ...Object.keys(UNIT_MONTHS)]

/** `units`: one unit, or the first and last of a range. Undefined if the text does not fit them. */
export function intervalLiteral(text: string, units: readonly string[]): IntervalLiteral | undefined {
  const trimmed = text.trim()
  const [unit, last] = units
  if (last === undefined) {
    const months = UNIT_MONTHS[unit]
    const match = /^([+-]?)(\d{1,9})(?:\.(\d{1,9}))?$/.exec(trimmed)
    if (match === null) return undefined
    const [, sign, whole, fraction] = match
    if (fraction !== undefined && unit !== 'SECOND') return undefined
    const size = Number(whole) * (months ?? UNIT_MS[unit]) + (fraction === undefined ? 0 : Number(milliseconds(fraction)))
    const value = sign === '-' ? 0 - size : size
    return months === undefined ? { kind: 'ms', ms: value } : { kind: 'months', months: value }
  }
  if (unit === 'YEAR' && last === 'MONTH') {
    const match = /^(-?)(\d{1,6})-(\d{1,2})$/.exec(trimmed)
    if (match === null || Number(match[3]) > 11) return undefined
    const months = Number(match[2]) * 12 + Number(match[3])
    return { kind: 'months', months: match[1] === '-' ? 0 - months : months }
  }
  const ms = rangeMs(trimmed, unit, last)
  return ms === undefined ? undefined : { kind: 'ms', ms }
}

const CLOCK = ['DAY', 'HOUR', 'MINUTE', 'SECOND']

/** `1 02:03` DAY TO MINUTE and its kin: as many parts as there are units from the first to the last. */
function rangeMs(text: string, first: string, last: string): number | undefined {
  const from = CLOCK.indexOf(first)
  const to = CLOCK.indexOf(last)
  if (from < 0 || to <= from) return undefined
  const match = /^(-?)([\d: ]+)(?:\.(\d{1,9}))?$/.exec(text)
  if (match === null || (match[3] !== undefined && last !== 'SECOND')) return undefined
  const shape = new RegExp(
    `^${CLOCK.slice(from, to + 1)
      .map(() => '(\\d{1,9})')
      .join('[ :]')}$`,
  ).exec(match[2])
  if (shape === null || (first === 'DAY') !== match[2].includes(' ')) return undefined
  let ms = Number(milliseconds(match[3] ?? ''))
  for (let i = from; i <= to; i += 1) {
    const part = Number(shape[i - from + 1])
    if (i > from && part > (CLOCK[i] === 'HOUR' ? 23 : 59)) return undefined
    ms += part * UNIT_MS[CLOCK[i]]
  }
  return match[1] === '-' ? 0 - ms : ms
}
