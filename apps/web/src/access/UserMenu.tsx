/** Who one is, at the foot of the rail: own access, users, signing out. */
import { useLocation } from 'wouter'
import { call } from '../api/client.ts'
import { disconnectLive } from '../api/live.ts'
import { Menu, type MenuChoice } from '../shell/Menu.tsx'
import { Icon } from '../theme/Icon.tsx'
import { askSession, useSession } from './session.ts'

export function UserMenu() {
  const state = useSession()
  const [, navigate] = useLocation()
  if (state.kind !== 'known') return null
  const { rights, signIn } = state.session
  // Where nobody signs in, everybody is the same administrator: there is nothing to say about who one is.
  const user = signIn ? state.session.user : null
  const ofServer: readonly MenuChoice[] = [
    ...(rights.includes('use-secrets') ? [{ key: 'secrets', title: 'Secrets', onChoose: () => navigate('/secrets') }] : []),
    ...(rights.includes('read-audit') ? [{ key: 'audit', title: 'Audit log', onChoose: () => navigate('/audit') }] : []),
  ]
  const signOut = async (): Promise<void> => {
    await call('DELETE', '/session')
    disconnectLive()
    await askSession()
  }
  const own = (): readonly MenuChoice[] => {
    if (user === null) return ofServer
    return [
      {
        key: 'access',
        title: user.role === 'admin' ? 'Users and tokens' : user.issuer === null ? 'Password and tokens' : 'Tokens',
        detail: `${user.name}, ${user.role}${user.seeData ? ', sees data' : ''}${user.useSecrets ? ', uses secrets' : ''}`,
        onChoose: () => navigate('/access'),
      },
      ...ofServer,
      { key: 'out', title: 'Sign out', apart: true, onChoose: () => void signOut().catch(() => askSession()) },
    ]
  }
  const choices = own()
  if (choices.length === 0) return null
  return (
    <Menu
      className=""
      button={<Icon name={user === null ? 'dots' : 'user'} size={16} />}
      label={user === null ? 'This server' : `You are ${user.name}`}
      title={user === null ? 'This server' : user.name}
      align="start"
      widthPx={220}
      choices={choices}
    />
  )
}
