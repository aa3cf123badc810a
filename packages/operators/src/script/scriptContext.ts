/** What a script gets as `ctx`. It works only while a call is in work. */
import type { OperatorLogger } from '@belay/engine/operator'
import { ScriptError } from './scriptError.ts'
import type { GivenRows } from './scriptOutput.ts'
import type { ScriptRandom } from './scriptRandom.ts'
import type { ScriptState } from './scriptState.ts'

export interface Call {
  /** null = nothing is in work. */
  row: object | null
  active: boolean
  op: string
  /** Window time, ms. */
  nowMs: number
  window: number
  /** Number of the row in its window, or of the timer, from −1 downwards. */
  index: number
}

export interface ScriptContext {
  /** `+I`, `-U`, `+U` or `-D`. */
  readonly op: string
  /** Window time in ms: the same when the window is replayed. */
  now(): number
  /** 0 ≤ x < 1, the same when the window is replayed with the same rows in it. */
  random(): number
  emit(row: unknown): void
  /** Lines for the run's log, as with `console`. */
  readonly log: OperatorLogger
  timer(atMs: unknown, key?: unknown): void
  readonly state: {
    get(key: unknown): unknown
    set(key: unknown, value: unknown): void
    delete(key: unknown): void
  }
}

export function scriptContext(
  call: Call,
  parts: {
    readonly output: GivenRows
    readonly state: ScriptState
    readonly random: ScriptRandom
    readonly timers: boolean
    readonly log: OperatorLogger
  },
): ScriptContext {
  const { output, state, random, timers, log } = parts
  let seeded = ''
  const check = (): void => {
    if (!call.active) throw new ScriptError('SCRIPT_CALL_OVER', '`ctx` was used after its call.')
  }
  return Object.freeze({
    get op() {
      return call.op
    },
    now() {
      return call.nowMs
    },
    random() {
      const place = `${call.window} ${call.index}`
      if (seeded !== place) {
        random.seed(call.window, call.index)
        seeded = place
      }
      return random.next()
    },
    log,
    emit(row: unknown) {
      check()
      output.stageReturned(row, call.row)
    },
    timer(atMs: unknown, key?: unknown) {
      check()
      if (!timers)
        throw new ScriptError(
          'SCRIPT_TIMER',
          'there is nothing for a timer to call. Write the script as a module with `export function onTimer({ at, key }, ctx) { … }`.',
        )
      state.timer(atMs, key)
    },
    state: Object.freeze({
      get(key: unknown) {
        check()
        return state.get(key)
      },
      set(key: unknown, value: unknown) {
        check()
        state.set(key, value)
      },
      delete(key: unknown) {
        check()
        state.delete(key)
      },
    }),
  })
}
