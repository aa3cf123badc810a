/**
 * Given rows: the rows of a test, step by step. A step begins when whoever runs the test has opened its
 * gate, so that what happens between two steps does not depend on how fast the machine is.
 *
 * State: step and row after the rows emitted so far, and the newest event time.
 */
import { pushValue, ROW_KIND, type Value } from '@belay/columns'
import {
  EngineError,
  type Emitter,
  type OperatorContext,
  type OperatorModule,
  type SourceOperator,
  type StateValue,
} from '@belay/engine/operator'
import { ChangeBuilder } from '../rows/changeBuilder.ts'
import type { GivenRowsConfig } from './manifest.ts'
import { givenRow } from './values.ts'

const GATE_POLL_MS = 10

interface Position {
  readonly step: number
  readonly row: number
  /** Of the rows so far, ms; null = none yet. */
  readonly newest: number | null
  /** Said by a step, ms; null = none yet. */
  readonly watermark: number | null
}

class GivenRows implements SourceOperator {
  readonly role = 'source'
  readonly #context: OperatorContext<GivenRowsConfig>
  readonly #builder: ChangeBuilder
  readonly #eventTime: number
  /** Whether steps say the watermark; else it follows the rows. */
  readonly #said: boolean
  readonly #state: StateValue<Position>
  #at: Position

  constructor(context: OperatorContext<GivenRowsConfig>) {
    const { columns, eventTime, steps } = context.config
    this.#context = context
    this.#builder = new ChangeBuilder(context.outputs['out'] ?? [])
    this.#eventTime = columns.findIndex(({ name }) => name === eventTime)
    this.#said = steps.some(({ watermark }) => watermark !== null)
    this.#state = context.state.value<Position>('position', 1, { step: 0, row: 0, newest: null, watermark: null })
    this.#at = this.#state.get()
    this.#tell()
  }

  read(out: Emitter): 'progress' | 'idle' | 'ended' {
    const { steps } = this.#context.config
    if (out.full) return 'progress'
    if (this.#at.row === 0 && !this.#open(this.#at.step)) {
      this.#context.wake(GATE_POLL_MS)
      return 'idle'
    }
    const step = steps[this.#at.step]
    if (step === undefined) return 'ended'
    let { row, newest } = this.#at
    for (; row < step.rows.length && !this.#builder.full; row += 1) newest = this.#push(step.rows[row], row, newest)
    const done = row === step.rows.length
    if (this.#builder.rows > 0) out.emit(0, this.#batch())
    this.#at = {
      step: done ? this.#at.step + 1 : this.#at.step,
      row: done ? 0 : row,
      newest,
      watermark: done ? (step.watermark ?? this.#at.watermark) : this.#at.watermark,
    }
    this.#state.set(this.#at)
    this.#tell()
    return 'progress'
  }

  #open(step: number): boolean {
    const { gate } = this.#context.config
    if (gate === null) return true
    try {
      this.#context.files.readable(`${gate}-${step}`)
      return true
    } catch (error) {
      if (error instanceof EngineError && error.code === 'FILE_NOT_FOUND') return false
      throw error
    }
  }

  /** The newest event time with that row. */
  #push(row: Readonly<Record<string, unknown>>, at: number, newest: number | null): number | null {
    const given = givenRow(row, this.#context.config.columns)
    if (!given.ok) {
      this.#context.rowError({ code: 'ROW_INVALID', message: `Row ${at + 1}: ${given.message}.`, row: { text: JSON.stringify(row) } })
      return newest
    }
    this.#builder.columns.forEach((column, i) => pushValue(column, given.values[i]))
    this.#builder.endRow(given.kind)
    const time: Value = this.#eventTime < 0 ? null : given.values[this.#eventTime]
    return typeof time === 'number' ? Math.max(newest ?? time, time) : newest
  }

  /** Streams that only add rows carry no kinds. */
  #batch(): ReturnType<ChangeBuilder['finish']> {
    const batch = this.#builder.finish()
    return batch.kinds?.every((kind) => kind === ROW_KIND.insert) === true ? { ...batch, kinds: undefined } : batch
  }

  /** Which steps are over: whoever runs the test waits for it. */
  #tell(): void {
    this.#context.progress(this.#at.step / Math.max(1, this.#context.config.steps.length))
  }

  watermark(): number {
    const { newest, watermark } = this.#at
    if (this.#said) return watermark ?? -Infinity
    return newest === null ? -Infinity : newest - this.#context.config.outOfOrderMs
  }
}

export const module: OperatorModule<GivenRowsConfig> = { create: (context) => new GivenRows(context) }
