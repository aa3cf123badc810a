import { useState } from 'react'
import { call } from '../api/client.ts'
import { RemoveDialog } from '../shell/RemoveDialog.tsx'
import { Icon } from '../theme/Icon.tsx'
import type { Act } from './AccessPage.tsx'
import { PasswordField } from './PasswordField.tsx'
import { ROLES, type Role } from './session.ts'

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
    <section className="st-card" aria-label="Users">
      <header>
        <h2>Users</h2>
      </header>
      <div className="rn-scroll">
        <table className="rn-table st-table">
          <thead>
            <tr>
              <th>Name</th>
              <th>Role</th>
              <th>Sees data</th>
              <th>Uses secrets</th>
              <th>
                <span className="rn-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {users.map((user) => (
              <tr key={user.name}>
                <td>
                  <b>{user.name}</b>
                  {user.name === self ? <span className="st-sub">you</span> : null}
                  {user.issuer === null ? null : <span className="st-sub">from {new URL(user.issuer).host}</span>}
                </td>
                <td>
                  <RoleSelect
                    label={`Role of ${user.name}`}
                    value={user.role}
                    title={user.issuer === null ? undefined : 'Until they sign in again: then it is what their groups say'}
                    onChange={(role) => change(user, { role })}
                  />
                </td>
                <td>
                  <label className="rn-check">
                    <input
                      type="checkbox"
                      aria-label={`${user.name} sees data`}
                      checked={user.seeData}
                      disabled={user.role === 'admin'}
                      title={user.role === 'admin' ? 'Administrators always see data' : 'Rows in table views, errors and samples of files'}
                      onChange={(event) => change(user, { seeData: event.target.checked })}
                    />
                  </label>
                </td>
                <td>
                  <label className="rn-check">
                    <input
                      type="checkbox"
                      aria-label={`${user.name} uses secrets`}
                      checked={user.useSecrets}
                      disabled={user.role === 'admin'}
                      title={
                        user.role === 'admin' ? 'Administrators always use secrets' : 'May save and run pipelines that refer to secrets'
                      }
                      onChange={(event) => change(user, { useSecrets: event.target.checked })}
                    />
                  </label>
                </td>
                <td className="st-row-actions">
                  <button
                    type="button"
                    className="rn-btn rn-quiet rn-icon-only"
                    aria-label={`Remove ${user.name}`}
                    title={user.name === self ? 'Not yourself' : 'Remove'}
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
          title={`Remove ${removing.name}?`}
          summary="Sessions and tokens end at once. Pipelines and runs stay."
          verb="Remove"
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
        <option key={role}>{role}</option>
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
        Name
        <input
          className="ac-input"
          required
          maxLength={64}
          pattern="[a-z][a-z0-9._@\-]*"
          title="Small letters, digits and . _ @ -"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <PasswordField label="Password" value={password} onChange={setPassword} />
      <div className="rn-field">
        <span aria-hidden="true">Role</span>
        <RoleSelect label="Role of the new user" value={role} onChange={setRole} />
      </div>
      <button type="submit" className="rn-btn rn-lg">
        <Icon name="plus" />
        Add user
      </button>
    </form>
  )
}
