/** The pipeline's parameters: values given when a run is started. */
import { useState } from 'react'
import type { Parameter, ParameterValue } from '@belay/pipeline'
import { drawn, useDesigner } from '../designerStore.ts'
import { renameParameter, setParameter } from '../document/edits.ts'
import { proposeParameter } from '../forms/fieldValue.ts'
import { FieldProblems } from '../forms/FieldShell.tsx'
import { DsIcon } from '../parts/icons.tsx'
import { t } from '../../language/t.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

export function ParametersEditor() {
  const parameters = useDesigner((state) => state.history.present.parameters)
  const problems = useDesigner((state) => state.checked.problems)
  const { edit } = useDesigner.getState()
  const add = (): void => {
    const name = proposeParameter('value', Object.keys(drawn().parameters))
    edit(setParameter(drawn(), name, { type: 'string', default: '' }))
  }
  const entries = Object.entries(parameters)
  return (
    <section className="ds-sec" aria-label={t('Parameters')}>
      <h3>
        {t('Parameters')} <span className="rn-t3">{entries.length === 0 ? t('values given when a run starts') : `${entries.length}`}</span>
      </h3>
      {entries.map(([name, parameter]) => (
        <div className="ds-parameter" key={name} role="group" aria-label={t('Parameter {name}', { name })}>
          <ParameterRow name={name} parameter={parameter} />
          <FieldProblems problems={problems.filter(({ place }) => place.parameter === name)} />
        </div>
      ))}
      <button type="button" className="rn-btn rn-sm rn-quiet ds-list-add" onClick={add}>
        <DsIcon name="plus" size={12} />
        {t('Add parameter')}
      </button>
    </section>
  )
}

function ParameterRow({ name, parameter }: { readonly name: string; readonly parameter: Parameter }) {
  const { edit, endGesture } = useDesigner.getState()
  const [typed, setTyped] = useState<string | null>(null)
  const change = (next: Partial<Parameter>): void => edit(setParameter(drawn(), name, { ...parameter, ...next }), `parameter:${name}`)
  const taken = typed !== null && typed !== name && drawn().parameters[typed] !== undefined
  const wrong = typed !== null && (taken || !NAME.test(typed))
  return (
    <>
      <div className="ds-parameter-head">
        <DsIcon name="parameter" size={12} />
        <input
          className="ds-input ds-mono"
          aria-label={t('Name of parameter {name}', { name })}
          aria-invalid={wrong}
          value={typed ?? name}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value)}
          onBlur={() => {
            if (typed !== null && !wrong) edit(renameParameter(drawn(), name, typed))
            setTyped(null)
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.currentTarget.blur()
          }}
        />
        <select
          className="ds-input ds-select"
          aria-label={t('Type of parameter {name}', { name })}
          value={parameter.type}
          onChange={(event) => {
            const type = event.target.value as Parameter['type']
            edit(setParameter(drawn(), name, { ...parameter, type, default: converted(parameter.default, type) }))
          }}
        >
          <option value="string">{t('text')}</option>
          <option value="number">{t('number')}</option>
          <option value="boolean">{t('yes or no')}</option>
        </select>
        <button
          type="button"
          className="ds-tiny"
          aria-label={t('Remove parameter {name}', { name })}
          onClick={() => edit(setParameter(drawn(), name, null))}
        >
          <DsIcon name="x" size={12} />
        </button>
      </div>
      {wrong ? (
        <p className="ds-field-hint">
          {taken ? t('There is a parameter of that name.') : t('Letters, digits and _ only; not a digit first.')}
        </p>
      ) : null}
      <div className="ds-grid2">
        <div className="ds-field">
          <div className="ds-label">
            <span>{t('Default')}</span>
          </div>
          <ParameterInput
            label={t('Default of parameter {name}', { name })}
            type={parameter.type}
            value={parameter.default}
            onChange={(value) => change({ default: value })}
          />
        </div>
        <div className="ds-field">
          <div className="ds-label">
            <span>{t('Label')}</span>
          </div>
          <input
            className="ds-input"
            aria-label={t('Label of parameter {name}', { name })}
            value={parameter.label ?? ''}
            placeholder={name}
            onChange={(event) => change({ label: event.target.value === '' ? undefined : event.target.value })}
            onBlur={endGesture}
          />
        </div>
      </div>
    </>
  )
}

export interface ParameterInputProps {
  readonly label: string
  readonly type: Parameter['type']
  readonly value: ParameterValue | undefined
  readonly onChange: (value: ParameterValue | undefined) => void
}

/** A value of a parameter's type; empty = none given. */
export function ParameterInput({ label, type, value, onChange }: ParameterInputProps) {
  const [typed, setTyped] = useState<string | null>(null)
  if (type === 'boolean')
    return (
      <select
        className="ds-input ds-select"
        aria-label={label}
        value={value === undefined ? '' : String(value)}
        onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value === 'true')}
      >
        <option value="">{t('asked at launch')}</option>
        <option value="true">{t('yes')}</option>
        <option value="false">{t('no')}</option>
      </select>
    )
  const shown = typed ?? (value === undefined ? '' : String(value))
  const wrong = type === 'number' && typed !== null && typed.trim() !== '' && !Number.isFinite(Number(typed))
  return (
    <input
      className={type === 'number' ? 'ds-input ds-number' : 'ds-input ds-mono'}
      aria-label={label}
      aria-invalid={wrong}
      value={shown}
      placeholder={type === 'number' ? t('asked at launch') : ''}
      inputMode={type === 'number' ? 'decimal' : 'text'}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => {
        const text = event.target.value
        if (type === 'string') {
          onChange(text)
          return
        }
        setTyped(text)
        if (text.trim() === '') onChange(undefined)
        else if (Number.isFinite(Number(text))) onChange(Number(text))
      }}
      onBlur={() => {
        setTyped(null)
        useDesigner.getState().endGesture()
      }}
    />
  )
}

function converted(value: ParameterValue | undefined, type: Parameter['type']): ParameterValue | undefined {
  if (value === undefined) return undefined
  switch (type) {
    case 'string':
      return String(value)
    case 'number':
      return Number.isFinite(Number(value)) ? Number(value) : 0
    case 'boolean':
      return value === true || value === 'true'
  }
}
