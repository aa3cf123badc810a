/**
 * One operator over a few rows, in a browser too: real code and real state, and nothing else of a run.
 * No checkpoints, files, secrets or clock; what asks for one of them throws.
 */
import { sliceBatch, type Batch } from '@belay/columns'
import { EngineError } from '../operator/engineError.ts'
import type { Emitter, OperatorContext, OperatorModule } from '../operator/operator.ts'
import { StateStore } from '../state/stateStore.ts'
import type { RunSample, SampleGiven } from './contract.ts'

export const runSample: RunSample = async (module, { config, inputs, outputs }) => {
  const ports = Object.keys(outputs)
  const taken: Batch[][] = ports.map(() => [])
  const failed: string[] = []
  const emitter: Emitter = {
    full: false,
    connected: () => true,
    // Its memory is the operator's until it returns.
    emit: (port, batch) => void (batch.rows > 0 && taken[port]?.push(sliceBatch(batch, 0, batch.rows))),
  }
  const operator = await (module as OperatorModule<unknown>).create(contextOf({ config, inputs, outputs, failed }))
  if (operator.role !== 'transform') throw none('a run')
  inputs.forEach(({ rows }, port) => {
    for (let from = 0; from < rows.rows;) {
      const next = operator.process(port, rows, from, emitter)
      if (next <= from) throw none('a run')
      from = next
    }
  })
  const end = { window: 1, watermark: Number.POSITIVE_INFINITY, last: true }
  for (let calls = 0; operator.endWindow !== undefined && !operator.endWindow(end, emitter); calls += 1)
    if (calls > MOST_CALLS) throw none('a run')
  operator.close?.()
  return { batches: Object.fromEntries(ports.map((port, i) => [port, taken[i]])), failed }
}

/** With room in its outputs an operator ends its window in a few calls. */
const MOST_CALLS = 1000

function none(what: string): EngineError {
  return new EngineError('SAMPLE_ONLY', `There is no ${what} beside a sample of rows. Run the pipeline to see what it gives.`)
}

function contextOf(given: SampleGiven & { readonly failed: string[] }): OperatorContext<unknown> {
  const by = <T>(value: (input: SampleGiven['inputs'][number]) => T): Readonly<Record<string, T>> =>
    Object.fromEntries(given.inputs.map((input) => [input.port, value(input)]))
  const refuse = (what: string) => (): never => {
    throw none(what)
  }
  const quiet = (): void => undefined
  return {
    operator: 'sample',
    partition: 0,
    partitions: 1,
    config: given.config,
    inputs: by(({ schema }) => schema),
    eventTimes: by(({ eventTime }) => eventTime),
    changes: by(({ changes }) => changes),
    outputs: given.outputs,
    state: new StateStore(),
    windowMs: 500,
    files: { readable: refuse('file'), matching: refuse('file'), writable: refuse('file') },
    secrets: { value: refuse('secret'), mask: (text) => text },
    ownFolder: refuse('folder'),
    ingestLog: refuse('log'),
    runId: 'sample',
    allowedAddresses: [],
    lineage: 1,
    attempt: 1,
    nowMs: () => 0,
    rowError: ({ message }) => void given.failed.push(message),
    wake: quiet,
    waits: quiet,
    log: { debug: quiet, info: quiet, warning: quiet, error: quiet, keeps: () => false },
    count: quiet,
    progress: quiet,
    table: { publish: quiet },
  }
}
