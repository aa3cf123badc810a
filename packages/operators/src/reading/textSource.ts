/** What sources of text files share: batches, pace, following, watermark. Their place is kept by `ReadFiles`. */
import { BATCH_ROWS } from '@belay/columns'
import { isFilePattern, type Emitter, type OperatorContext, type SourceOperator } from '@belay/engine/operator'
import { FolderFiles } from './folderFiles.ts'
import { Pace } from './pace.ts'
import { SingleFile, type ReadFiles, type TextSourceConfig } from './readFiles.ts'
import type { RecordFormat, SourceOutput } from './textFile.ts'

const FOLLOW_MS = 200
const IDLE_AFTER_MS = 5000

export class TextSource implements SourceOperator {
  readonly role = 'source'
  readonly #context: OperatorContext<TextSourceConfig>
  readonly #outputs: readonly SourceOutput[]
  readonly #files: ReadFiles
  readonly #pace: Pace
  #lastRowAtMs: number

  /** `outputs` by port; `makeFormat` makes the format of one file. */
  constructor(context: OperatorContext<TextSourceConfig>, makeFormat: () => RecordFormat, outputs: readonly SourceOutput[]) {
    this.#context = context
    this.#outputs = outputs
    this.#pace = new Pace(context.config.rowsPerSecond, context)
    this.#lastRowAtMs = context.nowMs()
    this.#files = isFilePattern(context.config.file)
      ? new FolderFiles(context, makeFormat, outputs)
      : new SingleFile(context, makeFormat(), outputs)
  }

  read(out: Emitter): 'progress' | 'idle' | 'ended' {
    if (out.full) return 'progress'
    const limit = this.#pace.allowance(BATCH_ROWS)
    if (limit === 0) return 'idle'
    const file = this.#files.current()
    if (file === null) return this.#answer(this.#files.keep(false))
    // Bad records count too, so that a file full of them cannot hold the thread.
    const more = file.records(limit)
    const next = this.#files.keep(more)
    const rows = this.#rows()
    if (rows > 0) {
      this.#pace.emitted(rows)
      this.#lastRowAtMs = this.#context.nowMs()
      this.#outputs.forEach(({ builder }, port) => {
        if (builder.rows > 0) out.emit(port, builder.finish())
      })
    }
    return this.#answer(next)
  }

  #answer(next: 'more' | 'nothing now' | 'ended'): 'progress' | 'idle' | 'ended' {
    const { progress } = this.#files
    if (progress !== null) this.#context.progress(progress)
    switch (next) {
      case 'more':
        return 'progress'
      case 'nothing now':
        this.#context.wake(FOLLOW_MS)
        return 'idle'
      case 'ended':
        this.#context.progress(1)
        return 'ended'
    }
  }

  #rows(): number {
    let rows = 0
    for (const { builder } of this.#outputs) rows += builder.rows
    return rows
  }

  watermark(): number | null {
    const { follow, outOfOrderMs } = this.#context.config
    if (follow && this.#context.nowMs() - this.#lastRowAtMs >= IDLE_AFTER_MS) return null
    return this.#files.newest - outOfOrderMs
  }

  close(): void {
    this.#files.close()
  }
}
