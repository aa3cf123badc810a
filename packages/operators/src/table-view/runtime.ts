/**
 * Table view: the newest rows, or the newest row of each key, for the monitor. Rows that are taken back
 * leave the table again.
 *
 * State: the rows shown, so that the table is drawn again after a rollback (engine-spec H33).
 */
import { fieldIndex, ROW_KIND, valueAt, type Batch, type Value } from '@belay/columns'
import type { OperatorContext, OperatorModule, SinkOperator, StateValue } from '@belay/engine/operator'
import type { TableViewConfig } from './manifest.ts'

type Row = readonly Value[]

interface Shown {
  readonly rows: readonly Row[]
  /** Rows there have been, less those taken back. */
  readonly total: number
}

class TableView implements SinkOperator {
  readonly role = 'sink'
  readonly #context: OperatorContext<TableViewConfig>
  readonly #state: StateValue<Shown>
  readonly #key: readonly number[]
  /** Oldest first. By key where there is one, else by a number of its own: equal rows are several rows. */
  readonly #rows = new Map<string, Row>()
  #added = 0
  #total: number
  #changed = false

  constructor(context: OperatorContext<TableViewConfig>) {
    this.#context = context
    this.#state = context.state.value<Shown>('shown', 1, { rows: [], total: 0 })
    const shown = this.#state.get()
    this.#total = shown.total
    const schema = context.inputs['in'] ?? []
    this.#key = context.config.key.map((name) => fieldIndex(schema, name))
    for (const row of shown.rows) this.#rows.set(this.#idOf(row), row)
    this.#publish()
  }

  process(_port: number, batch: Batch, from: number): number {
    const { kinds } = batch
    // Rows that would be pushed out by later ones of the same batch are never looked at.
    const first = this.#key.length > 0 || kinds !== undefined ? from : Math.max(from, batch.rows - this.#context.config.rows)
    this.#total += first - from
    for (let row = first; row < batch.rows; row += 1) {
      const values = batch.columns.map((column) => valueAt(column, row))
      const kind = kinds?.[row] ?? ROW_KIND.insert
      if (kind === ROW_KIND.insert || kind === ROW_KIND.updateAfter) this.#add(values, kind)
      else this.#takeBack(values, kind)
    }
    this.#changed ||= batch.rows > from
    return batch.rows
  }

  #idOf(row: Row): string {
    if (this.#key.length > 0) return JSON.stringify(this.#key.map((at) => row[at]))
    this.#added += 1
    return String(this.#added)
  }

  #add(row: Row, kind: number): void {
    this.#total += 1
    const id = this.#idOf(row)
    // A new row of a key goes to the end, an updated one stays where it is.
    if (kind === ROW_KIND.insert) this.#rows.delete(id)
    this.#rows.set(id, row)
    if (this.#rows.size <= this.#context.config.rows) return
    const [oldest] = this.#rows.keys()
    if (oldest !== undefined) this.#rows.delete(oldest)
  }

  #takeBack(row: Row, kind: number): void {
    this.#total -= 1
    if (this.#key.length > 0) {
      // The updated row takes its place.
      if (kind === ROW_KIND.delete) this.#rows.delete(this.#idOf(row))
      return
    }
    const text = JSON.stringify(row)
    for (const [id, other] of this.#rows) {
      if (JSON.stringify(other) !== text) continue
      this.#rows.delete(id)
      return
    }
  }

  endWindow(): boolean {
    if (!this.#changed) return true
    this.#changed = false
    this.#state.set({ rows: [...this.#rows.values()], total: this.#total })
    this.#publish()
    return true
  }

  #publish(): void {
    const rows = [...this.#rows.values()].map((row) =>
      row.map((value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : value)),
    )
    this.#context.table.publish(rows, this.#total)
  }

  prepare(): boolean {
    return true
  }

  commit(): number {
    return 0
  }
}

export const module: OperatorModule<TableViewConfig> = { create: (context) => new TableView(context) }
