/**
 * Script: a person's JavaScript, called once for each row (engine-spec H27).
 *
 * Invariant: what a call writes (rows, state, timers) is kept aside and counts only once the call has
 * ended well. State: the script's values and timers, and which window is in work.
 */
import { BatchBuilder, ROW_KIND, type Batch } from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, StateValue, TransformOperator, WindowEnd } from '@belay/engine/operator'
import { OPS } from '../rows/ops.ts'
import { compileScript, scriptMessage, type Script } from './compileScript.ts'
import type { ScriptConfig } from './manifest.ts'
import { RowSource } from './rowClass.ts'
import { scriptContext, type Call, type ScriptContext } from './scriptContext.ts'
import { ScriptError } from './scriptError.ts'
import { ScriptOutput, type GivenRows } from './scriptOutput.ts'
import { ScriptRandom } from './scriptRandom.ts'
import { ScriptState } from './scriptState.ts'
import type { Timer } from './timerQueue.ts'

interface Clock {
  /** Wall time of the first window's beginning, ms: where window time begins. */
  readonly originMs: number
  /** The last window that has ended. */
  readonly ended: number
  /** Largest watermark so far, null = none. */
  readonly watermark: number | null
}

export class ScriptOperator implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<ScriptConfig>
  readonly #script: Script
  readonly #clock: StateValue<Clock>
  readonly #state: ScriptState
  readonly #rows: RowSource
  readonly #output: GivenRows
  readonly #builder: BatchBuilder
  readonly #call: Call = { row: null, active: false, op: OPS[ROW_KIND.insert], nowMs: 0, window: 0, index: 0 }
  readonly #ctx: ScriptContext
  /** One a row in `#builder`. */
  readonly #kinds: number[] = []
  readonly #byEventTime: boolean
  readonly #addsOnly: boolean
  /** Rows there have been in the window in work. */
  #index = 0
  /** Timers that ring at the end of the window in work; null = it has not ended yet. */
  #due: Timer[] | null = null
  #rung = 0

  /** `output`: what takes the rows that it gives. `addsOnly`: all of them are new, whatever they were made of. */
  constructor(context: OperatorContext<ScriptConfig>, script: Script, output: GivenRows, addsOnly = false) {
    this.#context = context
    this.#script = script
    this.#byEventTime = (context.eventTimes['in'] ?? null) !== null
    this.#clock = context.state.value<Clock>('clock', 1, { originMs: Date.now(), ended: 0, watermark: null })
    this.#state = new ScriptState(context, context.config.ttlMs ?? 0)
    this.#rows = new RowSource(context.inputs['in'] ?? [])
    this.#output = output
    this.#addsOnly = addsOnly
    this.#builder = new BatchBuilder(context.outputs['out'] ?? [])
    this.#ctx = scriptContext(this.#call, {
      output: this.#output,
      state: this.#state,
      random: new ScriptRandom(context.operator, context.partition),
      timers: script.onTimer !== null,
      log: context.log,
    })
    this.#beginWindow()
  }

  #beginWindow(): void {
    const { ended, watermark } = this.#clock.get()
    this.#call.window = ended + 1
    this.#call.nowMs = this.#windowTime(ended)
    this.#state.nowMs = this.#byEventTime ? (watermark ?? Number.NEGATIVE_INFINITY) : this.#call.nowMs
    this.#index = 0
  }

  /** When a window has ended. */
  #windowTime(window: number): number {
    return this.#clock.get().originMs + window * this.#context.windowMs
  }

  process(_port: number, batch: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    for (let row = from; row < batch.rows; row += 1) {
      this.#row(batch, row, out)
      if (out.full) {
        this.#send(out)
        return row + 1
      }
    }
    this.#send(out)
    return batch.rows
  }

  #row(batch: Batch, index: number, out: Emitter): void {
    const kind = batch.kinds?.[index] ?? ROW_KIND.insert
    const call = this.#call
    call.row = this.#rows.take(batch, index)
    call.op = OPS[kind]
    call.index = this.#index
    call.active = true
    this.#index += 1
    try {
      this.#output.stageReturned(this.#script.onRow(call.row, this.#ctx), call.row)
    } catch (error) {
      this.#failed(error, { batch, index })
      return
    }
    this.#ended(kind === ROW_KIND.insert || kind === ROW_KIND.updateAfter ? ROW_KIND.insert : ROW_KIND.delete, out)
  }

  #ring(timer: Timer, out: Emitter): void {
    const { onTimer } = this.#script
    const call = this.#call
    call.row = null
    call.op = OPS[ROW_KIND.insert]
    call.index = -1 - this.#rung
    call.active = true
    try {
      if (onTimer !== null) this.#output.stageReturned(onTimer({ at: timer.atMs, key: JSON.parse(timer.key) as unknown }, this.#ctx), null)
    } catch (error) {
      this.#failed(error, { text: `timer at ${timer.atMs}, key ${timer.key}` })
      return
    }
    this.#ended(ROW_KIND.insert, out)
  }

  #failed(error: unknown, row: { readonly batch: Batch; readonly index: number } | { readonly text: string }): void {
    this.#leave()
    this.#output.clear()
    this.#state.drop()
    const code = error instanceof ScriptError ? error.code : 'SCRIPT_THREW'
    this.#context.rowError({ code, message: scriptMessage(error, this.#context.operator), row })
  }

  #ended(kind: number, out: Emitter): void {
    this.#leave()
    this.#state.keep()
    const { rows } = this.#output
    for (let i = 0; i < rows; i += 1) {
      this.#output.push(i, this.#builder)
      this.#kinds.push(kind)
      if (this.#builder.full) this.#send(out)
    }
    this.#output.clear()
  }

  #leave(): void {
    this.#call.active = false
    this.#call.row = null
    this.#rows.leave()
  }

  #send(out: Emitter): void {
    if (this.#builder.rows === 0) return
    const batch = this.#builder.finish()
    out.emit(0, !this.#addsOnly && this.#kinds.includes(ROW_KIND.delete) ? { ...batch, kinds: Uint8Array.from(this.#kinds) } : batch)
    this.#kinds.length = 0
  }

  endWindow(end: WindowEnd, out: Emitter): boolean {
    const reachedMs = this.#byEventTime ? end.watermark : this.#windowTime(end.window)
    if (this.#due === null) {
      this.#call.nowMs = this.#windowTime(end.window)
      // Timers that these set wait for the next window, so the end of the input is no endless loop.
      this.#due = this.#state.due(end.last ? Number.POSITIVE_INFINITY : reachedMs)
      this.#rung = 0
    }
    while (this.#rung < this.#due.length) {
      if (out.full) return false
      this.#ring(this.#due[this.#rung], out)
      this.#rung += 1
    }
    this.#send(out)
    this.#due = null
    const before = this.#clock.get()
    const watermark = Number.isFinite(end.watermark) ? Math.max(end.watermark, before.watermark ?? end.watermark) : before.watermark
    this.#clock.set({ originMs: before.originMs, ended: end.window, watermark })
    this.#state.advance(this.#byEventTime ? (watermark ?? Number.NEGATIVE_INFINITY) : this.#windowTime(end.window))
    this.#beginWindow()
    return true
  }
}

export const module: OperatorModule<ScriptConfig> = {
  create: (context) =>
    new ScriptOperator(context, compileScript(context.config.code, context.operator), new ScriptOutput(context.outputs['out'] ?? [])),
}
