/** Nexmark events of a JSON-lines file, each kind with its own columns. */
import type { BatchBuilder } from '@belay/columns'
import { JsonLines } from '../json-lines-source/runtime.ts'
import { outputOf, type RecordFormat, type RecordProblem, type SourceOutput } from '../reading/textFile.ts'
import { eventColumns, type NexmarkSourceConfig } from './manifest.ts'
import { KINDS } from './schemas.ts'

/** How a line of each kind begins that says its type first, as the usual files do. */
const BEGINNINGS = KINDS.map((kind) => Buffer.from(`{"type":"${kind}"`))
/** Where the beginnings differ. */
const KIND_AT = '{"type":"'.length

export class EventFile implements RecordFormat {
  readonly header = false
  readonly innerLines = 0
  readonly outputs: readonly SourceOutput[]
  readonly #formats: readonly JsonLines[]
  /** Outputs somebody reads. */
  readonly #wanted: (port: number) => boolean
  #port = 0
  taken = -1

  constructor(config: NexmarkSourceConfig, wanted: (port: number) => boolean) {
    const columns = KINDS.map((kind) => eventColumns(config, kind).map(({ name, type, nullable }) => ({ name, type, nullable })))
    this.outputs = columns.map((own) => outputOf(own, 'dateTime'))
    this.#formats = columns.map((own) => new JsonLines(own))
    this.#wanted = wanted
  }

  readHeader(): void {}

  end(bytes: Buffer, from: number, to: number): number {
    return this.#formats[0].end(bytes, from, to)
  }

  /** Events of unknown types go to `parse`, which says so. */
  outputFor(bytes: Buffer, from: number, to: number): number {
    this.#port = this.#kindOf(bytes, from, to)
    return this.#port < 0 ? 0 : this.#wanted(this.#port) ? this.#port : -1
  }

  /** Most lines are bids. */
  #kindByBeginning(bytes: Buffer, from: number, to: number): number {
    for (let kind = KINDS.length - 1; kind >= 0; kind -= 1)
      if (bytes[from + KIND_AT] === BEGINNINGS[kind][KIND_AT] && beginsWith(bytes, from, to, BEGINNINGS[kind])) return kind
    return -1
  }

  #kindOf(bytes: Buffer, from: number, to: number): number {
    const kind = this.#kindByBeginning(bytes, from, to)
    if (kind >= 0) return kind
    try {
      const event = JSON.parse(bytes.toString('utf8', from, to)) as { readonly type?: unknown } | null
      return KINDS.findIndex((kind) => kind === event?.type)
    } catch {
      return -1
    }
  }

  take(bytes: Buffer, from: number, to: number, outputs: readonly SourceOutput[]): number {
    const kind = this.#kindByBeginning(bytes, from, to)
    if (kind < 0) return -1
    if (this.#wanted(kind)) {
      this.taken = kind
      return this.#formats[kind].takeInto(bytes, from, to, outputs[kind].builder)
    }
    this.taken = -1
    return this.end(bytes, from, to)
  }

  parse(bytes: Buffer, from: number, to: number, ascii: boolean, builder: BatchBuilder): RecordProblem | null {
    if (this.#port >= 0) return this.#formats[this.#port].parse(bytes, from, to, ascii, builder)
    const text = bytes.toString('utf8', from, to)
    if (text.trim() === '') return null
    return { code: 'FIELD_INVALID', message: 'it is no event: its type is not person, auction or bid' }
  }
}

function beginsWith(bytes: Uint8Array, from: number, to: number, beginning: Uint8Array): boolean {
  if (from + beginning.length > to) return false
  for (let i = 0; i < beginning.length; i += 1) if (bytes[from + i] !== beginning[i]) return false
  return true
}
