/**
 * What operators had in their state at a kept checkpoint: keys with their values, searched, page by
 * page; or what has changed since another checkpoint. For the dialog and for the inspector's tab.
 */
import { useEffect, useState } from 'react'
import type { CheckpointState, CheckpointSummary, StateHolder } from '@belay/run'
import { useRefusal } from '../../access/session.ts'
import { ApiError, get } from '../../api/client.ts'
import { bytes, clockWithTenths, plural, whole, windowName } from '../../theme/numbers.ts'
import { useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { useKeptCheckpoints } from '../panels/CheckpointsPanel.tsx'
import { KeyWatch, type WatchedKey } from './KeyWatch.tsx'
import { ChangesTable, KeysTable } from './StateTables.tsx'
import { useStatePages } from './useStatePages.ts'
import { t } from '../../language/t.ts'

export interface StateBrowserProps {
  /** Shown first; null = the newest. */
  readonly manifest: number | null
  /** Only this operator's; null = the person chooses. */
  readonly operator: string | null
}

export default function StateBrowser({ manifest, operator }: StateBrowserProps) {
  const kept = useKeptCheckpoints()
  const refusal = useRefusal('see-data')
  if (refusal !== null) return <p className="rn-empty">{t('State is data. {refusal}', { refusal })}</p>
  if (kept === null) return <p className="rn-empty">{t('Reading the checkpoints…')}</p>
  if (kept.length === 0) return <p className="rn-empty">{t('There is no checkpoint yet. The first one comes after one interval.')}</p>
  return <Browser kept={kept.toReversed()} first={manifest} operator={operator} />
}

function Browser({
  kept,
  first,
  operator,
}: {
  readonly kept: readonly CheckpointSummary[]
  readonly first: number | null
  readonly operator: string | null
}) {
  const { runId } = useRunStore()
  const { nameOf } = useMonitor()
  // The checkpoint that was looked at stays chosen while newer ones come.
  const [manifest, setManifest] = useState(first ?? kept[0]?.manifest ?? 0)
  const [since, setSince] = useState<number | null>(null)
  const [instance, setInstance] = useState<string | null>(null)
  const [state, setState] = useState<string | null>(null)
  const [find, setFind] = useState('')
  const [watched, setWatched] = useState<WatchedKey | null>(null)
  const { holders, problem } = useHolders(runId, manifest)
  const own = (holders ?? []).filter((holder) => (operator === null || holder.operator === operator) && holder.sizeBytes > 0)
  const chosen = own.find((holder) => holder.instance === instance) ?? own[0]
  const { shown, more } = useStatePages(
    chosen === undefined ? null : { runId, manifest, since, instance: chosen.instance, state, find: find.trim() },
  )
  const lost = !kept.some((checkpoint) => checkpoint.manifest === manifest)
  return (
    <div className="rn-kept" data-testid="state-browser">
      <div className="rn-kept-choices">
        <label className="rn-field">
          <span>{t('Checkpoint')}</span>
          <select
            value={manifest}
            onChange={(event) => {
              const next = Number(event.currentTarget.value)
              setManifest(next)
              if (since !== null && since >= next) setSince(null)
            }}
            data-autofocus
          >
            {lost ? <option value={manifest}>{t('number {manifest}, no longer kept', { manifest })}</option> : null}
            {kept.map((checkpoint) => (
              <option key={checkpoint.manifest} value={checkpoint.manifest}>
                {optionText(checkpoint)}
              </option>
            ))}
          </select>
        </label>
        <label className="rn-field">
          <span>{t('Changes since')}</span>
          <select
            value={since ?? ''}
            onChange={(event) => setSince(event.currentTarget.value === '' ? null : Number(event.currentTarget.value))}
          >
            <option value="">{t('none: all keys')}</option>
            {kept
              .filter((checkpoint) => checkpoint.manifest < manifest)
              .map((checkpoint) => (
                <option key={checkpoint.manifest} value={checkpoint.manifest}>
                  {optionText(checkpoint)}
                </option>
              ))}
          </select>
        </label>
        {operator === null || own.length > 1 ? (
          <label className="rn-field">
            <span>{t('Operator')}</span>
            <select
              value={chosen?.instance ?? ''}
              disabled={own.length === 0}
              onChange={(event) => {
                setInstance(event.currentTarget.value)
                setState(null)
              }}
            >
              {own.map((holder) => (
                <option key={holder.instance} value={holder.instance}>
                  {nameOf(holder.operator)}
                  {holder.instance.slice(holder.operator.length)}, {bytes(holder.sizeBytes)}
                </option>
              ))}
            </select>
          </label>
        ) : null}
        {shown.kind === 'read' && shown.answer.states.length > 1 ? (
          <label className="rn-field">
            <span>{t('State')}</span>
            <select value={shown.answer.state ?? ''} onChange={(event) => setState(event.currentTarget.value)}>
              {shown.answer.states.map(({ name, size }) => (
                <option key={name} value={name}>
                  {name}, {whole(size)}
                </option>
              ))}
            </select>
          </label>
        ) : null}
        <label className="rn-field">
          <span>{t('Key contains')}</span>
          <input className="rn-input" type="search" value={find} onChange={(event) => setFind(event.currentTarget.value)} />
        </label>
      </div>
      {watched === null ? null : (
        <KeyWatch key={JSON.stringify(watched)} watched={watched} newest={kept[0]?.manifest ?? 0} onClose={() => setWatched(null)} />
      )}
      {problem !== null ? (
        <p className="rn-problem" role="alert">
          {problem}
        </p>
      ) : holders === null ? (
        <p className="rn-empty">{t('Reading who has state…')}</p>
      ) : chosen === undefined ? (
        <p className="rn-empty">{whyNone(operator === null ? null : nameOf(operator), holders)}</p>
      ) : shown.kind === 'failed' ? (
        <p className="rn-problem" role="alert">
          {shown.message}
        </p>
      ) : shown.kind === 'reading' ? (
        <p className="rn-empty">{t('Reading the state…')}</p>
      ) : (
        <>
          <p className="rn-small rn-t2" role="status" data-testid="state-count">
            {countText(shown.answer, find.trim())}
          </p>
          {shown.answer.changes === null ? (
            <KeysTable
              answer={shown.answer}
              {...(shown.answer.entries.some(({ key }) => key.length > 0)
                ? { onWatch: (key) => setWatched({ instance: chosen.instance, state: shown.answer.state, key }) }
                : {})}
            />
          ) : (
            <ChangesTable answer={shown.answer} />
          )}
          {shown.answer.next === null ? null : (
            <button type="button" className="rn-btn rn-sm" disabled={shown.reading} onClick={more}>
              {shown.reading ? t('Reading…') : t('Show more')}
            </button>
          )}
        </>
      )}
    </div>
  )
}

/** null = not read yet. */
function useHolders(runId: string, manifest: number): { readonly holders: readonly StateHolder[] | null; readonly problem: string | null } {
  const [read, setRead] = useState<{ readonly holders: readonly StateHolder[] | null; readonly problem: string | null }>({
    holders: null,
    problem: null,
  })
  useEffect(() => {
    let closed = false
    get<CheckpointState>(`/runs/${runId}/checkpoints/${manifest}/state`)
      .then(({ operators }) => !closed && setRead({ holders: operators, problem: null }))
      .catch((error: unknown) => !closed && setRead({ holders: null, problem: error instanceof ApiError ? error.message : String(error) }))
    return () => {
      closed = true
    }
  }, [runId, manifest])
  return read
}

function whyNone(name: string | null, holders: readonly StateHolder[]): string {
  if (name === null) return t('No operator of this run keeps state: each row is done when it has gone through.')
  return holders.some((holder) => holder.sizeBytes > 0)
    ? t('{name} keeps no state: each row is done when it has gone through.', { name })
    : t('No operator of this run keeps state.')
}

type Answer = Parameters<typeof KeysTable>[0]['answer']

function countText({ states, state, entries, counts, changes, next }: Answer, find: string): string {
  const found =
    find === ''
      ? ''
      : t(next === null ? ', {count} of them contain “{find}”' : ', at least {count} of them contain “{find}”', {
          count: whole((changes ?? entries).length),
          find,
        })
  if (counts !== null)
    return counts.changed + counts.added + counts.removed === 0
      ? t('Nothing has changed between the two.')
      : t('{changed} changed, {added} added, {removed} removed{found}', {
          changed: whole(counts.changed),
          added: whole(counts.added),
          removed: whole(counts.removed),
          found,
        })
  const shape = states.find(({ name }) => name === state)
  if (shape === undefined) return t('It has declared no state.')
  switch (shape.kind) {
    case 'table':
    case 'multimap':
      return `${plural(shape.size, 'key')}${found}`
    case 'list':
      return plural(shape.size, 'entry', 'entries')
    case 'value':
      return t('One value')
  }
}

function optionText(checkpoint: CheckpointSummary): string {
  return `${windowName(checkpoint.window)}, ${clockWithTenths(checkpoint.atMs)}${checkpoint.pinned ? t(', pinned') : ''}`
}
