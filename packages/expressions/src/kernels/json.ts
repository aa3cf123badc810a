/** JSON functions with a constant path, on the bytes of the column. */
import { columnBuilder, parseInt64, textOfBytes, type BytesColumn, type ColumnBuilder, type LogicalType } from '@belay/columns'
import { badJson } from '../scalar/json.ts'
import { textsOf, type Evaluator } from './evaluator.ts'
import { hasEscape, isJsonBytes, JsonFinder, unescaped, type BytePath } from './jsonBytes.ts'

/** What becomes of the value found at a path: pushes one value. `first` is its first byte. */
type Push = (bytes: Uint8Array, from: number, to: number, first: number, builder: ColumnBuilder, ascii: boolean) => void

const QUOTE = 34
const OPEN_ARRAY = 91
const OPEN_OBJECT = 123
const isNumber = (first: number): boolean => first === 45 || (first >= 48 && first <= 57)

/** A text: strings without their quotes, numbers and bools as they are written. */
const pushScalar: Push = (bytes, from, to, first, builder, ascii) => {
  if (builder.storage !== 'bytes' || first === OPEN_ARRAY || first === OPEN_OBJECT || first === 110) return builder.pushNull()
  if (first !== QUOTE) return builder.pushBytes(bytes, from, to, true)
  if (hasEscape(bytes, from + 1, to - 1)) return builder.push(unescaped(bytes, from + 1, to - 1))
  builder.pushBytes(bytes, from + 1, to - 1, ascii)
}

const pushStructure: Push = (bytes, from, to, first, builder, ascii) => {
  if (builder.storage === 'bytes' && (first === OPEN_ARRAY || first === OPEN_OBJECT)) builder.pushBytes(bytes, from, to, ascii)
  else builder.pushNull()
}

const pushInt: Push = (bytes, from, to, first, builder) => {
  const value = isNumber(first) ? parseInt64(textOfBytes(bytes, from, to)) : undefined
  if (value === undefined || builder.storage !== 'number') builder.pushNull()
  else builder.pushExact(value)
}

const pushNumber: Push = (bytes, from, to, first, builder) => {
  if (isNumber(first) && builder.storage === 'number') builder.push(Number(textOfBytes(bytes, from, to)))
  else builder.pushNull()
}

const PUSHES: Readonly<Partial<Record<string, Push>>> = {
  JSON_VALUE: pushScalar,
  JSON_QUERY: pushStructure,
  JSON_INT: pushInt,
  JSON_NUMBER: pushNumber,
}

/** The kernel of a function with a constant path, or undefined if it has none of its own. `valid`: the column holds nothing but JSON. */
export function jsonKernel(name: string, type: LogicalType, path: BytePath, operand: Evaluator, valid: boolean): Evaluator | undefined {
  const push = PUSHES[name]
  if (push === undefined) return undefined
  const builder = columnBuilder(type)
  const finder = new JsonFinder()
  return {
    run(batch, errors, active) {
      const column: BytesColumn = textsOf(operand.run(batch, errors, active))
      const { bytes, offsets, ascii, nulls } = column
      builder.reset()
      for (let row = 0; row < batch.rows; row += 1) {
        const from = offsets[row]
        const to = offsets[row + 1]
        if ((active !== undefined && active[row] === 0) || (nulls !== undefined && nulls[row] === 1)) builder.pushNull()
        else if (!valid && !isJsonBytes(bytes, from, to)) {
          const { code, message } = badJson()
          errors.mark(row, code, message)
          builder.pushNull()
        } else if (finder.find(bytes, from, to, path)) push(bytes, finder.from, finder.to, bytes[finder.from], builder, ascii)
        else builder.pushNull()
      }
      return builder.finish()
    },
  }
}
