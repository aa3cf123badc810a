/** How a run is laid out over threads: its operators' instances and the streams between them. The same for the whole life of a run. */

export interface RunPlan {
  readonly instances: readonly PlanInstance[]
  readonly streams: readonly PlanStream[]
}

export interface PlanInstance {
  /** The operator's id, `hourly#0` where it has partitions, `top10~merge` for the unifier of their results. */
  readonly id: string
  readonly operator: string
  /** whole = the only instance of its operator; merge = the unifier of its partitions. */
  readonly part: 'whole' | 'partition' | 'merge'
  readonly container: string
  /** Rows come to it by key: those of these key groups of the 128, both included. */
  readonly keyGroups?: { readonly first: number; readonly last: number }
}

/** Inside a container rows are handed over as they are; between containers they go through a log. */
export interface PlanStream {
  readonly id: string
  /** The document's stream; null = from partitions to their unifier. */
  readonly edge: string | null
  readonly from: string
  readonly to: readonly string[]
  /** all = each reader gets every row; key = by the key group of `columns`; spread = equal shares, whichever rows. */
  readonly share: 'all' | 'key' | 'spread'
  readonly columns?: readonly string[]
}

/** Of a stream of the plan that is only a part of the document's, or none of it. */
export interface PlanStreamFigures {
  readonly rowsPerSecond: number
  /** Share of the log that live readers have not read, 0…1; null = inside a container. */
  readonly fill: number | null
}
