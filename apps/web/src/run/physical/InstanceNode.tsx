/** One instance of an operator: 208 × 84 as an operator's node, with what is known of it alone. */
import { memo, type CSSProperties } from 'react'
import { Handle, NodeToolbar, Position, useStore, type Node, type NodeProps } from '@xyflow/react'
import type { OperatorState, PlanInstance } from '@belay/run'
import { Glyph, Icon } from '../../theme/Icon.tsx'
import { bytes, percent, rate, windowName } from '../../theme/numbers.ts'
import { StateIcon, StateMark, stateWord } from '../../theme/states.tsx'
import { ActivityBar, activityLabel } from '../canvas/ActivityBar.tsx'
import { useInstanceEmphasis } from '../canvas/emphasis.ts'
import { DETAIL_ZOOM } from '../canvas/graphOf.ts'
import { isWell, sentenceOf } from '../canvas/nodeWords.ts'
import { heatOf, type Heat } from '../canvas/schemes.ts'
import { useOver, useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { partOf } from './instances.ts'
import { useFarFigures, useInstance } from './useInstance.ts'
import { t } from '../../language/t.ts'
import { tx } from '../../language/tx.ts'

interface InstanceData extends Record<string, unknown> {
  readonly instance: PlanInstance
  readonly name: string
  readonly iconPath: string
  /** Whether a stream comes to it, and goes from it. */
  readonly takes: boolean
  readonly gives: boolean
}

export type InstanceNodeType = Node<InstanceData, 'instance'>

const FILLED = new Set<OperatorState>(['down', 'failed', 'stuck', 'held'])
/** Less in the queue than this is nothing to look at. */
const WORTH_TELLING = 0.01
const STILL = { busy: 0, blocked: 0, starved: 0, idle: 1 }

export const InstanceNode = memo(function InstanceNode({ data, selected }: NodeProps<InstanceNodeType>) {
  const far = useStore((flow) => flow.transform[2] < DETAIL_ZOOM)
  return (
    <>
      {data.takes ? <Handle type="target" position={Position.Left} className="rn-port" isConnectable={false} /> : null}
      {far ? <FarInstance data={data} selected={selected} /> : <NearInstance data={data} selected={selected} />}
      {data.gives ? <Handle type="source" position={Position.Right} className="rn-port rn-port-out" isConnectable={false} /> : null}
    </>
  )
})

interface FaceProps {
  readonly data: InstanceData
  readonly selected: boolean
}

function useClasses(data: InstanceData, selected: boolean, state: OperatorState): string {
  const emphasis = useInstanceEmphasis(data.instance.id, data.instance.operator)
  return [
    'rn-node',
    isWell(state) ? '' : 'rn-loud',
    selected ? 'rn-selected' : '',
    emphasis.faded ? 'rn-faded' : '',
    emphasis.target ? 'rn-target' : '',
  ]
    .filter((name) => name !== '')
    .join(' ')
}

/** Colour and icon alone; drawn again only when they change. */
function FarInstance({ data, selected }: FaceProps) {
  const { state, busyTenths } = useFarFigures(data.instance.id, data.instance.operator)
  const classes = useClasses(data, selected, state)
  return (
    <div className={`${classes} rn-far ${FILLED.has(state) ? 'rn-filled' : ''}`} data-state={state} data-instance={data.instance.id}>
      <StateIcon state={state} size={44} />
      <span className="rn-hidden">{stateWord(state)}</span>
      {state === 'running' ? <i className="rn-load" style={{ width: `${busyTenths * 10}%` }} /> : null}
    </div>
  )
}

function NearInstance({ data, selected }: FaceProps) {
  const { instance } = data
  const { cut } = useMonitor()
  const figures = useInstance(instance.id, instance.operator)
  const over = useOver()
  const state = figures?.state ?? 'pending'
  const heat = useHeat(instance)
  const classes = useClasses(data, selected, state)
  const part = partOf(instance.id)
  const still = over || state === 'finished'
  const shown = over && isWell(state) && state !== 'finished' ? ('stopped' as const) : state
  const groups = instance.keyGroups
  return (
    <div
      className={`${classes} ${heat === null || !isWell(state) ? '' : `rn-${heat.kind}`}`}
      {...(heat === null ? {} : { style: { '--heat': heat.share } as CSSProperties })}
      data-state={state}
      data-instance={instance.id}
      data-testid={`instance-${instance.id}`}
    >
      <div className="rn-head">
        <span className="rn-glyph">
          <Glyph path={data.iconPath} />
        </span>
        <span className="rn-name" title={`${data.name} ${part}`.trim()}>
          {data.name}
        </span>
        {part === '' ? null : <span className="rn-parts">{part}</span>}
        {groups === undefined ? null : (
          <span
            className="py-keys"
            title={t('Rows come to it by key: key groups {first} to {last} of 128', { first: groups.first, last: groups.last })}
          >
            {t('keys {first}–{last}', { first: groups.first, last: groups.last })}
          </span>
        )}
        <StateMark state={shown} />
      </div>
      {figures === undefined ? (
        <div className="rn-say">{t('waits for figures')}</div>
      ) : isWell(state) ? (
        <div className="rn-metrics">
          <span>
            <em>{t('in')}</em>
            <b>{rate(still ? 0 : figures.rowsInPerSecond)}</b>
          </span>
          <span>
            <em>{heat === null ? 'out' : heat.name}</em>
            <b>{heat === null ? rate(still ? 0 : figures.rowsOutPerSecond) : heat.value}</b>
          </span>
        </div>
      ) : (
        <div className="rn-say" title={sentenceOf(figures, cut)}>
          {sentenceOf(figures, cut)}
        </div>
      )}
      {figures === undefined ? null : (
        <>
          <div className="rn-cols">
            <ActivityBar activity={still ? STILL : figures.activity} />
            <span>{still && isWell(state) ? t('done') : activityLabel(figures.activity)}</span>
          </div>
          <div className="py-facts">
            <span title={t('Runs in container {container}', { container: instance.container })}>{instance.container}</span>
            {figures.queue === undefined || figures.queue < WORTH_TELLING || still ? null : (
              <span title={t('Of its fullest input log, not read yet')}>{t('queue {queue}', { queue: percent(figures.queue) })}</span>
            )}
            {figures.stateSizeBytes === 0 ? null : <span title={t('State')}>{bytes(figures.stateSizeBytes)}</span>}
            <span title={t('Window it works on')}>{windowName(figures.window)}</span>
          </div>
        </>
      )}
      {selected ? <InstanceTools instance={instance} name={`${data.name} ${part}`.trim()} state={state} /> : null}
    </div>
  )
}

function useHeat(instance: PlanInstance): Heat | null {
  const { scheme, document } = useMonitor()
  const store = useRunStore()
  const figures = useInstance(instance.id, instance.operator)
  if (scheme === 'health' || figures === undefined) return null
  const inputs = document.streams.filter(({ to }) => to.some((end) => end.operator === instance.operator)).map(({ from }) => from.operator)
  return heatOf(scheme, figures, {
    windowMs: document.settings.windowMs,
    targetWindow: store.figures?.targetWindow ?? 0,
    inputWindows: inputs.map((input) => store.operator(input)?.window ?? 0),
    containers: store.structure?.containers.map((container) => container.id) ?? [],
  })
}

function InstanceTools({
  instance,
  name,
  state,
}: {
  readonly instance: PlanInstance
  readonly name: string
  readonly state: OperatorState
}) {
  const { off, part, openKill, restoreOperator } = useMonitor()
  // With a whole operator chosen, one bar for each of its partitions would cover the graph.
  if (off !== null || (part === null && instance.part !== 'whole')) return null
  return (
    <NodeToolbar isVisible position={Position.Bottom} offset={12}>
      <div className="rn-ntools" role="toolbar" aria-label={t('What to do with {name}', { name })}>
        {state === 'held' ? (
          <button type="button" className="rn-btn" onClick={() => restoreOperator(instance.operator)}>
            <Icon name="restore" />
            {tx('Restore {kbd}', { kbd: <kbd>R</kbd> })}
          </button>
        ) : (
          <button type="button" className="rn-btn rn-kill" onClick={() => openKill(instance.id)}>
            <Icon name="kill" />
            {tx('Kill… {kbd}', { kbd: <kbd>K</kbd> })}
          </button>
        )}
      </div>
    </NodeToolbar>
  )
}
