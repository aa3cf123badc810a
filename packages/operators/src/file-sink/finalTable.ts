/**
 * Mode `final`: the table as it is at the end of a finite run, kept in state as lines until then.
 *
 * With a key (upsert streams) a row replaces the one of its key; without, lines are a bag in which a
 * row that is taken back takes one equal line away (engine-spec §2, C4: one that is not there is
 * counted, never an error).
 */
import { ROW_KIND, type Batch } from '@belay/columns'
import { writeColumnKey, type OperatorContext, type StateTable } from '@belay/engine/operator'

export class FinalTable {
  readonly #context: Pick<OperatorContext<unknown>, 'count'>
  readonly #table: StateTable
  /** Key columns; empty = the whole line. */
  readonly #key: readonly number[]

  constructor(context: Pick<OperatorContext<unknown>, 'count' | 'state'>, key: readonly number[]) {
    this.#context = context
    this.#key = key
    this.#table = context.state.table('rows', {
      version: 1,
      key: [{ name: 'key', type: 'string', nullable: true }],
      value: [
        { name: 'rows', type: 'float64', nullable: false },
        { name: 'line', type: 'string', nullable: true },
      ],
    })
  }

  /** `line` is not asked for where it is not needed. */
  apply(batch: Batch, row: number, line: () => string): void {
    const kind = batch.kinds?.[row] ?? ROW_KIND.insert
    const adds = kind === ROW_KIND.insert || kind === ROW_KIND.updateAfter
    this.#table.key.begin()
    if (this.#key.length > 0) for (const column of this.#key) writeColumnKey(this.#table.key, batch.columns[column], row)
    else this.#table.key.text(line())
    if (adds) {
      const slot = this.#table.slotFor()
      const rows = this.#table.numbers(0)
      if (this.#key.length > 0) {
        this.#table.setText(slot, 1, line())
        rows[slot] = 1
      } else rows[slot] += 1
      return
    }
    const slot = this.#table.find()
    if (slot < 0) return this.#context.count('orphaned', 1)
    const rows = this.#table.numbers(0)
    rows[slot] -= 1
    if (rows[slot] <= 0) this.#table.remove(slot)
  }

  /** All lines, sorted as bytes. */
  lines(): string[] {
    const lines: Buffer[] = []
    const counts = this.#table.numbers(0)
    this.#table.forEach((slot) => {
      const line = this.#key.length > 0 ? this.#table.text(slot, 1) : this.#table.keyValue(slot, 0)
      for (let i = 0; i < counts[slot]; i += 1) lines.push(Buffer.from(String(line), 'utf8'))
    })
    return lines.sort((a, b) => Buffer.compare(a, b)).map((line) => line.toString('utf8'))
  }
}
