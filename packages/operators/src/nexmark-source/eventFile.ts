/** Nexmark events of a JSON-lines file, each kind with its own columns. */
import type { BatchBuilder } from '@belay/columns'
import { JsonLines } from '../json-lines-source/runtime.ts'
import { outputOf, type RecordFormat, type RecordProblem, type SourceOutput } from '../reading/textFile.ts'
import { eventColumns, type NexmarkSourceConfig } from './manifest.ts'
import { KINDS } from './schemas.ts'

/** How a line begins that says its type first, as the usual files do. */
const PREFIX = Buffer.from('{"type":"')
const FIRST_LETTERS = KINDS.map((kind) => kind.charCodeAt(0))

export class EventFile implements RecordFormat {
  readonly header = false
  readonly innerLines = 0
  readonly outputs: readonly SourceOutput[]
  readonly #formats: readonly JsonLines[]
  /** Outputs somebody reads. */
  readonly #wanted: (port: number) => boolean
  #port = 0

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

  #kindOf(bytes: Buffer, from: number, to: number): number {
    let at = from
    for (let i = 0; i < PREFIX.length; i += 1, at += 1) if (bytes[at] !== PREFIX[i]) return this.#kindOfAny(bytes, from, to)
    const kind = FIRST_LETTERS.indexOf(bytes[at])
    if (kind < 0) return -1
    const name = KINDS[kind]
    for (let i = 1; i < name.length; i += 1) if (bytes[at + i] !== name.charCodeAt(i)) return -1
    return bytes[at + name.length] === 34 ? kind : -1
  }

  #kindOfAny(bytes: Buffer, from: number, to: number): number {
    try {
      const event = JSON.parse(bytes.toString('utf8', from, to)) as { readonly type?: unknown } | null
      return KINDS.findIndex((kind) => kind === event?.type)
    } catch {
      return -1
    }
  }

  parse(bytes: Buffer, from: number, to: number, ascii: boolean, builder: BatchBuilder): RecordProblem | null {
    if (this.#port >= 0) return this.#formats[this.#port].parse(bytes, from, to, ascii, builder)
    const text = bytes.toString('utf8', from, to)
    if (text.trim() === '') return null
    return { code: 'FIELD_INVALID', message: 'it is no event: its type is not person, auction or bid' }
  }
}
