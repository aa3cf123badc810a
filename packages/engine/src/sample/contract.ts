/** What `sampleRun.ts` gives, in types that need nothing of Node: a page may read them. */
import type { Batch, Schema } from '@belay/columns'
import type { StreamKind } from '@belay/pipeline'

export interface SampleInput {
  readonly port: string
  readonly schema: Schema
  readonly eventTime: string | null
  readonly changes: StreamKind
  readonly rows: Batch
}

export interface SampleGiven {
  readonly config: unknown
  /** In port order. */
  readonly inputs: readonly SampleInput[]
  readonly outputs: Readonly<Record<string, Schema>>
}

export interface SampleOutput {
  /** By output port, in the order in which they were given. */
  readonly batches: Readonly<Record<string, readonly Batch[]>>
  /** What rows failed of. */
  readonly failed: readonly string[]
}

/** The module of a transform; all rows of each input, one input after the other, then the end of the streams. Throws what the operator throws. */
export type RunSample = (module: { create(context: never): unknown }, given: SampleGiven) => Promise<SampleOutput>

export declare const runSample: RunSample
