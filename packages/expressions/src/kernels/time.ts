/** Time kernels: parts, starts of units and formatting, for constant units and patterns. */
import type { BytesColumn } from '@belay/columns'
import { formatTime, type TimePattern } from '../scalar/timePattern.ts'
import { DAY_MS } from '../scalar/timestamp.ts'
import { FIXED_MS, partOfTime, truncateTime, type TimePart, type TimeUnit } from '../scalar/timeUnit.ts'
import { Numbers, numbersOf, Texts, type Evaluator } from './evaluator.ts'

/** Parts that are a remainder of whole units. */
const CLOCK: Readonly<Partial<Record<TimePart, readonly [unitMs: number, count: number]>>> = {
  hour: [3_600_000, 24],
  minute: [60_000, 60],
  second: [1000, 60],
  millisecond: [1, 1000],
}

export function timePartKernel(part: TimePart, operand: Evaluator): Evaluator {
  const clock = CLOCK[part]
  const loop = clock === undefined ? (part === 'epoch' ? epochLoop : dayLoop(part)) : clockLoop(clock[0], clock[1])
  return numbers('int64', operand, loop)
}

type Loop = (a: Float64Array, out: Float64Array, rows: number) => void

function clockLoop(unitMs: number, count: number): Loop {
  return (a, out, rows) => {
    for (let i = 0; i < rows; i += 1) {
      const units = Math.floor(a[i] / unitMs)
      out[i] = units - Math.floor(units / count) * count
    }
  }
}

const epochLoop: Loop = (a, out, rows) => {
  for (let i = 0; i < rows; i += 1) out[i] = Math.floor(a[i] / 1000)
}

/** Rows mostly come in the order of time, so the day before is the day again. */
function dayLoop(part: TimePart): Loop {
  let day = 0
  let known = partOfTime(part, 0)
  return (a, out, rows) => {
    for (let i = 0; i < rows; i += 1) {
      const next = Math.floor(a[i] / DAY_MS)
      if (next !== day) {
        known = partOfTime(part, a[i])
        day = next
      }
      out[i] = known
    }
  }
}

export function truncation(unit: TimeUnit, operand: Evaluator): Evaluator {
  const size = FIXED_MS[unit]
  if (size !== undefined && unit !== 'week') {
    return numbers('timestamp', operand, (a, out, rows) => {
      for (let i = 0; i < rows; i += 1) out[i] = Math.floor(a[i] / size) * size
    })
  }
  let day = 0
  let known = truncateTime(unit, 0)
  return numbers('timestamp', operand, (a, out, rows) => {
    for (let i = 0; i < rows; i += 1) {
      const next = Math.floor(a[i] / DAY_MS)
      if (next !== day) {
        known = truncateTime(unit, a[i])
        day = next
      }
      out[i] = known
    }
  })
}

function numbers(type: 'int64' | 'timestamp', operand: Evaluator, loop: Loop): Evaluator {
  const memory = new Numbers()
  return {
    run(batch, errors, active) {
      const column = operand.run(batch, errors, active)
      const out = memory.of(batch.rows)
      loop(numbersOf(column), out, batch.rows)
      return { storage: 'number', type, values: out, nulls: column.nulls }
    },
  }
}

/** DATE_FORMAT: times of the same finest unit have the same text, which is then copied. */
export function formatting(pattern: TimePattern, operand: Evaluator): Evaluator {
  const texts = new Texts('string')
  const { grainMs } = pattern
  return {
    run(batch, errors, active): BytesColumn {
      const column = operand.run(batch, errors, active)
      const a = numbersOf(column)
      const builder = texts.start()
      let unit = Number.NaN
      let from = 0
      let to = 0
      for (let row = 0; row < batch.rows; row += 1) {
        if (column.nulls !== undefined && column.nulls[row] === 1) {
          builder.pushNull()
          continue
        }
        const next = Math.floor(a[row] / grainMs)
        if (next === unit) builder.pushBytes(builder.bytes, from, to, builder.ascii)
        else {
          unit = next
          from = builder.size
          builder.push(formatTime(a[row], pattern))
          to = builder.size
        }
      }
      return texts.column()
    },
  }
}
