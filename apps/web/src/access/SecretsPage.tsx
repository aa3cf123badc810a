/** Secrets: what pipelines sign in with. Their names, when they were set and who uses them; values are typed here and never come back. */
import { useEffect, useState } from 'react'
import '../theme/start.css'
import '../theme/access.css'
import { Link } from 'wouter'
import { ApiError, call } from '../api/client.ts'
import { Dialog } from '../shell/Dialog.tsx'
import { RemoveDialog } from '../shell/RemoveDialog.tsx'
import { Icon } from '../theme/Icon.tsx'
import { readSecrets, SECRET_NAME, setSecret, useSecretList, type SecretItem } from './secrets.ts'
import { useSession } from './session.ts'
import { t } from '../language/t.ts'
import { moment } from '../theme/numbers.ts'

/** Does one thing; what went wrong is said, and false given. */
type Act = (work: () => Promise<unknown>) => Promise<boolean>

export default function SecretsPage() {
  const state = useSession()
  const mayManage = state.kind === 'known' && state.session.rights.includes('manage-secrets')
  const secrets = useSecretList()
  const [problem, setProblem] = useState<string | null>(null)
  const [replacing, setReplacing] = useState<SecretItem | null>(null)
  const [removing, setRemoving] = useState<SecretItem | null>(null)
  const [said, setSaid] = useState('')
  useEffect(() => {
    readSecrets().catch((error: unknown) => setProblem(wordsOf(error)))
  }, [])
  const act: Act = async (work) => {
    setProblem(null)
    try {
      await work()
      return true
    } catch (error) {
      setProblem(wordsOf(error))
      return false
    }
  }
  return (
    <main className="st-page">
      <header className="sh-top">
        <h1>{t('Secrets')}</h1>
      </header>
      <div className="st-content">
        {problem === null ? null : (
          <p className="rn-problem" role="alert">
            {problem}
          </p>
        )}
        <p className="rn-hidden" role="status">
          {said}
        </p>
        <section className="st-card" aria-label={t('Secrets')}>
          {secrets === null ? (
            <p className="rn-empty">{problem === null ? t('Reading.') : t('Nothing is known of them.')}</p>
          ) : secrets.length === 0 ? (
            <div className="sc-empty">
              <b>{t('No secrets yet')}</b>
              <p>
                {t(
                  'A secret is a token, password or key that a pipeline signs in with: an operator’s settings name it, the run is given its value, and nobody sees it again. {next}',
                  { next: mayManage ? t('Add one here, then choose it in the form of the operator.') : t('An administrator adds them.') },
                )}
              </p>
            </div>
          ) : (
            <div className="rn-scroll" tabIndex={0} role="region" aria-label={t('List of secrets')}>
              <table className="rn-table st-table ac-audit">
                <thead>
                  <tr>
                    <th>{t('Name')}</th>
                    <th>{t('Used by')}</th>
                    <th>{t('Set')}</th>
                    <th>
                      <span className="rn-hidden">{t('Actions')}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {secrets.map((secret) => (
                    <tr key={secret.name}>
                      <td>
                        <b className="sc-name">{secret.name}</b>
                      </td>
                      <td className="rn-wrap">
                        <Users secret={secret} />
                      </td>
                      <td className="rn-t2">
                        {moment(secret.changedAtMs)}
                        <span className="st-sub">{t('by {changedBy}', { changedBy: secret.changedBy })}</span>
                      </td>
                      <td className="st-row-actions">
                        {mayManage ? (
                          <>
                            <button
                              type="button"
                              className="rn-btn"
                              aria-label={t('Replace {secret}', { secret: secret.name })}
                              onClick={() => setReplacing(secret)}
                            >
                              {t('Replace')}
                            </button>
                            <button
                              type="button"
                              className="rn-btn rn-quiet rn-icon-only"
                              aria-label={t('Remove {secret}', { secret: secret.name })}
                              title={t('Remove')}
                              onClick={() => setRemoving(secret)}
                            >
                              <Icon name="close" />
                            </button>
                          </>
                        ) : null}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          {mayManage ? (
            <AddSecret
              taken={(secrets ?? []).map(({ name }) => name)}
              onAdd={(name, value) =>
                act(async () => {
                  await setSecret(name, value)
                  setSaid(t('{name} is kept.', { name }))
                })
              }
            />
          ) : null}
        </section>
      </div>
      {replacing === null ? null : (
        <Replace
          secret={replacing}
          onClose={() => setReplacing(null)}
          onReplace={(value) => {
            const { name } = replacing
            setReplacing(null)
            void act(async () => {
              await setSecret(name, value)
              setSaid(t('{name} has a new value.', { name }))
            })
          }}
        />
      )}
      {removing === null ? null : (
        <Remove
          secret={removing}
          onClose={() => setRemoving(null)}
          onRemove={() => {
            const { name } = removing
            setRemoving(null)
            void act(async () => {
              await call('DELETE', `/secrets/${encodeURIComponent(name)}?force=true`)
              await readSecrets()
              setSaid(t('{name} is gone.', { name }))
            })
          }}
        />
      )}
    </main>
  )
}

function wordsOf(error: unknown): string {
  return error instanceof ApiError || error instanceof Error ? error.message : String(error)
}

function isUsed({ pipelines, runs, webhooks }: SecretItem): boolean {
  return pipelines.length + runs.length + webhooks.length > 0
}

function Users({ secret }: { readonly secret: SecretItem }) {
  const { pipelines, runs, webhooks } = secret
  if (!isUsed(secret)) return <span className="rn-t2">{t('nobody')}</span>
  return (
    <>
      {pipelines.map(({ id, name }, i) => (
        <span key={id}>
          {i === 0 ? '' : ', '}
          <Link className="sc-link" href={`/pipelines/${id}`}>
            {name}
          </Link>
        </span>
      ))}
      {runs.length === 0 ? null : (
        <span className="st-sub">
          {runs.length === 1 ? t('1 run goes on with it') : t('{runs} runs go on with it', { runs: runs.length })}
        </span>
      )}
      {webhooks.length === 0 ? null : (
        <span className="st-sub">
          <Link className="sc-link" href="/alerts">
            {t('webhooks: {names}', { names: webhooks.join(', ') })}
          </Link>
        </span>
      )}
    </>
  )
}

interface ValueFieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}

/** One line is hidden as it is typed; several, such as a key file, are pasted into a text area. */
function ValueField({ label, value, onChange }: ValueFieldProps) {
  const [lines, setLines] = useState(false)
  return (
    <div className="sc-value">
      <label className="rn-field">
        {label}
        {lines ? (
          <textarea
            className="ac-input sc-lines"
            required
            maxLength={16_384}
            rows={5}
            spellCheck={false}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        ) : (
          <input
            className="ac-input"
            type="password"
            required
            maxLength={16_384}
            autoComplete="new-password"
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </label>
      <label className="rn-check">
        <input
          type="checkbox"
          checked={lines}
          onChange={(event) => {
            setLines(event.target.checked)
            // A line of text has no breaks: it would be cut in silence.
            onChange('')
          }}
        />
        {t('Several lines, shown while typed')}
      </label>
    </div>
  )
}

interface AddSecretProps {
  readonly taken: readonly string[]
  readonly onAdd: (name: string, value: string) => Promise<boolean>
}

function AddSecret({ taken, onAdd }: AddSecretProps) {
  const [name, setName] = useState('')
  const [value, setValue] = useState('')
  const isTaken = taken.includes(name)
  return (
    <form
      className="ac-row sc-add"
      onSubmit={(event) => {
        event.preventDefault()
        if (isTaken) return
        void onAdd(name, value).then((worked) => {
          if (!worked) return
          setName('')
          setValue('')
        })
      }}
    >
      <label className="rn-field">
        {isTaken ? t('Name: it is there, use Replace') : t('Name')}
        <input
          className="ac-input"
          required
          maxLength={64}
          pattern={SECRET_NAME}
          title={t('Small letters, digits and hyphens, beginning with a letter')}
          placeholder={t('e.g. shop-token')}
          aria-invalid={isTaken}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <ValueField label={t('Value; it is not shown again')} value={value} onChange={setValue} />
      <button type="submit" className="rn-btn rn-lg" disabled={isTaken}>
        <Icon name="plus" />
        {t('Add secret')}
      </button>
    </form>
  )
}

interface ReplaceProps {
  readonly secret: SecretItem
  readonly onClose: () => void
  readonly onReplace: (value: string) => void
}

function Replace({ secret, onClose, onReplace }: ReplaceProps) {
  const [value, setValue] = useState('')
  return (
    <Dialog
      title={t('Replace {secret}', { secret: secret.name })}
      summary={t('Running pipelines use the new value within seconds; nothing is started again. The value before is gone.')}
      icon="restore"
      onClose={onClose}
      footer={
        <>
          <button type="button" className="rn-btn rn-lg" data-autofocus onClick={onClose}>
            {t('Keep')}
          </button>
          <button type="submit" form="sc-replace" className="rn-btn rn-lg rn-primary" disabled={value === ''}>
            {t('Replace')}
          </button>
        </>
      }
    >
      <form
        id="sc-replace"
        onSubmit={(event) => {
          event.preventDefault()
          if (value !== '') onReplace(value)
        }}
      >
        <ValueField label={t('New value')} value={value} onChange={setValue} />
      </form>
    </Dialog>
  )
}

interface RemoveProps {
  readonly secret: SecretItem
  readonly onClose: () => void
  readonly onRemove: () => void
}

function Remove({ secret, onClose, onRemove }: RemoveProps) {
  const used = isUsed(secret)
  return (
    <RemoveDialog
      title={t('Remove {secret}?', { secret: secret.name })}
      summary={
        used
          ? t(
              'It is used. These pipelines cannot start any more until they name another one or it is set again; runs go on with it until their process starts anew.',
            )
          : t('Nobody uses it. Its value cannot be brought back.')
      }
      verb={used ? t('Remove all the same') : t('Remove')}
      onClose={onClose}
      onRemove={onRemove}
    >
      {used ? <Users secret={secret} /> : null}
    </RemoveDialog>
  )
}
