/** Who uses the page, and what they may do: asked once, and again when the server says that it has changed. */
import { create } from 'zustand'
import { get, onRefused } from '../api/client.ts'
import { t } from '../language/t.ts'

export type Role = 'viewer' | 'operator' | 'designer' | 'admin'
export const ROLES: readonly Role[] = ['viewer', 'operator', 'designer', 'admin']

interface Session {
  /** Whether people sign in here. */
  readonly signIn: boolean
  readonly setupNeeded: boolean
  /** A service where people sign in as well. */
  readonly oidc: { readonly label: string } | null
  readonly user: {
    readonly name: string
    readonly role: Role
    readonly seeData: boolean
    readonly useSecrets: boolean
    /** Where they sign in instead of here. */
    readonly issuer: string | null
  } | null
  readonly rights: readonly string[]
}

type State =
  | { readonly kind: 'asking' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'known'; readonly session: Session }

export const useSession = create<State>(() => ({ kind: 'asking' }))

export async function askSession(): Promise<void> {
  try {
    useSession.setState({ kind: 'known', session: await get<Session>('/session') }, true)
  } catch (error) {
    // What is shown stays: a server that restarts is no reason to sign in again.
    if (useSession.getState().kind !== 'known')
      useSession.setState({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }, true)
  }
}

onRefused(() => void askSession())

const who = () => ({
  'see-data': t('the grant see-data'),
  'use-secrets': t('the grant use-secrets'),
  'write-pipelines': t('the role designer'),
  'write-files': t('the role designer'),
  'start-runs': t('the role operator'),
  'command-runs': t('the role operator'),
  'delete-runs': t('the role operator'),
  'write-alerts': t('the role operator'),
  'write-webhooks': t('the role designer'),
})

/** Why one may not, for the title of a button that is off; null = one may. */
export function useRefusal(right: keyof ReturnType<typeof who>): string | null {
  const state = useSession()
  if (state.kind !== 'known' || state.session.rights.includes(right)) return null
  return t('For that you need {who}. Ask an administrator.', { who: who()[right] })
}
