/** What happened, newest first; windows and checkpoints going by are folded unless asked for. */
import { useMemo, useState } from 'react'
import { Icon } from '../../theme/Icon.tsx'
import { clockWithMillis, whole } from '../../theme/numbers.ts'
import { ColouredStateIcon } from '../../theme/states.tsx'
import { eventLine, isQuiet } from '../eventWords.ts'
import { useEvents, useNotableEvents, useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { VirtualRows } from './VirtualRows.tsx'
import { t } from '../../language/t.ts'

const ROW_PX = 26

export function EventsPanel() {
  const [all, setAll] = useState(false)
  const [text, setText] = useState('')
  return (
    <div className="rn-events">
      <div className="rn-toolbar">
        <input
          className="rn-input"
          type="search"
          placeholder={t('Filter events')}
          aria-label={t('Filter events')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <label className="rn-check rn-small">
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
          <span>{t('windows and checkpoints as well')}</span>
        </label>
        <span className="rn-grow" />
        <Wholeness />
      </div>
      <EventList text={text} all={all} testId="events" />
    </div>
  )
}

/** That nothing was missed can be seen: sequence numbers have no holes. */
function Wholeness() {
  const events = useEvents()
  const first = events[0]?.seq ?? 0
  const last = events.at(-1)?.seq ?? 0
  const missing = events.length === 0 ? 0 : last - first + 1 - events.length
  return (
    <span className="rn-small rn-t3" data-testid="wholeness" data-first={first} data-last={last} data-missing={missing}>
      {t('events {first} to {last}, {missing}', {
        first: whole(first),
        last: whole(last),
        missing: missing === 0 ? t('none missing') : t('{missing} missing', { missing: whole(missing) }),
      })}
    </span>
  )
}

export interface EventListProps {
  readonly operator?: string
  readonly text?: string
  readonly all?: boolean
  readonly testId?: string
}

export function EventList({ operator, text = '', all = false, testId }: EventListProps) {
  const { nameOf, select } = useMonitor()
  const store = useRunStore()
  const everything = useEvents()
  const notable = useNotableEvents()
  const events = all ? everything : notable
  const lines = useMemo(() => {
    const wanted = text.trim().toLowerCase()
    return events
      .map((event) => ({ event, line: eventLine(event, nameOf) }))
      .filter(
        ({ line }) =>
          (operator === undefined || line.operators.includes(operator)) &&
          (wanted === '' || `${line.title} ${line.detail}`.toLowerCase().includes(wanted)),
      )
      .reverse()
  }, [events, text, operator, nameOf])
  if (lines.length === 0)
    return (
      <p className="rn-empty">
        {everything.length === 0
          ? t('Nothing has happened yet.')
          : text !== ''
            ? t('No event says “{text}”.', { text })
            : operator !== undefined
              ? t('Nothing has happened to {operator} since this page reads.', { operator: nameOf(operator) })
              : t('Only {count} windows and checkpoints so far; tick the box to see them.', {
                  count: whole(everything.filter(isQuiet).length),
                })}
      </p>
    )
  const since = store.earliestMs()
  return (
    <VirtualRows
      label={t('Events, newest first')}
      count={lines.length}
      rowHeightPx={ROW_PX}
      testId={testId}
      row={(i) => {
        const { event, line } = lines[i]
        const [only] = line.operators
        return (
          <div key={event.seq} role="listitem" className="rn-event" data-severity={line.severity} data-seq={event.seq}>
            {event.atMs >= since ? (
              <button
                type="button"
                className="rn-event-time"
                title={t('Show the graph at this moment')}
                onClick={() => store.showMoment(event.atMs)}
              >
                {clockWithMillis(event.atMs)}
              </button>
            ) : (
              <time>{clockWithMillis(event.atMs)}</time>
            )}
            <ColouredStateIcon state={line.state} />
            {line.operators.length === 1 && only !== undefined && only !== operator ? (
              <button type="button" className="rn-linklike" onClick={() => select(only)}>
                {line.title}
              </button>
            ) : (
              <b>{line.title}</b>
            )}
            <span className="rn-t3 rn-ell" title={line.detail}>
              {line.detail}
            </span>
            {line.severity === 'error' ? <Icon name="warning" size={12} /> : null}
          </div>
        )
      }}
    />
  )
}
