/**
 * The physical plan: which operator instances run in which container, and which streams join them.
 *
 * Pure data: made by `planPhysical`, read by the job, the recovery planner, the containers and the
 * monitor. An instance id is the operator's id, or `id#partition` when there are several, and `id~merge`
 * for the one that makes one result of theirs. A stream of the document is one stream here for each
 * publishing instance, and one more for each further way its rows are shared out.
 */
import type { Schema } from '@belay/columns'
import type { StreamKind } from '@belay/pipeline'

export interface PlannedInstance {
  readonly id: string
  readonly operator: string
  /** whole = the only instance of its operator; merge = the unifier of its partitions (engine-spec H25). */
  readonly part: 'whole' | 'partition' | 'merge'
  readonly type: string
  readonly partition: number
  readonly partitions: number
  readonly config: Readonly<Record<string, unknown>>
  readonly role: 'source' | 'transform' | 'sink'
  readonly stateful: boolean
  readonly onRowError: 'fail' | 'skip'
  /** After a failure it goes on behind the rows that went by (engine-spec §3 Modes); so does everything behind it. */
  readonly skips: boolean
  /** Sinks: what they can do with output beyond a window one goes back to (H7); empty for others. */
  readonly verbs: readonly ('rewind' | 'fork' | 'keep')[]
  /** Sinks: display = nothing leaves the engine. */
  readonly delivery: 'exactly-once' | 'at-least-once' | 'display' | null
  /** One for each stream that feeds a connected port: several may have the same port. */
  readonly inputs: readonly PlannedInput[]
  /** All output ports as in the manifest, then `errors`. */
  readonly outputs: readonly PlannedOutput[]
  readonly container: string
}

export interface PlannedInput {
  /** As in the manifest. */
  readonly port: number
  readonly name: string
  readonly stream: string
  /** The share of each record that it reads; null = all rows. */
  readonly slice: number | null
  readonly schema: Schema
  readonly eventTime: string | null
  readonly changes: StreamKind
}

export interface PlannedOutput {
  readonly port: number
  readonly name: string
  readonly schema: Schema
  /** Streams fed by this port, each with all of its rows; empty = nobody reads it. */
  readonly streams: readonly string[]
}

/** How the rows of a record are shared out over the partitions that read it (engine-spec H25). */
export type PlannedRouting =
  /** By the key group of these columns, numbered as in the schema. */
  | { readonly kind: 'key'; readonly columns: readonly number[]; readonly partitions: number }
  /** Equal shares, whichever rows. */
  | { readonly kind: 'spread'; readonly partitions: number }

/** One output port of one instance with its readers. `logBytes` 0 = all readers are in the same container. */
export interface PlannedStream {
  readonly id: string
  /** The document's stream; null = from partitions to their unifier. */
  readonly edge: string | null
  /** null = every reader takes all rows. */
  readonly routing: PlannedRouting | null
  readonly publisher: string
  readonly publisherContainer: string
  readonly schema: Schema
  /** Readers as (instance, port). */
  readonly readers: readonly { readonly instance: string; readonly port: number; readonly container: string }[]
  /** Containers other than the publisher's that read; position = reader number in the log. */
  readonly logReaders: readonly string[]
  readonly logBytes: number
}

export interface PlannedContainer {
  readonly id: string
  readonly kind: 'compute' | 'io'
  /** In topological order. */
  readonly instances: readonly string[]
}

export interface PhysicalPlan {
  readonly planHash: string
  readonly instances: readonly PlannedInstance[]
  readonly streams: readonly PlannedStream[]
  readonly containers: readonly PlannedContainer[]
  readonly windowMs: number
  readonly checkpointIntervalMs: number
  readonly memoryBytes: number
  readonly keepCheckpoints: number
  readonly stuckAfterMs: number
  /** null = what the machine allows. */
  readonly maxResidentBytes: number | null
}

/** Throws Error if there is none of that id. */
export function instanceOf(plan: PhysicalPlan, id: string): PlannedInstance {
  const planned = plan.instances.find((candidate) => candidate.id === id)
  if (planned === undefined) throw new Error(`no instance ${id} in the plan`)
  return planned
}
