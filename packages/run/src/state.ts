/** Names of states, as on the wire, in code and (with spaces for hyphens) on the screen (engine-spec §3). */

export type RunState =
  | 'starting'
  | 'running'
  | 'recovering'
  /** Something is held, or checkpoints fail; the reason says which. */
  | 'degraded'
  | 'pausing'
  | 'paused'
  | 'stopping'
  | 'stopped'
  | 'finished'
  | 'needs-decision'
  | 'failed'
  /** Given by the server only: the run process does not answer. */
  | 'unreachable'

/** Runs in these states have no process and never change by themselves; a failed one can be resumed. */
export const ENDED_STATES: readonly RunState[] = ['stopped', 'finished', 'failed']

export type OperatorState =
  /** Planned; waits for a container or for its peers. */
  | 'pending'
  /** Code loads, connections open. */
  | 'starting'
  /** Its checkpoint is being read. */
  | 'restoring'
  /** Works through windows it had already reached before the failure. */
  | 'replaying'
  /** Works on new windows. */
  | 'running'
  /** Healthy, going back because a neighbour failed. */
  | 'rolling-back'
  /** Input waits, progress counter still for the limit; will be terminated. */
  | 'stuck'
  /** Dead, recovery under way. */
  | 'down'
  /** Dead on request, stays so until someone restores it. */
  | 'held'
  | 'paused'
  | 'finishing'
  | 'finished'
  /** Restart budget spent; the run needs a person. */
  | 'failed'

/** The one that needs most attention first: an operator with several partitions shows that one's state. */
const URGENCY: readonly OperatorState[] = [
  'failed',
  'stuck',
  'down',
  'held',
  'rolling-back',
  'starting',
  'restoring',
  'pending',
  'replaying',
  'paused',
  'running',
  'finishing',
  'finished',
]

/** Of several partitions the first one whose state needs most attention. */
export function mostUrgent<Partition extends { readonly state: OperatorState }>(partitions: readonly Partition[]): Partition | undefined {
  let found: Partition | undefined
  for (const partition of partitions)
    if (found === undefined || URGENCY.indexOf(partition.state) < URGENCY.indexOf(found.state)) found = partition
  return found
}

/** Activity is a second mark, independent of state. */
export type OperatorActivity = 'busy' | 'blocked' | 'starved' | 'idle'
