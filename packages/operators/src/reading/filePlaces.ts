/** How far each file of a folder has been read, in declared state. */
import type { OperatorContext, StateTable } from '@belay/engine/operator'
import type { FilePlace } from './textFile.ts'

export interface KeptPlace extends FilePlace {
  /** Newest event time of its rows, ms; −Infinity = none. */
  readonly newest: number
  /** Bytes it had when it was last looked at. */
  readonly sizeBytes: number
  /** Tells a file that was given another name from a new one; 0 = not known. */
  readonly inode: number
}

const OFFSET = 0
const LINE = 1
const NEWEST = 2
const SIZE = 3
const INODE = 4
const HEAD = 5

export class FilePlaces {
  readonly #table: StateTable
  #names: string[] = []
  #sorted = false

  constructor(context: OperatorContext<unknown>) {
    this.#table = context.state.table('files', {
      version: 1,
      key: [{ name: 'file', type: 'string', nullable: false }],
      value: [
        { name: 'offset', type: 'int64', nullable: false },
        { name: 'line', type: 'int64', nullable: false },
        { name: 'newest', type: 'timestamp', nullable: true },
        { name: 'size', type: 'int64', nullable: false },
        { name: 'inode', type: 'int64', nullable: false },
        { name: 'head', type: 'string', nullable: false },
      ],
    })
    this.#table.forEach((slot) => this.#names.push(String(this.#table.keyValue(slot, 0))))
  }

  /** In their order. */
  get names(): readonly string[] {
    if (!this.#sorted) this.#names.sort()
    this.#sorted = true
    return this.#names
  }

  has(name: string): boolean {
    return this.#find(name) >= 0
  }

  get(name: string): KeptPlace {
    const slot = this.#find(name)
    if (slot < 0) return { offset: 0, line: 0, head: '', newest: -Infinity, sizeBytes: 0, inode: 0 }
    const table = this.#table
    return {
      offset: table.numbers(OFFSET)[slot],
      line: table.numbers(LINE)[slot],
      head: table.text(slot, HEAD) ?? '',
      newest: table.nulls(NEWEST)[slot] === 1 ? -Infinity : table.numbers(NEWEST)[slot],
      sizeBytes: table.numbers(SIZE)[slot],
      inode: table.numbers(INODE)[slot],
    }
  }

  set(name: string, place: KeptPlace): void {
    const table = this.#table
    table.key.begin()
    table.key.text(name)
    const slot = table.slotFor()
    if (table.inserted) {
      this.#names.push(name)
      this.#sorted = false
      table.setText(slot, HEAD, '')
    }
    table.numbers(OFFSET)[slot] = place.offset
    table.numbers(LINE)[slot] = place.line
    table.numbers(SIZE)[slot] = place.sizeBytes
    table.numbers(INODE)[slot] = place.inode
    if (place.newest === -Infinity) table.nulls(NEWEST)[slot] = 1
    else {
      table.nulls(NEWEST)[slot] = 0
      table.numbers(NEWEST)[slot] = place.newest
    }
    if (table.text(slot, HEAD) !== place.head) table.setText(slot, HEAD, place.head)
  }

  remove(name: string): void {
    const slot = this.#find(name)
    if (slot < 0) return
    this.#table.remove(slot)
    this.#names = this.#names.filter((other) => other !== name)
  }

  #find(name: string): number {
    this.#table.key.begin()
    this.#table.key.text(name)
    return this.#table.find()
  }
}
