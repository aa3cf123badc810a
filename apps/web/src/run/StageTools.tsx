/** What floats above the graph: graph or table, and the key to the ladder's marks. */
import { Icon } from '../theme/Icon.tsx'
import { useMonitor } from './monitorState.tsx'

export function StageTools() {
  const { view, setView } = useMonitor()
  return (
    <div className="rn-stage-tools">
      <div className="rn-seg rn-float" role="group" aria-label="View">
        <button type="button" aria-pressed={view === 'graph'} onClick={() => setView('graph')}>
          <Icon name="graph" size={12} />
          Graph
        </button>
        <button type="button" aria-pressed={view === 'table'} onClick={() => setView('table')}>
          <Icon name="table" size={12} />
          Table
        </button>
      </div>
      <LadderKey />
    </div>
  )
}

function LadderKey() {
  return (
    <p className="rn-key rn-float" role="note">
      <span>
        <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
          <path d="M2 10.5h8L6 3z" fill="var(--ladder-current)" />
        </svg>
        working on
      </span>
      <span>
        <svg width="10" height="12" viewBox="0 0 10 12" aria-hidden="true">
          <rect x="2" y="4" width="6" height="6" fill="var(--ladder-checkpoint)" />
        </svg>
        last checkpoint
      </span>
      <span>
        <svg width="14" height="12" viewBox="0 0 14 12" aria-hidden="true">
          <rect x="1" y="5" width="12" height="3.4" rx=".6" fill="var(--ladder-committed)" />
        </svg>
        would go back to
      </span>
    </p>
  )
}
