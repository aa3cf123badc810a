/** What one can tell the whole run: pause, resume, the ways to stop, restore, kill its process. */
import { Menu } from '../shell/Menu.tsx'
import { Icon } from '../theme/Icon.tsx'
import { useCheckpoints, usePaused } from './live/runHooks.ts'
import { useMonitor } from './monitorState.tsx'
import { t } from '../language/t.ts'

export function PauseButton({ large = false }: { readonly large?: boolean }) {
  const { off, command } = useMonitor()
  const paused = usePaused()
  return (
    <button
      type="button"
      className={large ? 'rn-btn rn-lg' : 'rn-btn'}
      disabled={off !== null}
      onClick={() => void command(paused ? '/resume' : '/pause')}
      title={off !== null ? off : paused ? t('Go on from where it stands') : t('Nothing is read until someone resumes')}
    >
      <Icon name={paused ? 'play' : 'pause'} />
      {paused ? t('Resume') : t('Pause')}
    </button>
  )
}

export function RestoreButton({ large = false }: { readonly large?: boolean }) {
  const { off, openRestore } = useMonitor()
  const none = useCheckpoints().length === 0
  return (
    <button
      type="button"
      className={large ? 'rn-btn rn-lg' : 'rn-btn'}
      disabled={off !== null || none}
      onClick={() => openRestore(null)}
      title={off !== null ? off : none ? t('There is no checkpoint yet') : t('Go back to a kept checkpoint')}
    >
      <Icon name="restore" />
      {t('Restore…')}
    </button>
  )
}

/** Also of a run that has ended. */
export function ExportButton() {
  const { openDialog } = useMonitor()
  return (
    <button
      type="button"
      className="rn-btn rn-quiet rn-icon-only"
      aria-label={t('Export this run')}
      title={t('Export this run as one file that opens without the server')}
      onClick={() => openDialog({ kind: 'export' })}
    >
      <Icon name="download" />
    </button>
  )
}

/** The ways to end a run, and to kill its process. */
export function StopMenu({ icon = false }: { readonly icon?: boolean }) {
  const { off, command, openDialog, openKill } = useMonitor()
  return (
    <Menu
      className={icon ? 'rn-btn rn-quiet rn-icon-only' : 'rn-btn'}
      button={
        icon ? (
          <Icon name="dots" />
        ) : (
          <>
            <Icon name="stop" />
            {t('Stop')}
            <Icon name="down" size={12} />
          </>
        )
      }
      label={icon ? t('More to do with the run') : undefined}
      title={off ?? t('Ways to end the run')}
      disabled={off !== null}
      align="end"
      widthPx={296}
      choices={[
        {
          key: 'stop',
          title: t('Stop'),
          detail: t('cut at the next window, checkpoint, commit'),
          onChoose: () => void command('/stop', { mode: 'stop' }),
        },
        {
          key: 'drain',
          title: t('Drain'),
          detail: t('as if the sources had ended: open windows fire'),
          onChoose: () => void command('/stop', { mode: 'drain' }),
        },
        {
          key: 'abort',
          title: t('Abort…'),
          detail: t('end at once; what is staged is thrown away'),
          onChoose: () => openDialog({ kind: 'abort' }),
        },
        {
          key: 'kill',
          title: t('Kill…'),
          detail: t('an operator, or the whole run process; it comes back'),
          danger: true,
          apart: true,
          onChoose: () => openKill(null),
        },
      ]}
    />
  )
}
