/** The named groups of a pattern as columns. */
import type { BatchBuilder, Value } from '@belay/columns'
import { EngineError } from '@belay/engine/operator'
import { Regex, valueOfText } from '@belay/expressions'
import type { RecordProblem } from '../reading/textFile.ts'
import type { DeclaredColumn } from '../typing/columns.ts'

const SHOWN_CHARACTERS = 60

export class PatternText {
  readonly #regex: Regex
  readonly #columns: readonly DeclaredColumn[]
  readonly #groups: readonly number[]
  readonly #values: Value[]

  /** Throws RowFailure BAD_REGEX, EngineError PATTERN_GROUP_MISSING. */
  constructor(pattern: string, columns: readonly DeclaredColumn[]) {
    this.#regex = new Regex(pattern)
    this.#columns = columns
    this.#groups = columns.map(({ name }) => {
      const group = this.#regex.names.get(name)
      if (group === undefined)
        throw new EngineError('PATTERN_GROUP_MISSING', `The pattern has no group ${name}. Name one of its groups so.`)
      return group
    })
    this.#values = columns.map(() => null)
  }

  parse(bytes: Buffer, from: number, to: number, _ascii: boolean, builder: BatchBuilder): RecordProblem | null {
    const regex = this.#regex
    if (!regex.find(bytes, from, to, from)) return { code: 'LINE_INVALID', message: 'the pattern does not match' }
    for (let i = 0; i < this.#columns.length; i += 1) {
      const { name, type, nullable } = this.#columns[i]
      const start = regex.slots[this.#groups[i] * 2]
      const end = regex.slots[this.#groups[i] * 2 + 1]
      if (start < 0 || end < 0) {
        if (!nullable) return { code: 'FIELD_MISSING', message: `${name} is missing` }
        this.#values[i] = null
        continue
      }
      const text = bytes.toString('utf8', start, end)
      const value = type === 'string' ? text : valueOfText(text, type)
      if (value === undefined || value === null)
        return { code: 'FIELD_INVALID', message: `${name} is not ${type}: ${text.slice(0, SHOWN_CHARACTERS)}` }
      this.#values[i] = value
    }
    builder.pushRow(this.#values)
    return null
  }
}
