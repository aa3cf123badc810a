/** Users (administrators), own tokens, own password. */
import { useCallback, useEffect, useState } from 'react'
import '../theme/start.css'
import '../theme/access.css'
import { call, get } from '../api/client.ts'
import { PasswordCard } from './PasswordCard.tsx'
import { TokensCard, type Token } from './TokensCard.tsx'
import { UsersCard, type User } from './UsersCard.tsx'
import { useSession } from './session.ts'
import { t } from '../language/t.ts'
import { tx } from '../language/tx.ts'

interface Lists {
  readonly tokens: readonly Token[]
  /** null = one may not see them. */
  readonly users: readonly User[] | null
}

/** Does one thing, then reads everything again. Gives whether it worked. */
export type Act = (work: () => Promise<unknown>) => Promise<boolean>

export default function AccessPage() {
  const state = useSession()
  const session = state.kind === 'known' ? state.session : null
  const isAdmin = session?.rights.includes('read-users') === true
  const hasPassword = session?.user?.issuer == null
  const [lists, setLists] = useState<Lists | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const reload = useCallback(async (): Promise<void> => {
    const [tokens, users] = await Promise.all([get<Token[]>('/tokens'), isAdmin ? get<User[]>('/users') : null])
    setLists({ tokens, users })
  }, [isAdmin])
  const act: Act = async (work) => {
    setProblem(null)
    try {
      await work()
      await reload()
      return true
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
      return false
    }
  }
  useEffect(() => {
    reload().catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)))
  }, [reload])
  return (
    <main className="st-page">
      <header className="sh-top">
        <h1>{isAdmin ? t('Users and tokens') : hasPassword ? t('Password and tokens') : t('Tokens')}</h1>
      </header>
      <div className="st-content">
        {problem === null ? null : (
          <p className="rn-problem" role="alert">
            {problem}
          </p>
        )}
        {session?.signIn === false ? (
          <p className="rn-empty">
            {tx('Nobody signs in here: whoever reaches this machine’s port is the administrator. Start with {code} to have users.', {
              code: <code>belay start --sign-in</code>,
            })}
          </p>
        ) : lists === null ? (
          <p className="rn-empty">{t('Reading.')}</p>
        ) : (
          <>
            {lists.users === null ? null : <UsersCard users={lists.users} self={session?.user?.name ?? ''} act={act} />}
            <TokensCard tokens={lists.tokens} showOwner={isAdmin} act={act} />
            {hasPassword ? <PasswordCard act={(current, next) => act(() => call('PUT', '/account/password', { current, next }))} /> : null}
          </>
        )}
      </div>
    </main>
  )
}
