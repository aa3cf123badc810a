/** Errors of single rows of one batch. The first error of a row stays. */
export class RowErrors {
  readonly #marks = new Map<number, { readonly code: string; readonly message: string }>()

  get count(): number {
    return this.#marks.size
  }

  mark(row: number, code: string, message: string): void {
    if (!this.#marks.has(row)) this.#marks.set(row, { code, message })
  }

  has(row: number): boolean {
    return this.#marks.has(row)
  }

  /** In the order they were marked. */
  forEach(visit: (row: number, code: string, message: string) => void): void {
    for (const [row, { code, message }] of this.#marks) visit(row, code, message)
  }

  clear(): void {
    if (this.#marks.size > 0) this.#marks.clear()
  }
}
