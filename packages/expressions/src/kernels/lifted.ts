/** Kernels made of a scalar: for functions without a loop of their own. */
import { columnBuilder, type Column, type LogicalType } from '@belay/columns'
import { datumAt, pushDatum, type Datum } from '../scalar/datum.ts'
import { RowFailure } from '../scalar/failure.ts'
import type { Evaluator } from './evaluator.ts'

/** NULL in gives NULL out, unless `lenient`. */
export function lifted(
  type: LogicalType,
  args: readonly Evaluator[],
  scalar: (args: readonly Datum[]) => Datum,
  lenient = false,
): Evaluator {
  const builder = columnBuilder(type)
  const values: Datum[] = args.map(() => null)
  return {
    run(batch, errors, active) {
      const columns: readonly Column[] = args.map((arg) => arg.run(batch, errors, active))
      builder.reset()
      for (let row = 0; row < batch.rows; row += 1) {
        if (active !== undefined && active[row] === 0) {
          builder.pushNull()
          continue
        }
        let isNull = false
        for (let k = 0; k < columns.length; k += 1) {
          const value = datumAt(columns[k], row)
          values[k] = value
          isNull ||= value === null
        }
        // A NULL that came of an error of this row is no value to compute with.
        if (isNull && (!lenient || errors.has(row))) {
          builder.pushNull()
          continue
        }
        try {
          pushDatum(builder, scalar(values))
        } catch (error) {
          if (!(error instanceof RowFailure)) throw error
          errors.mark(row, error.code, error.message)
          builder.pushNull()
        }
      }
      return builder.finish()
    },
  }
}
