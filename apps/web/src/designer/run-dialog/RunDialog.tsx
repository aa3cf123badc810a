/** Starts a run: values for the parameters, saved first where there is something to save. */
import { useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { ParameterValue, Problem } from '@belay/pipeline'
import { ApiError, newCommandId, post } from '../../api/client.ts'
import { Dialog } from '../../shell/Dialog.tsx'
import { useDesigner } from '../designerStore.ts'
import { ParameterInput } from '../inspector/ParametersEditor.tsx'
import { savePipeline, type Conflict } from '../saving.ts'
import { t } from '../../language/t.ts'

export interface RunDialogProps {
  readonly onClose: () => void
  readonly onConflict: (conflict: Conflict) => void
}

export default function RunDialog({ onClose, onConflict }: RunDialogProps) {
  const document = useDesigner((state) => state.history.present)
  const saved = useDesigner((state) => state.saved)
  const [values, setValues] = useState<Readonly<Record<string, ParameterValue | undefined>>>(() =>
    Object.fromEntries(Object.entries(document.parameters).map(([name, parameter]) => [name, parameter.default])),
  )
  const [problem, setProblem] = useState<{ readonly message: string; readonly operator: string | null } | null>(null)
  const [starting, setStarting] = useState(false)
  // One id for one press: sending it twice starts one run.
  const [commandId] = useState(newCommandId)
  const [, navigate] = useLocation()
  const parameters = Object.entries(document.parameters)
  const missing = parameters.filter(([name]) => values[name] === undefined).map(([name, parameter]) => parameter.label ?? name)
  const unsaved = document !== saved

  // The dialog itself would begin at its close button.
  const form = useRef<HTMLFormElement>(null)
  const submit = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    ;(form.current?.querySelector<HTMLElement>('input, select') ?? submit.current)?.focus()
  }, [])

  const start = async (): Promise<void> => {
    setStarting(true)
    setProblem(null)
    try {
      if (unsaved) {
        const result = await savePipeline()
        if (result.kind === 'conflict') {
          onConflict(result)
          return
        }
      }
      const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
      const { runId } = await post<{ runId: string }>('/runs', { pipelineId: document.id, parameters: given, commandId })
      navigate(`/runs/${runId}`)
    } catch (error) {
      setStarting(false)
      if (!(error instanceof ApiError)) {
        setProblem({ message: String(error), operator: null })
        return
      }
      const problems = (error.body['problems'] ?? []) as readonly Problem[]
      setProblem({ message: error.message, operator: problems[0]?.place.operator ?? null })
    }
  }

  return (
    <Dialog
      title={t('Run {name}', { name: document.name })}
      summary={parameters.length === 0 ? t('It takes no parameters.') : t('Values for this run. They do not change the pipeline.')}
      icon="play"
      onClose={onClose}
      footer={
        <>
          <span className="rn-small rn-t3">
            {missing.length > 0 ? t('Give {missing}.', { missing: missing.join(', ') }) : unsaved ? t('Saves your changes first.') : ''}
          </span>
          <span className="rn-grow" />
          <button type="button" className="rn-btn rn-lg" onClick={onClose}>
            {t('Cancel')}
          </button>
          <button
            ref={submit}
            type="submit"
            form="ds-run-form"
            className="rn-btn rn-lg rn-primary"
            disabled={starting || missing.length > 0}
          >
            {starting ? t('Starting') : unsaved ? t('Save and run') : t('Run')}
          </button>
        </>
      }
    >
      <form
        ref={form}
        id="ds-run-form"
        className="ds-run-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (missing.length === 0 && !starting) void start()
        }}
      >
        {parameters.map(([name, parameter]) => (
          <div className="ds-field" key={name}>
            <div className="ds-label">
              <span>{parameter.label ?? name}</span>
              <span className="ds-from">{values[name] === parameter.default ? t('default') : t('for this run')}</span>
            </div>
            <ParameterInput
              label={parameter.label ?? name}
              type={parameter.type}
              value={values[name]}
              onChange={(value) => setValues({ ...values, [name]: value })}
            />
            {parameter.help === undefined ? null : <p className="ds-help">{parameter.help}</p>}
          </div>
        ))}
      </form>
      {problem === null ? null : (
        <p className="rn-problem" role="alert">
          {problem.message}{' '}
          {problem.operator === null ? null : (
            <button
              type="button"
              className="rn-btn rn-sm"
              onClick={() => {
                useDesigner.getState().selectOperators([problem.operator ?? ''])
                onClose()
              }}
            >
              {t('Show {operator}', { operator: problem.operator })}
            </button>
          )}
        </p>
      )}
    </Dialog>
  )
}
