/** Some rows of a batch on their way to a place that the others do not reach. */
import { gatherBatch, ROW_KIND, type Batch } from '@belay/columns'

/** The rows `indices[0 … count)`. C3: an update of which only one half may pass is no update any more. */
export function partOfBatch(batch: Batch, indices: Uint32Array, count: number): Batch {
  if (count === batch.rows) return batch
  const gathered = gatherBatch(batch, indices, count)
  const { kinds } = gathered
  if (kinds !== undefined) {
    for (let row = 0; row < count; row += 1) {
      if (kinds[row] === ROW_KIND.updateBefore) kinds[row] = ROW_KIND.delete
      else if (kinds[row] === ROW_KIND.updateAfter) kinds[row] = ROW_KIND.insert
    }
  }
  return gathered
}
