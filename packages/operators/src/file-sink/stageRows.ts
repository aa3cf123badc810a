/** Rows on their way into a stage file. */
import type { Batch } from '@belay/columns'
import type { RowFormat } from './rowFormat.ts'
import type { StageFile } from './stageFile.ts'

export interface StageRows {
  add(batch: Batch, row: number): void
  /** Hands over what is still held, and what ends a file; does nothing when called again. */
  end(): void
}

export class LineStage implements StageRows {
  readonly #stage: StageFile
  readonly #format: RowFormat

  constructor(stage: StageFile, format: RowFormat) {
    this.#stage = stage
    this.#format = format
  }

  add(batch: Batch, row: number): void {
    this.#stage.add(this.#format.line(batch, row))
  }

  end(): void {
    // A file of lines ends anywhere.
  }
}
