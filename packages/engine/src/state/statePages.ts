/** Pages of stored state, searched by key, and the difference of two. */
import type { StateCell, StateChange, StateEntry, StateQuery } from '@belay/run'
import type { StoredState } from './storedState.ts'

export function pageOf(
  state: StoredState,
  { find, from, limit }: StateQuery,
): { readonly entries: StateEntry[]; readonly next: number | null } {
  const entries: StateEntry[] = []
  const wanted = find.toLowerCase()
  let index = from
  for (; index < state.size && entries.length < limit; index += 1) if (matches(state, index, wanted)) entries.push(state.entry(index))
  return { entries, next: index < state.size ? index : null }
}

/** The entry with exactly this key; null = there is none. */
export function entryOf(state: StoredState, key: readonly StateCell[] | string): StateEntry | null {
  const wanted = typeof key === 'string' ? key : JSON.stringify(key)
  const text = (cells: readonly StateCell[]): string => (typeof key === 'string' ? cells.map(String).join(', ') : JSON.stringify(cells))
  for (let index = 0; index < state.size; index += 1) if (text(state.keyCells(index)) === wanted) return state.entry(index)
  return null
}

function matches(state: StoredState, index: number, wanted: string): boolean {
  return wanted === '' || keyText(state.keyCells(index)).includes(wanted)
}

function keyText(cells: readonly StateCell[]): string {
  return cells.map(String).join(' ').toLowerCase()
}

/** Which keys differ, by their places: four bytes a key and side, so that pages need not compare again. */
export interface StateDifference {
  readonly before: StoredState | null
  readonly after: StoredState | null
  /** Places before and after, in turns. */
  readonly changed: Uint32Array
  readonly added: Uint32Array
  readonly removed: Uint32Array
}

/** null = that checkpoint has no such state. */
export function differenceOf(before: StoredState | null, after: StoredState | null): StateDifference {
  const changed: number[] = []
  const added: number[] = []
  const removed: number[] = []
  const find = finderOf(before)
  const met = new Uint8Array(before?.size ?? 0)
  for (let index = 0; after !== null && index < after.size; index += 1) {
    const other = find(after, index)
    if (other < 0 || before === null) {
      added.push(index)
      continue
    }
    met[other] = 1
    if (!sameRows(before, other, after, index)) changed.push(other, index)
  }
  for (let index = 0; index < met.length; index += 1) if (met[index] === 0) removed.push(index)
  return { before, after, changed: Uint32Array.from(changed), added: Uint32Array.from(added), removed: Uint32Array.from(removed) }
}

function sameRows(before: StoredState, place: number, after: StoredState, index: number): boolean {
  return before.rows !== null && after.rows !== null
    ? after.rows.same(index, before.rows, place)
    : before.digest(place) === after.digest(index)
}

/** Finds another state's key in this one: its place, or −1. Open addressing over the hashes that the file has anyway. */
function finderOf(state: StoredState | null): (other: StoredState, otherIndex: number) => number {
  if (state === null || state.size === 0) return () => -1
  let capacity = 64
  while (capacity < state.size * 2) capacity *= 2
  const mask = capacity - 1
  const places = new Int32Array(capacity)
  for (let index = 0; index < state.size; index += 1) {
    let at = state.hash(index) & mask
    while (places[at] !== 0) at = (at + 1) & mask
    places[at] = index + 1
  }
  return (other, otherIndex) => {
    const hash = other.hash(otherIndex)
    for (let at = hash & mask; places[at] !== 0; at = (at + 1) & mask) {
      const index = places[at] - 1
      if (state.hash(index) === hash && other.sameKey(otherIndex, state, index)) return index
    }
    return -1
  }
}

export function changesOf(
  { before, after, changed, added, removed }: StateDifference,
  { find, from, limit }: StateQuery,
): { readonly changes: StateChange[]; readonly next: number | null } {
  const changes: StateChange[] = []
  const wanted = find.toLowerCase()
  const changedKeys = changed.length / 2
  const total = changedKeys + added.length + removed.length
  const at = (place: number): StateChange | null => {
    const oldPlace =
      place < changedKeys ? changed[place * 2] : place < changedKeys + added.length ? null : removed[place - changedKeys - added.length]
    const newPlace = place < changedKeys ? changed[place * 2 + 1] : place < changedKeys + added.length ? added[place - changedKeys] : null
    const key =
      (newPlace === null ? undefined : after?.keyCells(newPlace)) ?? (oldPlace === null ? undefined : before?.keyCells(oldPlace)) ?? []
    if (wanted !== '' && !keyText(key).includes(wanted)) return null
    return {
      kind: oldPlace === null ? 'added' : newPlace === null ? 'removed' : 'changed',
      key,
      before: oldPlace === null ? null : (before?.entry(oldPlace) ?? null),
      after: newPlace === null ? null : (after?.entry(newPlace) ?? null),
    }
  }
  let place = from
  for (; place < total && changes.length < limit; place += 1) {
    const change = at(place)
    if (change !== null) changes.push(change)
  }
  return { changes, next: place < total ? place : null }
}
