/** Example rows of an operator that keeps state: its own code over the sample, loaded when there is one. */
import { batchOf, ROW_KIND, rowAt, type Batch, type Value } from '@belay/columns'
import type { Computed, GhostRows } from './compute.ts'
import { GhostStop } from './ghostStop.ts'
import type { GhostStep } from './plan.ts'
import { t } from '../../language/t.ts'

export async function runOperator(step: GhostStep, inputs: readonly GhostRows[]): Promise<Computed> {
  const { runSampled } = await import('@belay/operators/sampled')
  const answer = await runSampled(step.type, {
    config: step.config,
    inputs: step.inputs.map((input, i) => ({ ...input, rows: batchOf(input.schema, inputs[i].rows) })),
    outputs: step.outputs,
  })
  if (answer === null) throw new GhostStop(whyNot(step))
  const { batches, failed } = answer
  const of = inputs.reduce((sum, { rows }) => sum + rows.length, 0)
  return Object.fromEntries(
    Object.entries(step.outputs).map(([port, schema]) => [
      port,
      { schema, rows: standing(batches[port] ?? [], step.keys[port] ?? null), origins: null, of, failed },
    ]),
  )
}

/** What stands at the end, after rows that were taken back are gone. */
function standing(batches: readonly Batch[], key: readonly string[] | null): readonly (readonly Value[])[] {
  const rows = new Map<string, { readonly values: readonly Value[]; readonly times: number }>()
  for (const batch of batches)
    for (let at = 0; at < batch.rows; at += 1) {
      const row = rowAt(batch, at)
      const values = batch.schema.map(({ name }) => row[name])
      const name = text(key === null ? values : key.map((column) => row[column]))
      const kind = batch.kinds?.[at] ?? ROW_KIND.insert
      const times = rows.get(name)?.times ?? 0
      const taken = kind === ROW_KIND.delete || kind === ROW_KIND.updateBefore
      const next = taken ? times - 1 : key === null ? times + 1 : 1
      if (next <= 0) rows.delete(name)
      else rows.set(name, { values, times: next })
    }
  return [...rows.values()].flatMap(({ values, times }) => Array.from({ length: times }, () => values))
}

function text(values: readonly Value[]): string {
  return JSON.stringify(values, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}

function whyNot({ type }: GhostStep): string {
  switch (type) {
    case 'script':
      return t('A script runs in the engine only; what it gives is seen in a run, or with Try 30 s.')
    case 'parse':
      return t('It reads text with the code of the file sources; what it gives is seen in a run, or with Try 30 s.')
    case 'nexmark-source':
      return t('It makes up events in the engine only; what it gives is seen in a run, or with Try 30 s.')
    case 'http-ingest':
    case 'http-poll':
    case 'sse':
    case 'web-socket':
      return t('Its rows come from outside when it runs; what it gives is seen in a run, or with Try 30 s.')
    default:
      return t('Its code is not in this page; what it gives is seen in a run, or with Try 30 s.')
  }
}
