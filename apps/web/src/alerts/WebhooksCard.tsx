/** Webhooks: where the server sends alerts and what happens to runs, and what came of it. */
import { useEffect, useState } from 'react'
import type { Delivery, Webhook, WebhookBody } from '@belay/run'
import { readSecrets, useSecretList } from '../access/secrets.ts'
import { useRefusal } from '../access/session.ts'
import { call, post } from '../api/client.ts'
import { Dialog } from '../shell/Dialog.tsx'
import { Icon } from '../theme/Icon.tsx'
import { ago } from '../theme/numbers.ts'
import type { Act } from './AlertsPage.tsx'
import { deliveryWords, RUN_EVENT_NAMES } from './alertWords.ts'
import { t } from '../language/t.ts'

const NEW: WebhookBody = { name: '', url: 'https://', events: ['run-failed', 'decision-needed'], pipelineId: null, enabled: true }
const DELIVERIES = 20

function bodyOf({ id: _id, changedAtMs: _atMs, changedBy: _by, ...body }: Webhook): WebhookBody {
  return body
}

export function WebhooksCard({
  webhooks,
  deliveries,
  nowMs,
  act,
}: {
  readonly webhooks: readonly Webhook[]
  readonly deliveries: readonly Delivery[]
  readonly nowMs: number
  readonly act: Act
}) {
  const off = useRefusal('write-webhooks')
  const [editing, setEditing] = useState<{ readonly id: string | null; readonly body: WebhookBody } | null>(null)
  return (
    <section className="st-card" aria-label={t('Webhooks')}>
      <header>
        <h2>{t('Webhooks')}</h2>
        <span className="rn-grow" />
        <button
          type="button"
          className="rn-btn"
          disabled={off !== null}
          title={off ?? undefined}
          onClick={() => setEditing({ id: null, body: NEW })}
        >
          <Icon name="plus" />
          {t('New webhook')}
        </button>
      </header>
      {webhooks.length === 0 ? (
        <p className="rn-empty">{t('A webhook gets a JSON message by POST when a rule fires, or when a run fails, starts or ends.')}</p>
      ) : (
        <div className="rn-scroll" tabIndex={0} role="region" aria-label={t('List of webhooks')}>
          <table className="rn-table st-table al-table">
            <thead>
              <tr>
                <th>{t('Name')}</th>
                <th>{t('Told when a run')}</th>
                <th>
                  <span className="rn-hidden">{t('Actions')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {webhooks.map((webhook) => (
                <tr key={webhook.id}>
                  <td className="rn-wrap">
                    <b>{webhook.name}</b>
                    {webhook.enabled ? '' : ' (off)'}
                    <span className="st-sub">{webhook.url}</span>
                  </td>
                  <td className="rn-t2 rn-wrap">
                    {webhook.events.length === 0
                      ? t('never: only by rules')
                      : RUN_EVENT_NAMES.flatMap(([event, words]) => (webhook.events.includes(event) ? [words] : [])).join(', ')}
                  </td>
                  <td className="st-row-actions">
                    <button
                      type="button"
                      className="rn-btn rn-sm"
                      disabled={off !== null}
                      title={off ?? undefined}
                      onClick={() => void act(() => post(`/webhooks/${webhook.id}/test`))}
                    >
                      {t('Test')}
                      <span className="rn-hidden"> {webhook.name}</span>
                    </button>
                    <button
                      type="button"
                      className="rn-btn rn-sm"
                      disabled={off !== null}
                      title={off ?? undefined}
                      onClick={() => setEditing({ id: webhook.id, body: bodyOf(webhook) })}
                    >
                      {t('Edit')}
                      <span className="rn-hidden"> {webhook.name}</span>
                    </button>
                    <button
                      type="button"
                      className="rn-btn rn-quiet rn-sm rn-icon-only"
                      aria-label={t('Delete {webhook}', { webhook: webhook.name })}
                      disabled={off !== null}
                      title={off ?? t('Delete; what waits for it is not sent')}
                      onClick={() => void act(() => call('DELETE', `/webhooks/${webhook.id}`))}
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
      {deliveries.length === 0 ? null : (
        <details className="al-deliveries">
          <summary>{t('Messages')}</summary>
          <ul>
            {deliveries.slice(0, DELIVERIES).map((delivery) => (
              <li key={delivery.id} data-state={delivery.state}>
                <span className="rn-t2">{ago(delivery.createdAtMs, nowMs)}</span> <b>{delivery.webhookName || t('a deleted webhook')}</b>{' '}
                {t(delivery.event.replace('-', ' '))}: {deliveryWords(delivery)}
              </li>
            ))}
          </ul>
        </details>
      )}
      {editing === null ? null : (
        <WebhookEditor
          first={editing.body}
          isNew={editing.id === null}
          onClose={() => setEditing(null)}
          onSave={(body) => act(() => (editing.id === null ? post('/webhooks', body) : call('PUT', `/webhooks/${editing.id}`, body)))}
        />
      )}
    </section>
  )
}

function WebhookEditor({
  first,
  isNew,
  onClose,
  onSave,
}: {
  readonly first: WebhookBody
  readonly isNew: boolean
  readonly onClose: () => void
  readonly onSave: (body: WebhookBody) => Promise<boolean>
}) {
  const [body, setBody] = useState(first)
  return (
    <Dialog
      title={isNew ? t('New webhook') : t('Webhook {first}', { first: first.name })}
      summary={t('It gets what happens from now on. Private addresses must be allowed with belay start --allow-address.')}
      icon="link"
      onClose={onClose}
      footer={
        <>
          <button type="button" className="rn-btn rn-lg" onClick={onClose}>
            {t('Cancel')}
          </button>
          <button type="submit" form="al-webhook" className="rn-btn rn-lg rn-primary">
            {t('Save')}
          </button>
        </>
      }
    >
      <form
        id="al-webhook"
        className="al-fields"
        onSubmit={(event) => {
          event.preventDefault()
          void onSave(body).then((worked) => worked && onClose())
        }}
      >
        <label className="rn-field">
          {t('Name')}
          <input
            className="rn-input"
            data-autofocus
            required
            maxLength={100}
            value={body.name}
            onChange={(event) => setBody({ ...body, name: event.target.value })}
          />
        </label>
        <label className="rn-field">
          {t('Address')}
          <input
            className="rn-input"
            type="url"
            required
            maxLength={2000}
            spellCheck={false}
            value={body.url}
            onChange={(event) => setBody({ ...body, url: event.target.value })}
          />
        </label>
        <fieldset className="al-tells">
          <legend>{t('Told when a run')}</legend>
          {RUN_EVENT_NAMES.map(([event, words]) => (
            <label key={event} className="rn-check">
              <input
                type="checkbox"
                checked={body.events.includes(event)}
                onChange={(change) =>
                  setBody({
                    ...body,
                    events: change.target.checked ? [...body.events, event] : body.events.filter((known) => known !== event),
                  })
                }
              />
              {words}
            </label>
          ))}
        </fieldset>
        <SignWith
          value={body.signWith?.secret ?? null}
          onChange={(secret) => setBody({ ...body, signWith: secret === null ? null : { secret } })}
        />
        <label className="rn-check">
          <input type="checkbox" checked={body.enabled} onChange={(event) => setBody({ ...body, enabled: event.target.checked })} />
          {t('On')}
        </label>
      </form>
    </Dialog>
  )
}

/** With it the receiver can tell that a message is from here. */
function SignWith({ value, onChange }: { readonly value: string | null; readonly onChange: (secret: string | null) => void }) {
  const off = useRefusal('use-secrets')
  const secrets = useSecretList()
  useEffect(() => {
    // Without the list the one that is chosen can still be kept or taken away.
    if (off === null) readSecrets().catch(() => undefined)
  }, [off])
  const names = (secrets ?? []).map(({ name }) => name)
  return (
    <label className="rn-field">
      {t('Signed with')}
      <select
        className="rn-input"
        disabled={off !== null}
        title={off ?? t('webhook-signature, as Standard Webhooks has it; the receiver needs the same key')}
        value={value ?? ''}
        onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
      >
        <option value="">{t('not signed')}</option>
        {value === null || names.includes(value) ? null : <option>{value}</option>}
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      {off === null && secrets?.length === 0 ? (
        <span className="rn-t2">{t('There is no secret yet: add one on the page Secrets.')}</span>
      ) : null}
    </label>
  )
}
