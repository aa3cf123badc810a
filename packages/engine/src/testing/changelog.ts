/** Changes as tests look at them: the table they lead to (engine-spec §2, H35: equal = equal final table). */
import { ROW_KIND, type Value } from '@belay/columns'
import { EngineError } from '../operator/engineError.ts'
import type { OutputRow } from './operatorHarness.ts'

/** The rows there are after all changes, as JSON texts, sorted; a row taken back must have been there. */
export function tableOf(changes: readonly OutputRow[]): readonly string[] {
  const table = new Map<string, number>()
  for (const { kind, row } of changes) {
    const text = JSON.stringify(row)
    const count = (table.get(text) ?? 0) + (kind === ROW_KIND.insert || kind === ROW_KIND.updateAfter ? 1 : -1)
    if (count < 0) throw new EngineError('HARNESS_TAKEN_BACK', `The row ${text} was taken back and is not there.`)
    if (count === 0) table.delete(text)
    else table.set(text, count)
  }
  return [...table].flatMap(([text, count]) => Array.from({ length: count }, () => text)).sort()
}

export interface RandomChanges {
  readonly rows: readonly (readonly Value[])[]
  readonly kinds: readonly number[]
  /** What is left at the end. */
  readonly table: readonly (readonly Value[])[]
}

/** Rows that come, change and go: `row(n)` makes the n-th one. About a third of them go again. */
export function randomChanges(count: number, random: (below: number) => number, row: (n: number) => readonly Value[]): RandomChanges {
  const rows: (readonly Value[])[] = []
  const kinds: number[] = []
  const table: (readonly Value[])[] = []
  for (let n = 0; rows.length < count; n += 1) {
    const fresh = row(n)
    const what = table.length === 0 ? 0 : random(6)
    const at = random(Math.max(1, table.length))
    if (what < 4) {
      rows.push(fresh)
      kinds.push(ROW_KIND.insert)
      table.push(fresh)
    } else {
      const [old] = table.splice(at, 1)
      rows.push(old)
      if (what === 5) kinds.push(ROW_KIND.delete)
      else {
        kinds.push(ROW_KIND.updateBefore, ROW_KIND.updateAfter)
        rows.push(fresh)
        table.push(fresh)
      }
    }
  }
  return { rows, kinds, table }
}
