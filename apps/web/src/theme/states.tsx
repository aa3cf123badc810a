/** State icons, each with a silhouette of its own (ui.md §3), and the pill that says a state. */
import type { ReactNode } from 'react'
import type { OperatorState, RunState } from '@belay/run'
import { t } from '../language/t.ts'

const OCTAGON = (
  <>
    <path d="M5.1 1.2h5.8l3.9 3.9v5.8l-3.9 3.9H5.1l-3.9-3.9V5.1z" fill="currentColor" stroke="none" />
    <path d="M8 4.4v4.4M8 11.4v.1" stroke="var(--ico-cut, var(--surface-panel))" strokeWidth="2" />
  </>
)
const REPLAY = <path d="M1.8 3 7.6 8l-5.8 5zM8.2 3 14 8l-5.8 5z" fill="currentColor" strokeWidth="1" />
const PADLOCK = (
  <>
    <path d="M5 7V5a3 3 0 0 1 6 0v2" strokeWidth="1.7" />
    <rect x="3" y="7" width="10" height="7" rx="1.5" fill="currentColor" stroke="none" />
  </>
)
const PAUSE = <path d="M3.8 2.6h2.8v10.8H3.8zM9.4 2.6h2.8v10.8H9.4z" fill="currentColor" stroke="none" />
const FINISHING = (
  <>
    <circle cx="8" cy="8" r="6" strokeDasharray="2.6 2.1" />
    <path d="m5 8.3 2.1 2.2 4-4.6" strokeWidth="1.9" />
  </>
)

const ICONS: Readonly<Record<OperatorState | RunState, ReactNode>> = {
  pending: <circle cx="8" cy="8" r="5.6" strokeDasharray="2.3 2.1" strokeWidth="1.8" />,
  starting: (
    <>
      <circle cx="8" cy="8" r="5.6" strokeWidth="1.6" />
      <path d="M8 8V2.4A5.6 5.6 0 0 1 13.6 8Z" fill="currentColor" stroke="none" />
    </>
  ),
  restoring: <path d="M8 1.8v7.4M4.7 6.1 8 9.4l3.3-3.3M2.2 10.6v3.2h11.6v-3.2" strokeWidth="1.8" />,
  replaying: REPLAY,
  running: <circle cx="8" cy="8" r="4.2" fill="currentColor" stroke="none" />,
  'rolling-back': <path d="M14.2 3 8.4 8l5.8 5zM7.8 3 2 8l5.8 5z" fill="currentColor" strokeWidth="1" />,
  stuck: <path d="M3.6 1.8h8.8M3.6 14.2h8.8M4.8 1.8v2.5L8 8l3.2-3.7V1.8M4.8 14.2v-2.5L8 8l3.2 3.7v2.5" strokeWidth="1.6" />,
  down: <path d="m3.2 3.2 9.6 9.6M12.8 3.2l-9.6 9.6" strokeWidth="2.6" />,
  held: PADLOCK,
  paused: PAUSE,
  pausing: PAUSE,
  finishing: FINISHING,
  finished: <path d="m2.4 8.6 3.7 3.8 7.5-8.4" strokeWidth="2.2" />,
  failed: OCTAGON,
  recovering: REPLAY,
  degraded: PADLOCK,
  stopping: FINISHING,
  stopped: <rect x="3.6" y="3.6" width="8.8" height="8.8" rx="1" fill="currentColor" stroke="none" />,
  'needs-decision': OCTAGON,
  unreachable: (
    <>
      <circle cx="8" cy="8" r="5.4" />
      <path d="M3 13 13 3" />
    </>
  ),
}

/** Which of the state colours a state takes: those that only runs have borrow one. */
function stateColour(state: OperatorState | RunState): OperatorState {
  switch (state) {
    case 'recovering':
      return 'replaying'
    case 'degraded':
      return 'held'
    case 'pausing':
      return 'paused'
    case 'stopping':
    case 'stopped':
      return 'finished'
    case 'needs-decision':
      return 'stuck'
    case 'unreachable':
      return 'down'
    default:
      return state
  }
}

export function stateWord(state: OperatorState | RunState): string {
  return t(state === 'needs-decision' ? 'decide' : state.replaceAll('-', ' '))
}

export function StateIcon({ state, size = 12 }: { readonly state: OperatorState | RunState; readonly size?: number }) {
  return (
    <svg className="rn-ico" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      {ICONS[state]}
    </svg>
  )
}

/** A running operator is one small disc; every other state says its name. */
export function StateMark({ state }: { readonly state: OperatorState | RunState }) {
  return (
    <span className="rn-state" data-state={stateColour(state)} title={stateWord(state)}>
      <StateIcon state={state} />
      <span className={state === 'running' ? 'rn-hidden' : ''}>{stateWord(state)}</span>
    </span>
  )
}

export function StatePill({ state, kind }: { readonly state: OperatorState | RunState; readonly kind: 'operator' | 'run' }) {
  return (
    <span className="rn-state rn-pill" data-state={stateColour(state)} data-testid={`${kind}-state`}>
      <StateIcon state={state} />
      <span>{stateWord(state)}</span>
    </span>
  )
}

/** An icon in its state's colour, where words stand beside it already. */
export function ColouredStateIcon({ state, size = 12 }: { readonly state: OperatorState | RunState; readonly size?: number }) {
  return (
    <span className="rn-state" data-state={stateColour(state)}>
      <StateIcon state={state} size={size} />
    </span>
  )
}
