/**
 * How many rows publishers may be ahead of those who read (engine-spec L8, §6.4): some seconds of what the slowest reader
 * takes. A log holds far more, for replay; were all of it filled before a slow reader, the end of a window would take as
 * long as all that lies before it, and with it every checkpoint.
 *
 * Who reads fast has no limit after some tenths of a second. Who makes no progress at all has none either: so that what
 * stands beside it goes on, as far as the log reaches, until the job knows that it is stuck.
 */
import type { LogControl } from '../stream/logControl.ts'

/** Two full batches: one to work on and one that waits. */
export const LEAST_LEAD_ROWS = 2048
const LEAD_MS = 3000
const MEASURED_MS = 2000
/** Beyond it there is no limit. */
const MOST_LEAD_ROWS = 1_000_000
/** As the word says it. */
const NO_LIMIT = 0

export interface LedStream {
  readonly control: Pick<LogControl, 'readPast'>
  /** Containers that read, by number. */
  readonly readers: readonly string[]
  /** Rows; 0 = no limit. Written here, read by the publisher. */
  readonly word: Float64Array
}

/** What a container is seen to do. */
export interface Doing {
  /** Changes with everything that it does. */
  readonly progress: number
  /** Somebody behind it holds it up: that is not its own standstill. */
  readonly isBlocked: boolean
}

interface Taken {
  /** Cursor at the last look; null = it did not live. */
  cursor: number | null
  rows: number
  /** Rows read up to then, oldest first. */
  readonly looks: { readonly atMs: number; readonly rows: number }[]
}

export class StreamLead {
  readonly #streams: readonly { readonly led: LedStream; readonly taken: readonly Taken[] }[]
  readonly #stillMs: number
  /** By container: what it had done when it was last seen to do something. */
  readonly #progress = new Map<string, { progress: number; atMs: number }>()

  /** `stillMs`: without any progress for so long a container counts as standing still. */
  constructor(streams: readonly LedStream[], stillMs: number) {
    this.#stillMs = stillMs
    this.#streams = streams.map((led) => {
      led.word[0] = LEAST_LEAD_ROWS
      return { led, taken: led.readers.map((): Taken => ({ cursor: null, rows: 0, looks: [] })) }
    })
  }

  /** To be called some fifty times a second. */
  look(atMs: number, doingOf: (container: string) => Doing): void {
    const still = new Map<string, boolean>()
    for (const { led, taken } of this.#streams) {
      let lead = Number.POSITIVE_INFINITY
      led.readers.forEach((container, reader) => {
        const rate = this.#look(led, taken[reader], reader, atMs)
        if (rate === null) return
        if (!still.has(container)) still.set(container, this.#standsStill(container, doingOf(container), atMs))
        if (still.get(container) === false) lead = Math.min(lead, Math.max(LEAST_LEAD_ROWS, Math.round(rate * LEAD_MS)))
      })
      led.word[0] = lead < MOST_LEAD_ROWS ? lead : NO_LIMIT
    }
  }

  /** Rows a ms over the last while; null = it does not live. */
  #look({ control }: LedStream, taken: Taken, reader: number, atMs: number): number | null {
    const past = control.readPast(reader, taken.cursor)
    if (past === null) {
      taken.cursor = null
      taken.looks.length = 0
      return null
    }
    taken.cursor = past.cursor
    taken.rows += past.rows
    taken.looks.push({ atMs, rows: taken.rows })
    while (taken.looks.length > 1 && taken.looks[1].atMs <= atMs - MEASURED_MS) taken.looks.shift()
    return (taken.rows - taken.looks[0].rows) / MEASURED_MS
  }

  #standsStill(container: string, { progress, isBlocked }: Doing, atMs: number): boolean {
    const known = this.#progress.get(container)
    if (known === undefined || known.progress !== progress || isBlocked) {
      this.#progress.set(container, { progress, atMs })
      return false
    }
    return atMs - known.atMs >= this.#stillMs
  }
}
