/**
 * Figures that this page has seen, so that a past moment can be looked at again. The engine sends
 * whole figures four times a second; they are kept as they came, thinned with age.
 *
 * Owns: the ticks. Pure. Invariants: ticks are in order of time; the newest is always there.
 */
import type { OperatorFigures, RunEvent, RunFigures } from '@belay/run'

export interface Tick {
  /** Wall clock of the run process. */
  readonly atMs: number
  readonly figures: RunFigures
}

/** What the screen shows of one moment. */
export interface Picture {
  readonly atMs: number
  readonly figures: RunFigures
}

/** Longer without a tick, and the page has not seen what was between. */
const UNSEEN_MS = 5000

/** All ticks of this long are kept, then one a second. */
const DENSE_MS = 120_000
const SPARSE_STEP_MS = 1000
const KEPT_MS = 1_800_000
/** Operators × ticks: bounds the memory of wide graphs. */
const KEPT_FIGURES = 40_000

export class RunHistory {
  #ticks: Tick[] = []
  /** Ticks before this index are thinned already. */
  #thinned = 0

  get ticks(): readonly Tick[] {
    return this.#ticks
  }

  add(tick: Tick): void {
    const last = this.#ticks.at(-1)
    if (last !== undefined && tick.atMs <= last.atMs) return
    this.#ticks.push(tick)
    this.#thin(tick)
  }

  #thin(newest: Tick): void {
    while (this.#thinned < this.#ticks.length && newest.atMs - this.#ticks[this.#thinned].atMs > DENSE_MS) {
      const before = this.#ticks[this.#thinned - 1]
      if (before !== undefined && this.#ticks[this.#thinned].atMs - before.atMs < SPARSE_STEP_MS) this.#ticks.splice(this.#thinned, 1)
      else this.#thinned += 1
    }
    const operators = Math.max(1, Object.keys(newest.figures.operators).length)
    const most = Math.max(2, Math.floor(KEPT_FIGURES / operators))
    let drop = 0
    while (drop < this.#ticks.length - 1 && (newest.atMs - this.#ticks[drop].atMs > KEPT_MS || this.#ticks.length - drop > most)) drop += 1
    if (drop === 0) return
    this.#ticks.splice(0, drop)
    this.#thinned = Math.max(0, this.#thinned - drop)
  }

  /** Index of the newest tick at or before the moment; -1 = none. */
  indexAt(atMs: number): number {
    let low = 0
    let high = this.#ticks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#ticks[middle].atMs <= atMs) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  /** Whether this page has seen the moment itself; what it has thinned with age, it has seen. */
  saw(atMs: number): boolean {
    const before = this.indexAt(atMs)
    if (before < 0) return false
    const after = this.#ticks[before + 1]
    return after === undefined || after.atMs - this.#ticks[before].atMs <= UNSEEN_MS
  }

  /**
   * The figures of the last tick before the moment, with the states that events have brought since:
   * states are exact to the millisecond, figures to a tick. null = before anything seen.
   */
  pictureAt(atMs: number, events: readonly RunEvent[]): Picture | null {
    const tick = this.#ticks[Math.max(0, this.indexAt(atMs))]
    if (tick === undefined) return null
    return { atMs, figures: withEvents(tick.figures, events, firstAfter(events, tick.atMs), atMs) }
  }
}

/** The figures with what events from index `first` up to the moment have changed. */
export function withEvents(figures: RunFigures, events: readonly RunEvent[], first: number, atMs: number): RunFigures {
  const operators: Record<string, OperatorFigures> = { ...figures.operators }
  let { state, reason, committedWindow } = figures
  for (let i = first; i < events.length && events[i].atMs <= atMs; i += 1) {
    const event = events[i]
    if (event.type === 'operator-state' && operators[event.operator] !== undefined)
      operators[event.operator] = {
        ...operators[event.operator],
        state: event.state,
        attempt: event.attempt,
        cause: event.cause,
      }
    else if (event.type === 'run-state') {
      state = event.state
      reason = event.reason
    } else if (event.type === 'committed') committedWindow = event.window
  }
  return { ...figures, state, reason, committedWindow, operators }
}

/** Index of the first event after the moment; events are in order. */
function firstAfter(events: readonly RunEvent[], atMs: number): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (events[middle].atMs <= atMs) low = middle + 1
    else high = middle
  }
  return low
}
