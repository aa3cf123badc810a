/** One rule: what it is about, when it fires, whom it tells; and how often it would have fired. */
import { useEffect, useId, useState } from 'react'
import { checkExpression } from '@belay/expressions'
import { ALERT_COLUMNS, ALERT_SEVERITIES, type AlertNoData, type AlertPreview, type AlertRuleBody, type Webhook } from '@belay/run'
import { call, get } from '../api/client.ts'
import type { PipelineItem } from '../api/types.ts'
import { Dialog } from '../shell/Dialog.tsx'
import { clock, plural } from '../theme/numbers.ts'
import { said, t } from '../language/t.ts'
import { tx } from '../language/tx.ts'

export interface RuleEditorProps {
  readonly first: AlertRuleBody
  readonly isNew: boolean
  readonly webhooks: readonly Webhook[]
  readonly onClose: () => void
  /** Gives whether it worked. */
  readonly onSave: (rule: AlertRuleBody) => Promise<boolean>
}

const TYPING_MS = 400
/** Time goes on while one looks. */
const AGAIN_MS = 5000
const NO_DATA: readonly (readonly [AlertNoData, string])[] = [
  ['keep', t('stays as it is')],
  ['resolve', t('is over')],
  ['fire', t('fires')],
]

/** null = nothing is wrong with it. */
function problemOf(text: string, scope: AlertRuleBody['scope']): string | null {
  const result = checkExpression(
    text,
    ALERT_COLUMNS[scope].map(({ name, type }) => ({ name, type, nullable: true })),
  )
  if (!result.ok) return said(result.problems[0].message)
  return result.expression.type === 'bool' ? null : t('It must be true or false, e.g. lag_seconds > 60.')
}

export function RuleEditor({ first, isNew, webhooks, onClose, onSave }: RuleEditorProps) {
  const [rule, setRule] = useState(first)
  const [pipelines, setPipelines] = useState<readonly PipelineItem[]>([])
  const id = useId()
  useEffect(() => {
    get<PipelineItem[]>('/pipelines')
      .then(setPipelines)
      .catch(() => undefined)
  }, [])
  const set = (to: Partial<AlertRuleBody>): void => setRule({ ...rule, ...to })
  const conditionProblem = problemOf(rule.condition, rule.scope)
  const untilProblem = rule.until === null ? null : problemOf(rule.until, rule.scope)
  const unfinished = rule.name.trim() === '' ? t('Give it a name') : (conditionProblem ?? untilProblem)
  const save = (): void => {
    if (unfinished === null) void onSave(rule).then((worked) => worked && onClose())
  }
  return (
    <Dialog
      title={isNew ? t('New rule') : t('Rule {first}', { first: first.name })}
      summary={t('Asked once a second of every run that it is about.')}
      icon="bell"
      wide
      onClose={onClose}
      footer={
        <>
          <button type="button" className="rn-btn rn-lg" onClick={onClose}>
            {t('Cancel')}
          </button>
          <button
            type="submit"
            form={`${id}-form`}
            className="rn-btn rn-lg rn-primary"
            disabled={unfinished !== null}
            title={unfinished ?? undefined}
          >
            {t('Save')}
          </button>
        </>
      }
    >
      <form
        id={`${id}-form`}
        className="al-form"
        onSubmit={(event) => {
          event.preventDefault()
          save()
        }}
      >
        <div className="al-fields">
          <label className="rn-field">
            {t('Name')}
            <input
              className="rn-input"
              data-autofocus
              maxLength={100}
              required
              value={rule.name}
              onChange={(event) => set({ name: event.target.value })}
            />
          </label>
          <div className="al-pair">
            <label className="rn-field">
              {t('About')}
              <select
                value={rule.scope}
                onChange={(event) => set({ scope: event.target.value === 'run' ? 'run' : 'operator', operator: null })}
              >
                <option value="run">{t('each run')}</option>
                <option value="operator">{t('each operator of a run')}</option>
              </select>
            </label>
            <label className="rn-field">
              {t('Of')}
              <select value={rule.pipelineId ?? ''} onChange={(event) => set({ pipelineId: event.target.value || null })}>
                <option value="">{t('all pipelines')}</option>
                {pipelines.map((pipeline) => (
                  <option key={pipeline.id} value={pipeline.id}>
                    {pipeline.name}
                  </option>
                ))}
                {rule.pipelineId === null || pipelines.some(({ id: known }) => known === rule.pipelineId) ? null : (
                  <option>{rule.pipelineId}</option>
                )}
              </select>
            </label>
            {rule.scope === 'run' ? null : (
              <label className="rn-field">
                {t('Only operator')}
                <input
                  className="rn-input"
                  placeholder={t('each')}
                  maxLength={64}
                  spellCheck={false}
                  value={rule.operator ?? ''}
                  onChange={(event) => set({ operator: event.target.value || null })}
                />
              </label>
            )}
          </div>
          <Expression
            label={t('Fires when')}
            value={rule.condition}
            problem={conditionProblem}
            onChange={(condition) => set({ condition })}
          />
          <Columns
            scope={rule.scope}
            onTake={(name) => set({ condition: rule.condition === '' ? name : `${rule.condition.trimEnd()} ${name}` })}
          />
          <Expression
            label={t('Goes on until (empty: until that is not true)')}
            value={rule.until ?? ''}
            problem={untilProblem}
            onChange={(until) => set({ until: until.trim() === '' ? null : until })}
          />
          <div className="al-pair">
            <Seconds label={t('Must hold for, s')} valueMs={rule.forMs} onChange={(forMs) => set({ forMs })} />
            <Seconds
              label={t('Must be over for, s')}
              valueMs={rule.resolveAfterMs}
              onChange={(resolveAfterMs) => set({ resolveAfterMs })}
            />
            <label className="rn-field">
              {t('Severity')}
              <select
                value={rule.severity}
                onChange={(event) => set({ severity: ALERT_SEVERITIES.find((known) => known === event.target.value) ?? rule.severity })}
              >
                {ALERT_SEVERITIES.map((severity) => (
                  <option key={severity} value={severity}>
                    {t(severity)}
                  </option>
                ))}
              </select>
            </label>
            <label className="rn-field">
              {t('While nothing is known it')}
              <select
                value={rule.noData}
                onChange={(event) => set({ noData: NO_DATA.find(([known]) => known === event.target.value)?.[0] ?? rule.noData })}
              >
                {NO_DATA.map(([value, words]) => (
                  <option key={value} value={value}>
                    {words}
                  </option>
                ))}
              </select>
            </label>
          </div>
          <fieldset className="al-tells">
            <legend>{t('Tells this page, and')}</legend>
            {webhooks.length === 0 ? <p className="rn-small rn-t3">{t('There are no webhooks yet; add them below the rules.')}</p> : null}
            {webhooks.map((webhook) => (
              <label key={webhook.id} className="rn-check">
                <input
                  type="checkbox"
                  checked={rule.webhooks.includes(webhook.id)}
                  onChange={(event) =>
                    set({
                      webhooks: event.target.checked
                        ? [...rule.webhooks, webhook.id]
                        : rule.webhooks.filter((known) => known !== webhook.id),
                    })
                  }
                />
                {webhook.name}
              </label>
            ))}
          </fieldset>
        </div>
        <Preview rule={rule} valid={conditionProblem === null && untilProblem === null} />
      </form>
    </Dialog>
  )
}

function Expression({
  label,
  value,
  problem,
  onChange,
}: {
  readonly label: string
  readonly value: string
  readonly problem: string | null
  readonly onChange: (value: string) => void
}) {
  const id = useId()
  return (
    <div className="rn-field">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        className="rn-input al-expression"
        rows={2}
        maxLength={2000}
        spellCheck={false}
        autoCapitalize="none"
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : `${id}-problem`}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      {problem === null ? null : (
        <p id={`${id}-problem`} className="al-problem">
          {problem}
        </p>
      )}
    </div>
  )
}

function Columns({ scope, onTake }: { readonly scope: AlertRuleBody['scope']; readonly onTake: (name: string) => void }) {
  return (
    <details className="al-columns">
      <summary>{t('Columns')}</summary>
      <ul>
        {ALERT_COLUMNS[scope].map(({ name, help }) => (
          <li key={name}>
            <button type="button" className="rn-linklike" onClick={() => onTake(name)}>
              <code>{name}</code>
            </button>{' '}
            {help}
          </li>
        ))}
      </ul>
    </details>
  )
}

function Seconds({
  label,
  valueMs,
  onChange,
}: {
  readonly label: string
  readonly valueMs: number
  readonly onChange: (ms: number) => void
}) {
  return (
    <label className="rn-field">
      {label}
      <input
        className="rn-input"
        type="number"
        min={0}
        max={86_400}
        step="any"
        value={valueMs / 1000}
        onChange={(event) => onChange(Math.max(0, Math.min(86_400_000, Math.round(Number(event.target.value) * 1000))))}
      />
    </label>
  )
}

type Known =
  | { readonly kind: 'asking' }
  | { readonly kind: 'known'; readonly preview: AlertPreview }
  | { readonly kind: 'failed'; readonly message: string }

/** How often it would have fired in the last hour, by what the server has kept. */
function Preview({ rule, valid }: { readonly rule: AlertRuleBody; readonly valid: boolean }) {
  const [known, setKnown] = useState<Known>({ kind: 'asking' })
  const asked = JSON.stringify({ ...rule, name: 'preview', webhooks: [] })
  useEffect(() => {
    if (!valid) return
    let wanted = true
    const ask = (): void =>
      void call<AlertPreview>('POST', '/alerts/rules/preview', { rule: JSON.parse(asked) as AlertRuleBody })
        .then(({ value }) => wanted && setKnown({ kind: 'known', preview: value }))
        .catch((error: unknown) => wanted && setKnown({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }))
    const typed = setTimeout(ask, TYPING_MS)
    const timer = setInterval(ask, AGAIN_MS)
    return () => {
      wanted = false
      clearTimeout(typed)
      clearInterval(timer)
    }
  }, [asked, valid])
  return (
    <section className="al-preview" aria-label={t('Preview')} aria-live="polite" data-testid="rule-preview">
      <h3>{t('The last hour')}</h3>
      {!valid ? (
        <p className="rn-t3">{t('Mend the condition first.')}</p>
      ) : known.kind === 'asking' ? (
        <p className="rn-t3">{t('Reading.')}</p>
      ) : known.kind === 'failed' ? (
        <p>{known.message}</p>
      ) : (
        <PreviewWords preview={known.preview} />
      )}
    </section>
  )
}

const SHOWN = 8

function PreviewWords({ preview: { firings, runs, fromMs, toMs, unknownColumns } }: { readonly preview: AlertPreview }) {
  const at = (ms: number): number => Math.max(0, Math.min(100, ((ms - fromMs) / (toMs - fromMs)) * 100))
  return (
    <>
      <p>
        {runs === 0 ? (
          t('No run that it is about went in that time.')
        ) : (
          <>
            {tx('Would have fired {b} in {runs}.', {
              b: <b>{firings.length === 0 ? t('never') : plural(firings.length, 'time')}</b>,
              runs: plural(runs, 'run'),
            })}
          </>
        )}
      </p>
      {unknownColumns.length === 0 ? null : (
        <p className="rn-small">{tx('Not kept over time, so unknown here: {code}', { code: <code>{unknownColumns.join(', ')}</code> })}</p>
      )}
      <svg
        className="al-strip"
        viewBox="0 0 100 10"
        preserveAspectRatio="none"
        role="img"
        aria-label={t('{firings} firings in the last hour', { firings: firings.length })}
      >
        <rect className="al-strip-ground" x="0" y="0" width="100" height="10" />
        {firings.map(({ runId, operator, firedAtMs, resolvedAtMs }) => (
          <rect
            key={`${runId} ${operator ?? ''} ${firedAtMs}`}
            className="al-strip-fired"
            x={at(firedAtMs)}
            y="0"
            width={Math.max(0.5, at(resolvedAtMs ?? toMs) - at(firedAtMs))}
            height="10"
          />
        ))}
      </svg>
      <ul className="al-firings">
        {firings.slice(-SHOWN).map(({ runId, operator, firedAtMs, resolvedAtMs }) => (
          <li key={`${runId} ${operator ?? ''} ${firedAtMs}`}>
            {clock(firedAtMs)} {resolvedAtMs === null ? t('until now') : t('to {end}', { end: clock(resolvedAtMs) })}
            <span className="rn-t3"> {operator ?? runId}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
