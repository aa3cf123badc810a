// The work, in a thread of the run process.
import { BatchBuilder, fieldIndex, isNullAt, pushFrom, pushValue, sliceBatch, valueAt } from 'belay-stream/operator'

class Mask {
  role = /** @type {const} */ ('transform')
  #context
  #builder
  #at

  /** @param {import('belay-stream/operator').OperatorContext<import('./manifest.js').Config>} context */
  constructor(context) {
    this.#context = context
    this.#builder = new BatchBuilder(context.outputs.out ?? [])
    this.#at = fieldIndex(context.inputs.in ?? [], context.config.column)
  }

  /**
   * Gets rows as columns, from row `from` on, and answers the first row that it has not taken.
   * @param {number} _port
   * @param {import('belay-stream/operator').Batch} whole
   * @param {number} from
   * @param {import('belay-stream/operator').Emitter} out
   */
  process(_port, whole, from, out) {
    if (out.full) return from
    const batch = sliceBatch(whole, from, whole.rows)
    let masked = 0
    for (let row = 0; row < batch.rows; row += 1) {
      batch.columns.forEach((column, i) => {
        const builder = this.#builder.columns[i]
        if (i !== this.#at || isNullAt(column, row)) pushFrom(builder, column, row)
        else {
          pushValue(builder, this.#mask(String(valueAt(column, row))))
          masked += 1
        }
      })
      this.#builder.endRow()
    }
    this.#context.count('masked', masked)
    out.emit(0, this.#builder.finish())
    return whole.rows
  }

  /** @param {string} text */
  #mask(text) {
    // By code point: half of a character would be no text.
    return Array.from(text, (character, i) => (i < this.#context.config.keep ? character : '*')).join('')
  }
}

/** @type {import('belay-stream/operator').OperatorModule<import('./manifest.js').Config>} */
export const module = { create: (context) => new Mask(context) }
