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
  if (state.kind !== 'known' || !state.session.signIn || state.session.user === null) return null
  const { rights } = state.session
  const { name, role, seeData } = state.session.user
  const signOut = async (): Promise<void> => {
    await call('DELETE', '/session')
    disconnectLive()
    await askSession()
  }
  const choices: readonly MenuChoice[] = [
    {
      key: 'access',
      title: role === 'admin' ? 'Users and tokens' : 'Password and tokens',
      detail: `${name}, ${role}${seeData ? ', sees data' : ''}`,
      onChoose: () => navigate('/access'),
    },
    ...(rights.includes('read-audit') ? [{ key: 'audit', title: 'Audit log', onChoose: () => navigate('/audit') }] : []),
    { key: 'out', title: 'Sign out', apart: true, onChoose: () => void signOut().catch(() => askSession()) },
  ]
  return (
    <Menu
      className=""
      button={<Icon name="user" size={16} />}
      label={`You are ${name}`}
      title={name}
      align="start"
      widthPx={220}
      choices={choices}
    />
  )
}
