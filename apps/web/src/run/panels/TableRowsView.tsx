/** Rows that a table view shows: live, and not yet committed (engine-spec H33: say so). */
import { useRefusal } from '../../access/session.ts'
import type { TableRows } from '@belay/run'
import { eventTime, whole, windowName, decimal } from '../../theme/numbers.ts'
import { useOperatorFigures, useStored, useTableRows } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { t } from '../../language/t.ts'
import { stateWord } from '../../theme/states.tsx'

const NUMBERS = new Set(['int64', 'float64', 'decimal'])

function shown(value: string | number | boolean | null, type: string): string {
  if (value === null) return 'NULL'
  if (type === 'timestamp' && typeof value === 'number') return eventTime(value)
  if (typeof value === 'number') return Number.isInteger(value) ? whole(value) : decimal(value, 2)
  return String(value)
}

type Row = TableRows['rows'][number]

/** Newest first; rows of the same event time keep the order in which they came, so that a rank reads 1, 2, 3. */
function newestFirst(table: TableRows): readonly Row[] {
  const at = table.columns.findLastIndex((column) => column.type === 'timestamp')
  if (at === -1) return table.rows.toReversed()
  const groups: Row[][] = []
  for (const row of table.rows) {
    const last = groups.at(-1)
    if (last !== undefined && last[0]?.[at] === row[at]) last.push(row)
    else groups.push([row])
  }
  return groups.reverse().flat()
}

export function TableRowsView({ operator, most = Infinity }: { readonly operator: string; readonly most?: number }) {
  const { ended, nameOf } = useMonitor()
  const table = useTableRows(operator)
  if (table === undefined || table.rows.length === 0) return <WhyNoRows operator={operator} />
  return (
    <div className="rn-table-view">
      <p className="rn-small rn-t3">
        {t('{rows} newest of {total} rows, {window}{pending}', {
          rows: whole(table.rows.length),
          total: whole(table.total),
          window: windowName(table.window),
          pending: ended ? '' : t(', not yet committed'),
        })}
      </p>
      <div className="rn-scroll" tabIndex={0} role="region" aria-label={t('Rows of {operator}', { operator: nameOf(operator) })}>
        <table className="rn-table rn-dense" data-testid={`table-${operator}`}>
          <thead>
            <tr>
              {table.columns.map((column) => (
                <th key={column.name} className={NUMBERS.has(column.type) ? 'rn-n' : ''}>
                  {column.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {newestFirst(table)
              .slice(0, most)
              .map((row, i) => (
                <tr key={i}>
                  {table.columns.map((column, k) => (
                    <td key={column.name} className={NUMBERS.has(column.type) ? 'rn-n' : ''}>
                      {row[k] === null ? <i className="rn-null">NULL</i> : shown(row[k] ?? null, column.type)}
                    </td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

/** An empty table says what it waits for. */
function WhyNoRows({ operator }: { readonly operator: string }) {
  const { ended, nameOf } = useMonitor()
  const figures = useOperatorFigures(operator)
  const refusal = useRefusal('see-data')
  const name = nameOf(operator)
  const stored = useStored()
  const why =
    refusal !== null
      ? refusal
      : stored !== null
        ? t('Rows of this moment are not kept: states and figures are.')
        : figures === undefined
          ? t('No rows yet: {name} has not started.', { name })
          : figures.state === 'held' || figures.state === 'down'
            ? t('No rows: {name} is {state}.', { name, state: stateWord(figures.state) })
            : ended
              ? t('The run ended before a row came to {name}.', { name })
              : figures.rowsIn > 0
                ? t('Rows have come; they show with the next window.')
                : t('No rows yet: they come when the windows before {name} are complete.', { name })
  return <p className="rn-empty">{why}</p>
}
