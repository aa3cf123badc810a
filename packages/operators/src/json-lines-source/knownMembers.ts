/**
 * Names as they stood in lines before, with the blanks around them, in the order they came: most writers
 * give every line the same ones, so the next name is one comparison of bytes in place.
 */

/** Lines whose names are ever new must not fill the memory, or make every search long. */
const MOST_MEMBERS = 64
const MOST_BYTES = 8192
/** Compared four bytes at a time, the last four of them perhaps twice. */
const LEAST_LENGTH = 4

export class KnownMembers {
  readonly #bytes = new Uint8Array(MOST_BYTES)
  readonly #view = new DataView(this.#bytes.buffer)
  readonly #starts: number[] = []
  readonly #lengths: number[] = []
  readonly #columns: number[] = []
  #used = 0

  /** The column it is given to; −1 = nobody asked for it. */
  columnOf(member: number): number {
    return this.#columns[member]
  }

  /** How many bytes the member takes up to its value if it is what lies at `at`; 0 = it is something else. */
  lengthAt(member: number, view: DataView, at: number, to: number): number {
    if (member >= this.#starts.length) return 0
    const length = this.#lengths[member]
    if (at + length > to) return 0
    const start = this.#starts[member]
    const own = this.#view
    const last = length - 4
    for (let i = 0; i < last; i += 4) if (view.getInt32(at + i, true) !== own.getInt32(start + i, true)) return 0
    return view.getInt32(at + last, true) === own.getInt32(start + last, true) ? length : 0
  }

  /** The member that lies at `at` and is not `expected`; −1 = none that is known. */
  find(view: DataView, at: number, to: number): number {
    for (let member = 0; member < this.#starts.length; member += 1) if (this.lengthAt(member, view, at, to) > 0) return member
    return -1
  }

  /** Keeps what lies in `[from, to)` as what comes at place `member`, if there is room. */
  learn(member: number, bytes: Uint8Array, from: number, to: number, column: number): void {
    const length = to - from
    if (length < LEAST_LENGTH || this.#used + length > MOST_BYTES || this.#starts.length === MOST_MEMBERS) return
    this.#bytes.set(bytes.subarray(from, to), this.#used)
    const at = Math.min(member, this.#starts.length)
    this.#starts.splice(at, 0, this.#used)
    this.#lengths.splice(at, 0, length)
    this.#columns.splice(at, 0, column)
    this.#used += length
  }
}
