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
        <h1>Secrets</h1>
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
        <section className="st-card" aria-label="Secrets">
          {secrets === null ? (
            <p className="rn-empty">{problem === null ? 'Reading.' : 'Nothing is known of them.'}</p>
          ) : secrets.length === 0 ? (
            <div className="sc-empty">
              <b>No secrets yet</b>
              <p>
                A secret is a token, password or key that a pipeline signs in with: an operator’s settings name it, the run is given its
                value, and nobody sees it again.{' '}
                {mayManage ? 'Add one here, then choose it in the form of the operator.' : 'An administrator adds them.'}
              </p>
            </div>
          ) : (
            <div className="rn-scroll" tabIndex={0} role="region" aria-label="List of secrets">
              <table className="rn-table st-table ac-audit">
                <thead>
                  <tr>
                    <th>Name</th>
                    <th>Used by</th>
                    <th>Set</th>
                    <th>
                      <span className="rn-hidden">Actions</span>
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
                        {new Date(secret.changedAtMs).toLocaleString()}
                        <span className="st-sub">by {secret.changedBy}</span>
                      </td>
                      <td className="st-row-actions">
                        {mayManage ? (
                          <>
                            <button
                              type="button"
                              className="rn-btn"
                              aria-label={`Replace ${secret.name}`}
                              onClick={() => setReplacing(secret)}
                            >
                              Replace
                            </button>
                            <button
                              type="button"
                              className="rn-btn rn-quiet rn-icon-only"
                              aria-label={`Remove ${secret.name}`}
                              title="Remove"
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
                  setSaid(`${name} is kept.`)
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
              setSaid(`${name} has a new value.`)
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
              setSaid(`${name} is gone.`)
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

function isUsed({ pipelines, runs }: SecretItem): boolean {
  return pipelines.length + runs.length > 0
}

function Users({ secret: { pipelines, runs } }: { readonly secret: SecretItem }) {
  if (pipelines.length + runs.length === 0) return <span className="rn-t2">nobody</span>
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
        <span className="st-sub">{runs.length === 1 ? '1 run goes on with it' : `${runs.length} runs go on with it`}</span>
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
        Several lines, shown while typed
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
        {isTaken ? 'Name: it is there, use Replace' : 'Name'}
        <input
          className="ac-input"
          required
          maxLength={64}
          pattern={SECRET_NAME}
          title="Small letters, digits and hyphens, beginning with a letter"
          placeholder="e.g. shop-token"
          aria-invalid={isTaken}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <ValueField label="Value; it is not shown again" value={value} onChange={setValue} />
      <button type="submit" className="rn-btn rn-lg" disabled={isTaken}>
        <Icon name="plus" />
        Add secret
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
      title={`Replace ${secret.name}`}
      summary="Running pipelines use the new value within seconds; nothing is started again. The value before is gone."
      icon="restore"
      onClose={onClose}
      footer={
        <>
          <button type="button" className="rn-btn rn-lg" data-autofocus onClick={onClose}>
            Keep
          </button>
          <button type="submit" form="sc-replace" className="rn-btn rn-lg rn-primary" disabled={value === ''}>
            Replace
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
        <ValueField label="New value" value={value} onChange={setValue} />
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
      title={`Remove ${secret.name}?`}
      summary={
        used
          ? 'It is used. These pipelines cannot start any more until they name another one or it is set again; runs go on with it until their process starts anew.'
          : 'Nobody uses it. Its value cannot be brought back.'
      }
      verb={used ? 'Remove all the same' : 'Remove'}
      onClose={onClose}
      onRemove={onRemove}
    >
      {used ? <Users secret={secret} /> : null}
    </RemoveDialog>
  )
}
