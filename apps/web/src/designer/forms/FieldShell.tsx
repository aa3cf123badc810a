/** What every field has around its control: label, where the value comes from, help, problems, and the parameter that may drive it. */
import { useId, useState, type ReactNode } from 'react'
import type { ConfigField, Problem } from '@belay/pipeline'
import { drawn, useDesigner } from '../designerStore.ts'
import { setConfig, setParameter } from '../document/edits.ts'
import { Marked } from '../parts/Marked.tsx'
import { DsIcon } from '../parts/icons.tsx'
import { applyProblemFix } from '../problems/applyProblemFix.ts'
import { originOf, parameterOf, parameterType, proposeParameter } from './fieldValue.ts'
import type { FieldScope } from './useField.ts'
import { t } from '../../language/t.ts'
import { tx } from '../../language/tx.ts'

/** Ids that tie a control to its label, help and problems. */
export interface ControlIds {
  readonly id: string
  readonly describedBy: string | undefined
  readonly invalid: boolean
}

export interface FieldShellProps {
  readonly field: ConfigField
  readonly scope: FieldScope
  readonly fallback: unknown
  readonly problems: readonly Problem[]
  /** A group of controls is labelled by its heading instead of a label. */
  readonly group?: boolean
  readonly children: (ids: ControlIds) => ReactNode
}

export function FieldShell({ field, scope, fallback, problems, group = false, children }: FieldShellProps) {
  const id = useId()
  const value = scope.valueAt(field.path)
  const origin = originOf(value, fallback)
  const parameter = parameterOf(value)
  const described = [field.help === undefined ? '' : `${id}-help`, problems.length === 0 ? '' : `${id}-problems`].filter(Boolean).join(' ')
  const label = (
    <>
      {field.label}
      {field.unit === undefined ? null : <span className="ds-unit"> {field.unit}</span>}
    </>
  )
  return (
    <div
      className="ds-field"
      data-path={field.path}
      data-wide={isWide(field) ? '' : undefined}
      data-changed={origin.kind === 'changed' ? '' : undefined}
    >
      <div className="ds-label">
        {group ? <span id={`${id}-label`}>{label}</span> : <label htmlFor={id}>{label}</label>}
        {parameterType(field.control) === null ? null : <ParameterMenu field={field} scope={scope} fallback={fallback} />}
        <span className="ds-from">{t(origin.kind)}</span>
      </div>
      {parameter !== null && parameterType(field.control) !== null ? (
        <BoundValue name={parameter} id={id} />
      ) : (
        <div className="rn-contents" {...(group ? { role: 'group', 'aria-labelledby': `${id}-label` } : {})}>
          {children({
            id,
            describedBy: described === '' ? undefined : described,
            invalid: problems.some(({ severity }) => severity === 'error'),
          })}
        </div>
      )}
      {field.help === undefined ? null : (
        <p className="ds-help" id={`${id}-help`}>
          {field.help}
        </p>
      )}
      <FieldProblems id={`${id}-problems`} problems={problems} />
    </div>
  )
}

export function FieldProblems({ id, problems }: { readonly id?: string; readonly problems: readonly Problem[] }) {
  if (problems.length === 0) return null
  return (
    <ul className="ds-field-problems" id={id}>
      {problems.map((problem, i) => (
        <li key={`${problem.code} ${i}`} data-severity={problem.severity}>
          <DsIcon name={problem.severity} size={12} />
          <span>
            <Marked text={problem.message} />
          </span>
          {problem.fixes.map((fix) => (
            <button key={fix.label} type="button" className="ds-link" onClick={() => void applyProblemFix(fix)}>
              {fix.label}
            </button>
          ))}
        </li>
      ))}
    </ul>
  )
}

/** Fields take half the width where a short value and its label fit there. */
function isWide({ control: { kind }, label }: ConfigField): boolean {
  if (label.length > 16) return true
  return (
    kind !== 'number' && kind !== 'switch' && kind !== 'choice' && kind !== 'duration' && kind !== 'column' && kind !== 'declared-column'
  )
}

function BoundValue({ name, id }: { readonly name: string; readonly id: string }) {
  const parameter = useDesigner((state) => state.history.present.parameters[name])
  const { select } = useDesigner.getState()
  return (
    <button
      type="button"
      id={id}
      className="ds-bound"
      title={t("Open the pipeline's parameters")}
      onClick={() => select({ kind: 'nothing' })}
    >
      <DsIcon name="parameter" size={12} />
      <code>{name}</code>
      <span className="rn-ell">
        {parameter === undefined ? t('not defined') : parameter.default === undefined ? t('asked at launch') : String(parameter.default)}
      </span>
    </button>
  )
}

/** Lets a parameter, given at launch, drive the value, and takes it back. */
function ParameterMenu({ field, scope, fallback }: Pick<FieldShellProps, 'field' | 'scope' | 'fallback'>) {
  const [open, setOpen] = useState(false)
  const parameters = useDesigner((state) => state.history.present.parameters)
  const type = parameterType(field.control)
  const value = scope.valueAt(field.path)
  const bound = parameterOf(value)
  const { edit } = useDesigner.getState()
  const bind = (name: string): void => {
    setOpen(false)
    edit(setConfig(drawn(), scope.operator.id, field.path, `\${${name}}`))
  }
  const create = (): void => {
    setOpen(false)
    if (type === null) return
    const name = proposeParameter(field.label, Object.keys(parameters))
    const now = typeof value === type ? (value as string | number | boolean) : undefined
    const withParameter = setParameter(drawn(), name, { type, label: field.label, ...(now === undefined ? {} : { default: now }) })
    edit(setConfig(withParameter, scope.operator.id, field.path, `\${${name}}`))
  }
  const release = (): void => {
    setOpen(false)
    const worth = bound === null ? undefined : parameters[bound]?.default
    edit(setConfig(drawn(), scope.operator.id, field.path, worth ?? fallback))
  }
  const fitting = Object.entries(parameters).filter(([name, parameter]) => parameter.type === type && name !== bound)
  return (
    <span
      className="ds-menu-anchor"
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false)
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return
        event.stopPropagation()
        setOpen(false)
      }}
    >
      <button
        type="button"
        className="ds-tiny"
        aria-expanded={open}
        aria-label={t('Parameter for {label}', { label: field.label })}
        title={t('Let a parameter, given at launch, drive this')}
        onClick={() => setOpen(!open)}
      >
        <DsIcon name="parameter" size={12} />
      </button>
      {open ? (
        <div className="ds-menu" role="group" aria-label={t('Parameter for {label}', { label: field.label })}>
          {bound === null ? null : (
            <button type="button" onClick={release}>
              {t('Use a plain value again')}
            </button>
          )}
          {fitting.map(([name]) => (
            <button key={name} type="button" onClick={() => bind(name)}>
              {tx('Use {code}', { code: <code>{name}</code> })}
            </button>
          ))}
          {bound === null ? (
            <button type="button" onClick={create}>
              {t('New parameter from this value')}
            </button>
          ) : null}
        </div>
      ) : null}
    </span>
  )
}
