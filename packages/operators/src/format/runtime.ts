/** Format: the columns of a row as one text. Keeps no state. */
import { BytesBuilder, fieldIndex, sliceBatch, type Batch, type Schema } from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, TransformOperator } from '@belay/engine/operator'
import { csvText, jsonText } from '../rows/rowText.ts'
import type { FormatConfig } from './manifest.ts'

class Format implements TransformOperator {
  readonly role = 'transform'
  readonly #config: FormatConfig
  readonly #schema: Schema
  readonly #columns: readonly number[]
  /** `"name":` of each column. */
  readonly #names: readonly string[]
  readonly #text = new BytesBuilder('string')

  constructor(context: OperatorContext<FormatConfig>) {
    const input = context.inputs['in'] ?? []
    this.#config = context.config
    this.#schema = context.outputs['out'] ?? []
    const { columns } = context.config
    const names = columns.length === 0 ? input.map(({ name }) => name) : columns
    this.#columns = names.map((name) => fieldIndex(input, name))
    this.#names = names.map((name) => `${JSON.stringify(name)}:`)
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const batch = sliceBatch(whole, from, whole.rows)
    const { format, keep } = this.#config
    for (let row = 0; row < batch.rows; row += 1) this.#text.push(format === 'json' ? this.#json(batch, row) : this.#csv(batch, row))
    const text = this.#text.finish()
    out.emit(0, { schema: this.#schema, rows: batch.rows, columns: keep ? [...batch.columns, text] : [text], kinds: batch.kinds })
    return whole.rows
  }

  #json(batch: Batch, row: number): string {
    let text = '{'
    for (let i = 0; i < this.#columns.length; i += 1)
      text += (i > 0 ? ',' : '') + this.#names[i] + jsonText(batch.columns[this.#columns[i]], row)
    return `${text}}`
  }

  #csv(batch: Batch, row: number): string {
    const { delimiter } = this.#config
    return this.#columns.map((at) => csvText(batch.columns[at], row, delimiter)).join(delimiter)
  }
}

export const module: OperatorModule<FormatConfig> = { create: (context) => new Format(context) }
