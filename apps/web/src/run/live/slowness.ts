/**
 * Why is it slow: who is busy while others wait for it. Follows blocked operators down the graph to
 * the one that holds them up, over the last two seconds of figures (designer-ux §4, idea 4).
 */
import type { OperatorFigures } from '@belay/run'
import type { Tick } from './history.ts'

export interface Bottleneck {
  readonly operator: string
  /** Its share of time at work. */
  readonly busy: number
  /** Operators that stand still because of it, directly or through others. */
  readonly waiting: readonly string[]
  /** Fullest buffer into it, 0…1; null where it shares a container with its feeders. */
  readonly fill: number | null
  readonly sinceMs: number
  readonly growing: boolean
}

export interface Wiring {
  /** Operator → operators that read from it, with the stream between. */
  readonly readers: ReadonlyMap<string, readonly { readonly operator: string; readonly stream: string }[]>
}

const SPAN_MS = 2000
/** From here on an operator counts as held up. */
const BLOCKED_SHARE = 0.25
const BUSY_SHARE = 0.5
/** A culprit has to stay one for this long before it is named, and be gone for this long before it is not. */
const STEADY_MS = 1500

type Averages = ReadonlyMap<string, { readonly busy: number; readonly blocked: number; readonly waits: number }>

function averages(ticks: readonly Tick[]): Averages {
  const result = new Map<string, { busy: number; blocked: number; waits: number }>()
  for (const { figures } of ticks)
    for (const [id, operator] of Object.entries(figures.operators)) {
      const sum = result.get(id) ?? { busy: 0, blocked: 0, waits: 0 }
      sum.busy += operator.activity.busy / ticks.length
      sum.blocked += operator.activity.blocked / ticks.length
      sum.waits += (operator.activity.starved + operator.activity.idle) / ticks.length
      result.set(id, sum)
    }
  return result
}

/** The culprit of these figures, without regard to how long it has been one. */
export function culpritOf(ticks: readonly Tick[], wiring: Wiring): Omit<Bottleneck, 'sinceMs' | 'growing'> | null {
  const newest = ticks.at(-1)
  if (newest === undefined) return null
  const shares = averages(ticks)
  const blocked = [...shares].filter(([, share]) => share.blocked >= BLOCKED_SHARE).map(([id]) => id)
  const victims = new Map<string, string[]>()
  /** Culprit → who reads for its container: the buffer before that one is what piles up. */
  const heads = new Map<string, string>()
  for (const id of blocked) {
    const reader = follow(id, shares, newest, wiring)
    if (reader === null || reader === id) continue
    const culprit = busiestBeside(reader, shares, newest)
    victims.set(culprit, [...(victims.get(culprit) ?? []), id])
    heads.set(culprit, reader)
  }
  let best: Omit<Bottleneck, 'sinceMs' | 'growing'> | null = null
  for (const [operator, waiting] of victims) {
    const busy = shares.get(operator)?.busy ?? 0
    if (busy < BUSY_SHARE) continue
    if (best === null || waiting.length > best.waiting.length || (waiting.length === best.waiting.length && busy > best.busy))
      best = { operator, busy, waiting, fill: fillBefore(heads.get(operator) ?? operator, newest, wiring) }
  }
  return best
}

/** Operators of one container share its thread: who reads is slow because the busiest of them is. */
function busiestBeside(operator: string, shares: Averages, tick: Tick): string {
  const { operators } = tick.figures
  let busiest = operator
  for (const id of Object.keys(operators))
    if (operators[id].container === operators[operator]?.container && (shares.get(id)?.busy ?? 0) > (shares.get(busiest)?.busy ?? 0))
      busiest = id
  return busiest
}

function follow(from: string, shares: Averages, newest: Tick, wiring: Wiring): string | null {
  const seen = new Set<string>()
  let at: string = from
  while (!seen.has(at)) {
    seen.add(at)
    const figures: OperatorFigures | undefined = newest.figures.operators[at]
    const readers = wiring.readers.get(at) ?? []
    // The engine says whom it is blocked on at this instant; otherwise the reader with the fullest buffer, then the busiest.
    const named = readers.find((reader) => figures?.blockedOn !== undefined && figures.blockedOn.split('#')[0] === reader.operator)
    const next =
      named ??
      [...readers].sort(
        (a, b) =>
          (newest.figures.streams[b.stream]?.fill ?? 0) - (newest.figures.streams[a.stream]?.fill ?? 0) ||
          (shares.get(b.operator)?.busy ?? 0) - (shares.get(a.operator)?.busy ?? 0),
      )[0]
    if (next === undefined) return at
    const share = shares.get(next.operator)
    if (share === undefined) return at
    if (share.blocked < BLOCKED_SHARE || share.busy > share.blocked) return next.operator
    at = next.operator
  }
  return null
}

function fillBefore(operator: string, tick: Tick, wiring: Wiring): number | null {
  let fullest: number | null = null
  for (const readers of wiring.readers.values())
    for (const reader of readers) {
      const fill = reader.operator === operator ? (tick.figures.streams[reader.stream]?.fill ?? null) : null
      if (fill !== null && (fullest === null || fill > fullest)) fullest = fill
    }
  return fullest
}

/** Names a culprit only when it has been one for a while, so that the sentence does not flicker. */
export class SlownessWatch {
  #candidate: { operator: string; sinceMs: number; lastMs: number; firstFill: number | null } | null = null
  #named: Bottleneck | null = null

  /** `ticks`: oldest first, up to now. */
  look(ticks: readonly Tick[], wiring: Wiring): Bottleneck | null {
    const newest = ticks.at(-1)
    if (newest === undefined) return null
    const { atMs } = newest
    const culprit = culpritOf(
      ticks.filter((tick) => atMs - tick.atMs <= SPAN_MS),
      wiring,
    )
    if (culprit === null) {
      if (this.#candidate !== null && atMs - this.#candidate.lastMs > STEADY_MS) this.#candidate = null
      if (this.#candidate === null) this.#named = null
      return this.#named
    }
    if (this.#candidate?.operator !== culprit.operator)
      this.#candidate = { operator: culprit.operator, sinceMs: atMs, lastMs: atMs, firstFill: culprit.fill }
    this.#candidate.lastMs = atMs
    if (atMs - this.#candidate.sinceMs < STEADY_MS) return this.#named
    const { sinceMs, firstFill } = this.#candidate
    this.#named = { ...culprit, sinceMs, growing: culprit.fill !== null && firstFill !== null && culprit.fill > firstFill + 0.1 }
    return this.#named
  }
}
