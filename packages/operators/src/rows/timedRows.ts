/** Rows that wait for their event time: what is on time goes on, the rest is counted or told. */
import type { Batch, Column } from '@belay/columns'
import type { OperatorContext } from '@belay/engine/operator'

/**
 * Gives `take` each row from `from` on that is not before `limitMs` (the watermark; −∞ = none yet), with its
 * event time. Late rows are counted, rows without a time are row errors with `withoutTime` as their message.
 */
export function takeTimed(
  context: OperatorContext<unknown>,
  batch: Batch,
  from: number,
  column: number,
  limitMs: number,
  withoutTime: string,
  take: (row: number, timeMs: number) => void,
): void {
  const times: Column = batch.columns[column]
  if (times.storage !== 'number') return
  let late = 0
  for (let row = from; row < batch.rows; row += 1) {
    if (times.nulls !== undefined && times.nulls[row] === 1)
      context.rowError({ code: 'EVENT_TIME_NULL', message: withoutTime, row: { batch, index: row } })
    else if (times.values[row] < limitMs) late += 1
    else take(row, times.values[row])
  }
  if (late > 0) context.count('late rows', late)
}
