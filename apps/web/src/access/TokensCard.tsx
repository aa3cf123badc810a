import { useState } from 'react'
import { call } from '../api/client.ts'
import { Icon } from '../theme/Icon.tsx'
import type { Act } from './AccessPage.tsx'
import type { Role } from './session.ts'
import { RoleSelect } from './UsersCard.tsx'
import { t } from '../language/t.ts'
import { day } from '../theme/numbers.ts'

export interface Token {
  readonly id: string
  readonly label: string
  readonly owner: string
  readonly role: Role
  readonly seeData: boolean
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

interface Wanted {
  readonly label: string
  readonly role: Role
  readonly days: number
}

function CreateToken({ onCreate }: { readonly onCreate: (wanted: Wanted) => Promise<boolean> }) {
  const [label, setLabel] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const [days, setDays] = useState(90)
  return (
    <form
      className="ac-row"
      onSubmit={(event) => {
        event.preventDefault()
        void onCreate({ label, role, days }).then((worked) => {
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
