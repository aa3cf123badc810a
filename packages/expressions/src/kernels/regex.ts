/** REGEXP functions with a constant pattern, on the bytes of the column. */
import type { Regex } from '../regex/regex.ts'
import { Numbers, textsOf, type Evaluator } from './evaluator.ts'
import { eachText, eachTextTest } from './text.ts'

export function regexTest(regex: Regex, operand: Evaluator): Evaluator {
  return eachTextTest(operand, (bytes, from, to) => regex.test(bytes, from, to))
}

export function regexExtract(regex: Regex, group: number, operand: Evaluator): Evaluator {
  const { slots } = regex
  return eachText(operand, ({ bytes, offsets, ascii }, row, builder) => {
    const found = regex.find(bytes, offsets[row], offsets[row + 1], offsets[row])
    if (!found || slots[group * 2] < 0 || slots[group * 2 + 1] < 0) return builder.pushNull()
    builder.pushBytes(bytes, slots[group * 2], slots[group * 2 + 1], ascii)
  })
}

export function regexCount(regex: Regex, operand: Evaluator): Evaluator {
  const memory = new Numbers()
  return {
    run(batch, errors, active) {
      const { bytes, offsets, nulls } = textsOf(operand.run(batch, errors, active))
      const out = memory.of(batch.rows)
      for (let i = 0; i < batch.rows; i += 1) {
        const to = offsets[i + 1]
        let count = 0
        for (let at = offsets[i]; at <= to && regex.find(bytes, offsets[i], to, at); at = regex.after(bytes, to)) count += 1
        out[i] = count
      }
      return { storage: 'number', type: 'int64', values: out, nulls }
    },
  }
}
