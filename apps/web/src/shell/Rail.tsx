/** The rail at the left: pipelines, runs, and the theme. On a phone it lies at the top, and not on the page of a run. */
import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { Link, useLocation } from 'wouter'
import { AlertBell } from '../alerts/AlertBell.tsx'
import { UserMenu } from '../access/UserMenu.tsx'
import { Icon } from '../theme/Icon.tsx'
import { t } from '../language/t.ts'

function Mark() {
  return (
    <svg className="sh-mark" viewBox="0 0 30 30" fill="none" role="img" aria-label="Belay">
      <path
        d="M10.5 5.5h8a6.8 6.8 0 0 1 6.2 9.6l-2.6 5.8a6.2 6.2 0 0 1-5.7 3.6h-5.9a5 5 0 0 1-5-5v-1.6M5.5 14.6v-4.1a5 5 0 0 1 5-5"
        stroke="currentColor"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
      <path d="M1.5 16.2h11.2c2.4 0 4-1.5 4-3.6s-1.6-3.4-3.6-3.4" stroke="var(--accent-solid)" strokeWidth="2.4" strokeLinecap="round" />
    </svg>
  )
}

export function Rail() {
  const [location] = useLocation()
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  const onRuns = location.startsWith('/runs')
  const onRun = location.startsWith('/runs/')
  return (
    <nav className={onRun ? 'sh-rail sh-rail-wide-only' : 'sh-rail'} aria-label={t('Main')}>
      <Mark />
      <Link
        href="/"
        title={t('Pipelines')}
        aria-label={t('Pipelines')}
        {...(onRuns || location === '/access' || location === '/alerts' || location === '/secrets' || location === '/audit'
          ? {}
          : { 'aria-current': 'page' as const })}
      >
        <Icon name="graph" size={16} />
      </Link>
      <Link href="/runs" title={t('Runs')} aria-label={t('Runs')} {...(onRuns ? { 'aria-current': 'page' as const } : {})}>
        <Icon name="play" size={16} />
      </Link>
      <AlertBell />
      <span className="rn-grow" />
      <a href="/docs/" title={t('Docs')} aria-label={t('Docs')}>
        <Icon name="info" size={16} />
      </a>
      <UserMenu />
      <button
        type="button"
        title={scheme === 'dark' ? t('Light') : t('Dark')}
        aria-label={t('Switch between light and dark')}
        onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
      >
        <Icon name="theme" size={16} />
      </button>
    </nav>
  )
}
