/** The panel at the right: the chosen operator, an incident, or the run. */
import { useIncidents } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { IncidentCard } from './IncidentCard.tsx'
import { OperatorInspector } from './OperatorInspector.tsx'
import { RunSummary } from './RunSummary.tsx'

export function SidePanel() {
  const { document, side, letGo } = useMonitor()
  const incidents = useIncidents()
  switch (side.kind) {
    case 'operator': {
      const operator = document.operators.find((candidate) => candidate.id === side.operator)
      return operator === undefined ? <RunSummary /> : <OperatorInspector key={operator.id} operator={operator} onClose={letGo} />
    }
    case 'incident': {
      const incident = incidents.find((candidate) => candidate.key === side.key)
      return incident === undefined ? <RunSummary /> : <IncidentCard incident={incident} onClose={letGo} />
    }
    case 'run':
      return <RunSummary />
  }
}
