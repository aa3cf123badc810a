/** Rows on their way along one stream: a sample, not committed, while somebody looks (engine-spec H33). */
import { memo, useState } from 'react'
import { useRefusal } from '../../access/session.ts'
import { Icon } from '../../theme/Icon.tsx'
import { eventTime, plural, rate, whole, windowName } from '../../theme/numbers.ts'
import { useNow, useOperatorFigures, useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { SaveRows } from './SaveRows.tsx'
import { usePeek, type Peek, type ShownRow } from './usePeek.ts'
import { t } from '../../language/t.ts'
import { stateWord } from '../../theme/states.tsx'

const NUMBERS = new Set(['int64', 'float64'])
const KINDS: Readonly<Record<ShownRow['kind'], readonly [sign: string, words: string]>> = {
  insert: ['+', t('inserted')],
  'update-before': ['−', t('before an update')],
  'update-after': ['+', t('after an update')],
  delete: ['−', t('deleted')],
}

type Column = Extract<Peek, { kind: 'open' }>['columns'][number]

export default function PeekPanel({ stream }: { readonly stream: string }) {
  const { ended } = useMonitor()
  const refusal = useRefusal('see-data')
  if (refusal !== null) return <p className="rn-empty">{t('Rows are data. {refusal}', { refusal })}</p>
  if (ended) return <p className="rn-empty">{t('The run has ended: no rows pass any more. Look at what its sinks have written.')}</p>
  return <OpenPeek key={stream} stream={stream} />
}

function OpenPeek({ stream }: { readonly stream: string }) {
  const { runId } = useRunStore()
  const { document, nameOf } = useMonitor()
  const [frozen, setFrozen] = useState(false)
  const [find, setFind] = useState('')
  const peek = usePeek(runId, stream, frozen)
  const drawn = document.streams.find((candidate) => candidate.id === stream)
  if (drawn === undefined) return <p className="rn-empty">{t('This run has no such stream. Click one on the graph.')}</p>
  if (peek.kind === 'asking') return <p className="rn-empty">{t('Asking for rows…')}</p>
  if (peek.kind === 'refused')
    return (
      <p className="rn-problem" role="alert">
        {peek.message}
      </p>
    )
  const wanted = find.trim().toLowerCase()
  const rows =
    wanted === '' ? peek.rows : peek.rows.filter(({ cells }) => cells.some((cell) => String(cell).toLowerCase().includes(wanted)))
  const changes = peek.rows.some(({ kind }) => kind !== 'insert')
  return (
    <div className="rn-table-view rn-peek" data-testid="peek">
      <div className="rn-toolbar">
        <span className="rn-small rn-t2" data-testid="peek-sample">
          {nameOf(drawn.from.operator)} → {drawn.to.map(({ operator }) => nameOf(operator)).join(', ')}: <b>{sampleText(peek.every)}</b>,{' '}
          {rate(peek.perSecond)}, <b>{t('not yet committed')}</b>
        </span>
        <span className="rn-grow" />
        <label>
          <span className="rn-hidden">{t('Find in these rows')}</span>
          <input
            className="rn-input"
            type="search"
            placeholder={t('Find in these rows')}
            value={find}
            onChange={(event) => setFind(event.currentTarget.value)}
          />
        </label>
        <button type="button" className="rn-btn rn-sm" aria-pressed={frozen} onClick={() => setFrozen(!frozen)}>
          <Icon name={frozen ? 'play' : 'freeze'} size={12} />
          {frozen ? t('Go on') : t('Freeze rows')}
        </button>
      </div>
      <SaveRows key={stream} stream={drawn} columns={peek.columns} rows={rows} />
      {rows.length === 0 ? (
        <p className="rn-empty">
          {wanted !== '' && peek.rows.length > 0 ? (
            t('None of the {rows} here contains “{find}”.', { rows: plural(peek.rows.length, 'row'), find: find.trim() })
          ) : (
            <WhyNone operator={drawn.from.operator} sinceMs={peek.sinceMs} />
          )}
        </p>
      ) : (
        <div className="rn-scroll" tabIndex={0} role="region" aria-label={t('Rows on their way, newest first')}>
          <table className="rn-table rn-dense" data-testid="peek-rows">
            <thead>
              <tr>
                <th>{t('window')}</th>
                {changes ? <th>{t('change')}</th> : null}
                {peek.columns.map((column) => (
                  <th key={column.name} className={NUMBERS.has(column.type) ? 'rn-n' : ''} title={column.type}>
                    {column.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, i) => (
                <Row
                  key={row.key}
                  row={row}
                  columns={peek.columns}
                  changes={changes}
                  beginsWindow={i === 0 || rows[i - 1]?.window !== row.window}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}

const Row = memo(function Row({
  row,
  columns,
  changes,
  beginsWindow,
}: {
  readonly row: ShownRow
  readonly columns: readonly Column[]
  readonly changes: boolean
  readonly beginsWindow: boolean
}) {
  return (
    <tr data-window={row.window}>
      <td className="rn-t3">
        {beginsWindow ? <b>{windowName(row.window)}</b> : <span className="rn-hidden">{windowName(row.window)}</span>}
      </td>
      {changes ? <td title={KINDS[row.kind][1]}>{KINDS[row.kind][0]}</td> : null}
      {columns.map((column, at) => {
        const value = row.cells[at] ?? null
        return (
          <td key={column.name} className={NUMBERS.has(column.type) ? 'rn-n' : ''}>
            {value === null ? <i className="rn-null">NULL</i> : cellText(value, column)}
          </td>
        )
      })}
    </tr>
  )
})

function cellText(value: string | number | boolean, column: Column): string {
  if (typeof value !== 'number') return String(value)
  if (column.type === 'timestamp') return eventTime(value)
  return Number.isInteger(value) && column.type !== 'interval' ? whole(value) : String(value)
}

function sampleText(every: number | null): string {
  return every === null ? t('sampled') : every === 1 ? t('every row (sampled 1 in 1)') : t('sampled 1 in {every}', { every: whole(every) })
}

/** An empty panel says what it waits for. */
function WhyNone({ operator, sinceMs }: { readonly operator: string; readonly sinceMs: number }) {
  const { nameOf } = useMonitor()
  const figures = useOperatorFigures(operator)
  const now = useNow(1000)
  const name = nameOf(operator)
  const seconds = Math.max(0, Math.round((now - sinceMs) / 1000))
  const why =
    figures === undefined
      ? t('{name} has not started', { name })
      : figures.state !== 'running' && figures.state !== 'replaying'
        ? t('{name} is {state}', { name, state: stateWord(figures.state) })
        : figures.rowsInPerSecond === 0 && figures.rowsOutPerSecond === 0
          ? t('{name} gets and sends none', { name })
          : t('{name} sends results when a window is complete', { name })
  return <>{t('No row has passed in {seconds}: {why}.', { seconds: plural(seconds, 'second'), why })}</>
}
