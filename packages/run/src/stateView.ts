/** What a kept checkpoint holds of an operator's declared state, decoded and in pages, and how two checkpoints differ. */

/** `date`, decimals and whole numbers beyond ±2^53 as text; a long text is cut off and ends in `…`. */
export type StateCell = string | number | boolean | null

/** One operator instance in a checkpoint. */
export interface StateHolder {
  readonly operator: string
  /** `hourly#0` where the operator has partitions. */
  readonly instance: string
  readonly window: number
  /** Of its file; 0 = it has no state. */
  readonly sizeBytes: number
  /** Its inputs had ended. */
  readonly finished: boolean
}

export interface CheckpointState {
  readonly manifest: number
  readonly window: number
  readonly atMs: number
  readonly operators: readonly StateHolder[]
}

export interface StateColumn {
  readonly name: string
  readonly type: string
}

/** One declared state. */
export interface StateShape {
  readonly name: string
  readonly kind: 'table' | 'multimap' | 'list' | 'value'
  /** Keys of a table or multimap, entries of a list, 1 of a value. */
  readonly size: number
  readonly key: readonly StateColumn[]
  readonly value: readonly StateColumn[]
}

export interface StateEntry {
  readonly key: readonly StateCell[]
  /** One row of values; of a multimap the first ones of the key. */
  readonly rows: readonly (readonly StateCell[])[]
  /** Rows of the key beyond those. */
  readonly more: number
}

export interface StateQuery {
  readonly instance: string
  /** null = the one with the most keys. */
  readonly state: string | null
  /** Only keys whose text contains this, whatever the case; '' = all. */
  readonly find: string
  /** `next` of the page before; 0 = from the beginning. */
  readonly from: number
  readonly limit: number
}

/** Keys in the order in which they are stored. */
export interface StatePage {
  readonly instance: string
  /** All that the instance has declared. */
  readonly states: readonly StateShape[]
  /** The one that is shown; null = it has none. */
  readonly state: string | null
  readonly entries: readonly StateEntry[]
  readonly next: number | null
}

export interface StateChange {
  readonly kind: 'added' | 'removed' | 'changed'
  readonly key: readonly StateCell[]
  /** null = the key was not there. */
  readonly before: StateEntry | null
  /** null = the key is gone. */
  readonly after: StateEntry | null
}

/** From an older checkpoint to a newer one: changed keys, then added ones, then removed ones. */
export interface StateChanges {
  readonly instance: string
  readonly states: readonly StateShape[]
  readonly state: string | null
  readonly added: number
  readonly removed: number
  readonly changed: number
  readonly changes: readonly StateChange[]
  readonly next: number | null
}

export interface KeyQuery {
  readonly instance: string
  /** null = the one with the most keys. */
  readonly state: string | null
  /** The cells of the key, as `StateEntry.key` has them; or one text: the cells joined by ", ". */
  readonly key: readonly StateCell[] | string
}

/** What one key had at each kept checkpoint. */
export interface KeyHistory {
  readonly instance: string
  readonly state: string | null
  readonly key: readonly StateColumn[]
  readonly value: readonly StateColumn[]
  /** Oldest first; entry null = the key was not there. */
  readonly checkpoints: readonly {
    readonly manifest: number
    readonly window: number
    readonly lineage: number
    readonly atMs: number
    readonly entry: StateEntry | null
  }[]
}
