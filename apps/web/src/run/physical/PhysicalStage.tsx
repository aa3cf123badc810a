/** The run as it runs: instances in their containers, as a graph or as a table. */
import { useMemo } from 'react'
import '../../theme/physical.css'
import { useStructure } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { InstanceTable } from './InstanceTable.tsx'
import { pictureOf } from './layout.ts'
import { PhysicalCanvas } from './PhysicalCanvas.tsx'
import { t } from '../../language/t.ts'

export default function PhysicalStage() {
  const { document, view } = useMonitor()
  const plan = useStructure()?.plan
  const picture = useMemo(() => (plan === undefined ? null : pictureOf(plan, document)), [plan, document])
  if (plan === undefined || picture === null)
    return (
      <p className="rn-empty">
        {t('How this run was laid out over containers is not known: it ended before it was planned, or with an older version.')}
      </p>
    )
  return view === 'graph' ? <PhysicalCanvas picture={picture} document={document} /> : <InstanceTable plan={plan} />
}
