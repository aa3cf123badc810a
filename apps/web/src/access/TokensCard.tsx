import { useState } from 'react'
import { call } from '../api/client.ts'
import { Icon } from '../theme/Icon.tsx'
import type { Act } from './AccessPage.tsx'
import { useRefusal, useSession, type Role } from './session.ts'
import { RoleSelect } from './UsersCard.tsx'
import { t } from '../language/t.ts'
import { day } from '../theme/numbers.ts'

export interface Token {
  readonly id: string
  readonly label: string
  readonly owner: string
  readonly role: Role
  readonly seeData: boolean
  readonly useSecrets: boolean
  readonly expiresAtMs: number
}

export function TokensCard({
  tokens,
  showOwner,
  act,
}: {
  readonly tokens: readonly Token[]
  readonly showOwner: boolean
  readonly act: Act
}) {
  const [text, setText] = useState<string | null>(null)
  return (
    <section className="st-card" aria-label={t('Tokens')}>
      <header>
        <h2>{t('Tokens for programs')}</h2>
      </header>
      {tokens.length === 0 ? (
        <p className="rn-empty">{t('No tokens. Programs and the command line (BELAY_TOKEN) need one.')}</p>
      ) : (
        <div className="rn-scroll">
          <table className="rn-table st-table">
            <thead>
              <tr>
                <th>{t('For')}</th>
                <th>{t('Role')}</th>
                <th>{t('Also')}</th>
                <th>{t('Until')}</th>
                <th>
                  <span className="rn-hidden">{t('Actions')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {tokens.map((token) => (
                <tr key={token.id}>
                  <td>
                    <b>{token.label}</b>
                    {showOwner ? <span className="st-sub">{t('of {owner}', { owner: token.owner })}</span> : null}
                  </td>
                  <td>{token.role}</td>
                  <td>{alsoOf(token)}</td>
                  <td>{day(token.expiresAtMs)}</td>
                  <td className="st-row-actions">
                    <button
                      type="button"
                      className="rn-btn"
                      aria-label={t('Revoke {label}', { label: token.label })}
                      onClick={() => void act(() => call('DELETE', `/tokens/${token.id}`))}
                    >
                      {t('Revoke')}
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {text === null ? null : (
        <p className="ac-new" role="status">
          <span>{t('Copy it now; it is not shown again.')}</span>
          <code>{text}</code>
          <button type="button" className="rn-btn rn-sm" onClick={() => void navigator.clipboard.writeText(text)}>
            {t('Copy')}
          </button>
          <button type="button" className="rn-btn rn-sm rn-quiet" onClick={() => setText(null)}>
            {t('Done')}
          </button>
        </p>
      )}
      <CreateToken onCreate={(body) => act(async () => setText((await call<{ text: string }>('POST', '/tokens', body)).value.text))} />
    </section>
  )
}

/** What it may beside its role; administrators may both in any case. */
function alsoOf({ role, seeData, useSecrets }: Token): string {
  const also = [...(seeData || role === 'admin' ? [t('sees data')] : []), ...(useSecrets || role === 'admin' ? [t('uses secrets')] : [])]
  return also.join(', ')
}

interface Wanted {
  readonly label: string
  readonly role: Role
  readonly days: number
  readonly seeData: boolean
  readonly useSecrets: boolean
}

function CreateToken({ onCreate }: { readonly onCreate: (wanted: Wanted) => Promise<boolean> }) {
  const [label, setLabel] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const [days, setDays] = useState(90)
  const [seeData, setSeeData] = useState(false)
  const [useSecrets, setUseSecrets] = useState(false)
  return (
    <form
      className="ac-row"
      onSubmit={(event) => {
        event.preventDefault()
        void onCreate({ label, role, days, seeData, useSecrets }).then((worked) => {
          if (worked) setLabel('')
        })
      }}
    >
      <label className="rn-field">
        {t('For')}
        <input
          className="ac-input"
          required
          maxLength={100}
          placeholder={t('e.g. nightly job')}
          value={label}
          onChange={(event) => setLabel(event.target.value)}
        />
      </label>
      <div className="rn-field">
        <span aria-hidden="true">{t('Role, at most your own')}</span>
        <RoleSelect label={t('Role of the token')} value={role} onChange={setRole} />
      </div>
      <fieldset className="ac-grants">
        <legend>{t('It may also')}</legend>
        <Grant right="see-data" label={t('see data')} role={role} value={seeData} onChange={setSeeData} />
        <Grant right="use-secrets" label={t('use secrets')} role={role} value={useSecrets} onChange={setUseSecrets} />
      </fieldset>
      <label className="rn-field">
        {t('Days')}
        <input
          className="ac-input"
          type="number"
          required
          min={1}
          max={366}
          value={days}
          onChange={(event) => setDays(Number(event.target.value))}
        />
      </label>
      <button type="submit" className="rn-btn rn-lg">
        <Icon name="plus" />
        {t('Create token')}
      </button>
    </form>
  )
}

interface GrantProps {
  readonly right: 'see-data' | 'use-secrets'
  readonly label: string
  /** Of the token. */
  readonly role: Role
  readonly value: boolean
  readonly onChange: (value: boolean) => void
}

/** A token has no grant that its owner does not have. */
function Grant({ right, label, role, value, onChange }: GrantProps) {
  const off = useRefusal(right)
  const state = useSession()
  const always = role === 'admin' && state.kind === 'known' && state.session.user?.role === 'admin'
  return (
    <label className="rn-check" title={off ?? (always ? t('Administrators always may') : undefined)}>
      <input
        type="checkbox"
        checked={off === null && (value || always)}
        disabled={off !== null || always}
        onChange={(event) => onChange(event.target.checked)}
      />
      {label}
    </label>
  )
}
