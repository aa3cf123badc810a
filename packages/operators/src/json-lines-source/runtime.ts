/** JSON lines source: one JSON object a line. */
import type { BatchBuilder, Value } from '@belay/columns'
import type { OperatorModule } from '@belay/engine/operator'
import { outputOf, type RecordFormat, type RecordProblem, type SourceOutput } from '../reading/textFile.ts'
import { TextSource } from '../reading/textSource.ts'
import type { DeclaredColumn } from '../typing/columns.ts'
import { fittingValue } from './jsonValue.ts'
import { LineScanner } from './lineScanner.ts'
import type { JsonLinesSourceConfig } from './manifest.ts'

export class JsonLines implements RecordFormat {
  readonly header = false
  readonly innerLines = 0
  readonly taken = 0
  readonly #columns: readonly DeclaredColumn[]
  readonly #scanner: LineScanner
  readonly #row: Value[] = []

  constructor(columns: readonly DeclaredColumn[]) {
    this.#columns = columns
    this.#scanner = new LineScanner(columns)
  }

  readHeader(): void {}

  end(bytes: Buffer, from: number, to: number): number {
    const at = bytes.indexOf(10, from)
    return at < to ? at : -1
  }

  take(bytes: Buffer, from: number, to: number, outputs: readonly SourceOutput[]): number {
    return this.takeInto(bytes, from, to, outputs[0].builder)
  }

  takeInto(bytes: Buffer, from: number, to: number, builder: BatchBuilder): number {
    return this.#scanner.read(bytes, from, to, false, builder)
  }

  parse(bytes: Buffer, from: number, to: number, _ascii: boolean, builder: BatchBuilder): RecordProblem | null {
    return this.#scanner.read(bytes, from, to, true, builder) < 0 ? this.#parseWhole(bytes.toString('utf8', from, to), builder) : null
  }

  /** Lines that are unusual or wrong. */
  #parseWhole(text: string, builder: BatchBuilder): RecordProblem | null {
    if (text.trim() === '') return null
    let object: unknown
    try {
      object = JSON.parse(text)
    } catch {
      return { code: 'LINE_INVALID', message: 'it is not JSON' }
    }
    if (typeof object !== 'object' || object === null || Array.isArray(object))
      return { code: 'LINE_INVALID', message: 'it is not a JSON object' }
    const fields = object as Record<string, unknown>
    for (let i = 0; i < this.#columns.length; i += 1) {
      const { name, type, nullable } = this.#columns[i]
      const value = Object.hasOwn(fields, name) ? fields[name] : null
      if (value === null) {
        if (!nullable) return { code: 'FIELD_MISSING', message: `${name} is missing` }
        this.#row[i] = null
        continue
      }
      const own = fittingValue(value, type)
      if (own === undefined) return { code: 'FIELD_INVALID', message: `${name} is not ${type}: ${JSON.stringify(value)}` }
      this.#row[i] = own
    }
    builder.pushRow(this.#row)
    return null
  }
}

export const module: OperatorModule<JsonLinesSourceConfig> = {
  create: (context) =>
    new TextSource(context, () => new JsonLines(context.config.columns), [outputOf(context.config.columns, context.config.eventTime)]),
}
