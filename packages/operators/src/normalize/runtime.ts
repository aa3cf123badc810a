/**
 * Normalize: the last row of each key, and at the end of each streaming window what has changed, with
 * the whole old row (engine-spec §2, C1).
 *
 * State: for each key the row sent last; what came since is kept until the window ends.
 */
import { BatchBuilder, fieldIndex, type Batch, type Schema } from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, TransformOperator } from '@belay/engine/operator'
import { ChangeWriter } from '../rows/changeWriter.ts'
import { ChangedSlots, Groups } from '../rows/groups.ts'
import { readRow, RowWriter } from '../rows/rowCodec.ts'
import type { NormalizeConfig } from './manifest.ts'

/** Value columns of a key, after its number: the row sent last, and the newest one; NULL = none. */
const SENT = 1
const NEWEST = 2
const CHUNK = 512

class Normalize implements TransformOperator {
  readonly role = 'transform'
  readonly #keys: readonly number[]
  readonly #groups: Groups
  readonly #changed = new ChangedSlots()
  readonly #rows: BatchBuilder
  readonly #encoder = new RowWriter()
  readonly #writer: ChangeWriter
  #sent = 0

  constructor(context: OperatorContext<NormalizeConfig>, input: Schema) {
    this.#keys = context.config.keys.map((name) => fieldIndex(input, name))
    this.#groups = new Groups(
      'keys',
      this.#keys.map((at) => input[at]),
      [
        { name: 'sent', type: 'string', nullable: true },
        { name: 'newest', type: 'string', nullable: true },
      ],
      context.state,
    )
    this.#rows = new BatchBuilder(input)
    this.#writer = new ChangeWriter(input, this.#groups.table, SENT)
  }

  process(_port: number, batch: Batch, from: number): number {
    const { table } = this.#groups
    for (let row = from; row < batch.rows; row += 1) {
      const kind = batch.kinds?.[row] ?? 0
      // The old half of an update says nothing that its new half does not.
      if (kind === 1) continue
      const slot = this.#groups.slotOf(this.#keys, batch, row)
      this.#changed.add(slot)
      if (kind === 3) {
        table.setText(slot, NEWEST, null)
        continue
      }
      this.#encoder.row(batch.columns, row)
      table.setBytes(slot, NEWEST, this.#encoder.bytes, 0, this.#encoder.length)
    }
    return batch.rows
  }

  endWindow(_end: unknown, out: Emitter): boolean {
    const { table } = this.#groups
    while (this.#sent < this.#changed.size) {
      if (out.full) return false
      const live: number[] = []
      for (const until = Math.min(this.#changed.size, this.#sent + CHUNK); this.#sent < until; this.#sent += 1) {
        const slot = this.#changed.at(this.#sent)
        if (table.nulls(NEWEST)[slot] === 1) {
          this.#writer.remove(slot)
          continue
        }
        readRow(table.textBytes, table.textFrom(slot, NEWEST), this.#rows.columns)
        this.#rows.endRow()
        live.push(slot)
      }
      const batch = this.#rows.finish()
      live.forEach((slot, row) => {
        this.#writer.put(slot, batch, row)
        // Kept once: what was sent is the newest.
        table.setText(slot, NEWEST, null)
      })
      const changes = this.#writer.changes.finish()
      if (out.connected(0)) out.emit(0, changes)
    }
    for (const slot of this.#changed.descending()) if (table.nulls(SENT)[slot] === 1) table.remove(slot)
    this.#changed.clear()
    this.#sent = 0
    return true
  }
}

export const module: OperatorModule<NormalizeConfig> = {
  rehearses: true,
  create: (context) => new Normalize(context, context.inputs['in'] ?? []),
}
