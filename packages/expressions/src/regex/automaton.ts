/**
 * Tells whether a text holds a match, one table look-up a character: a deterministic automaton whose
 * states are made when they are first reached. Its size is bounded; a full table is dropped and grown
 * again, so that no pattern costs more than O(text × program).
 */
import { ASSERTION, characterEnd, classOfCodePoint, codePointOf, OP, type Program } from './program.ts'

const MAX_STATES = 1000
const UNKNOWN = -1
/** In place of a state that accepts: nothing after it can change that. */
const ACCEPTED = -2

export class Automaton {
  readonly #program: Program
  /** Instructions (sets, and text-end assertions that wait for the end) of each state. */
  #states: (readonly number[])[] = []
  /** Accepts if the text ends here; undefined until asked. */
  #acceptsAtEnd: (boolean | undefined)[] = []
  #byKey = new Map<string, number>()
  #steps: Int32Array
  #first = UNKNOWN
  #restarts: readonly number[] = []

  constructor(program: Program) {
    this.#program = program
    this.#steps = new Int32Array(program.classes * 16).fill(UNKNOWN)
    this.#restarts = this.#closure([0], false, false).pcs
  }

  static serves(program: Program): boolean {
    return !program.looksAround
  }

  test(bytes: Uint8Array, from: number, to: number): boolean {
    const { asciiClass, classes } = this.#program
    if (this.#first === UNKNOWN) this.#first = this.#stateOf([0], true)
    if (this.#first === ACCEPTED) return true
    let steps = this.#steps
    let state = this.#first
    let at = from
    while (at < to) {
      const byte = bytes[at]
      let cls = 0
      if (byte < 128) {
        cls = asciiClass[byte]
        at += 1
      } else {
        const end = characterEnd(bytes, at, to)
        cls = classOfCodePoint(this.#program, codePointOf(bytes, at, end))
        at = end
      }
      let next = steps[state * classes + cls]
      if (next < 0) {
        if (next === UNKNOWN) next = this.#step(state, cls)
        if (next === ACCEPTED) return true
        steps = this.#steps
      }
      state = next
    }
    return (this.#acceptsAtEnd[state] ??= this.#closure(this.#states[state], false, true).matches)
  }

  #step(state: number, cls: number): number {
    const { ops, x, sets, classes } = this.#program
    const reached: number[] = []
    for (const pc of this.#states[state]) if (ops[pc] === OP.set && sets[x[pc]][cls] === 1) reached.push(pc + 1)
    if (this.#states.length < MAX_STATES) {
      const next = this.#stateOf(reached, false)
      this.#steps[state * classes + cls] = next
      return next
    }
    this.#states = []
    this.#acceptsAtEnd = []
    this.#byKey.clear()
    this.#steps.fill(UNKNOWN)
    this.#first = UNKNOWN
    return this.#stateOf(reached, false)
  }

  #stateOf(from: readonly number[], atStart: boolean): number {
    const { pcs, matches } = this.#closure(from, atStart, false)
    // A match may also begin here.
    const all = atStart ? pcs : [...new Set([...pcs, ...this.#restarts])].sort((a, b) => a - b)
    if (matches || (!atStart && this.#restartsMatch)) return ACCEPTED
    const key = all.join(' ')
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const state = this.#states.length
    this.#byKey.set(key, state)
    this.#states.push(all)
    this.#acceptsAtEnd.push(undefined)
    const { classes } = this.#program
    if ((state + 1) * classes > this.#steps.length) {
      const grown = new Int32Array(this.#steps.length * 2).fill(UNKNOWN)
      grown.set(this.#steps)
      this.#steps = grown
    }
    return state
  }

  get #restartsMatch(): boolean {
    return (this.#emptyMatches ??= this.#closure([0], false, false).matches)
  }
  #emptyMatches: boolean | undefined

  /** Sets and waiting assertions reachable without a character, sorted; `matches` if the end of the program is. */
  #closure(from: readonly number[], atStart: boolean, atEnd: boolean): { readonly pcs: readonly number[]; readonly matches: boolean } {
    const { ops, x, y } = this.#program
    const seen = new Set<number>()
    const kept: number[] = []
    const open = [...from]
    let matches = false
    for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
      if (seen.has(pc)) continue
      seen.add(pc)
      switch (ops[pc]) {
        case OP.set:
          kept.push(pc)
          break
        case OP.split:
          open.push(x[pc], y[pc])
          break
        case OP.jump:
          open.push(x[pc])
          break
        case OP.assert:
          if (x[pc] === ASSERTION['text-end']) {
            if (atEnd) open.push(pc + 1)
            else kept.push(pc)
          } else if (atStart) open.push(pc + 1)
          break
        case OP.match:
          matches = true
          break
        default:
          open.push(pc + 1)
      }
    }
    return { pcs: kept.sort((a, b) => a - b), matches }
  }
}
