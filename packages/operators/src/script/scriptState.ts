/**
 * A script's JSON values and timers in declared tables. What a call writes is kept aside until the call
 * has ended well.
 *
 * Times are those of the operator's clock: event time, or window time where rows have none.
 */
import type { OperatorContext, StateTable } from '@belay/engine/operator'
import { ScriptError } from './scriptError.ts'
import { TimerQueue, type Timer } from './timerQueue.ts'

/** Entries looked at in one window end for having been forgotten. */
const SWEPT_PER_WINDOW = 16_384
const VALUE = 0
const TOUCHED = 1

export class ScriptState {
  readonly #values: StateTable
  readonly #timers: StateTable
  readonly #queue = new TimerQueue()
  readonly #ttlMs: number
  readonly #written = new Map<string, string | null>()
  readonly #set: Timer[] = []
  #sweptTo = 0
  /** The clock at the beginning of the window; −Infinity while there is no event time yet. */
  nowMs = Number.NEGATIVE_INFINITY

  constructor(context: OperatorContext<unknown>, ttlMs: number) {
    this.#ttlMs = ttlMs
    this.#values = context.state.table('values', {
      version: 1,
      key: [{ name: 'key', type: 'string', nullable: false }],
      value: [
        { name: 'value', type: 'json', nullable: false },
        { name: 'touched', type: 'timestamp', nullable: false },
      ],
    })
    this.#timers = context.state.table('timers', {
      version: 1,
      key: [
        { name: 'at', type: 'timestamp', nullable: false },
        { name: 'key', type: 'string', nullable: false },
      ],
      value: [],
    })
    this.#timers.forEach((slot) =>
      this.#queue.add({ atMs: Number(this.#timers.keyValue(slot, 0)), key: String(this.#timers.keyValue(slot, 1)) }),
    )
  }

  get(key: unknown): unknown {
    const name = keyText(key)
    const written = this.#written.get(name)
    if (written !== undefined) return written === null ? undefined : (JSON.parse(written) as unknown)
    const slot = this.#find(name)
    if (slot < 0 || this.#forgotten(slot)) return undefined
    return JSON.parse(this.#values.text(slot, VALUE) ?? 'null') as unknown
  }

  set(key: unknown, value: unknown): void {
    let text: string | undefined
    try {
      text = JSON.stringify(value) as string | undefined
    } catch {
      text = undefined
    }
    if (text === undefined)
      throw new ScriptError('SCRIPT_STATE', 'a value for the state is not JSON. Keep plain objects, arrays, text and numbers.')
    this.#written.set(keyText(key), text)
  }

  delete(key: unknown): void {
    this.#written.set(keyText(key), null)
  }

  timer(atMs: unknown, key: unknown): void {
    if (typeof atMs !== 'number' || !Number.isFinite(atMs))
      throw new ScriptError('SCRIPT_TIMER', 'a timer needs a time in ms, e.g. `ctx.timer(row.time + 60000)`.')
    this.#set.push({ atMs: Math.ceil(atMs), key: key === undefined ? 'null' : keyText(key) })
  }

  /** The call has ended well. */
  keep(): void {
    for (const [name, text] of this.#written) this.#write(name, text)
    for (const timer of this.#set) if (this.#addTimer(timer)) this.#queue.add(timer)
    this.drop()
  }

  /** The call has failed. */
  drop(): void {
    if (this.#written.size > 0) this.#written.clear()
    if (this.#set.length > 0) this.#set.length = 0
  }

  #write(name: string, text: string | null): void {
    const values = this.#values
    if (text === null) {
      const slot = this.#find(name)
      if (slot >= 0) values.remove(slot)
      return
    }
    values.key.begin()
    values.key.text(name)
    const slot = values.slotFor()
    values.setText(slot, VALUE, text)
    values.numbers(TOUCHED)[slot] = this.nowMs
  }

  #find(name: string): number {
    this.#values.key.begin()
    this.#values.key.text(name)
    return this.#values.find()
  }

  #addTimer({ atMs, key }: Timer): boolean {
    this.#timers.key.begin()
    this.#timers.key.number(atMs)
    this.#timers.key.text(key)
    this.#timers.slotFor()
    return this.#timers.inserted
  }

  /** Takes the timers that are due, by time and key; `ring` each before the next checkpoint. */
  due(untilMs: number): Timer[] {
    const due: Timer[] = []
    for (let next = this.#queue.first; next !== undefined && next.atMs <= untilMs; next = this.#queue.first) {
      this.#queue.removeFirst()
      due.push(next)
      this.#timers.key.begin()
      this.#timers.key.number(next.atMs)
      this.#timers.key.text(next.key)
      this.#timers.remove(this.#timers.find())
    }
    return due
  }

  #forgotten(slot: number): boolean {
    return this.#ttlMs > 0 && this.nowMs - this.#values.numbers(TOUCHED)[slot] >= this.#ttlMs
  }

  /** The window has ended; some of what has been forgotten makes room. */
  advance(nowMs: number): void {
    const first = this.nowMs === Number.NEGATIVE_INFINITY
    this.nowMs = nowMs
    if (this.#ttlMs === 0 || nowMs === Number.NEGATIVE_INFINITY) return
    // What was written before there was a time counts from the first one.
    if (first) {
      const touched = this.#values.numbers(TOUCHED)
      for (let slot = 0; slot < this.#values.size; slot += 1) if (touched[slot] === Number.NEGATIVE_INFINITY) touched[slot] = nowMs
    }
    if (this.#sweptTo <= 0 || this.#sweptTo > this.#values.size) this.#sweptTo = this.#values.size
    const end = Math.max(0, this.#sweptTo - SWEPT_PER_WINDOW)
    // Downwards: removal moves the last entry, which has been looked at, into the gap.
    for (let slot = this.#sweptTo - 1; slot >= end; slot -= 1) if (this.#forgotten(slot)) this.#values.remove(slot)
    this.#sweptTo = end
  }
}

/** Keys are told apart by their JSON: 1 and "1" are two. */
function keyText(key: unknown): string {
  const text = typeof key === 'bigint' ? String(key) : (JSON.stringify(key) as string | undefined)
  if (text === undefined)
    throw new ScriptError('SCRIPT_STATE', 'a key is undefined or a function. Use text, a number, or an array of them.')
  return text
}
