/** Shown instead of everything else until somebody has signed in; with a setup link it makes the first user. */
import { useState, type ReactNode } from 'react'
import '../theme/access.css'
import { disconnectLive } from '../api/live.ts'
import { call } from '../api/client.ts'
import { askSession } from './session.ts'
import { t } from '../language/t.ts'
import { tx } from '../language/tx.ts'

interface SignInProps {
  readonly setupNeeded: boolean
  /** What the service is called where people sign in as well. */
  readonly service: string | null
}

export default function SignInPage({ setupNeeded, service }: SignInProps) {
  const [secret] = useState(() => (window.location.pathname === '/setup' ? window.location.hash.slice(1) : ''))
  if (!setupNeeded) return <Entry title={t('Sign in')} verb={t('Sign in')} path="/session" service={service} />
  if (secret === '')
    return (
      <Frame title={t('There is no user yet')}>
        <p className="rn-t2">
          {tx('Open the setup link that {code} has printed. It makes the first user.', { code: <code>belay start</code> })}
        </p>
        {service === null ? null : <ServiceEntry service={service} />}
      </Frame>
    )
  return <Entry title={t('Make the first user')} verb={t('Make the user')} path="/setup" secret={secret} />
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

/** What can have become of a sign-in at the service, by the code that its answer led back with. */
const OUTCOMES: Readonly<Record<string, (service: string) => string>> = {
  OIDC_EXPIRED: () => t('That sign-in took too long, or was not begun in this browser. Sign in again.'),
  OIDC_REFUSED: (service) =>
    t('{service} did not confirm who you are, or its answer did not hold. Sign in again; the server’s log says why.', { service }),
  OIDC_NO_ROLE: (service) => t('{service} knows you, but you have no role here. Ask an administrator for one.', { service }),
  OIDC_UNREACHABLE: (service) => t('{service} cannot be used now. Try again later, or sign in with a name and a password.', { service }),
}

/** Leads to the service and, over the server, back to this page. */
function ServiceEntry({ service }: { readonly service: string }) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState(() => {
    const code = new URLSearchParams(window.location.search).get('sign-in')
    return code === null ? null : (OUTCOMES[code]?.(service) ?? null)
  })
  const leave = async (): Promise<void> => {
    setBusy(true)
    setProblem(null)
    try {
      const here = new URL(window.location.href)
      here.searchParams.delete('sign-in')
      const returnTo = here.pathname === '/setup' ? '/' : here.pathname + here.search
      const { value } = await call<{ readonly url: string }>('POST', '/session/oidc', { returnTo })
      window.location.assign(value.url)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
      setBusy(false)
    }
  }
  return (
    <>
      {problem === null ? null : (
        <p className="rn-problem" role="alert">
          {problem}
        </p>
      )}
      <button type="button" className="rn-btn rn-lg ac-service" disabled={busy} onClick={() => void leave()}>
        {busy ? t('One moment') : t('Sign in with {service}', { service })}
      </button>
    </>
  )
}

interface EntryProps {
  readonly title: string
  readonly verb: string
  readonly path: '/session' | '/setup'
  readonly secret?: string
  readonly service?: string | null
}

function Entry({ title, verb, path, secret, service = null }: EntryProps) {
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
      {isNew ? <p className="rn-t2">{t('An administrator, who can then add others.')}</p> : null}
      <form
        className="ac-form"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <label className="rn-field">
          {t('Name')}
          <input
            className="ac-input"
            autoFocus
            required
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={64}
            pattern={isNew ? '[a-z][a-z0-9._@\\-]*' : undefined}
            title={isNew ? t('Small letters, digits and . _ @ -') : undefined}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <label className="rn-field">
          {isNew ? t('Password (at least 12 characters)') : t('Password')}
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
          {busy ? t('One moment') : verb}
        </button>
      </form>
      {service === null ? null : (
        <>
          <p className="ac-or">{t('or')}</p>
          <ServiceEntry service={service} />
        </>
      )}
    </Frame>
  )
}
