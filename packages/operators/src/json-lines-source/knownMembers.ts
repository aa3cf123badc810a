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
  readonly #starts = new Int32Array(MOST_MEMBERS)
  readonly #lengths = new Int32Array(MOST_MEMBERS)
  readonly #columns = new Int32Array(MOST_MEMBERS)
  #count = 0
  #used = 0

  /** The column it is given to; −1 = nobody asked for it. */
  columnOf(member: number): number {
    return this.#columns[member]
  }

  /** How many bytes the member takes up to its value if it is what lies at `at`; 0 = it is something else. */
  lengthAt(member: number, view: DataView, at: number, to: number): number {
    if (member >= this.#count) return 0
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
    for (let member = 0; member < this.#count; member += 1) if (this.lengthAt(member, view, at, to) > 0) return member
    return -1
  }

  /** Keeps what lies in `[from, to)` as what comes at place `member`, or behind all, if there is room. */
  learn(place: number, bytes: Uint8Array, from: number, to: number, column: number): void {
    const length = to - from
    if (length < LEAST_LENGTH || this.#used + length > MOST_BYTES || this.#count === MOST_MEMBERS) return
    this.#bytes.set(bytes.subarray(from, to), this.#used)
    const member = Math.min(place, this.#count)
    for (const [list, value] of [
      [this.#starts, this.#used],
      [this.#lengths, length],
      [this.#columns, column],
    ] as const) {
      list.copyWithin(member + 1, member, this.#count)
      list[member] = value
    }
    this.#count += 1
    this.#used += length
  }
}
