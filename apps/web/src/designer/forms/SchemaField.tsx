/** A source's declared columns: name, type, whether NULL may occur; read from the file in one go. */
import { useState } from 'react'
import type { LogicalType } from '@belay/columns'
import type { Problem } from '@belay/pipeline'
import { TypeMark } from '../parts/TypeMark.tsx'
import { DsIcon } from '../parts/icons.tsx'
import { isDeclaredColumns, type DeclaredColumn } from './ColumnFields.tsx'
import { FieldProblems } from './FieldShell.tsx'
import { ListEditor } from './ListEditor.tsx'
import { problemsAt } from './useField.ts'
import { t } from '../../language/t.ts'

const TYPES: readonly LogicalType[] = ['bool', 'int64', 'float64', 'decimal(18,3)', 'string', 'timestamp', 'date', 'interval', 'json']

export interface SchemaFieldProps {
  readonly path: string
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** The operator reads a file that its columns can be read from. */
  readonly hasFile: boolean
  /** The file is named. */
  readonly canRead: boolean
  readonly onRead: () => Promise<void>
  readonly onChange: (value: unknown) => void
}

export function SchemaField({ path, value, problems, hasFile, canRead, onRead, onChange }: SchemaFieldProps) {
  const [editing, setEditing] = useState(false)
  const [reading, setReading] = useState(false)
  const columns: readonly DeclaredColumn[] = isDeclaredColumns(value) ? value : []
  const read = async (): Promise<void> => {
    setReading(true)
    await onRead()
    setReading(false)
  }
  const broken = problems.some(({ place }) => place.configPath !== path)
  return (
    <div className="ds-schema">
      <div className="ds-schema-tools">
        {hasFile ? (
          <button
            type="button"
            className="rn-btn rn-sm"
            disabled={!canRead || reading}
            title={canRead ? '' : t('Choose the file first')}
            onClick={() => void read()}
          >
            {reading ? t('Reading the file') : columns.length === 0 ? t('Read columns') : t('Read again')}
          </button>
        ) : null}
        <button type="button" className="rn-btn rn-sm rn-quiet" aria-expanded={editing || broken} onClick={() => setEditing(!editing)}>
          <DsIcon name={editing || broken ? 'down' : 'right'} size={12} />
          {t('Edit by hand')}
        </button>
      </div>
      {editing || broken ? (
        <ListEditor<DeclaredColumn>
          entries={columns}
          ordered
          flat
          noun={t('column')}
          fresh={() => ({ name: '', type: 'string', nullable: true })}
          onChange={onChange}
        >
          {(entry, i, change) => (
            <>
              <div className="ds-declared">
                <input
                  className="ds-input ds-mono"
                  aria-label={t('Name of column {number}', { number: i + 1 })}
                  value={entry.name}
                  spellCheck={false}
                  autoComplete="off"
                  onChange={(event) => change({ ...entry, name: event.target.value })}
                />
                <select
                  className="ds-input ds-select"
                  aria-label={t('Type of column {number}', { number: i + 1 })}
                  value={entry.type}
                  onChange={(event) => change({ ...entry, type: event.target.value as LogicalType })}
                >
                  {(TYPES.includes(entry.type) ? TYPES : [entry.type, ...TYPES]).map((type) => (
                    <option key={type} value={type}>
                      {type}
                    </option>
                  ))}
                </select>
                <label className="ds-null">
                  <input
                    type="checkbox"
                    checked={entry.nullable}
                    onChange={(event) => change({ ...entry, nullable: event.target.checked })}
                  />
                  NULL
                </label>
              </div>
              <FieldProblems problems={problemsAt(problems, `${path}/${i}`)} />
            </>
          )}
        </ListEditor>
      ) : (
        <ColumnList columns={columns} />
      )}
    </div>
  )
}

/** Columns in a row of marks and names. */
export function ColumnList({ columns }: { readonly columns: readonly DeclaredColumn[] }) {
  return (
    <ul className="ds-columns">
      {columns.map((column) => (
        <li key={column.name} title={column.nullable ? t('{type}, may be NULL', { type: column.type }) : column.type}>
          <TypeMark type={column.type} />
          <code>{column.name}</code>
          {column.nullable ? <span className="ds-nullable">?</span> : null}
        </li>
      ))}
    </ul>
  )
}
