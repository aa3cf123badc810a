/** Fields that refer to secrets by name: one secret, and headers whose values may be secrets. Values are typed once and never come back. */
import { useEffect, useState } from 'react'
import { isSecretReference, type Problem, type SecretReference } from '@belay/pipeline'
import { readSecrets, SECRET_NAME, setSecret, useSecretList } from '../../access/secrets.ts'
import { useSession } from '../../access/session.ts'
import type { ControlIds } from './FieldShell.tsx'
import { FieldProblems } from './FieldShell.tsx'
import { ListEditor, listOf } from './ListEditor.tsx'
import { problemsAt } from './useField.ts'
import { t } from '../../language/t.ts'

function useRight(right: string): boolean {
  const state = useSession()
  return state.kind === 'known' && state.session.rights.includes(right)
}

interface SecretFieldProps {
  readonly ids: ControlIds
  readonly label: string
  readonly value: unknown
  readonly optional: boolean
  readonly onChange: (value: SecretReference | null) => void
}

const NEW = '+'

/** Chooses one of the secrets there are; administrators can add one without leaving the form. */
export function SecretField({ ids, label, value, optional, onChange }: SecretFieldProps) {
  const list = useSecretList()
  const mayUse = useRight('use-secrets')
  const mayAdd = useRight('manage-secrets')
  const [adding, setAdding] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  useEffect(() => {
    if (mayUse) readSecrets().catch((error: unknown) => setFailure(error instanceof Error ? error.message : String(error)))
  }, [mayUse])
  const chosen = isSecretReference(value) ? value.secret : ''
  const names = (list ?? []).map(({ name }) => name)
  if (adding)
    return (
      <NewSecret
        label={label}
        onDone={(name) => {
          setAdding(false)
          if (name !== null) onChange({ secret: name })
        }}
      />
    )
  return (
    <>
      <select
        id={ids.id}
        className="ds-input ds-select"
        aria-label={ids.id === '' ? label : undefined}
        aria-describedby={ids.describedBy}
        aria-invalid={ids.invalid}
        disabled={!mayUse}
        title={mayUse ? undefined : t('For that you need the grant use-secrets. Ask an administrator.')}
        value={chosen}
        onChange={({ target }) => {
          if (target.value === NEW) setAdding(true)
          else onChange(target.value === '' && optional ? null : { secret: target.value })
        }}
      >
        <option value="">{optional ? t('none') : t('choose a secret')}</option>
        {chosen === '' || names.includes(chosen) ? null : (
          <option value={chosen}>{list === null ? chosen : t('{chosen} (not there)', { chosen })}</option>
        )}
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
        {mayAdd ? <option value={NEW}>{t('new secret…')}</option> : null}
      </select>
      {failure === null ? null : (
        <p className="ds-help" role="alert">
          {failure}
        </p>
      )}
    </>
  )
}

/** `name` null = given up. */
function NewSecret({ label, onDone }: { readonly label: string; readonly onDone: (name: string | null) => void }) {
  const [name, setName] = useState('')
  const [secret, setValue] = useState('')
  const [failure, setFailure] = useState<string | null>(null)
  const whole = new RegExp(`^${SECRET_NAME}$`).test(name) && secret !== ''
  const save = (): void => {
    if (!whole) return
    setSecret(name, secret).then(
      () => onDone(name),
      (error: unknown) => setFailure(error instanceof Error ? error.message : String(error)),
    )
  }
  return (
    <div
      className="ds-new-secret"
      role="group"
      aria-label={t('New secret for {label}', { label })}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && event.target instanceof HTMLInputElement) save()
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onDone(null)
      }}
    >
      <input
        className="ds-input ds-mono"
        aria-label={t('Name of the new secret')}
        placeholder={t('name, e.g. shop-token')}
        title={t('Small letters, digits and hyphens, beginning with a letter')}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        ref={(input) => input?.focus()}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <input
        className="ds-input"
        type="password"
        aria-label={t('Its value')}
        placeholder={t('value; it is not shown again')}
        autoComplete="new-password"
        value={secret}
        onChange={(event) => setValue(event.target.value)}
      />
      {failure === null ? null : (
        <p className="ds-help" role="alert">
          {failure}
        </p>
      )}
      <span className="ds-new-secret-verbs">
        <button type="button" className="rn-btn rn-sm" disabled={!whole} onClick={save}>
          {t('Add secret')}
        </button>
        <button type="button" className="rn-btn rn-sm rn-quiet" onClick={() => onDone(null)}>
          {t('Cancel')}
        </button>
      </span>
    </div>
  )
}

interface Header {
  readonly name: string
  readonly value: string | SecretReference
}

interface HeadersFieldProps {
  readonly path: string
  readonly value: unknown
  readonly problems: readonly Problem[]
  readonly onChange: (value: unknown, gesture?: string) => void
}

/** `name: value`, each a text or a secret. */
export function HeadersField({ path, value, problems, onChange }: HeadersFieldProps) {
  return (
    <ListEditor<Header>
      entries={listOf(value)}
      noun={t('header')}
      fresh={() => ({ name: '', value: '' })}
      onChange={(next) => onChange(next)}
    >
      {(entry, i, change) => {
        const own = problemsAt(problems, `${path}/${i}`)
        const invalid = own.some(({ severity }) => severity === 'error')
        const secret = isSecretReference(entry.value)
        return (
          <>
            <div className="ds-header">
              <input
                className="ds-input ds-mono"
                aria-label={t('Name of header {number}', { number: i + 1 })}
                aria-invalid={invalid}
                placeholder="X-Api-Key"
                value={entry.name}
                autoComplete="off"
                spellCheck={false}
                onChange={(event) => change({ ...entry, name: event.target.value })}
              />
              <select
                className="ds-input ds-select"
                aria-label={t('Kind of header {number}', { number: i + 1 })}
                value={secret ? 'secret' : 'text'}
                onChange={({ target }) => change({ ...entry, value: target.value === 'secret' ? { secret: '' } : '' })}
              >
                <option value="text">{t('text')}</option>
                <option value="secret">{t('secret')}</option>
              </select>
            </div>
            {secret ? (
              <SecretField
                ids={{ id: '', describedBy: undefined, invalid }}
                label={t('Secret of header {number}', { number: i + 1 })}
                value={entry.value}
                optional={false}
                onChange={(next) => change({ ...entry, value: next ?? { secret: '' } })}
              />
            ) : (
              <input
                className="ds-input"
                aria-label={t('Value of header {number}', { number: i + 1 })}
                aria-invalid={invalid}
                placeholder={t('value')}
                value={typeof entry.value === 'string' ? entry.value : ''}
                autoComplete="off"
                spellCheck={false}
                onChange={(event) =>
                  onChange(
                    listOf<Header>(value).map((other, at) => (at === i ? { ...other, value: event.target.value } : other)),
                    `${path}/${i}`,
                  )
                }
              />
            )}
            <FieldProblems problems={own} />
          </>
        )
      }}
    </ListEditor>
  )
}
