/** One test: its steps, what is expected, and what came. */
import { useState } from 'react'
import { ERRORS_PORT, outputPorts, type PipelineDocument, type PipelineTest } from '@belay/pipeline'
import { manifestFor } from '../catalogue.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { DsIcon } from '../parts/icons.tsx'
import { RowsInput } from './RowsInput.tsx'
import { changeStep, changeTest, removeTest, testsOf, withWhatCame } from './testEdits.ts'
import { TestResultView } from './TestResultView.tsx'
import { renameOutcome, runTests, type Outcome } from './testStore.ts'
import { t } from '../../language/t.ts'

interface TestEditorProps {
  readonly at: number
  readonly test: PipelineTest
  readonly outcome: Outcome | undefined
  readonly old: boolean
}

export function TestEditor({ at, test, outcome, old }: TestEditorProps) {
  const document = useDesigner((state) => state.history.present)
  const { edit } = useDesigner.getState()
  const change = (next: Partial<PipelineTest>, gesture?: string): void =>
    edit(changeTest(drawn(), at, next), gesture && `test:${at}:${gesture}`)
  const running = outcome?.kind === 'running'
  const result = outcome?.kind === 'done' ? outcome.result : null
  const came = result !== null && result.ports.length > 0 && result.outcome !== 'passed' && !old
  const whole = result?.ports.every(({ got, rows }) => rows.length === got) === true
  return (
    <section className="ds-test" aria-label={t('Test {test}', { test: test.name })}>
      <div className="ds-test-head">
        <TestName at={at} name={test.name} />
        <button type="button" className="rn-btn rn-sm" disabled={running} onClick={() => void runTests([test.name])}>
          <DsIcon name="play" size={12} />
          {running ? t('Running') : t('Run')}
        </button>
        {came ? (
          <button
            type="button"
            className="rn-btn rn-sm"
            disabled={!whole}
            title={whole ? t('Look at the rows first: from now on they are what is right') : t('More rows came than are shown')}
            onClick={() => change(withWhatCame(test, result))}
          >
            {t('Take what came as expected')}
          </button>
        ) : null}
        <button
          type="button"
          className="rn-btn rn-sm rn-quiet rn-icon-only"
          aria-label={t('Remove the test')}
          title={t('Remove the test')}
          onClick={() => edit(removeTest(drawn(), at))}
        >
          <DsIcon name="trash" size={12} />
        </button>
      </div>
      {old ? <p className="ds-field-hint">{t('The pipeline or the test has changed since this result.')}</p> : null}
      {outcome?.kind === 'refused' ? <p className="ds-test-why">{outcome.message}</p> : null}
      {result === null ? null : <TestResultView result={result} />}
      {test.steps.map((step, i) => {
        const operators = document.operators.filter(({ id }) => id !== step.kill)
        const rows = Object.entries(step.rows ?? {})
        return (
          <fieldset className="ds-test-step" key={i}>
            <legend>{test.steps.length === 1 ? t('Rows in') : t('Step {number}', { number: i + 1 })}</legend>
            {rows.map(([name, given]) => (
              <RowsInput
                key={name}
                name={name}
                label={t('Rows of {name}, step {number}', { name, number: i + 1 })}
                rows={given}
                onChange={(next) => change(changeStep(test, i, { rows: { ...step.rows, [name]: next } }), `rows:${i}:${name}`)}
                onRemove={() => change(changeStep(test, i, { rows: Object.fromEntries(rows.filter(([other]) => other !== name)) }))}
              />
            ))}
            <div className="ds-test-tools">
              <Choice
                label={t('Give rows in step {number}', { number: i + 1 })}
                prompt={t('Rows for …')}
                options={givenNames(document).filter((name) => step.rows?.[name] === undefined)}
                onChoose={(name) => change(changeStep(test, i, { rows: { ...step.rows, [name]: [] } }))}
              />
              <label className="ds-test-field">
                <span>{t('Watermark after')}</span>
                <input
                  className="ds-input ds-mono"
                  value={step.watermark ?? ''}
                  placeholder={t('follows the rows')}
                  spellCheck={false}
                  onChange={(event) =>
                    change(changeStep(test, i, { watermark: event.target.value === '' ? undefined : event.target.value }), `watermark:${i}`)
                  }
                />
              </label>
              <label className="ds-test-field">
                <span>{t('Then kill')}</span>
                <select
                  className="ds-input ds-select"
                  value={step.kill ?? ''}
                  onChange={(event) => change(changeStep(test, i, { kill: event.target.value === '' ? undefined : event.target.value }))}
                >
                  <option value="">{t('nobody')}</option>
                  {step.kill === undefined ? null : <option value={step.kill}>{step.kill}</option>}
                  {operators.map(({ id }) => (
                    <option key={id} value={id}>
                      {id}
                    </option>
                  ))}
                </select>
              </label>
              {test.steps.length === 1 ? null : (
                <button
                  type="button"
                  className="rn-btn rn-sm rn-quiet"
                  onClick={() => change({ steps: test.steps.filter((_, k) => k !== i) })}
                >
                  {t('Remove step {number}', { number: i + 1 })}
                </button>
              )}
            </div>
          </fieldset>
        )
      })}
      <div className="ds-test-tools">
        <button type="button" className="rn-btn rn-sm rn-quiet" onClick={() => change({ steps: [...test.steps, {}] })}>
          <DsIcon name="plus" size={12} />
          {t('Add a step')}
        </button>
      </div>
      <fieldset className="ds-test-step">
        <legend>{t('Expected at the end, in any order')}</legend>
        {Object.entries(test.expected).map(([name, rows]) => (
          <RowsInput
            key={name}
            name={name}
            label={t('Expected rows of {name}', { name })}
            rows={rows}
            onChange={(next) => change({ expected: { ...test.expected, [name]: next } }, `expected:${name}`)}
            onRemove={() => change({ expected: Object.fromEntries(Object.entries(test.expected).filter(([other]) => other !== name)) })}
          />
        ))}
        <div className="ds-test-tools">
          <Choice
            label={t('Expect rows')}
            prompt={t('Rows of …')}
            options={expectedNames(document).filter((name) => test.expected[name] === undefined)}
            onChoose={(name) => change({ expected: { ...test.expected, [name]: [] } })}
          />
        </div>
      </fieldset>
    </section>
  )
}

/** Takes a name when one leaves the field; one that is taken is refused. */
function TestName({ at, name }: { readonly at: number; readonly name: string }) {
  const [typed, setTyped] = useState<string | null>(null)
  const taken = typed !== null && typed !== name && testsOf(drawn()).some((test) => test.name === typed)
  const wrong = typed !== null && (taken || typed.trim() === '')
  return (
    <input
      className="ds-input"
      aria-label={t('Name of the test')}
      aria-invalid={wrong}
      title={taken ? t('There is a test of that name') : undefined}
      maxLength={200}
      value={typed ?? name}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={() => {
        if (typed !== null && !wrong && typed !== name) {
          renameOutcome(name, typed)
          useDesigner.getState().edit(changeTest(drawn(), at, { name: typed }))
        }
        setTyped(null)
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur()
      }}
    />
  )
}

interface ChoiceProps {
  readonly label: string
  readonly prompt: string
  readonly options: readonly string[]
  readonly onChoose: (name: string) => void
}

/** A list that adds what one chooses from it. */
function Choice({ label, prompt, options, onChoose }: ChoiceProps) {
  return (
    <select
      className="ds-input ds-select ds-test-choice"
      aria-label={label}
      value=""
      disabled={options.length === 0}
      onChange={(event) => onChoose(event.target.value)}
    >
      <option value="">{prompt}</option>
      {options.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  )
}

/** Where rows can be given: sources by what they give, others by what comes in. */
function givenNames(document: PipelineDocument): readonly string[] {
  return document.operators.flatMap((operator) => {
    const manifest = manifestFor(operator.type)
    if (manifest === undefined) return []
    const ports = manifest.inputs.length === 0 ? outputPorts(operator, manifest) : manifest.inputs
    return ports.length === 1 ? [operator.id] : ports.map((port) => `${operator.id}.${port.name}`)
  })
}

/** Where rows can be expected: sinks by what comes in, others by what they give. */
function expectedNames(document: PipelineDocument): readonly string[] {
  const names = document.operators.flatMap((operator) => {
    const manifest = manifestFor(operator.type)
    if (manifest === undefined) return []
    const ports = outputPorts(operator, manifest)
    return ports.length < 2 ? [operator.id] : ports.map((port) => `${operator.id}.${port.name}`)
  })
  const sinksFirst = (name: string): number =>
    manifestFor(document.operators.find(({ id }) => id === name)?.type ?? '')?.outputs.length === 0 ? 0 : 1
  return [...names.sort((a, b) => sinksFirst(a) - sinksFirst(b)), ...document.operators.map(({ id }) => `${id}.${ERRORS_PORT}`)]
}
