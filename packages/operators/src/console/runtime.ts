/**
 * Console: the first rows of each window, printed when the window ends.
 *
 * State: how many rows have been printed, so that the cap holds over restarts.
 */
import { writeSync } from 'node:fs'
import type { Batch, Schema } from '@belay/columns'
import type { OperatorContext, OperatorModule, SinkOperator, StateValue, WindowEnd } from '@belay/engine/operator'
import { OPS } from '../rows/ops.ts'
import { jsonText } from '../rows/rowText.ts'
import type { ConsoleConfig } from './manifest.ts'

const LINE_CHARACTERS = 2000

class Console implements SinkOperator {
  readonly role = 'sink'
  readonly #context: OperatorContext<ConsoleConfig>
  readonly #write: (text: string) => void
  readonly #schema: Schema
  readonly #printed: StateValue<number>
  /** Rows of the window in work, as text; and how many there have been. */
  #lines: string[] = []
  #rows = 0

  constructor(context: OperatorContext<ConsoleConfig>, write: (text: string) => void) {
    this.#context = context
    this.#write = write
    this.#schema = context.inputs['in'] ?? []
    this.#printed = context.state.value('printed', 1, 0)
  }

  process(_port: number, batch: Batch, from: number): number {
    const { rows, most } = this.#context.config
    const allowed = Math.min(rows, most === 0 ? rows : most - this.#printed.get())
    for (let row = from; row < batch.rows && this.#lines.length < allowed; row += 1)
      this.#lines.push(`${OPS[batch.kinds?.[row] ?? 0]} ${cut(this.#json(batch, row))}`)
    this.#rows += batch.rows - from
    return batch.rows
  }

  #json(batch: Batch, row: number): string {
    return `{${this.#schema.map(({ name }, i) => `${JSON.stringify(name)}:${jsonText(batch.columns[i], row)}`).join(',')}}`
  }

  endWindow({ window }: WindowEnd): boolean {
    const lines = this.#lines
    if (lines.length === 0) {
      this.#rows = 0
      return true
    }
    const { operator, config } = this.#context
    const printed = this.#printed.get() + lines.length
    this.#printed.set(printed)
    if (this.#rows > lines.length) lines.push(`and ${this.#rows - lines.length} more`)
    if (config.most > 0 && printed >= config.most) lines.push(`${config.most} rows have been printed; no more will be`)
    this.#write(lines.map((line) => `${operator} ${window} ${line}\n`).join(''))
    this.#lines = []
    this.#rows = 0
    return true
  }

  prepare(): boolean {
    return true
  }

  commit(): number {
    return 0
  }
}

function cut(text: string): string {
  return text.length <= LINE_CHARACTERS ? text : `${text.slice(0, LINE_CHARACTERS)}…`
}

/** `write` gets whole lines. */
export const printingTo = (write: (text: string) => void): OperatorModule<ConsoleConfig> => ({
  create: (context) => new Console(context, write),
})

/** To the process's own output, which is the run's log. At once: a thread's `process.stdout` needs an event loop that turns. */
export const module: OperatorModule<ConsoleConfig> = printingTo((text) => void writeSync(1, text))
