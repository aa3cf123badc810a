/** What an operator has written, live: filtered by level and text, paused, copied; and from which level on lines are kept. */
import { useEffect, useState } from 'react'
import { LOG_KEPT_BYTES, LOG_LEVELS, LOG_LINES_PER_SECOND, USUAL_LOG_LEVEL, type LogLevel, type LogLine } from '@belay/run'
import { t } from '../../language/t.ts'
import '../../theme/logs.css'
import { Icon } from '../../theme/Icon.tsx'
import { bytes, clockWithMillis, windowName } from '../../theme/numbers.ts'
import { useOperatorFigures, useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { useLogTail } from './useLogTail.ts'

const TYPED_FOR_MS = 250
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
          <span>{t('Show from')}</span>
          <select value={level} onChange={(event) => setLevel(event.currentTarget.value as LogLevel)}>
            {LOG_LEVELS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label className="rn-field lg-find">
          <span>{t('Containing')}</span>
          <input
            type="search"
            className="rn-input"
            value={typed}
            placeholder={t('text or field')}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <KeptFrom operator={operator} />
        <button
          type="button"
          className="rn-btn rn-quiet"
          aria-pressed={paused}
          disabled={ended}
          title={ended ? t('The run has ended: nothing more comes') : undefined}
          onClick={() => setPaused(!paused)}
        >
          <Icon name={paused ? 'play' : 'pause'} />
          {paused ? t('Follow') : t('Pause')}
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
          {t('Only what the engine says of it: operators may have written down rows, and to see those takes the grant see-data.')}
        </p>
      ) : null}
      {lines === null ? (
        problem === null ? (
          <p className="rn-empty">{t('Reading.')}</p>
        ) : null
      ) : lines.length === 0 ? (
        <p className="rn-empty">
          {filtered
            ? t('No kept line of {name} fits. Show more of them, or empty the search.', { name: nameOf(operator) })
            : engineOnly
              ? t('There is nothing of {name} that may be shown.', { name: nameOf(operator) })
              : t(
                  '{name} has written nothing. Own operators and scripts write with ctx.log or console; lines below its level are not kept.',
                  { name: nameOf(operator) },
                )}
        </p>
      ) : (
        <Lines lines={lines} older={older} />
      )}
      <p className="rn-micro rn-t3">
        {paused ? `${t('Paused: new lines come when you follow again.')} ` : ''}
        {t('Of a flood {lines} lines a second are kept, {size} of a run in all, the newest.', {
          lines: LOG_LINES_PER_SECOND,
          size: bytes(LOG_KEPT_BYTES),
        })}
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
    <label className="rn-field" title={off ?? t('Takes effect at once, and stays when the operator or the process dies')}>
      <span>{t('Keep from')}</span>
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
      title={t('{count} lines as JSON lines', { count: lines.length })}
      onClick={() => void navigator.clipboard.writeText(lines.map((line) => JSON.stringify(line)).join('\n')).then(() => setCopied(true))}
    >
      {copied ? t('Copied') : t('Copy')}
    </button>
  )
}

/** Newest first: what has just come is seen without going to an end that moves away. */
function Lines({ lines, older }: { readonly lines: readonly LogLine[]; readonly older: (() => void) | null }) {
  return (
    <>
      <div className="lg-lines" role="log" aria-live="off" aria-label={t('Lines, newest first')}>
        {lines.toReversed().map((line) => (
          <Line key={line.at} line={line} />
        ))}
      </div>
      {older === null ? null : (
        <button type="button" className="rn-btn" onClick={older}>
          {t('Older lines')}
        </button>
      )}
    </>
  )
}

function Line({ line: { atMs, level, from, instance, operator, window: streaming, attempt, text, fields } }: { readonly line: LogLine }) {
  return (
    <div className="lg-line" data-level={level} data-from={from}>
      <span className="lg-head">
        <time title={t('attempt {attempt}', { attempt })}>{clockWithMillis(atMs)}</time> <b>{level}</b>{' '}
        <span className="rn-t3">
          {windowName(streaming)}
          {instance === operator ? '' : ` ${instance.slice(operator.length)}`}
          {from === 'engine' ? `, ${t('engine')}` : ''}
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
