/** What a collapsed group tells of its operators: the worst state, the busiest and the slowest of them, what goes in and out. */
import type { OperatorFigures, OperatorState } from '@belay/run'

export interface GroupFigures {
  /** The worst state in it, and how many operators are in it. */
  readonly state: OperatorState
  readonly inState: number
  /** The operator one looks at first: the first in the worst state; of well ones the busiest. */
  readonly first: string
  readonly busiest: OperatorFigures
  /** Newest window that all of them work on or have left behind, and the oldest of their newest checkpoints. */
  readonly window: number
  readonly checkpointWindow: number
  readonly rowErrors: number
}

/** What a person should see first comes first. */
const BY_WORTH: readonly OperatorState[] = [
  'failed',
  'stuck',
  'down',
  'held',
  'rolling-back',
  'restoring',
  'starting',
  'replaying',
  'pending',
  'paused',
  'finishing',
  'running',
  'finished',
]

/** Null while nothing is known of any of them. */
export function groupFigures(operators: readonly string[], figures: readonly (OperatorFigures | undefined)[]): GroupFigures | null {
  const known = operators.flatMap((id, i) => {
    const of = figures[i]
    return of === undefined ? [] : [{ id, of }]
  })
  const [lead] = known
  if (lead === undefined) return null
  let worst = lead
  let busiest = lead
  for (const one of known) {
    if (BY_WORTH.indexOf(one.of.state) < BY_WORTH.indexOf(worst.of.state)) worst = one
    if (one.of.activity.busy > busiest.of.activity.busy) busiest = one
  }
  const { state } = worst.of
  const well = state === 'running' || state === 'finished' || state === 'paused'
  return {
    state,
    inState: known.filter(({ of }) => of.state === state).length,
    first: well ? busiest.id : worst.id,
    busiest: busiest.of,
    window: Math.min(...known.map(({ of }) => of.window)),
    checkpointWindow: Math.min(...known.map(({ of }) => of.checkpointWindow)),
    rowErrors: known.reduce((sum, { of }) => sum + of.rowErrors, 0),
  }
}
