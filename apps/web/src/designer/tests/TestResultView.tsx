/** What came of a test: rows expected (−) and rows that came (+), with the columns that differ marked. */
import type { PortResult, TestResult } from './testStore.ts'
import { t } from '../../language/t.ts'
import { tx } from '../../language/tx.ts'

type Row = Readonly<Record<string, unknown>>

interface Line {
  readonly mark: '−' | '+' | ' '
  readonly row: Row
  readonly marked: readonly string[]
}

export function TestResultView({ result }: { readonly result: TestResult }) {
  const named = result.ports.filter(({ expected }) => expected !== null)
  const others = result.ports.filter(({ expected }) => expected === null)
  return (
    <div className="ds-test-result" role="status">
      {result.message === null ? null : <p className="ds-test-why">{result.message}</p>}
      {named.map((port) => (
        <PortRows key={port.port} port={port} />
      ))}
      {others.map((port) =>
        named.length === 0 ? (
          <PortRows key={port.port} port={port} />
        ) : (
          <details key={port.port}>
            <summary>
              {tx('{code} got {got}; the test says nothing about it', { code: <code>{port.port}</code>, got: count(port.got) })}
            </summary>
            <Rows caption={t('Rows of {port}', { port: port.port })} lines={port.rows.map((row) => ({ mark: ' ', row, marked: [] }))} />
          </details>
        ),
      )}
    </div>
  )
}

function PortRows({ port }: { readonly port: PortResult }) {
  const { expected, got, matched, changed, missing, unexpected, rows } = port
  const lines: readonly Line[] =
    expected === null
      ? rows.map((row) => ({ mark: ' ', row, marked: [] }))
      : [
          ...changed.flatMap((row): Line[] => [
            { mark: '−', row: row.expected, marked: row.columns },
            { mark: '+', row: row.got, marked: row.columns },
          ]),
          ...missing.map((row): Line => ({ mark: '−', row, marked: [] })),
          ...unexpected.map((row): Line => ({ mark: '+', row, marked: [] })),
        ]
  const told = lines.length > 0 || got === 0 || expected !== null
  return (
    <section aria-label={t('Rows of {port}', { port: port.port })}>
      <p className="ds-test-port">
        <code>{port.port}</code>{' '}
        {expected === null
          ? t('got {rows}', { rows: count(got) })
          : changed.length + missing.length + unexpected.length === 0 && matched === expected && got === matched
            ? t('{expected} as expected', { expected: count(expected) })
            : t('{matched} of {expected} as expected, {got} came', { matched, expected: count(expected), got })}
      </p>
      {told ? null : <p className="ds-field-hint">{t('To see rows you need the grant see-data.')}</p>}
      {lines.length === 0 ? null : <Rows caption={t('Rows of {port} that differ', { port: port.port })} lines={lines} />}
    </section>
  )
}

function Rows({ caption, lines }: { readonly caption: string; readonly lines: readonly Line[] }) {
  const columns = [...new Set(lines.flatMap(({ row }) => Object.keys(row)))]
  return (
    <div className="ds-test-scroll" role="region" aria-label={caption} tabIndex={0}>
      <table className="ds-rows">
        <caption className="rn-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="rn-hidden">{t('Expected or came')}</span>
            </th>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ mark, row, marked }, i) => (
            <tr key={i} data-side={mark}>
              <td>
                <span aria-hidden="true">{mark}</span>
                <span className="rn-hidden">{mark === '−' ? t('expected') : t('came')}</span>
              </td>
              {columns.map((column) => (
                <td key={column} data-marked={marked.includes(column) ? '' : undefined} data-null={row[column] === null ? '' : undefined}>
                  {text(row[column])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function text(value: unknown): string {
  if (value === undefined) return ''
  if (value === null) return 'NULL'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function count(rows: number): string {
  return rows === 1 ? t('1 row') : t('{rows} rows', { rows })
}
