/** The graph as a rope: operators below each other, the edges drawn as lanes at the left. */
import { useMemo } from 'react'
import type { OperatorNode, PipelineDocument } from '@belay/pipeline'
import { Icon } from '../../theme/Icon.tsx'
import { rate } from '../../theme/numbers.ts'
import { ColouredStateIcon, stateWord } from '../../theme/states.tsx'
import { ActivityBar, activityLabel } from '../canvas/ActivityBar.tsx'
import { Ladder } from '../canvas/Ladder.tsx'
import { isWell, sentenceOf } from '../canvas/nodeWords.ts'
import { useBottleneck, useCommittedWindow, useOperatorFigures } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { operatorName, roleOf } from '../operatorFacts.ts'
import { ropeOf, type RopeRow } from './ropeOf.ts'
import { t } from '../../language/t.ts'

const LANE_PX = 16
const ROW_PX = 60
const DOT_Y = 22

export function Rope({ document, onChoose }: { readonly document: PipelineDocument; readonly onChoose: () => void }) {
  const rows = useMemo(() => ropeOf(document), [document])
  const lanes = Math.max(1, ...rows.map((row) => row.lanes))
  return (
    <ol className="ph-rope" aria-label={t('Operators')} data-testid="operator-table">
      {rows.map((row) => (
        <Row key={row.operator.id} row={row} lanes={lanes} onChoose={onChoose} />
      ))}
    </ol>
  )
}

const laneX = (lane: number): number => 17 + lane * LANE_PX

function lanePaths(row: RopeRow): string {
  const parts: string[] = []
  for (const lane of row.passing) parts.push(`M${laneX(lane)} 0V${ROW_PX}`)
  for (const lane of row.incoming)
    parts.push(
      lane === row.lane
        ? `M${laneX(lane)} 0V${DOT_Y}`
        : `M${laneX(lane)} 0V${DOT_Y - 14}Q${laneX(lane)} ${DOT_Y - 6} ${laneX(row.lane) + (lane > row.lane ? 8 : -8)} ${DOT_Y - 6}H${laneX(row.lane)}`,
    )
  for (const lane of row.outgoing)
    parts.push(
      lane === row.lane
        ? `M${laneX(lane)} ${DOT_Y}V${ROW_PX}`
        : `M${laneX(row.lane)} ${DOT_Y}V${DOT_Y + 18}Q${laneX(row.lane)} ${DOT_Y + 26} ${laneX(row.lane) + (lane > row.lane ? 8 : -8)} ${DOT_Y + 26}H${laneX(lane) + (lane > row.lane ? -8 : 8)}Q${laneX(lane)} ${DOT_Y + 26} ${laneX(lane)} ${DOT_Y + 34}V${ROW_PX}`,
    )
  return parts.join('')
}

function Row({ row, lanes, onChoose }: { readonly row: RopeRow; readonly lanes: number; readonly onChoose: () => void }) {
  const { selected, select, checkpointWindows, cut } = useMonitor()
  const figures = useOperatorFigures(row.operator.id)
  const committed = useCommittedWindow()
  const bottleneck = useBottleneck()
  const name = operatorName(row.operator)
  const state = figures?.state ?? 'pending'
  return (
    <li className="ph-row" data-operator={row.operator.id} data-state={state} aria-current={selected === row.operator.id}>
      <svg width={laneX(lanes)} height={ROW_PX} aria-hidden="true">
        <path d={lanePaths(row)} fill="none" stroke="var(--edge-flow)" strokeWidth="3" />
      </svg>
      <span className="ph-dot" style={{ left: laneX(row.lane) - 12 }}>
        <ColouredStateIcon state={state} />
      </span>
      <button
        type="button"
        aria-label={t('Show {name}, {state}', { name, state: stateWord(state) })}
        onClick={() => {
          select(row.operator.id)
          onChoose()
        }}
      >
        <span className="ph-row-head">
          <b className="rn-ell">{name}</b>
          {bottleneck?.operator === row.operator.id ? (
            <span className="ph-slow">
              <Icon name="warning" size={12} />
              {t('bottleneck')}
            </span>
          ) : null}
          <span className="rn-grow" />
          <span>{figures === undefined ? '–' : rate(headline(row.operator, figures))}</span>
        </span>
        {figures === undefined ? null : (
          <span className="ph-row-bars">
            <ActivityBar activity={figures.activity} />
            <span className="rn-ell">
              {isWell(state) ? activityLabel(figures.activity) : `${stateWord(state)}, ${sentenceOf(figures, cut)}`}
            </span>
            <Ladder
              current={figures.window}
              checkpoint={figures.checkpointWindow}
              committed={committed}
              reached={figures.reachedWindow ?? null}
              checkpointWindows={checkpointWindows}
            />
          </span>
        )}
      </button>
    </li>
  )
}

function headline(operator: OperatorNode, figures: { readonly rowsInPerSecond: number; readonly rowsOutPerSecond: number }): number {
  const role = roleOf(operator.type)
  return role === 'sink' || role === 'display' ? figures.rowsInPerSecond : figures.rowsOutPerSecond
}
