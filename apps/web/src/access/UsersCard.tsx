import { useState } from 'react'
import { call } from '../api/client.ts'
import { RemoveDialog } from '../shell/RemoveDialog.tsx'
import { Icon } from '../theme/Icon.tsx'
import type { Act } from './AccessPage.tsx'
import { PasswordField } from './PasswordField.tsx'
import { ROLES, type Role } from './session.ts'
import { t } from '../language/t.ts'

export interface User {
  readonly name: string
  readonly role: Role
  readonly seeData: boolean
  readonly useSecrets: boolean
  readonly createdAtMs: number
  /** Where they sign in instead of here. */
  readonly issuer: string | null
}

export function UsersCard({ users, self, act }: { readonly users: readonly User[]; readonly self: string; readonly act: Act }) {
  const [removing, setRemoving] = useState<User | null>(null)
  const change = (user: User, to: { readonly role?: Role; readonly seeData?: boolean; readonly useSecrets?: boolean }): void =>
    void act(() =>
      call('PUT', `/users/${encodeURIComponent(user.name)}`, {
        role: user.role,
        seeData: user.seeData,
        useSecrets: user.useSecrets,
        ...to,
      }),
    )
  return (
    <section className="st-card" aria-label={t('Users')}>
      <header>
        <h2>{t('Users')}</h2>
      </header>
      <div className="rn-scroll">
        <table className="rn-table st-table">
          <thead>
            <tr>
              <th>{t('Name')}</th>
              <th>{t('Role')}</th>
              <th>{t('Sees data')}</th>
              <th>{t('Uses secrets')}</th>
              <th>
                <span className="rn-hidden">{t('Actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {users.map((user) => (
              <tr key={user.name}>
                <td>
                  <b>{user.name}</b>
                  {user.name === self ? <span className="st-sub">{t('you')}</span> : null}
                  {user.issuer === null ? null : <span className="st-sub">{t('from {host}', { host: new URL(user.issuer).host })}</span>}
                </td>
                <td>
                  <RoleSelect
                    label={t('Role of {user}', { user: user.name })}
                    value={user.role}
                    title={user.issuer === null ? undefined : t('Until they sign in again: then it is what their groups say')}
                    onChange={(role) => change(user, { role })}
                  />
                </td>
                <td>
                  <label className="rn-check">
                    <input
                      type="checkbox"
                      aria-label={t('{user} sees data', { user: user.name })}
                      checked={user.seeData}
                      disabled={user.role === 'admin'}
                      title={
                        user.role === 'admin' ? t('Administrators always see data') : t('Rows in table views, errors and samples of files')
                      }
                      onChange={(event) => change(user, { seeData: event.target.checked })}
                    />
                  </label>
                </td>
                <td>
                  <label className="rn-check">
                    <input
                      type="checkbox"
                      aria-label={t('{user} uses secrets', { user: user.name })}
                      checked={user.useSecrets}
                      disabled={user.role === 'admin'}
                      title={
                        user.role === 'admin'
                          ? t('Administrators always use secrets')
                          : t('May save and run pipelines that refer to secrets')
                      }
                      onChange={(event) => change(user, { useSecrets: event.target.checked })}
                    />
                  </label>
                </td>
                <td className="st-row-actions">
                  <button
                    type="button"
                    className="rn-btn rn-quiet rn-icon-only"
                    aria-label={t('Remove {user}', { user: user.name })}
                    title={user.name === self ? t('Not yourself') : t('Remove')}
                    disabled={user.name === self}
                    onClick={() => setRemoving(user)}
                  >
                    <Icon name="close" />
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <AddUser act={act} />
      {removing === null ? null : (
        <RemoveDialog
          title={t('Remove {removing}?', { removing: removing.name })}
          summary={t('Sessions and tokens end at once. Pipelines and runs stay.')}
          verb={t('Remove')}
          onClose={() => setRemoving(null)}
          onRemove={() => {
            setRemoving(null)
            void act(() => call('DELETE', `/users/${encodeURIComponent(removing.name)}`))
          }}
        />
      )}
    </section>
  )
}

export function RoleSelect({
  label,
  value,
  title,
  onChange,
}: {
  readonly label: string
  readonly value: Role
  readonly title?: string | undefined
  readonly onChange: (role: Role) => void
}) {
  return (
    <select
      className="ac-input"
      aria-label={label}
      title={title}
      value={value}
      onChange={(event) => onChange(ROLES.find((role) => role === event.target.value) ?? value)}
    >
      {ROLES.map((role) => (
        <option key={role} value={role}>
          {t(role)}
        </option>
      ))}
    </select>
  )
}

function AddUser({ act }: { readonly act: Act }) {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  return (
    <form
      className="ac-row"
      onSubmit={(event) => {
        event.preventDefault()
        void act(() => call('POST', '/users', { name, password, role })).then((worked) => {
          if (!worked) return
          setName('')
          setPassword('')
        })
      }}
    >
      <label className="rn-field">
        {t('Name')}
        <input
          className="ac-input"
          required
          maxLength={64}
          pattern="[a-z][a-z0-9._@\-]*"
          title={t('Small letters, digits and . _ @ -')}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <PasswordField label={t('Password')} value={password} onChange={setPassword} />
      <div className="rn-field">
        <span aria-hidden="true">{t('Role')}</span>
        <RoleSelect label={t('Role of the new user')} value={role} onChange={setRole} />
      </div>
      <button type="submit" className="rn-btn rn-lg">
        <Icon name="plus" />
        {t('Add user')}
      </button>
    </form>
  )
}
