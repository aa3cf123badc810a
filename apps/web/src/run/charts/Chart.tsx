/** One chart: up to two lines over a time, with marks for checkpoints and incidents that all charts share. */
import { memo, useMemo } from 'react'
import type { HistoryValues } from '@belay/run'
import { lastOf, linePath, mostOf, valueAt } from './chartPaths.ts'
import type { Span } from './useHistory.ts'
import { t } from '../../language/t.ts'

const WIDTH = 400
const HEIGHT = 48
/** Above the highest value, for the width of its line. */
const ROOM = 3

export interface Line {
  readonly name: string
  readonly values: HistoryValues
}

export interface Marks {
  readonly checkpoints: readonly number[]
  readonly incidents: readonly number[]
}

export interface ChartProps {
  readonly title: string
  readonly of: string
  readonly lines: readonly Line[]
  /** How a value reads. */
  readonly text: (value: number) => string
  /** Top of the scale at least. */
  readonly least: number
  readonly times: readonly number[]
  readonly stepMs: number
  readonly span: Span
  readonly marks: Marks
  /** null = the newest values are told. */
  readonly cursorMs: number | null
  /** The time that is being chosen; null = none. */
  readonly brush: Span | null
}

export const Chart = memo(function Chart({ title, of, lines, text, least, times, stepMs, span, marks, cursorMs, brush }: ChartProps) {
  const most = mostOf(
    lines.map(({ values }) => values),
    least,
  )
  const paths = useMemo(
    () => lines.map(({ values }) => linePath(times, values, { ...span, stepMs, most, width: WIDTH, height: HEIGHT })),
    [lines, times, span, stepMs, most],
  )
  const x = (atMs: number): number => ((atMs - span.fromMs) / Math.max(1, span.toMs - span.fromMs)) * WIDTH
  const told = lines.map(({ name, values }) => {
    const value = cursorMs === null ? lastOf(values) : valueAt(times, values, stepMs, cursorMs)
    return `${name === '' ? '' : `${name} `}${value === null ? t('not known') : text(value)}`
  })
  const empty = lines.every(({ values }) => values.every((value) => value === null))
  return (
    <figure className="rn-chart">
      <figcaption>
        <span className="rn-t3">{title}</span>
        {empty ? null : (
          <span>
            {told.map((words, i) => (
              <span key={i} data-line={i}>
                {words}
              </span>
            ))}
          </span>
        )}
      </figcaption>
      {empty ? (
        <p className="rn-chart-none">{t('nothing is known of this time')}</p>
      ) : (
        <svg
          viewBox={`0 ${-ROOM} ${WIDTH} ${HEIGHT + ROOM}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={t('{title} of {of}: {told}; at most {text}', { title, of, told: told.join(', '), text: text(most) })}
        >
          {brush === null ? null : (
            <path className="rn-mark-brush" d={`M${x(brush.fromMs)} ${-ROOM}H${x(brush.toMs)}V${HEIGHT}H${x(brush.fromMs)}z`} />
          )}
          {marks.checkpoints.map((atMs) => (
            <path key={atMs} className="rn-mark-checkpoint" d={`M${x(atMs)} ${HEIGHT}v-5`} />
          ))}
          {marks.incidents.map((atMs) => (
            <path key={atMs} className="rn-mark-incident" d={`M${x(atMs)} 0V${HEIGHT}`} />
          ))}
          {paths.map((path, i) => (
            <path key={i} className="rn-line" data-line={i} d={path} />
          ))}
          {cursorMs === null ? null : <path className="rn-mark-cursor" d={`M${x(cursorMs)} 0V${HEIGHT}`} />}
        </svg>
      )}
    </figure>
  )
})
