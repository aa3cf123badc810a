/** Draws one config value with the control its manifest asks for. */
import { lazy, Suspense, type ReactNode } from 'react'
import type { Schema } from '@belay/columns'
import type { ConfigField as Field, OperatorManifest } from '@belay/pipeline'
import { ApiError } from '../../api/client.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { valueAt } from '../document/edits.ts'
import { ColumnSelect, ColumnsField, isDeclaredColumns } from './ColumnFields.tsx'
import { ExpressionInput } from './ExpressionInput.tsx'
import { FieldShell, type ControlIds } from './FieldShell.tsx'
import { FileField } from './FileField.tsx'
import { fileOf, readColumns, readFilePath } from './inspectFile.ts'
import { AdditionsField, AggregatesField, AssignmentsField, ConditionsField, OrderingField, type ListFieldProps } from './ListFields.tsx'
import { listOf } from './ListEditor.tsx'
import { CodeField } from './CodeField.tsx'
import { ChoiceField, DurationField, NumberField, SwitchField, TextField } from './PlainFields.tsx'
import { SchemaField } from './SchemaField.tsx'
import { problemsAt, type FieldScope } from './useField.ts'

const SecretField = lazy(() => import('./SecretFields.tsx').then((module) => ({ default: module.SecretField })))
const ScriptColumns = lazy(() => import('./ScriptColumns.tsx'))
const HeadersField = lazy(() => import('./SecretFields.tsx').then((module) => ({ default: module.HeadersField })))

export interface ConfigFieldProps {
  readonly field: Field
  readonly scope: FieldScope
  readonly manifest: OperatorManifest
}

const NONE: Schema = []

function text(value: unknown): string {
  return typeof value === 'string' ? value : value === null || value === undefined ? '' : String(value as number | boolean)
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** Whether the value may be left out. */
function isOptional(manifest: OperatorManifest, path: string): boolean {
  const required = valueAt(manifest.configSchema, '/required')
  return path.lastIndexOf('/') === 0 && Array.isArray(required) && !required.includes(path.slice(1))
}

function declaredAt(scope: FieldScope, pointer: string): Schema {
  const value = scope.valueAt(pointer)
  return isDeclaredColumns(value) ? value : NONE
}

export function ConfigField({ field, scope, manifest }: ConfigFieldProps) {
  const { control, path } = field
  const value = scope.valueAt(path)
  const fallback = valueAt(manifest.defaultConfig, path)
  const all = problemsAt(scope.problems, path)
  const optional = isOptional(manifest, path)
  const set = (next: unknown, gesture?: string): void => scope.set(path, next, gesture)
  const list: ListFieldProps = { path, value, columns: NONE, problems: all, onChange: set }

  /** `own`: the entries show their problems themselves, so only those of the whole list stay with the field. */
  const shell = (children: (ids: ControlIds) => ReactNode, options: { group?: boolean; own?: boolean } = {}): ReactNode => (
    <FieldShell
      field={field}
      scope={scope}
      fallback={fallback}
      problems={options.own === true ? all.filter(({ place }) => place.configPath === path) : all}
      group={options.group}
    >
      {children}
    </FieldShell>
  )

  switch (control.kind) {
    case 'text':
      return shell((ids) => <TextField ids={ids} value={text(value)} placeholder={field.placeholder} onChange={set} />)
    case 'code':
      return shell((ids) => <CodeField ids={ids} label={field.label} value={text(value)} problems={all} onChange={set} />, { group: true })
    case 'number':
      return shell((ids) => (
        <NumberField
          ids={ids}
          value={number(value)}
          optional={optional}
          min={control.min}
          max={control.max}
          placeholder={field.placeholder}
          onChange={set}
        />
      ))
    case 'duration':
      return shell((ids) => (
        <DurationField ids={ids} value={number(value)} optional={optional} placeholder={field.placeholder} onChange={set} />
      ))
    case 'switch':
      return shell((ids) => <SwitchField ids={ids} label={field.label} value={value === true} onChange={set} />)
    case 'choice':
      return shell((ids) => (
        <ChoiceField
          ids={ids}
          value={text(value ?? fallback)}
          optional={optional && fallback === undefined}
          options={control.options}
          onChange={set}
        />
      ))
    case 'file':
      return shell((ids) => (
        <FileField
          key={scope.operator.id}
          ids={ids}
          operator={scope.operator.id}
          path={path}
          value={text(value)}
          access={control.access}
          extensions={control.extensions}
          several={control.several === true}
          placeholder={field.placeholder}
        />
      ))
    case 'expression':
      return shell((ids) => (
        <ExpressionInput
          id={ids.id}
          describedBy={ids.describedBy}
          value={text(value)}
          schema={scope.columnsOf(control.input)}
          input={{ operator: scope.operator.id, port: control.input }}
          problems={all}
          placeholder={field.placeholder}
          onChange={set}
        />
      ))
    case 'column': {
      const columns = scope.columnsOf(control.input)
      const { types } = control
      const fitting = types === undefined ? columns : columns.filter((column) => types.includes(column.type))
      return shell((ids) => (
        <ColumnSelect
          id={ids.id}
          describedBy={ids.describedBy}
          invalid={ids.invalid}
          value={text(value)}
          columns={fitting}
          onChange={(name) => set(name ?? '')}
        />
      ))
    }
    case 'declared-column': {
      const columns = declaredAt(scope, control.declared)
      const { types } = control
      const fitting = types === undefined ? columns : columns.filter((column) => types.includes(column.type))
      return shell((ids) => (
        <ColumnSelect
          id={ids.id}
          describedBy={ids.describedBy}
          invalid={ids.invalid}
          value={text(value)}
          columns={fitting}
          none={control.optional === true ? 'none' : undefined}
          onChange={(name) => set(control.optional === true ? name : (name ?? ''))}
        />
      ))
    }
    case 'columns':
      return shell((ids) => (
        <ColumnsField
          ids={ids}
          label={field.label}
          value={listOf<string>(value)}
          columns={scope.columnsOf(control.input)}
          problems={all}
          onChange={set}
        />
      ))
    case 'schema':
      return shell(
        () => (
          <>
            <SchemaField
              path={path}
              value={value}
              problems={all}
              hasFile={readFilePath(scope.operator.type) !== null}
              canRead={fileOf(drawn(), scope.operator.id) !== null}
              onRead={() => read(scope.operator.id)}
              onChange={set}
            />
            {scope.operator.type === 'script' ? (
              <Suspense>
                <ScriptColumns
                  key={scope.operator.id}
                  operator={scope.operator.id}
                  path={path}
                  code={text(scope.valueAt('/code'))}
                  declared={declaredAt(scope, path)}
                  input={scope.columnsOf('in')}
                />
              </Suspense>
            ) : null}
          </>
        ),
        { group: true, own: true },
      )
    case 'assignments':
      return shell(
        () => (
          <AssignmentsField
            {...list}
            columns={scope.columnsOf(control.input)}
            input={{ operator: scope.operator.id, port: control.input }}
          />
        ),
        { group: true, own: true },
      )
    case 'conditions':
      return shell(
        () => (
          <ConditionsField
            {...list}
            columns={scope.columnsOf(control.input)}
            input={{ operator: scope.operator.id, port: control.input }}
          />
        ),
        { group: true, own: true },
      )
    case 'aggregates':
      return shell(
        () => (
          <AggregatesField
            {...list}
            columns={scope.columnsOf(control.input)}
            input={{ operator: scope.operator.id, port: control.input }}
            functions={aggregateFunctions(manifest, path)}
          />
        ),
        { group: true, own: true },
      )
    case 'ordering':
      return shell(() => <OrderingField {...list} columns={scope.columnsOf(control.input)} />, { group: true, own: true })
    case 'secret':
      return shell((ids) => (
        <Suspense>
          <SecretField ids={ids} label={field.label} value={value} optional={control.optional === true} onChange={set} />
        </Suspense>
      ))
    case 'headers':
      return shell(
        () => (
          <Suspense>
            <HeadersField path={path} value={value} problems={all} onChange={set} />
          </Suspense>
        ),
        { group: true, own: true },
      )
    case 'additions':
      return shell(() => <AdditionsField {...list} columns={declaredAt(scope, control.declared)} />, { group: true, own: true })
  }
}

async function read(operator: string): Promise<void> {
  const { edit, say } = useDesigner.getState()
  try {
    edit(await readColumns(drawn(), operator))
  } catch (error) {
    say({ tone: 'refused', text: error instanceof ApiError ? error.message : String(error) })
  }
}

/** Functions the operator's own schema allows at `path`/-/function. */
function aggregateFunctions(manifest: OperatorManifest, path: string): readonly string[] {
  const list = valueAt(manifest.configSchema, `/properties${path}/items/properties/function/enum`)
  return Array.isArray(list) ? list.filter((name): name is string => typeof name === 'string') : ['count']
}
