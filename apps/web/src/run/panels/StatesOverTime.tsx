/** Which operator was in which state when, from the events of one incident. */
import { useRef } from 'react'
import type { OperatorState } from '@belay/run'
import { useWidth } from '../../shell/useWidth.ts'
import { duration } from '../../theme/numbers.ts'
import { stateWord } from '../../theme/states.tsx'
import { planOf, type Incident } from '../live/incidents.ts'
import { useNow } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { t } from '../../language/t.ts'

const NAMES_PX = 80
const ROW = 20
const LEGEND: readonly OperatorState[] = ['down', 'rolling-back', 'starting', 'restoring', 'replaying', 'held']
const STEPS_MS = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000]

export function StatesOverTime({ incident }: { readonly incident: Incident }) {
  const { document, nameOf } = useMonitor()
  const now = useNow(100)
  const box = useRef<HTMLDivElement>(null)
  const width = Math.max(120, useWidth(box) - NAMES_PX)
  const plan = planOf(incident)
  const touched = new Set([...(plan?.restart ?? []), ...incident.operators])
  const operators = document.operators.map((operator) => operator.id).filter((id) => touched.has(id))
  if (operators.length === 0) return null
  const fromMs = incident.startedAtMs
  const { outcome } = incident
  // A hold may last for hours; how it began is what can be seen.
  const endMs = outcome.kind === 'open' ? now : outcome.kind === 'held' ? outcome.atMs + 100 : outcome.atMs
  const spanMs = Math.max(20, endMs - fromMs)
  const stepMs = STEPS_MS.find((step) => spanMs / step <= 3.6) ?? spanMs / 4
  const wholeMs = Math.ceil((spanMs * 1.04) / stepMs) * stepMs
  const x = (atMs: number): number => (Math.max(0, Math.min(endMs, atMs) - fromMs) / wholeMs) * width
  const ticks = Array.from({ length: Math.round(wholeMs / stepMs) + 1 }, (_, i) => i * stepMs)
  const seen = LEGEND.filter((state) => incident.spans.some((span) => span.state === state))
  return (
    <section>
      <h3>
        {t('States over time')} <span className="rn-t3">{t('each from an event')}</span>
      </h3>
      <div className="rn-gantt" ref={box} role="img" aria-label={ganttText(incident, operators, nameOf)}>
        <div className="rn-gantt-names">
          {operators.map((id) => (
            <span key={id} className="rn-ell">
              {nameOf(id)}
            </span>
          ))}
        </div>
        <svg width={width} height={operators.length * ROW + 18}>
          <g stroke="var(--line-faint)">
            {ticks.map((tick) => (
              <path key={tick} d={`M${(tick / wholeMs) * width} 0V${operators.length * ROW}`} />
            ))}
          </g>
          {operators.map((id, row) =>
            incident.spans
              .filter((span) => span.operator === id)
              .map((span, i) => {
                const left = x(span.fromMs)
                const long = Math.max(1.5, x(span.toMs ?? endMs) - left)
                return (
                  <rect
                    key={i}
                    className="rn-span"
                    data-state={span.state}
                    x={left}
                    y={row * ROW + 5}
                    width={long}
                    height={10}
                    rx={Math.min(2, long / 3)}
                  >
                    <title>
                      {t('{operator}: {state} from +{from}{lasting}', {
                        operator: nameOf(id),
                        state: stateWord(span.state),
                        from: duration(span.fromMs - fromMs),
                        lasting: span.toMs === null ? '' : t(' for {time}', { time: duration(span.toMs - span.fromMs) }),
                      })}
                    </title>
                  </rect>
                )
              }),
          )}
          {ticks.map((tick, i) => (
            <text
              key={tick}
              x={(tick / wholeMs) * width}
              y={operators.length * ROW + 14}
              textAnchor={i === 0 ? 'start' : i === ticks.length - 1 ? 'end' : 'middle'}
            >
              {tick === 0 ? '0' : duration(tick)}
            </text>
          ))}
        </svg>
      </div>
      <p className="rn-legend">
        {seen.map((state) => (
          <span key={state}>
            <i className="rn-span-key" data-state={state} />
            {stateWord(state)}
          </span>
        ))}
      </p>
    </section>
  )
}

function ganttText(incident: Incident, operators: readonly string[], nameOf: (operator: string) => string): string {
  return operators
    .map((id) => {
      const states = incident.spans
        .filter((span) => span.operator === id)
        .map((span) => t('{state} after {time}', { state: stateWord(span.state), time: duration(span.fromMs - incident.startedAtMs) }))
      return `${nameOf(id)}: ${states.join(', ')}`
    })
    .join('. ')
}
