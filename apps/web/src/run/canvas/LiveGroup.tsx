/** A collapsed group on the live canvas: what its operators do together. */
import { memo, useContext, type CSSProperties } from 'react'
import { Handle, Position, useStore, type NodeProps } from '@xyflow/react'
import { groupHeight, groupName, groupPortTop } from '../../groups/boxes.ts'
import { FoldButton, GroupIcon } from '../../groups/GroupFrame.tsx'
import { Icon } from '../../theme/Icon.tsx'
import { rate } from '../../theme/numbers.ts'
import { StateIcon, StateMark, stateWord } from '../../theme/states.tsx'
import { useBottleneck, useCommittedWindow, useFiguresOf, useRunState, useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { useEmphasisOf } from './emphasis.ts'
import { DETAIL_ZOOM } from './graphOf.ts'
import { FoldContext, type LiveGroupData, type LiveGroupType } from './groupNodes.tsx'
import { groupFigures, type GroupFigures } from './groupFigures.ts'
import { heatFor } from './LiveNode.tsx'
import { isWell } from './nodeWords.ts'
import { NodeFigures } from './NodeFigures.tsx'
import { t } from '../../language/t.ts'

const FILLED = new Set(['down', 'failed', 'stuck', 'held'])
export default memo(function LiveGroup({ data: { node, inputs, outputs } }: NodeProps<LiveGroupType>) {
  const { group, operators } = node
  const fold = useContext(FoldContext)
  const { selected } = useMonitor()
  const all = useFiguresOf(operators)
  const figures = groupFigures(operators, all)
  const far = useStore((flow) => flow.transform[2] < DETAIL_ZOOM)
  const emphasis = useEmphasisOf(operators)
  const bottleneck = useBottleneck()
  const culprit = bottleneck !== null && operators.includes(bottleneck.operator)
  const heat = useWorstHeat(operators)
  const state = figures?.state ?? 'pending'
  const height = groupHeight(Math.max(inputs.length, outputs.length))
  const className = [
    'rn-node',
    'gr-node',
    isWell(state) ? '' : 'rn-loud',
    selected !== null && operators.includes(selected) ? 'rn-selected' : '',
    emphasis.faded ? 'rn-faded' : '',
    emphasis.target ? 'rn-target' : '',
    far ? 'rn-far' : '',
    far && FILLED.has(state) ? 'rn-filled' : '',
    culprit ? 'rn-culprit' : '',
    heat === null || !isWell(state) ? '' : `rn-${heat.kind}`,
  ]
    .filter((name) => name !== '')
    .join(' ')
  return (
    <div
      className={className}
      style={{ height, ...(heat === null ? {} : { '--heat': heat.share }) } as CSSProperties}
      data-state={state}
      data-testid={`group-${group.id}`}
      data-colour={group.colour ?? 'grey'}
      onDoubleClick={() => fold(group.id)}
    >
      {inputs.map((handle, i) => (
        <Handle
          key={handle}
          id={handle}
          type="target"
          position={Position.Left}
          className="rn-port"
          style={{ top: groupPortTop(i, inputs.length, height) }}
          isConnectable={false}
        />
      ))}
      {far ? (
        <>
          <StateIcon state={state} size={44} />
          <span className="rn-hidden">{stateWord(state)}</span>
        </>
      ) : (
        <Face node={node} figures={figures} inputs={inputs} outputs={outputs} note={heat === null ? null : `${heat.name} ${heat.value}`} />
      )}
      {far || (emphasis.flag === null && !culprit) ? null : emphasis.flag !== null ? (
        <span className={`rn-flag rn-flag-${emphasis.flag.kind}`}>
          <StateIcon state={emphasis.flag.kind === 'back' ? 'rolling-back' : 'running'} />
          {emphasis.flag.text}
        </span>
      ) : (
        <span className="rn-flag rn-flag-slow">
          <Icon name="warning" size={12} />
          {t('bottleneck inside')}
        </span>
      )}
      {outputs.map((handle, i) => (
        <Handle
          key={handle}
          id={handle}
          type="source"
          position={Position.Right}
          className="rn-port rn-port-out"
          style={{ top: groupPortTop(i, outputs.length, height) }}
          isConnectable={false}
        />
      ))}
    </div>
  )
})

interface FaceProps extends LiveGroupData {
  readonly figures: GroupFigures | null
  /** What the colour tells, if the colour is not the state's. */
  readonly note: string | null
}

function Face({ node, figures, inputs, outputs, note }: FaceProps) {
  const { group, operators } = node
  const fold = useContext(FoldContext)
  const { nameOf } = useMonitor()
  const runState = useRunState()
  const committed = useCommittedWindow()
  const over = runState === 'stopped' || runState === 'finished' || runState === 'failed'
  const state = figures?.state ?? 'pending'
  const well = isWell(state)
  const still = over || state === 'finished'
  return (
    <>
      <div className="rn-head">
        <span className="rn-glyph gr-glyph">
          <GroupIcon />
        </span>
        <span className="rn-name rn-grow" title={operators.map(nameOf).join(', ')}>
          {groupName(group)}
        </span>
        {figures === null ? null : <StateMark state={over && well && state !== 'finished' ? 'stopped' : state} />}
        <FoldButton open={false} name={groupName(group)} reachable={false} onToggle={() => fold(group.id)} />
      </div>
      {figures === null ? (
        <div className="rn-say">{t('waits for figures')}</div>
      ) : well ? (
        <div className="rn-metrics">
          <Flow inputs={inputs} outputs={outputs} />
          <span>{note ?? t('{operators} operators', { operators: operators.length })}</span>
        </div>
      ) : (
        <div className="rn-say">
          {t('{inState} of {operators} {state}: {first}', {
            inState: figures.inState,
            operators: operators.length,
            state: stateWord(state),
            first: nameOf(figures.first),
          })}
        </div>
      )}
      {figures === null ? null : (
        <NodeFigures
          state={state}
          activity={figures.busiest.activity}
          activityOf={t('The busiest of them')}
          still={still}
          window={figures.window}
          checkpointWindow={figures.checkpointWindow}
          committed={committed}
          reachedWindow={null}
          rowErrors={figures.rowErrors}
        />
      )}
    </>
  )
}

/** Rows that leave the group; of one that nothing leaves, those that come in. */
function Flow({ inputs, outputs }: { readonly inputs: readonly string[]; readonly outputs: readonly string[] }) {
  const sends = outputs.length > 0
  const ends = [...new Set((sends ? outputs : inputs).map((handle) => handle.slice(0, handle.indexOf('.'))))]
  const store = useRunStore()
  const sum = ends.reduce((all, id) => {
    const figures = store.operator(id)
    return all + (figures === undefined ? 0 : sends ? figures.rowsOutPerSecond : figures.rowsInPerSecond)
  }, 0)
  return (
    <span>
      <em>{sends ? 'out' : 'in'}</em>
      <b>{rate(sum)}</b>
    </span>
  )
}

function useWorstHeat(operators: readonly string[]): ReturnType<typeof heatFor> {
  const monitor = useMonitor()
  const store = useRunStore()
  if (monitor.scheme === 'health' || monitor.scheme === 'container') return null
  let worst: ReturnType<typeof heatFor> = null
  for (const id of operators) {
    const heat = heatFor(id, store.operator(id), monitor, store)
    if (heat !== null && (worst === null || heat.share > worst.share)) worst = heat
  }
  return worst
}
