/**
 * Which rows of a record go to which partition of the readers (engine-spec H25). The writer groups
 * them inside one record, so that each reader touches only its own.
 */
import { type Batch, gatherBatch } from '@belay/columns'
import { writeColumnKey } from '../operator/columnKey.ts'
import type { PlannedRouting } from '../plan/physicalPlan.ts'
import { KeyBuffer } from '../state/keyBuffer.ts'
import { KEY_GROUPS, keyGroupOf, murmur3, partitionOf } from '../state/murmur.ts'
import type { RowRouter } from '../stream/logWriter.ts'

export function rowRouter(routing: PlannedRouting): RowRouter {
  switch (routing.kind) {
    case 'key':
      return new KeyRouter(routing.columns, routing.partitions)
    case 'spread':
      return new SpreadRouter(routing.partitions)
  }
}

/** Equal keys together: hash of the canonical key bytes → key group → partition, then a counting sort. */
class KeyRouter implements RowRouter {
  readonly partitions: number
  readonly table: Uint32Array
  readonly #columns: readonly number[]
  readonly #key = new KeyBuffer()
  readonly #owners: Uint8Array
  readonly #next: Uint32Array
  #targets = new Uint8Array(1024)
  #order = new Uint32Array(1024)

  constructor(columns: readonly number[], partitions: number) {
    this.partitions = partitions
    this.#columns = columns
    this.table = new Uint32Array(partitions + 1)
    this.#next = new Uint32Array(partitions)
    this.#owners = Uint8Array.from({ length: KEY_GROUPS }, (_, group) => partitionOf(group, partitions))
  }

  group(batch: Batch): Batch {
    const { rows } = batch
    if (this.#targets.length < rows) {
      this.#targets = new Uint8Array(rows)
      this.#order = new Uint32Array(rows)
    }
    this.#route(batch)
    const { table } = this
    const targets = this.#targets
    table.fill(0)
    for (let row = 0; row < rows; row += 1) table[targets[row] + 1] += 1
    let single = false
    for (let partition = 0; partition < this.partitions; partition += 1) {
      if (table[partition + 1] === rows) single = true
      table[partition + 1] += table[partition]
    }
    if (single) return batch
    const next = this.#next
    next.set(table.subarray(0, this.partitions))
    const order = this.#order
    for (let row = 0; row < rows; row += 1) order[next[targets[row]]++] = row
    return gatherBatch(batch, order, rows)
  }

  #route(batch: Batch): void {
    const key = this.#key
    const targets = this.#targets
    const owners = this.#owners
    const columns = this.#columns.map((column) => batch.columns[column])
    for (let row = 0; row < batch.rows; row += 1) {
      key.begin()
      for (const column of columns) writeColumnKey(key, column, row)
      targets[row] = owners[keyGroupOf(murmur3(key.buffer, 0, key.length))]
    }
  }
}

/** Equal shares in the order they come; what is left over goes round. */
class SpreadRouter implements RowRouter {
  readonly partitions: number
  readonly table: Uint32Array
  #turn = 0

  constructor(partitions: number) {
    this.partitions = partitions
    this.table = new Uint32Array(partitions + 1)
  }

  group(batch: Batch): Batch {
    const { partitions } = this
    for (let partition = 0; partition <= partitions; partition += 1)
      this.table[partition] = Math.floor((batch.rows * partition + this.#turn) / partitions)
    this.#turn = (this.#turn + 1) % partitions
    return batch
  }
}
