/** A compiled regular expression: linear in the text for every pattern, on UTF-8 bytes. */
import { Automaton } from './automaton.ts'
import { Backtracker } from './backtracker.ts'
import { PikeMachine } from './pike.ts'
import { characterEnd, compileRegex, type Program } from './program.ts'

export class Regex {
  readonly #program: Program
  readonly #backtracker: Backtracker
  #pike: PikeMachine | undefined
  readonly #automaton: Automaton | undefined
  /** Ends of the last match and its groups, in bytes; −1 where a group has none. */
  readonly slots: Int32Array

  /** Throws RowFailure BAD_REGEX. */
  constructor(pattern: string) {
    this.#program = compileRegex(pattern)
    this.#backtracker = new Backtracker(this.#program)
    if (Automaton.serves(this.#program)) this.#automaton = new Automaton(this.#program)
    this.slots = new Int32Array((this.#program.groups + 1) * 2)
  }

  get groups(): number {
    return this.#program.groups
  }

  get names(): ReadonlyMap<string, number> {
    return this.#program.names
  }

  /** True if the text `[from, to)` holds a match. */
  test(bytes: Uint8Array, from: number, to: number): boolean {
    // At once at the start and the end, which the automaton keeps apart.
    return this.#automaton === undefined || from === to ? this.find(bytes, from, to, from) : this.#automaton.test(bytes, from, to)
  }

  /** The leftmost match of the text `[from, to)` that begins at `at` or later, into `slots`. */
  find(bytes: Uint8Array, from: number, to: number, at: number): boolean {
    if (this.#backtracker.fits(to - from)) return this.#backtracker.find(bytes, from, to, at, this.slots)
    this.#pike ??= new PikeMachine(this.#program)
    return this.#pike.find(bytes, from, to, at, this.slots)
  }

  /** Where to look for the match after the one in `slots`; beyond `to` when there is none left. */
  after(bytes: Uint8Array, to: number): number {
    const [from, end] = this.slots
    if (end > from) return end
    return end < to ? characterEnd(bytes, end, to) : to + 1
  }
}

const known = new Map<string, Regex>()

/** The compiled pattern, kept for the next row. Throws RowFailure BAD_REGEX. */
export function regexOf(pattern: string): Regex {
  const cached = known.get(pattern)
  if (cached !== undefined) return cached
  const regex = new Regex(pattern)
  if (known.size > 100) known.clear()
  known.set(pattern, regex)
  return regex
}
