/** Shown instead of everything else until somebody has signed in; with a setup link it makes the first user. */
import { useState, type ReactNode } from 'react'
import '../theme/access.css'
import { disconnectLive } from '../api/live.ts'
import { call } from '../api/client.ts'
import { askSession } from './session.ts'

export function SignInPage({ setupNeeded }: { readonly setupNeeded: boolean }) {
  const [secret] = useState(() => (window.location.pathname === '/setup' ? window.location.hash.slice(1) : ''))
  if (!setupNeeded) return <Entry title="Sign in" verb="Sign in" path="/session" />
  if (secret === '')
    return (
      <Frame title="There is no user yet">
        <p className="rn-t2">
          Open the setup link that <code>belay start</code> has printed. It makes the first user.
        </p>
      </Frame>
    )
  return <Entry title="Make the first user" verb="Make the user" path="/setup" secret={secret} />
}

function Frame({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <main className="ac-page">
      <div className="ac-card">
        <p className="ac-mark">Belay</p>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  )
}

interface EntryProps {
  readonly title: string
  readonly verb: string
  readonly path: '/session' | '/setup'
  readonly secret?: string
}

function Entry({ title, verb, path, secret }: EntryProps) {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const isNew = secret !== undefined
  const submit = async (): Promise<void> => {
    setBusy(true)
    setProblem(null)
    try {
      await call('POST', path, { name, password, ...(isNew ? { secret } : {}) })
      // The used secret leaves the address, and the socket comes back as this user.
      if (isNew) window.history.replaceState(null, '', '/')
      disconnectLive()
      await askSession()
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
      setBusy(false)
    }
  }
  return (
    <Frame title={title}>
      {isNew ? <p className="rn-t2">An administrator, who can then add others.</p> : null}
      <form
        className="ac-form"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <label className="rn-field">
          Name
          <input
            className="ac-input"
            autoFocus
            required
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={64}
            pattern={isNew ? '[a-z][a-z0-9._@\\-]*' : undefined}
            title={isNew ? 'Small letters, digits and . _ @ -' : undefined}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <label className="rn-field">
          Password{isNew ? ' (at least 12 characters)' : ''}
          <input
            className="ac-input"
            type="password"
            required
            minLength={isNew ? 12 : undefined}
            maxLength={200}
            autoComplete={isNew ? 'new-password' : 'current-password'}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </label>
        {problem === null ? null : (
          <p className="rn-problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" className="rn-btn rn-lg rn-primary" disabled={busy}>
          {busy ? 'One moment' : verb}
        </button>
      </form>
    </Frame>
  )
}
