/** One operator on the live canvas: 208 × 84, fixed slots, its own subscription to its figures. */
import { memo, type CSSProperties } from 'react'
import { Handle, NodeToolbar, Position, useStore, type NodeProps } from '@xyflow/react'
import type { OperatorFigures } from '@belay/run'
import { Glyph, Icon } from '../../theme/Icon.tsx'
import { percent } from '../../theme/numbers.ts'
import { StateIcon, StateMark, stateWord } from '../../theme/states.tsx'
import { heatOf, type Heat } from './schemes.ts'
import type { RunStore } from '../live/runStore.ts'
import { useMonitor, type MonitorState } from '../monitorState.tsx'
import { useBottleneck, useCommittedBeside, useOperatorFigures, useRunState, useRunStore } from '../live/runHooks.ts'
import { useEmphasis } from './emphasis.ts'
import { DETAIL_ZOOM, portTop, type LiveNodeData, type LiveNodeType } from './graphOf.ts'
import { isWell, metricsOf, sentenceOf } from './nodeWords.ts'
import { NodeFigures } from './NodeFigures.tsx'
import { t } from '../../language/t.ts'
import { tx } from '../../language/tx.ts'

const FILLED = new Set<OperatorFigures['state']>(['down', 'failed', 'stuck', 'held'])

export const LiveNode = memo(function LiveNode({ data, selected }: NodeProps<LiveNodeType>) {
  const figures = useOperatorFigures(data.id)
  const far = useStore((flow) => flow.transform[2] < DETAIL_ZOOM)
  const emphasis = useEmphasis(data.id)
  const bottleneck = useBottleneck()
  const heat = useHeat(data.id, figures)
  const state = figures?.state ?? 'pending'
  const culprit = bottleneck?.operator === data.id ? bottleneck : null
  const classes = [
    'rn-node',
    isWell(state) ? '' : 'rn-loud',
    selected ? 'rn-selected' : '',
    emphasis.faded ? 'rn-faded' : '',
    emphasis.target ? 'rn-target' : '',
    far ? 'rn-far' : '',
    far && FILLED.has(state) ? 'rn-filled' : '',
    culprit === null ? '' : 'rn-culprit',
    heat === null || !isWell(state) ? '' : `rn-${heat.kind}`,
  ]
    .filter((name) => name !== '')
    .join(' ')
  return (
    <div
      className={classes}
      {...(heat === null ? {} : { style: { '--heat': heat.share } as CSSProperties })}
      data-state={state}
      data-operator={data.id}
      data-testid={`node-${data.id}`}
      {...(data.partitions > 1 ? { 'data-parts': data.partitions } : {})}
    >
      {data.inputs.map((port, i) => (
        <Handle
          key={port}
          id={port}
          type="target"
          position={Position.Left}
          className="rn-port"
          style={{ top: portTop(i) }}
          isConnectable={false}
        />
      ))}
      {far ? <FarFace state={state} figures={figures} /> : <NearFace data={data} figures={figures} state={state} heat={heat} />}
      {far ? null : emphasis.flag !== null ? (
        <span className={`rn-flag rn-flag-${emphasis.flag.kind}`}>
          <StateIcon state={emphasis.flag.kind === 'back' ? 'rolling-back' : 'running'} />
          {emphasis.flag.text}
        </span>
      ) : culprit === null ? null : (
        <span className="rn-flag rn-flag-slow">
          <Icon name="warning" size={12} />
          {t(culprit.waiting.length === 1 ? 'bottleneck, {waiting} waits' : 'bottleneck, {waiting} wait', {
            waiting: culprit.waiting.length,
          })}
        </span>
      )}
      {data.outputs.map((port, i) => (
        <Handle
          key={port}
          id={port}
          type="source"
          position={Position.Right}
          className="rn-port rn-port-out"
          style={{ top: portTop(i) }}
          isConnectable={false}
        />
      ))}
      {selected && !far ? <NodeTools data={data} state={state} /> : null}
    </div>
  )
})

function FarFace({ state, figures }: { readonly state: OperatorFigures['state']; readonly figures: OperatorFigures | undefined }) {
  return (
    <>
      <StateIcon state={state} size={44} />
      <span className="rn-hidden">{stateWord(state)}</span>
      {state === 'running' && figures !== undefined ? <i className="rn-load" style={{ width: percent(figures.activity.busy) }} /> : null}
    </>
  )
}

function NearFace({
  data,
  figures,
  state,
  heat,
}: {
  readonly data: LiveNodeData
  readonly figures: OperatorFigures | undefined
  readonly state: OperatorFigures['state']
  readonly heat: Heat | null
}) {
  const { cut } = useMonitor()
  const runState = useRunState()
  const committed = useCommittedBeside(data.id)
  const over = runState === 'stopped' || runState === 'finished' || runState === 'failed'
  // A run that was stopped leaves its operators as they were: well, and at work no more.
  const shown = over && isWell(state) && state !== 'finished' ? ('stopped' as const) : state
  const still = over || state === 'finished'
  return (
    <>
      <div className="rn-head">
        <span className="rn-glyph">
          <Glyph path={data.iconPath} />
        </span>
        <span className="rn-name" title={data.name}>
          {data.name}
        </span>
        {data.partitions > 1 ? <span className="rn-parts">×{data.partitions}</span> : null}
        <StateMark state={shown} />
      </div>
      {figures === undefined ? (
        <div className="rn-say">{t('waits for figures')}</div>
      ) : isWell(state) ? (
        <div className="rn-metrics">
          {withHeat(metricsOf(figures, data.role, still), heat).map(([name, value]) => (
            <span key={name}>
              <em>{name}</em>
              <b>{value}</b>
            </span>
          ))}
        </div>
      ) : (
        <div className="rn-say" title={sentenceOf(figures, cut)}>
          {sentenceOf(figures, cut)}
        </div>
      )}
      {figures === undefined ? null : (
        <NodeFigures
          state={state}
          activity={figures.activity}
          still={still}
          window={figures.window}
          checkpointWindow={figures.checkpointWindow}
          committed={committed}
          reachedWindow={figures.reachedWindow ?? null}
          rowErrors={figures.rowErrors}
        />
      )}
    </>
  )
}

/** What the colour tells stands in the second place. */
function withHeat(metrics: ReturnType<typeof metricsOf>, heat: Heat | null): readonly (readonly [string, string])[] {
  return heat === null ? metrics : [...metrics.slice(0, 1), [heat.name, heat.value]]
}

function useHeat(id: string, figures: OperatorFigures | undefined): Heat | null {
  return heatFor(id, figures, useMonitor(), useRunStore())
}

export function heatFor(
  id: string,
  figures: OperatorFigures | undefined,
  { scheme, document }: Pick<MonitorState, 'scheme' | 'document'>,
  store: RunStore,
): Heat | null {
  if (scheme === 'health' || figures === undefined) return null
  const inputs = document.streams.filter(({ to }) => to.some((end) => end.operator === id)).map(({ from }) => from.operator)
  return heatOf(scheme, figures, {
    windowMs: document.settings.windowMs,
    targetWindow: store.figures?.targetWindow ?? 0,
    inputWindows: inputs.map((input) => store.operator(input)?.window ?? 0),
    containers: store.structure?.containers.map((container) => container.id) ?? [],
  })
}

function NodeTools({ data, state }: { readonly data: LiveNodeData; readonly state: OperatorFigures['state'] }) {
  const { off, openKill, restoreOperator, openTab } = useMonitor()
  // Commands go by what is now, whatever moment is shown.
  const now = useRunStore().liveFigures?.operators[data.id]?.state ?? state
  if (off !== null && data.role !== 'display') return null
  return (
    <NodeToolbar
      isVisible
      position={data.toolbar === 'bottom' ? Position.Bottom : Position.Top}
      offset={data.toolbar === 'bottom' ? 12 : 30}
    >
      <div className="rn-ntools" role="toolbar" aria-label={t('What to do with {data}', { data: data.name })}>
        {off !== null ? null : now === 'held' ? (
          <button type="button" className="rn-btn" onClick={() => restoreOperator(data.id)}>
            <Icon name="restore" />
            {tx('Restore {kbd}', { kbd: <kbd>R</kbd> })}
          </button>
        ) : (
          <button type="button" className="rn-btn rn-kill" onClick={() => openKill(data.id)}>
            <Icon name="kill" />
            {tx('Kill… {kbd}', { kbd: <kbd>K</kbd> })}
          </button>
        )}
        {data.role === 'display' ? (
          <button type="button" className="rn-btn" onClick={() => openTab(`table:${data.id}`)}>
            <Icon name="rows" />
            {t('Rows')}
          </button>
        ) : null}
      </div>
    </NodeToolbar>
  )
}
