/**
 * Finds a match and its groups by trying preferred branches first. Linear: no instruction is tried
 * twice at one position of one search, which `#seen` remembers; for texts too long for that table
 * there is the Pike machine.
 */
import { characterEnd, classOfCodePoint, codePointOf, holdsAt, OP, type Program } from './program.ts'
import { startsOf, type Starts } from './starts.ts'

/** Cells that the memory of one search may have. */
const MAX_CELLS = 262_144

export class Backtracker {
  readonly #program: Program
  readonly #starts: Starts
  /** The search in which an instruction was last tried at a position. */
  #seen: Uint32Array = new Uint32Array(0)
  #search = 0
  /** Pairs: where to go on (instruction, position), or a slot to put back (−1 − slot, value). */
  #stack: Int32Array = new Int32Array(256)

  constructor(program: Program) {
    this.#program = program
    this.#starts = startsOf(program)
  }

  fits(lengthBytes: number): boolean {
    return this.#program.ops.length * (lengthBytes + 1) <= MAX_CELLS
  }

  /** The leftmost match that begins at `at` or later; `slots` gets its ends and its groups', −1 where a group has none. */
  find(bytes: Uint8Array, from: number, to: number, at: number, slots: Int32Array): boolean {
    const cells = this.#program.ops.length * (to - from + 1)
    if (this.#seen.length < cells) this.#seen = new Uint32Array(Math.max(cells, this.#seen.length * 2))
    this.#search += 1
    if (this.#search === 0xffffffff) {
      this.#seen.fill(0)
      this.#search = 1
    }
    const { first, mayBeEmpty, onlyAtStart } = this.#starts
    for (let start = at; start <= to; start = start < to ? characterEnd(bytes, start, to) : to + 1) {
      if (start > from) {
        if (onlyAtStart) return false
        if (!mayBeEmpty) {
          while (start < to && first[bytes[start]] === 0) start = characterEnd(bytes, start, to)
          if (start === to) return false
        }
      }
      slots.fill(-1)
      if (this.#run(bytes, from, to, start, slots)) return true
    }
    return false
  }

  #run(bytes: Uint8Array, from: number, to: number, start: number, slots: Int32Array): boolean {
    const { ops, x, y, sets, asciiClass } = this.#program
    const width = to - from + 1
    const seen = this.#seen
    const search = this.#search
    let stack = this.#stack
    let top = 0
    let pc = 0
    let at = start
    for (;;) {
      let alive = true
      switch (ops[pc]) {
        case OP.set: {
          const cell = pc * width + at - from
          alive = at < to && seen[cell] !== search
          if (!alive) break
          seen[cell] = search
          const byte = bytes[at]
          const set = sets[x[pc]]
          if (byte < 128) {
            alive = set[asciiClass[byte]] === 1
            at += 1
          } else {
            const end = characterEnd(bytes, at, to)
            alive = set[classOfCodePoint(this.#program, codePointOf(bytes, at, end))] === 1
            at = end
          }
          pc += 1
          break
        }
        case OP.split: {
          const cell = pc * width + at - from
          alive = seen[cell] !== search
          if (!alive) break
          seen[cell] = search
          if (top + 2 > stack.length) stack = this.#grow()
          stack[top++] = y[pc]
          stack[top++] = at
          pc = x[pc]
          break
        }
        case OP.jump:
          pc = x[pc]
          break
        case OP.save: {
          const slot = x[pc]
          if (top + 2 > stack.length) stack = this.#grow()
          stack[top++] = -1 - slot
          stack[top++] = slots[slot]
          slots[slot] = at
          pc += 1
          break
        }
        case OP.assert:
          alive = holdsAt(x[pc], bytes, from, to, at)
          pc += 1
          break
        default:
          return true
      }
      if (alive) continue
      for (;;) {
        if (top === 0) return false
        at = stack[--top]
        pc = stack[--top]
        if (pc >= 0) break
        slots[-1 - pc] = at
      }
    }
  }

  #grow(): Int32Array {
    const grown = new Int32Array(this.#stack.length * 2)
    grown.set(this.#stack)
    this.#stack = grown
    return grown
  }
}
