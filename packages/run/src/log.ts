/** What operators wrote while they worked, and what the engine has to say of them: lines in bounded files of the run's folder. */

/** From the least to the most important. */
export const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Of an operator that nobody has set another for: lines below it are not kept. */
export const USUAL_LOG_LEVEL: LogLevel = 'info'

/** All kept lines of a run together; the oldest go first. */
export const LOG_KEPT_BYTES = 33_554_432
/** While a run lives, older lines go too. */
export const LOG_KEPT_MS = 7 * 24 * 3_600_000
/** Lines a second of one operator instance that are kept in the long run; warnings and errors are counted apart. */
export const LOG_LINES_PER_SECOND = 200

export type LogValue = string | number | boolean | null

export interface LogLine {
  /** Where it lies in the run's log: rises, not by one. */
  readonly at: number
  /** Wall clock, ms since the epoch. */
  readonly atMs: number
  readonly level: LogLevel
  /** operator = through `ctx.log`; console = through `console`; engine = about the operator. */
  readonly from: 'operator' | 'console' | 'engine'
  readonly operator: string
  /** `hourly#1` where the operator has partitions. */
  readonly instance: string
  /** Window in work; a window that is replayed writes again, with another attempt. */
  readonly window: number
  readonly attempt: number
  /** A long text is cut off and ends in `…`. */
  readonly text: string
  readonly fields?: Readonly<Record<string, LogValue>>
}

export interface LogQuery {
  /** null = of all. */
  readonly operator: string | null
  /** This level and the more important ones. */
  readonly level: LogLevel
  /** Only lines whose text or fields contain this, whatever the case; '' = all. */
  readonly text: string
  /** Only lines from this time on, ms since the epoch; 0 = all. */
  readonly sinceMs: number
  /** Only what the engine says: for those who may not see rows, which operators may have written down. */
  readonly engineOnly: boolean
  /** `from`: oldest first from this place on. `before`: the newest ones before this place. Neither: the newest ones. */
  readonly from: number | null
  readonly before: number | null
  readonly limit: number
}

export interface LogPage {
  /** Oldest first. */
  readonly lines: readonly LogLine[]
  /** `from` of the next page, or for what comes later. */
  readonly next: number
  /** `before` of the page before this one; null = there is nothing older. */
  readonly previous: number | null
}
