/** The rules, and those that most people want. */
import { useState } from 'react'
import type { AlertRule, AlertRuleBody, Webhook } from '@belay/run'
import { call, post } from '../api/client.ts'
import { RemoveDialog } from '../shell/RemoveDialog.tsx'
import { Icon } from '../theme/Icon.tsx'
import type { Act } from './AlertsPage.tsx'
import { holdWords } from './alertWords.ts'
import { RuleEditor } from './RuleEditor.tsx'
import { Severity } from './Severity.tsx'
import { NEW_RULE, sameRule, SUGGESTIONS } from './suggestions.ts'
import { said, t } from '../language/t.ts'

export interface RulesCardProps {
  readonly rules: readonly AlertRule[]
  readonly webhooks: readonly Webhook[]
  readonly off: string | null
  readonly act: Act
}

type Editing = { readonly id: string | null; readonly rule: AlertRuleBody } | null

function bodyOf({ id: _id, changedAtMs: _atMs, changedBy: _by, problem: _problem, ...body }: AlertRule): AlertRuleBody {
  return body
}

export function RulesCard({ rules, webhooks, off, act }: RulesCardProps) {
  const [editing, setEditing] = useState<Editing>(null)
  const [removing, setRemoving] = useState<AlertRule | null>(null)
  const missing = SUGGESTIONS.filter(({ rule }) => !rules.some((known) => sameRule(known, rule)))
  const change = (rule: AlertRule, to: Partial<AlertRuleBody>): void =>
    void act(() => call('PUT', `/alerts/rules/${rule.id}`, { ...bodyOf(rule), ...to }))
  return (
    <section className="st-card" aria-label={t('Rules')}>
      <header>
        <h2>{t('Rules')}</h2>
        <span className="rn-grow" />
        <button
          type="button"
          className="rn-btn"
          disabled={off !== null}
          title={off ?? undefined}
          onClick={() => setEditing({ id: null, rule: NEW_RULE })}
        >
          <Icon name="plus" />
          {t('New rule')}
        </button>
      </header>
      {rules.length === 0 ? null : (
        <div className="rn-scroll" tabIndex={0} role="region" aria-label={t('List of rules')}>
          <table className="rn-table st-table al-table" data-testid="rules">
            <thead>
              <tr>
                <th>{t('On')}</th>
                <th>{t('Rule')}</th>
                <th>{t('Fires when')}</th>
                <th>{t('Severity')}</th>
                <th>{t('Tells')}</th>
                <th>
                  <span className="rn-hidden">{t('Actions')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rules.map((rule) => (
                <tr key={rule.id}>
                  <td>
                    <label className="rn-check">
                      <input
                        type="checkbox"
                        aria-label={t('{rule} is on', { rule: rule.name })}
                        checked={rule.enabled}
                        disabled={off !== null}
                        onChange={(event) => change(rule, { enabled: event.target.checked })}
                      />
                    </label>
                  </td>
                  <td className="rn-wrap">
                    <b>{rule.name}</b>
                    <span className="st-sub">{aboutWords(rule)}</span>
                  </td>
                  <td className="rn-wrap">
                    <code>{rule.condition}</code>
                    <span className="st-sub">{rule.problem === null ? holdWords(rule) : said(rule.problem)}</span>
                  </td>
                  <td>
                    <Severity severity={rule.severity} quiet />
                  </td>
                  <td className="rn-t2 rn-wrap">{tellsWords(rule, webhooks)}</td>
                  <td className="st-row-actions">
                    <button
                      type="button"
                      className="rn-btn rn-sm"
                      disabled={off !== null}
                      title={off ?? t('A test in the list, and to its webhooks')}
                      onClick={() => void act(() => post(`/alerts/rules/${rule.id}/test`))}
                    >
                      {t('Test')}
                      <span className="rn-hidden"> {rule.name}</span>
                    </button>
                    <button
                      type="button"
                      className="rn-btn rn-sm"
                      disabled={off !== null}
                      title={off ?? undefined}
                      onClick={() => setEditing({ id: rule.id, rule: bodyOf(rule) })}
                    >
                      {t('Edit')}
                      <span className="rn-hidden"> {rule.name}</span>
                    </button>
                    <button
                      type="button"
                      className="rn-btn rn-quiet rn-sm rn-icon-only"
                      aria-label={t('Delete {rule}', { rule: rule.name })}
                      disabled={off !== null}
                      title={off ?? t('Delete')}
                      onClick={() => setRemoving(rule)}
                    >
                      <Icon name="close" />
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {missing.length === 0 ? null : (
        <div className="al-suggestions" data-testid="suggestions">
          <h3>{rules.length === 0 ? t('No rules yet. Most people want these:') : t('Others that most people want')}</h3>
          <ul>
            {missing.map(({ why, rule }) => (
              <li key={rule.name}>
                <div>
                  <b>{rule.name}</b> <code>{rule.condition}</code>
                  <p>{why}</p>
                </div>
                <button
                  type="button"
                  className="rn-btn rn-sm"
                  disabled={off !== null}
                  title={off ?? undefined}
                  onClick={() => void act(() => post('/alerts/rules', rule))}
                >
                  <Icon name="plus" size={12} />
                  {t('Add')}
                  <span className="rn-hidden"> {rule.name}</span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {editing === null ? null : (
        <RuleEditor
          first={editing.rule}
          isNew={editing.id === null}
          webhooks={webhooks}
          onClose={() => setEditing(null)}
          onSave={(rule) => {
            const { id } = editing
            return act(() => (id === null ? post('/alerts/rules', rule) : call('PUT', `/alerts/rules/${id}`, rule)))
          }}
        />
      )}
      {removing === null ? null : (
        <RemoveDialog
          title={t('Delete {removing}?', { removing: removing.name })}
          summary={t('What it has fired stays in the list, as over.')}
          verb={t('Delete')}
          onClose={() => setRemoving(null)}
          onRemove={() => {
            setRemoving(null)
            void act(() => call('DELETE', `/alerts/rules/${removing.id}`))
          }}
        />
      )}
    </section>
  )
}

function aboutWords({ scope, pipelineId, runId, operator }: AlertRuleBody): string {
  const what = scope === 'run' ? t('each run') : operator === null ? t('each operator') : t('operator {operator}', { operator })
  return runId !== null
    ? t('{what} of run {runId}', { what, runId })
    : pipelineId !== null
      ? t('{what} of {pipelineId}', { what, pipelineId })
      : what
}

function tellsWords(rule: AlertRuleBody, webhooks: readonly Webhook[]): string {
  const names = webhooks.filter(({ id }) => rule.webhooks.includes(id)).map(({ name }) => name)
  return [t('this page'), ...names].join(', ')
}
