/** Who one is, at the foot of the rail: own access, users, the page's language, signing out. */
import { useLocation } from 'wouter'
import { call } from '../api/client.ts'
import { disconnectLive } from '../api/live.ts'
import { Menu, type MenuChoice } from '../shell/Menu.tsx'
import { Icon } from '../theme/Icon.tsx'
import { askSession, useSession } from './session.ts'
import { languageChoices } from '../language/choices.ts'
import { t } from '../language/t.ts'

function languages(): readonly MenuChoice[] {
  return languageChoices().map(({ key, title, choose }, i) => ({ key, title, apart: i === 0, onChoose: choose }))
}

export function UserMenu() {
  const state = useSession()
  const [, navigate] = useLocation()
  if (state.kind !== 'known') return null
  const { rights, signIn } = state.session
  // Where nobody signs in, everybody is the same administrator: there is nothing to say about who one is.
  const user = signIn ? state.session.user : null
  const ofServer: readonly MenuChoice[] = [
    ...(rights.includes('use-secrets') ? [{ key: 'secrets', title: t('Secrets'), onChoose: () => navigate('/secrets') }] : []),
    ...(rights.includes('read-audit') ? [{ key: 'audit', title: t('Audit log'), onChoose: () => navigate('/audit') }] : []),
  ]
  const signOut = async (): Promise<void> => {
    await call('DELETE', '/session')
    disconnectLive()
    await askSession()
  }
  const own = (): readonly MenuChoice[] => {
    if (user === null) return [...ofServer, ...languages()]
    return [
      {
        key: 'access',
        title: user.role === 'admin' ? t('Users and tokens') : user.issuer === null ? t('Password and tokens') : t('Tokens'),
        detail: `${user.name}, ${t(user.role)}${user.seeData ? t(', sees data') : ''}${user.useSecrets ? t(', uses secrets') : ''}`,
        onChoose: () => navigate('/access'),
      },
      ...ofServer,
      ...languages(),
      { key: 'out', title: t('Sign out'), apart: true, onChoose: () => void signOut().catch(() => askSession()) },
    ]
  }
  return (
    <Menu
      className=""
      button={<Icon name={user === null ? 'dots' : 'user'} size={16} />}
      label={user === null ? t('This server and the language') : t('You are {user}', { user: user.name })}
      title={user === null ? t('This server and the language') : user.name}
      align="start"
      widthPx={220}
      choices={own()}
    />
  )
}
