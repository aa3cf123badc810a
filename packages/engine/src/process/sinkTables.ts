/** Rows that table views show, newest state of each. */
import type { TableRows } from '@belay/run'
import type { FromContainer } from '../container/protocol.ts'
import type { PlannedInstance } from '../plan/physicalPlan.ts'

export class SinkTables {
  readonly #tables = new Map<string, TableRows>()
  #version: number

  /** `firstVersion`: above those of processes before, so that a viewer sees a change in each. */
  constructor(firstVersion: number) {
    this.#version = firstVersion
  }

  shown({ operator, inputs }: PlannedInstance, { rows, total, window }: Extract<FromContainer, { type: 'table' }>): void {
    this.#version += 1
    const columns = (inputs[0]?.schema ?? []).map(({ name, type }) => ({ name, type }))
    this.#tables.set(operator, { columns, rows, total, window, version: this.#version })
  }

  all(): Record<string, TableRows> {
    return Object.fromEntries(this.#tables)
  }
}
