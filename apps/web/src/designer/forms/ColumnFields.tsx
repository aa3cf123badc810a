/** Fields that name columns: one, several, one of those declared in the same config. */
import type { LogicalType, Schema } from '@belay/columns'
import type { Problem } from '@belay/pipeline'
import { DsIcon } from '../parts/icons.tsx'
import { TypeMark } from '../parts/TypeMark.tsx'
import type { ControlIds } from './FieldShell.tsx'
import { t } from '../../language/t.ts'

export interface DeclaredColumn {
  readonly name: string
  readonly type: LogicalType
  readonly nullable: boolean
}

export function isDeclaredColumns(value: unknown): value is readonly DeclaredColumn[] {
  return Array.isArray(value) && value.every((entry: unknown) => typeof entry === 'object' && entry !== null && 'name' in entry)
}

export interface ColumnSelectProps {
  readonly id?: string
  readonly label?: string
  readonly describedBy?: string
  readonly invalid: boolean
  readonly value: string | null
  readonly columns: Schema
  /** What stands for no column; absent where one is needed. */
  readonly none?: string
  readonly onChange: (value: string | null) => void
}

export function ColumnSelect({ id, label, describedBy, invalid, value, columns, none, onChange }: ColumnSelectProps) {
  const chosen = columns.find((field) => field.name === value)
  const missing = value !== null && value !== '' && chosen === undefined
  return (
    <span className="ds-column-select">
      {chosen === undefined ? null : <TypeMark type={chosen.type} />}
      <select
        id={id}
        className="ds-input ds-select ds-mono"
        aria-label={label}
        aria-describedby={describedBy}
        aria-invalid={invalid}
        data-marked={chosen === undefined ? undefined : ''}
        value={value ?? ''}
        onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
      >
        {none === undefined ? (
          <option value="" disabled>
            {columns.length === 0 ? t('connect the input first') : t('choose a column')}
          </option>
        ) : (
          <option value="">{none}</option>
        )}
        {missing ? <option value={value}>{t('{value} (not there)', { value })}</option> : null}
        {columns.map((field) => (
          <option key={field.name} value={field.name}>
            {field.name}
          </option>
        ))}
      </select>
    </span>
  )
}

export interface ColumnsFieldProps {
  readonly ids: ControlIds
  readonly label: string
  readonly value: readonly string[]
  readonly columns: Schema
  readonly problems: readonly Problem[]
  readonly onChange: (value: readonly string[]) => void
}

/** Chosen columns as chips in their order, and a list to choose the next from. */
export function ColumnsField({ ids, label, value, columns, problems, onChange }: ColumnsFieldProps) {
  const free = columns.filter((field) => !value.includes(field.name))
  const bad = new Set(problems.map(({ place }) => place.configPath?.split('/').at(-1)))
  return (
    <div className="ds-chips">
      {value.map((name, i) => {
        const field = columns.find((candidate) => candidate.name === name)
        return (
          <span key={name} className={bad.has(String(i)) ? 'ds-chip ds-chip-bad' : 'ds-chip'}>
            {field === undefined ? null : <TypeMark type={field.type} />}
            <code>{name}</code>
            <button type="button" aria-label={t('Remove {name}', { name })} onClick={() => onChange(value.filter((_, at) => at !== i))}>
              <DsIcon name="x" size={12} />
            </button>
          </span>
        )
      })}
      <select
        id={ids.id}
        className="ds-input ds-select ds-add-column"
        aria-label={t('Add a column to {label}', { label })}
        aria-describedby={ids.describedBy}
        value=""
        disabled={free.length === 0}
        onChange={(event) => onChange([...value, event.target.value])}
      >
        <option value="">
          {columns.length === 0 ? t('connect the input first') : free.length === 0 ? t('all chosen') : t('add a column')}
        </option>
        {free.map((field) => (
          <option key={field.name} value={field.name}>
            {field.name} ({field.type})
          </option>
        ))}
      </select>
    </div>
  )
}
