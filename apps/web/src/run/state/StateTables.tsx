/** Keys with their values, and keys that differ with what was and what is. */
import { Fragment } from 'react'
import type { StateCell, StateChange, StateColumn, StateEntry } from '@belay/run'
import { eventTime, plural, whole } from '../../theme/numbers.ts'
import type { StateAnswer } from './useStatePages.ts'
import { t } from '../../language/t.ts'

const NUMBERS = new Set(['int64', 'float64'])
const SIGNS = { added: ['+', t('added')], removed: ['−', t('removed')], changed: ['~', t('changed')] } as const

/** `onWatch`: what to do to see one key over all checkpoints; absent = that cannot be done here. */
export function KeysTable({ answer, onWatch }: { readonly answer: StateAnswer; readonly onWatch?: (key: readonly StateCell[]) => void }) {
  const { key, value } = columnsOf(answer)
  if (answer.entries.length === 0)
    return <p className="rn-empty">{answer.next === null ? t('No key is there.') : t('None on this page; show more to go on.')}</p>
  return (
    <div className="rn-scroll rn-kept-scroll" tabIndex={0} role="region" aria-label={t('Keys')}>
      <table className="rn-table rn-dense" data-testid="state-keys">
        <thead>
          <tr>
            {[...key, ...value].map((column, i) => (
              <th key={`${i} ${column.name}`} className={NUMBERS.has(column.type) ? 'rn-n' : ''} title={column.type}>
                {column.name}
              </th>
            ))}
            {onWatch === undefined ? null : (
              <th>
                <span className="rn-hidden">{t('Over checkpoints')}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {answer.entries.map((entry, i) => (
            <Fragment key={i}>
              {entry.rows.map((row, k) => (
                <tr key={k}>
                  {key.map((column, at) => (
                    <td key={at} className={cellClass(column, 'rn-kept-key')}>
                      {k === 0 ? <Cell value={entry.key[at] ?? null} column={column} /> : null}
                    </td>
                  ))}
                  {value.map((column, at) => (
                    <td key={at} className={cellClass(column, '')}>
                      <Cell value={row[at] ?? null} column={column} />
                    </td>
                  ))}
                  {onWatch === undefined ? null : (
                    <td>
                      {k === 0 ? (
                        <button
                          type="button"
                          className="rn-linklike"
                          title={t('What this key had at each kept checkpoint')}
                          onClick={() => onWatch(entry.key)}
                        >
                          {t('Watch')}
                        </button>
                      ) : null}
                    </td>
                  )}
                </tr>
              ))}
              {entry.more === 0 ? null : (
                <tr>
                  <td colSpan={key.length + value.length} className="rn-t3">
                    {t('and {rows} more of this key', { rows: plural(entry.more, 'row') })}
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function ChangesTable({ answer }: { readonly answer: StateAnswer }) {
  const { key, value } = columnsOf(answer)
  const changes = answer.changes ?? []
  if (changes.length === 0) return null
  return (
    <div className="rn-scroll rn-kept-scroll" tabIndex={0} role="region" aria-label={t('Changes')}>
      <table className="rn-table rn-dense" data-testid="state-changes">
        <thead>
          <tr>
            <th>
              <span className="rn-hidden">{t('What happened')}</span>
            </th>
            {key.map((column, i) => (
              <th key={i} className={NUMBERS.has(column.type) ? 'rn-n' : ''} title={column.type}>
                {column.name}
              </th>
            ))}
            <th>{t('before')}</th>
            <th>{t('after')}</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change, i) => (
            <tr key={i} data-kind={change.kind}>
              <td>
                <b aria-hidden="true">{SIGNS[change.kind][0]}</b>
                <span className="rn-hidden">{SIGNS[change.kind][1]}</span>
              </td>
              {key.map((column, at) => (
                <td key={at} className={cellClass(column, 'rn-kept-key')}>
                  <Cell value={change.key[at] ?? null} column={column} />
                </td>
              ))}
              <td>
                <Side change={change} entry={change.before} columns={value} />
              </td>
              <td>
                <Side change={change} entry={change.after} columns={value} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Of a changed key only the columns that differ, each with its name. */
function Side({
  change,
  entry,
  columns,
}: {
  readonly change: StateChange
  readonly entry: StateEntry | null
  readonly columns: readonly StateColumn[]
}) {
  if (entry === null) return <span className="rn-t3">–</span>
  const other = entry === change.before ? change.after : change.before
  const several = entry.rows.length + entry.more > 1 || (other !== null && other.rows.length + other.more > 1)
  if (several)
    return (
      <>
        {plural(entry.rows.length + entry.more, 'row')}: {entry.rows.map((row) => row.map(String).join(' ')).join('; ')}
        {entry.more > 0 ? ' …' : ''}
      </>
    )
  const [row] = entry.rows
  return (
    <>
      {columns.map((column, at) => {
        const value = row?.[at] ?? null
        if (other !== null && columns.length > 1 && Object.is(value, other.rows[0]?.[at] ?? null)) return null
        return (
          <span key={at} className="rn-kept-side">
            {columns.length > 1 ? <span className="rn-t3">{column.name} </span> : null}
            <Cell value={value} column={column} />
          </span>
        )
      })}
    </>
  )
}

function columnsOf({ states, state }: StateAnswer): { readonly key: readonly StateColumn[]; readonly value: readonly StateColumn[] } {
  return states.find(({ name }) => name === state) ?? { key: [], value: [] }
}

function cellClass(column: StateColumn, more: string): string {
  return `${NUMBERS.has(column.type) ? 'rn-n ' : ''}${more}`.trim()
}

function Cell({ value, column }: { readonly value: StateCell; readonly column: StateColumn }) {
  if (value === null) return <i className="rn-null">NULL</i>
  if (typeof value === 'number') {
    if (column.type === 'timestamp') return eventTime(value)
    return Number.isInteger(value) && column.type !== 'interval' ? whole(value) : String(value)
  }
  return String(value)
}
