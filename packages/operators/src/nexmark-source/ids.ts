/** Events come in groups of fifty: a person, three auctions, 46 bids. Ids count up; some are hot. */
import type { EventKind } from './schemas.ts'

export const GROUP = 50
export const AUCTIONS_IN_GROUP = 3
const FIRST_ID = 1000
/** One id in so many is hot. */
export const HOT = 100
export const ACTIVE_PERSONS = 1000
export const ACTIVE_AUCTIONS = 100
/** Ids not yet made that events name already. */
export const AHEAD = 10

/** 2026-01-01T00:00:00Z */
const FIRST_TIME_MS = 1_767_225_600_000

export function timeOf(n: number, eventRate: number): number {
  return FIRST_TIME_MS + Math.floor((n * 1000) / eventRate)
}

export function kindOf(n: number): EventKind {
  const place = n % GROUP
  return place === 0 ? 'person' : place <= AUCTIONS_IN_GROUP ? 'auction' : 'bid'
}

/** The newest id when event `n` is made; the event's own if it makes one. */
export function newestPerson(n: number): number {
  return FIRST_ID + Math.floor(n / GROUP)
}

export function newestAuction(n: number): number {
  const place = n % GROUP
  return FIRST_ID + Math.floor(n / GROUP) * AUCTIONS_IN_GROUP + Math.min(AUCTIONS_IN_GROUP, Math.max(1, place)) - 1
}

export function hot(newest: number): number {
  return Math.max(FIRST_ID, Math.floor(newest / HOT) * HOT)
}

/** The last `active` ids that there are. */
export function known(newest: number, active: number): number {
  return Math.min(newest - FIRST_ID + 1, active)
}
