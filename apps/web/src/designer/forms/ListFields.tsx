/** Fields that are lists of small records: computed columns, conditions, aggregates, orderings, added columns. */
import type { Schema } from '@belay/columns'
import type { PortReference, Problem } from '@belay/pipeline'
import { useId } from 'react'
import { ColumnSelect } from './ColumnFields.tsx'
import { ExpressionInput } from './ExpressionInput.tsx'
import { FieldProblems } from './FieldShell.tsx'
import { ListEditor, listOf } from './ListEditor.tsx'
import { NumberField, plainIds } from './PlainFields.tsx'
import { problemsAt, problemsOn } from './useField.ts'
import { t } from '../../language/t.ts'

export interface ListFieldProps {
  readonly path: string
  readonly value: unknown
  readonly columns: Schema
  readonly problems: readonly Problem[]
  /** The input whose columns they are over; absent where they are declared. */
  readonly input?: PortReference
  readonly onChange: (value: unknown, gesture?: string) => void
}

interface NameInputProps {
  readonly value: string
  readonly label: string
  readonly placeholder: string
  readonly invalid: boolean
  readonly onChange: (value: string) => void
}

function NameInput({ value, label, placeholder, invalid, onChange }: NameInputProps) {
  return (
    <input
      className="ds-input ds-mono"
      aria-label={label}
      aria-invalid={invalid}
      placeholder={placeholder}
      value={value}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}

interface Assignment {
  readonly name: string
  readonly expression: string
}

/** `name = expression`, each over the input's columns. */
export function AssignmentsField({ path, value, columns, problems, input, onChange }: ListFieldProps) {
  return (
    <ListEditor<Assignment>
      entries={listOf(value)}
      ordered
      noun={t('column')}
      fresh={() => ({ name: '', expression: '' })}
      onChange={(next) => onChange(next)}
    >
      {(entry, i, change) => {
        const own = problemsAt(problems, `${path}/${i}`)
        const onText = problemsOn(problems, `${path}/${i}/expression`)
        return (
          <>
            <div className="ds-assign">
              <NameInput
                value={entry.name}
                label={t('Name of column {number}', { number: i + 1 })}
                placeholder={t('name')}
                invalid={problemsOn(problems, `${path}/${i}/name`).length > 0}
                onChange={(name) => change({ ...entry, name })}
              />
              <span aria-hidden="true">=</span>
            </div>
            <ExpressionInput
              input={input}
              label={t('Expression of column {number}', { number: i + 1 })}
              value={entry.expression}
              schema={columns}
              problems={onText}
              placeholder="distance * 1.609"
              onChange={(expression) =>
                onChange(
                  listOf<Assignment>(value).map((other, at) => (at === i ? { ...other, expression } : other)),
                  `${path}/${i}`,
                )
              }
            />
            <FieldProblems problems={own} />
          </>
        )
      }}
    </ListEditor>
  )
}

interface Condition {
  readonly name: string
  readonly condition: string
}

/** `name when condition`. */
export function ConditionsField({ path, value, columns, problems, input, onChange }: ListFieldProps) {
  return (
    <ListEditor<Condition>
      entries={listOf(value)}
      ordered
      noun={t('condition')}
      fresh={() => ({ name: '', condition: '' })}
      onChange={(next) => onChange(next)}
    >
      {(entry, i, change) => (
        <>
          <div className="ds-assign">
            <NameInput
              value={entry.name}
              label={t('Name of condition {number}', { number: i + 1 })}
              placeholder={t('name')}
              invalid={problemsOn(problems, `${path}/${i}/name`).length > 0}
              onChange={(name) => change({ ...entry, name })}
            />
            <span>{t('when')}</span>
          </div>
          <ExpressionInput
            input={input}
            label={t('Condition {number}', { number: i + 1 })}
            value={entry.condition}
            schema={columns}
            problems={problemsOn(problems, `${path}/${i}/condition`)}
            placeholder="delay >= 15"
            onChange={(condition) =>
              onChange(
                listOf<Condition>(value).map((other, at) => (at === i ? { ...other, condition } : other)),
                `${path}/${i}`,
              )
            }
          />
          <FieldProblems problems={problemsAt(problems, `${path}/${i}`)} />
        </>
      )}
    </ListEditor>
  )
}

interface Aggregate {
  readonly name: string
  readonly function: string
  readonly column: string | null
  readonly filter?: string
  readonly percentile?: number
  readonly k?: number
}

/** The number that a function takes beside its column. */
function FunctionParameter({ entry, change }: { readonly entry: Aggregate; readonly change: (entry: Aggregate) => void }) {
  const id = useId()
  switch (entry.function) {
    case 'percentile':
      return (
        <>
          <div className="ds-label">
            <label htmlFor={id}>{t('Percentile, 0 to 1')}</label>
          </div>
          <NumberField
            ids={plainIds(id)}
            value={entry.percentile ?? 0.5}
            step={0.01}
            min={0}
            max={1}
            onChange={(percentile = 0.5) => change({ ...entry, percentile })}
          />
        </>
      )
    case 'top-k':
      return (
        <>
          <div className="ds-label">
            <label htmlFor={id}>{t('How many values')}</label>
          </div>
          <NumberField ids={plainIds(id)} value={entry.k ?? 10} min={1} max={1000} onChange={(k = 10) => change({ ...entry, k })} />
        </>
      )
    default:
      return null
  }
}

/** `name = FUNCTION(column)`; count needs no column. */
export function AggregatesField({
  path,
  value,
  columns,
  problems,
  input,
  functions,
  onChange,
}: ListFieldProps & { readonly functions: readonly string[] }) {
  const fresh = (): Aggregate => {
    const names = new Set(listOf<Aggregate>(value).map(({ name }) => name))
    let name = 'rows'
    for (let n = 2; names.has(name); n += 1) name = `rows_${n}`
    return { name, function: 'count', column: null }
  }
  return (
    <ListEditor<Aggregate> entries={listOf(value)} flat noun={t('result')} fresh={fresh} onChange={(next) => onChange(next)}>
      {(entry, i, change) => (
        <>
          <div className="ds-aggregate">
            <NameInput
              value={entry.name}
              label={t('Name of result {number}', { number: i + 1 })}
              placeholder={t('name')}
              invalid={problemsOn(problems, `${path}/${i}/name`).length > 0}
              onChange={(name) => change({ ...entry, name })}
            />
            <select
              className="ds-input ds-select"
              aria-label={t('Function of result {number}', { number: i + 1 })}
              value={entry.function}
              onChange={(event) => change({ ...entry, function: event.target.value })}
            >
              {functions.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
            <ColumnSelect
              label={t('Column of result {number}', { number: i + 1 })}
              invalid={problemsOn(problems, `${path}/${i}/column`).length > 0}
              value={entry.column}
              columns={columns}
              none={entry.function.startsWith('count') ? t('all rows') : t('choose a column')}
              onChange={(column) => change({ ...entry, column })}
            />
          </div>
          <FunctionParameter entry={entry} change={change} />
          {entry.filter === undefined ? null : (
            <ExpressionInput
              input={input}
              label={t('Only rows for result {number}', { number: i + 1 })}
              value={entry.filter}
              schema={columns}
              problems={problemsOn(problems, `${path}/${i}/filter`)}
              placeholder={t('only rows where')}
              onChange={(filter) =>
                onChange(
                  listOf<Aggregate>(value).map((other, at) => (at === i ? { ...other, filter } : other)),
                  `${path}/${i}`,
                )
              }
            />
          )}
          <FieldProblems problems={problemsAt(problems, `${path}/${i}`)} />
        </>
      )}
    </ListEditor>
  )
}

interface Ordering {
  readonly column: string
  readonly direction: 'asc' | 'desc'
}

export function OrderingField({ path, value, columns, problems, onChange }: ListFieldProps) {
  return (
    <ListEditor<Ordering>
      entries={listOf(value)}
      ordered
      flat
      noun={t('column')}
      fresh={() => ({ column: '', direction: 'desc' })}
      onChange={(next) => onChange(next)}
    >
      {(entry, i, change) => (
        <>
          <div className="ds-ordering">
            <ColumnSelect
              label={t('Order column {number}', { number: i + 1 })}
              invalid={problemsOn(problems, `${path}/${i}/column`).length > 0}
              value={entry.column}
              columns={columns}
              onChange={(column) => change({ ...entry, column: column ?? '' })}
            />
            <select
              className="ds-input ds-select"
              aria-label={t('Direction of order column {number}', { number: i + 1 })}
              value={entry.direction}
              onChange={(event) => change({ ...entry, direction: event.target.value === 'asc' ? 'asc' : 'desc' })}
            >
              <option value="desc">{t('largest first')}</option>
              <option value="asc">{t('smallest first')}</option>
            </select>
          </div>
          <FieldProblems problems={problemsAt(problems, `${path}/${i}`)} />
        </>
      )}
    </ListEditor>
  )
}

interface Addition {
  readonly column: string
  readonly name: string
}

/** Columns of a file that are added to the rows, each under a name. */
export function AdditionsField({ path, value, columns, problems, onChange }: ListFieldProps) {
  const taken = new Set(listOf<Addition>(value).map(({ column }) => column))
  const fresh = (): Addition => {
    const next = columns.find((column) => !taken.has(column.name))?.name ?? ''
    return { column: next, name: next }
  }
  return (
    <ListEditor<Addition> entries={listOf(value)} flat noun={t('column')} fresh={fresh} onChange={(next) => onChange(next)}>
      {(entry, i, change) => (
        <>
          <div className="ds-ordering">
            <ColumnSelect
              label={t('Added column {number}', { number: i + 1 })}
              invalid={problemsOn(problems, `${path}/${i}/column`).length > 0}
              value={entry.column}
              columns={columns}
              onChange={(column) =>
                change({ column: column ?? '', name: entry.name === '' || entry.name === entry.column ? (column ?? '') : entry.name })
              }
            />
            <NameInput
              value={entry.name}
              label={t('Name of added column {number}', { number: i + 1 })}
              placeholder={t('name')}
              invalid={problemsOn(problems, `${path}/${i}/name`).length > 0}
              onChange={(name) => change({ ...entry, name })}
            />
          </div>
          <FieldProblems problems={problemsAt(problems, `${path}/${i}`)} />
        </>
      )}
    </ListEditor>
  )
}
