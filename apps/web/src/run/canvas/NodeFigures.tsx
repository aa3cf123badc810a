/** What an operator and a collapsed group of them show alike: how busy, how far, and rows that failed. */
import type { OperatorFigures } from '@belay/run'
import { Icon } from '../../theme/Icon.tsx'
import { count, plural, windowName } from '../../theme/numbers.ts'
import { useMonitor } from '../monitorState.tsx'
import { ActivityBar, activityLabel } from './ActivityBar.tsx'
import { Ladder } from './Ladder.tsx'
import { isWell } from './nodeWords.ts'
import { t } from '../../language/t.ts'

const STILL = { busy: 0, blocked: 0, starved: 0, idle: 1 }

interface NodeFiguresProps {
  readonly state: OperatorFigures['state']
  readonly activity: OperatorFigures['activity']
  /** Whose activity it is, if not the node's own. */
  readonly activityOf?: string
  /** It works no more. */
  readonly still: boolean
  readonly window: number
  readonly checkpointWindow: OperatorFigures['checkpointWindow']
  readonly committed: number
  readonly reachedWindow: number | null
  readonly rowErrors: number
}

export function NodeFigures(props: NodeFiguresProps) {
  const { state, activity, activityOf, still, window, checkpointWindow, committed, reachedWindow, rowErrors } = props
  const { checkpointWindows } = useMonitor()
  const well = isWell(state)
  return (
    <>
      <div className="rn-cols" title={activityOf}>
        <ActivityBar activity={still ? STILL : activity} />
        <span>{still && well ? t('done') : well || state === 'replaying' ? activityLabel(activity) : ''}</span>
      </div>
      <div className="rn-cols rn-ladder-row">
        <Ladder
          current={window}
          checkpoint={checkpointWindow}
          committed={committed}
          reached={reachedWindow}
          checkpointWindows={checkpointWindows}
        />
        <span>{windowName(window)}</span>
      </div>
      {rowErrors === 0 ? null : (
        <span className="rn-badge" title={t('{rows} could not be processed', { rows: plural(rowErrors, 'row') })}>
          <Icon name="warning" size={12} />
          {count(rowErrors)}
        </span>
      )}
    </>
  )
}
