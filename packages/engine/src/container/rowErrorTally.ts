/** Bad rows of one window in work, grouped: one message a window, however many there are. */
import { ROW_ERROR_ROWS } from '@belay/run'
import { MESSAGE_CHARACTERS, shapeOf, shownRow } from '../operator/rowErrorRules.ts'
import type { BadRows } from './protocol.ts'

const MOST_KINDS = 50

export class RowErrorTally {
  readonly #kinds = new Map<string, BadRows & { count: number; rows: string[] }>()

  add(code: string, message: string, row: string | null, action: 'skip' | 'error-output'): void {
    const shape = shapeOf(message)
    const key = `${code} ${shape}`
    let kind = this.#kinds.get(key)
    if (kind === undefined) {
      // Beyond that the last one takes them: a bound on memory, whatever operators say.
      if (this.#kinds.size >= MOST_KINDS) return this.#other(row, action)
      kind = { code, shape, message: message.slice(0, MESSAGE_CHARACTERS), action, count: 0, rows: [] }
      this.#kinds.set(key, kind)
    }
    kind.count += 1
    if (row !== null && kind.rows.length < ROW_ERROR_ROWS) kind.rows.push(shownRow(row))
  }

  #other(row: string | null, action: 'skip' | 'error-output'): void {
    const key = 'OTHER'
    const kind = this.#kinds.get(key) ?? { code: 'OTHER', shape: 'other errors', message: 'other errors', action, count: 0, rows: [] }
    this.#kinds.set(key, kind)
    kind.count += 1
    if (row !== null && kind.rows.length < ROW_ERROR_ROWS) kind.rows.push(shownRow(row))
  }

  take(): readonly BadRows[] {
    if (this.#kinds.size === 0) return NONE
    const kinds = [...this.#kinds.values()]
    this.#kinds.clear()
    return kinds
  }
}

const NONE: readonly BadRows[] = []
