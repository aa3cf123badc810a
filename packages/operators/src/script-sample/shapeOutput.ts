/** Takes whatever a script gives and tells what it looks like, in place of declared columns. */
import { pushValue, type BatchBuilder, type Schema } from '@belay/columns'
import { propertyShape, type RowShape } from '../script/columnShapes.ts'
import { rowGiven, rowsReturned, type GivenRows } from '../script/scriptOutput.ts'

export class ShapeOutput implements GivenRows {
  readonly #input: Schema
  readonly #staged: RowShape[] = []

  constructor(input: Schema) {
    this.#input = input
  }

  get rows(): number {
    return this.#staged.length
  }

  stageReturned(returned: unknown, row: object | null): void {
    for (const one of rowsReturned(returned)) this.stage(one, row)
  }

  stage(given: unknown, row: object | null): void {
    const object = rowGiven(given)
    // The row in work has its columns by birth.
    const names = given === row ? this.#input.map(({ name }) => name) : Object.keys(object)
    this.#staged.push(names.map((name) => propertyShape(name, object[name], this.#input)))
  }

  push(index: number, builder: BatchBuilder): void {
    pushValue(builder.columns[0], JSON.stringify(this.#staged[index]))
    builder.endRow()
  }

  clear(): void {
    this.#staged.length = 0
  }
}
