/** What a source of text files reads: one file, or many in turn. */
import type { OperatorContext, StateValue } from '@belay/engine/operator'
import { TextFile, type RecordFormat, type SourceOutput } from './textFile.ts'

export interface TextSourceConfig {
  /** `root:path` of a file, of a folder with a slash at its end, or with `*` for several. */
  readonly file: string
  readonly outOfOrderMs: number
  readonly rowsPerSecond: number
  readonly follow: boolean
}

export interface ReadFiles {
  /** The file whose turn it is, open; null = none has anything to read now. Throws EngineError FILE_…. */
  current(): TextFile | null
  /** Keeps the place of the current file in the state. `more` = it may have more records. */
  keep(more: boolean): 'more' | 'nothing now' | 'ended'
  /** No later row will have an event time below this but for its delay; −Infinity = none known. */
  readonly newest: number
  /** Share read, 0…1; null = not known. */
  readonly progress: number | null
  close(): void
}

interface Position {
  readonly offset: number
  readonly line: number
  readonly newest: number | null
  readonly head: string
}

export class SingleFile implements ReadFiles {
  readonly #context: OperatorContext<TextSourceConfig>
  readonly #position: StateValue<Position>
  readonly #file: TextFile
  #waiting = false

  constructor(context: OperatorContext<TextSourceConfig>, format: RecordFormat, outputs: readonly SourceOutput[]) {
    this.#context = context
    this.#position = context.state.value<Position>('position', 1, { offset: 0, line: 0, newest: null, head: '' })
    const { newest, ...place } = this.#position.get()
    this.#file = new TextFile(context.config.file, format, outputs, place, newest ?? -Infinity, {
      files: context.files,
      follow: context.config.follow,
      renamed: false,
      label: '',
      rowError: (error) => context.rowError(error),
    })
    this.#file.open()
  }

  current(): TextFile | null {
    if (this.#file.open()) return this.#file
    if (!this.#waiting) this.#context.count('waiting for file', 1)
    this.#waiting = true
    return null
  }

  keep(more: boolean): 'more' | 'nothing now' | 'ended' {
    const newest = this.#file.newest === -Infinity ? null : this.#file.newest
    this.#position.set({ ...this.#file.place, newest })
    return more ? 'more' : this.#context.config.follow ? 'nothing now' : 'ended'
  }

  get newest(): number {
    return this.#file.newest
  }

  get progress(): number | null {
    return this.#file.sizeBytes > 0 ? Math.min(1, this.#file.offset / this.#file.sizeBytes) : null
  }

  close(): void {
    this.#file.close()
  }
}
