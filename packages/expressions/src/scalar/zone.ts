/**
 * Offsets of time zones. The rules come from `Intl` (the time zone database of the platform), read
 * once per zone and year; fixed offsets (`+02:00`, `UTC`, `Z`) need none.
 */
import { civilOfDays, daysOfCivil } from '@belay/columns'
import { RowFailure } from './failure.ts'
import { DAY_MS, daysOf, fixedOffset } from './timestamp.ts'

/** Offsets of one year: `offsets[i]` holds from `starts[i]` on. */
interface Year {
  readonly starts: readonly number[]
  readonly offsets: readonly number[]
}

export interface Zone {
  /** ms to add to UTC at a time. */
  offsetAt(ms: number): number
}

/** Years that the database speaks of; outside them the offset at the start of the nearest one holds. */
const FIRST_YEAR = 1900
const LAST_YEAR = 2200

const zones = new Map<string, Zone>()

/** Throws RowFailure BAD_ZONE. */
export function zoneOf(name: string): Zone {
  const known = zones.get(name)
  if (known !== undefined) return known
  const zone = newZone(name)
  if (zones.size > 100) zones.clear()
  zones.set(name, zone)
  return zone
}

function newZone(name: string): Zone {
  if (name === 'Z' || name === 'UTC') return { offsetAt: () => 0 }
  if (/^[+-]\d{2}:\d{2}$/.test(name)) {
    const offset = fixedOffset(name)
    return { offsetAt: () => offset }
  }
  try {
    return new RuledZone(name)
  } catch (error) {
    if (error instanceof RangeError)
      throw new RowFailure('BAD_ZONE', `'${name}' is not a time zone. Use a name such as 'Europe/Berlin', or an offset such as '+02:00'.`)
    throw error
  }
}

class RuledZone implements Zone {
  readonly #clock: Intl.DateTimeFormat
  readonly #years = new Map<number, Year>()
  /** The last answer holds in `[from, to)`. */
  #from = 0
  #to = 0
  #offset = 0

  constructor(name: string) {
    this.#clock = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  offsetAt(ms: number): number {
    if (ms >= this.#from && ms < this.#to) return this.#offset
    const year = civilOfDays(daysOf(ms)).year
    const clamped = Math.min(Math.max(year, FIRST_YEAR), LAST_YEAR)
    if (clamped !== year) return this.#read(clamped).offsets[0]
    const { starts, offsets } = this.#read(year)
    let at = starts.length - 1
    while (starts[at] > ms) at -= 1
    this.#from = starts[at]
    this.#to = at + 1 < starts.length ? starts[at + 1] : daysOfCivil(year + 1, 1, 1) * DAY_MS
    this.#offset = offsets[at]
    return this.#offset
  }

  #read(year: number): Year {
    const known = this.#years.get(year)
    if (known !== undefined) return known
    const first = daysOfCivil(year, 1, 1)
    const last = daysOfCivil(year + 1, 1, 1)
    const starts = [first * DAY_MS]
    const offsets = [this.#ask(first * DAY_MS)]
    for (let day = first + 1; day <= last; day += 1) {
      const offset = this.#ask(day * DAY_MS - 1)
      const before = offsets[offsets.length - 1]
      if (offset === before) continue
      starts.push(this.#change((day - 1) * DAY_MS - 1, day * DAY_MS - 1, before))
      offsets.push(offset)
    }
    const found = { starts, offsets }
    this.#years.set(year, found)
    return found
  }

  /** The first ms in `(low, high]` whose offset is not `before`. */
  #change(low: number, high: number, before: number): number {
    let from = low
    let to = high
    while (to - from > 1) {
      const middle = Math.floor((from + to) / 2)
      if (this.#ask(middle) === before) from = middle
      else to = middle
    }
    return to
  }

  #ask(ms: number): number {
    const second = Math.floor(ms / 1000) * 1000
    const read: Record<string, number> = {}
    for (const { type, value } of this.#clock.formatToParts(second)) read[type] = Number(value)
    const days = daysOfCivil(read['year'], read['month'], read['day'])
    return days * DAY_MS + read['hour'] * 3_600_000 + read['minute'] * 60_000 + read['second'] * 1000 - second
  }
}

/** What clocks in the zone show at a time, as a timestamp. */
export function toLocal(ms: number, zone: Zone): number {
  return ms + zone.offsetAt(ms)
}

/**
 * The time at which clocks in the zone show `local`. Where they show it twice, the first; where they
 * skip it, as much later as they were put forward.
 */
export function fromLocal(local: number, zone: Zone): number {
  const early = local - zone.offsetAt(local - DAY_MS)
  if (toLocal(early, zone) === local) return early
  const late = local - zone.offsetAt(local + DAY_MS)
  return toLocal(late, zone) === local ? late : early
}
