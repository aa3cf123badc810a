/** Where committed stages go: files of their own, or one file. Both are told the same things. */
import type { LineagePath } from './lineagePath.ts'

/** A durable piece of output, not committed yet. */
export interface Stage {
  /** Name in `.belay`. */
  readonly file: string
  readonly lineage: number
  readonly firstWindow: number
  readonly window: number
  readonly sizeBytes: number
}

export interface Target {
  /** Publishes stages in order; what an earlier try has published already is left alone. */
  publish(stages: readonly Stage[]): void
  /** Takes back what is not on the path up to `window`. `least` = bytes that must be there afterwards. */
  rewind(path: LineagePath, window: number, least: number): void
  /** Copies what is on the path up to `window` under the names of the fork, which this target has. */
  copyFrom(path: LineagePath, window: number, least: number): void
  /** Moves output of an earlier run out of the way; returns how many files. */
  putAside(): number
  /** Makes what there has to be at the end of a run in which no row came. */
  endWithoutRows(): void
  outputs(): readonly string[]
}

/** Folder and names of one sink. */
export interface Place {
  readonly folder: string
  /** `<folder>/.belay`: stages, markers, and what was superseded. */
  readonly hidden: string
  readonly name: string
  readonly extension: string
  /** First line of every file; empty = none. */
  readonly header: string
  readonly runId: string
  readonly lineage: number
  readonly attempt: number
  /** The lineage at which the output was forked from the original target; 0 = the original. */
  readonly home: number
  /** The home of a lineage's output. */
  readonly homeOf: (lineage: number) => number
}
