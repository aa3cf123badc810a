/** One key over all kept checkpoints: it goes on with each new one. */
import { useEffect, useState } from 'react'
import type { KeyHistory, StateCell } from '@belay/run'
import { ApiError, get } from '../../api/client.ts'
import { t } from '../../language/t.ts'
import { Icon } from '../../theme/Icon.tsx'
import { clockWithTenths, windowName } from '../../theme/numbers.ts'
import { useRunStore } from '../live/runHooks.ts'

const WIDTH = 240
const HEIGHT = 32

export interface WatchedKey {
  readonly instance: string
  readonly state: string | null
  readonly key: readonly StateCell[]
}

/** `newest`: number of the newest kept checkpoint; when it rises the key is read again. */
export function KeyWatch({
  watched: { instance, state, key },
  newest,
  onClose,
}: {
  readonly watched: WatchedKey
  readonly newest: number
  readonly onClose: () => void
}) {
  const { runId } = useRunStore()
  const [history, setHistory] = useState<KeyHistory | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const query = new URLSearchParams({ instance, key: JSON.stringify(key), ...(state === null ? {} : { state }) }).toString()
  useEffect(() => {
    let closed = false
    get<KeyHistory>(`/runs/${runId}/state/key?${query}`).then(
      (read) => {
        if (closed) return
        setHistory(read)
        setProblem(null)
      },
      (error: unknown) => !closed && setProblem(error instanceof ApiError ? error.message : String(error)),
    )
    return () => {
      closed = true
    }
  }, [runId, query, newest])
  const name = key.map(String).join(', ')
  return (
    <section className="rn-key-watch" aria-label={t('{key} over checkpoints', { key: name })} data-testid="key-watch">
      <header className="rn-toolbar">
        <b className="rn-ell">{name}</b> <span className="rn-t3">{t('over checkpoints')}</span>
        <span className="rn-grow" />
        <button type="button" className="rn-btn rn-quiet rn-icon-only" aria-label={t('Let the key go')} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {problem === null ? null : (
        <p className="rn-problem" role="alert">
          {problem}
        </p>
      )}
      {history === null ? problem === null ? <p className="rn-empty">{t('Reading.')}</p> : null : <OverCheckpoints history={history} />}
    </section>
  )
}

type Checkpoint = KeyHistory['checkpoints'][number]

function OverCheckpoints({ history: { value, checkpoints } }: { readonly history: KeyHistory }) {
  // The first column that holds numbers is drawn.
  const drawn = value.findIndex((_, at) => checkpoints.some(({ entry }) => typeof entry?.rows[0]?.[at] === 'number'))
  const newestFirst = checkpoints.toReversed()
  return (
    <>
      {drawn < 0 ? null : <Sparkline values={checkpoints.map((checkpoint) => cellOf(checkpoint, drawn))} name={value[drawn]?.name ?? ''} />}
      <div className="rn-scroll rn-kept-scroll" tabIndex={0} role="region" aria-label={t('Checkpoints, newest first')}>
        <table className="rn-table rn-dense">
          <thead>
            <tr>
              <th>{t('checkpoint')}</th>
              <th>{t('window')}</th>
              <th>{t('time')}</th>
              {value.map(({ name }, i) => (
                <th key={i}>{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {newestFirst.map((checkpoint, i) => (
              <tr key={checkpoint.manifest} data-changed={changed(checkpoint, newestFirst[i + 1]) ? '' : undefined}>
                <td>{checkpoint.manifest}</td>
                <td>{windowName(checkpoint.window)}</td>
                <td>{clockWithTenths(checkpoint.atMs)}</td>
                {checkpoint.entry === null ? (
                  <td colSpan={Math.max(1, value.length)} className="rn-t3">
                    {t('not there')}
                  </td>
                ) : (
                  value.map((_, at) => <td key={at}>{cellText(checkpoint, at)}</td>)
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

function cellOf({ entry }: Checkpoint, at: number): number | null {
  const cell = entry?.rows[0]?.[at]
  return typeof cell === 'number' ? cell : null
}

/** A key with several rows shows all of its cells of the column. */
function cellText({ entry }: Checkpoint, at: number): string {
  const cells = (entry?.rows ?? []).map((row) => String(row[at] ?? 'NULL'))
  return `${cells.join(' · ')}${entry !== null && entry.more > 0 ? ' …' : ''}`
}

function changed(one: Checkpoint, before: Checkpoint | undefined): boolean {
  return before !== undefined && JSON.stringify(one.entry) !== JSON.stringify(before.entry)
}

function Sparkline({ values, name }: { readonly values: readonly (number | null)[]; readonly name: string }) {
  const known = values.filter((value) => value !== null)
  const least = Math.min(...known)
  const most = Math.max(...known)
  const x = (i: number): number => (values.length < 2 ? WIDTH / 2 : (i / (values.length - 1)) * WIDTH)
  const y = (value: number): number => (most === least ? HEIGHT / 2 : HEIGHT - ((value - least) / (most - least)) * HEIGHT)
  let path = ''
  values.forEach((value, i) => {
    if (value !== null) path += `${path === '' || values[i - 1] === null ? 'M' : 'L'}${x(i).toFixed(1)} ${y(value).toFixed(1)}h0.01`
  })
  return (
    <svg
      className="rn-key-line"
      viewBox={`-2 -2 ${WIDTH + 4} ${HEIGHT + 4}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t('{name} from {least} to {most}', { name, least, most })}
    >
      <path className="rn-line" data-line={0} d={path} />
    </svg>
  )
}
