/** What an operator has written, live: filtered by level and text, paused, copied; and from which level on lines are kept. */
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { LOG_LEVELS, LOG_LINES_PER_SECOND, USUAL_LOG_LEVEL, type LogLevel, type LogLine } from '@belay/run'
import '../../theme/logs.css'
import { Icon } from '../../theme/Icon.tsx'
import { clockWithMillis, plural, windowName } from '../../theme/numbers.ts'
import { useOperatorFigures, useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { useLogTail } from './useLogTail.ts'

const TYPED_FOR_MS = 250
/** So near to the end one still follows it. */
const NEAR_PX = 24
const COPIED_FOR_MS = 2000

export default function LogPanel({ operator }: { readonly operator: string }) {
  const { runId } = useRunStore()
  const { ended, nameOf } = useMonitor()
  const [level, setLevel] = useState<LogLevel>('debug')
  const [typed, setTyped] = useState('')
  const text = useSettled(typed.trim())
  const [paused, setPaused] = useState(false)
  const { lines, engineOnly, problem, older } = useLogTail({ runId, operator, level, text }, !paused && !ended)
  const filtered = level !== 'debug' || text !== ''
  return (
    <div className="lg-panel" data-testid="logs">
      <div className="lg-tools">
        <label className="rn-field">
          <span>Show from</span>
          <select value={level} onChange={(event) => setLevel(event.currentTarget.value as LogLevel)}>
            {LOG_LEVELS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label className="rn-field lg-find">
          <span>Containing</span>
          <input
            type="search"
            className="rn-input"
            value={typed}
            placeholder="text or field"
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <KeptFrom operator={operator} />
        <button
          type="button"
          className="rn-btn rn-quiet"
          aria-pressed={paused}
          disabled={ended}
          title={ended ? 'The run has ended: nothing more comes' : undefined}
          onClick={() => setPaused(!paused)}
        >
          <Icon name={paused ? 'play' : 'pause'} />
          {paused ? 'Follow' : 'Pause'}
        </button>
        <CopyLines lines={lines ?? []} />
      </div>
      {problem === null ? null : (
        <p className="rn-problem" role="alert">
          {problem}
        </p>
      )}
      {engineOnly ? (
        <p className="rn-small rn-t2">
          Only what the engine says of it: operators may have written down rows, and to see those takes the grant see-data.
        </p>
      ) : null}
      {lines === null ? (
        problem === null ? (
          <p className="rn-empty">Reading.</p>
        ) : null
      ) : lines.length === 0 ? (
        <p className="rn-empty">
          {filtered
            ? `No kept line of ${nameOf(operator)} fits${text === '' ? '' : ` “${text}”`}. Show more of them, or empty the search.`
            : `${nameOf(operator)} has written nothing${engineOnly ? ' that may be shown' : ''}. Own operators and scripts write with ctx.log or console; lines below its level are not kept.`}
        </p>
      ) : (
        <Lines lines={lines} follows={!paused && !ended} older={older} />
      )}
      <p className="rn-micro rn-t3">
        {paused ? 'Paused: new lines come when you follow again. ' : ''}
        Of a flood {LOG_LINES_PER_SECOND} lines a second are kept, 32 MB of a run in all, the newest.
      </p>
    </div>
  )
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), TYPED_FOR_MS)
    return () => window.clearTimeout(timer)
  }, [text])
  return settled
}

function KeptFrom({ operator }: { readonly operator: string }) {
  const { command, off } = useMonitor()
  const level = useOperatorFigures(operator)?.logLevel ?? USUAL_LOG_LEVEL
  return (
    <label className="rn-field" title={off ?? 'Takes effect at once, and stays when the operator or the process dies'}>
      <span>Keep from</span>
      <select
        value={level}
        disabled={off !== null}
        onChange={(event) => void command(`/operators/${encodeURIComponent(operator)}/log-level`, { level: event.currentTarget.value })}
      >
        {LOG_LEVELS.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  )
}

function CopyLines({ lines }: { readonly lines: readonly LogLine[] }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = window.setTimeout(() => setCopied(false), COPIED_FOR_MS)
    return () => window.clearTimeout(timer)
  }, [copied])
  return (
    <button
      type="button"
      className="rn-btn rn-quiet"
      disabled={lines.length === 0}
      title={`${plural(lines.length, 'line')} as JSON lines`}
      onClick={() => void navigator.clipboard.writeText(lines.map((line) => JSON.stringify(line)).join('\n')).then(() => setCopied(true))}
    >
      {copied ? 'Copied' : 'Copy'}
    </button>
  )
}

function Lines({
  lines,
  follows,
  older,
}: {
  readonly lines: readonly LogLine[]
  readonly follows: boolean
  readonly older: (() => void) | null
}) {
  const box = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  useLayoutEffect(() => {
    const element = box.current
    if (element !== null && follows && atEnd.current) element.scrollTop = element.scrollHeight
  }, [lines, follows])
  return (
    <div
      ref={box}
      className="lg-lines"
      role="log"
      aria-live="off"
      aria-label="Lines, oldest first"
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_PX
      }}
    >
      {older === null ? null : (
        <button type="button" className="rn-btn rn-quiet" onClick={older}>
          Older lines
        </button>
      )}
      {lines.map((line) => (
        <Line key={line.at} line={line} />
      ))}
    </div>
  )
}

function Line({ line: { atMs, level, from, instance, operator, window: streaming, attempt, text, fields } }: { readonly line: LogLine }) {
  return (
    <div className="lg-line" data-level={level} data-from={from}>
      <span className="lg-head">
        <time title={`attempt ${attempt}`}>{clockWithMillis(atMs)}</time> <b>{level}</b>{' '}
        <span className="rn-t3">
          {windowName(streaming)}
          {instance === operator ? '' : ` ${instance.slice(operator.length)}`}
          {from === 'engine' ? ', engine' : ''}
        </span>
      </span>
      <span className="lg-text">
        {text}
        {Object.entries(fields ?? {}).map(([name, value]) => (
          <span key={name} className="lg-field">
            {' '}
            {name}=<i>{String(value)}</i>
          </span>
        ))}
      </span>
    </div>
  )
}
