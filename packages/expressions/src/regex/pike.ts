/**
 * Finds a match and its groups by running all branches side by side, one character at a time: time
 * O(text × program), memory O(program), for texts too long for the backtracker.
 */
import { characterEnd, classOfCodePoint, codePointOf, holdsAt, OP, type Program } from './program.ts'

/** Threads in order of preference; each with its slots. */
class Threads {
  readonly pcs: Int32Array
  readonly slots: Int32Array
  readonly #index: Int32Array
  count = 0

  constructor(instructions: number, slots: number) {
    this.pcs = new Int32Array(instructions)
    this.slots = new Int32Array(instructions * slots)
    this.#index = new Int32Array(instructions)
  }

  has(pc: number): boolean {
    const at = this.#index[pc]
    return at < this.count && this.pcs[at] === pc
  }

  /** Adds a thread and returns its place. */
  add(pc: number): number {
    this.#index[pc] = this.count
    this.pcs[this.count] = pc
    this.count += 1
    return this.count - 1
  }
}

export class PikeMachine {
  readonly #program: Program
  readonly #width: number
  #now: Threads
  #next: Threads
  readonly #slots: Int32Array
  readonly #stack: number[] = []

  constructor(program: Program) {
    this.#program = program
    this.#width = (program.groups + 1) * 2
    this.#now = new Threads(program.ops.length, this.#width)
    this.#next = new Threads(program.ops.length, this.#width)
    this.#slots = new Int32Array(this.#width)
  }

  /** As `Backtracker.find`. */
  find(bytes: Uint8Array, from: number, to: number, start: number, slots: Int32Array): boolean {
    const { ops, x, sets, asciiClass } = this.#program
    const width = this.#width
    let matched = false
    this.#now.count = 0
    let at = start
    for (;;) {
      if (!matched) {
        this.#slots.fill(-1)
        this.#follow(this.#now, 0, bytes, from, to, at)
      }
      const now = this.#now
      if (now.count === 0 && (matched || at >= to)) break
      const next = this.#next
      next.count = 0
      const byte = at < to ? bytes[at] : 0
      const end = at < to ? characterEnd(bytes, at, to) : to
      const cls = byte < 128 ? asciiClass[byte] : classOfCodePoint(this.#program, codePointOf(bytes, at, end))
      for (let t = 0; t < now.count; t += 1) {
        const pc = now.pcs[t]
        if (ops[pc] === OP.match) {
          slots.set(now.slots.subarray(t * width, t * width + width))
          matched = true
          break
        }
        if (at < to && ops[pc] === OP.set && sets[x[pc]][cls] === 1) {
          this.#slots.set(now.slots.subarray(t * width, t * width + width))
          this.#follow(next, pc + 1, bytes, from, to, end)
        }
      }
      this.#now = next
      this.#next = now
      if (at >= to) break
      at = end
    }
    return matched
  }

  /** Adds every instruction reachable without reading a character, in order of preference, with `#slots`. */
  #follow(threads: Threads, first: number, bytes: Uint8Array, from: number, to: number, at: number): void {
    const { ops, x, y } = this.#program
    const slots = this.#slots
    const stack = this.#stack
    stack.push(first, 0)
    while (stack.length > 0) {
      const value = stack.pop() ?? 0
      const pc = stack.pop() ?? 0
      if (pc < 0) {
        slots[-1 - pc] = value
        continue
      }
      if (threads.has(pc)) continue
      const place = threads.add(pc)
      switch (ops[pc]) {
        case OP.jump:
          stack.push(x[pc], 0)
          break
        case OP.split:
          stack.push(y[pc], 0, x[pc], 0)
          break
        case OP.save:
          stack.push(-1 - x[pc], slots[x[pc]], pc + 1, 0)
          slots[x[pc]] = at
          break
        case OP.assert:
          if (holdsAt(x[pc], bytes, from, to, at)) stack.push(pc + 1, 0)
          break
        default:
          threads.slots.set(slots, place * this.#width)
      }
    }
  }
}
