/** One mark for the connection, the same everywhere: live, stale, reconnecting (ui.md §7). */
import { whole, decimal } from '../theme/numbers.ts'
import { useLink, useNow, useRunState, useRunStore } from './live/runHooks.ts'
import { ENDED_STATES } from '@belay/run'
import { t } from '../language/t.ts'

/** Figures come every 250 ms; after this long something is wrong. */
const STALE_MS = 1500

export function LinkMark() {
  const store = useRunStore()
  const link = useLink()
  const state = useRunState()
  useNow(500)
  const ageMs = Math.max(0, Date.now() - store.heardAtMs)
  switch (link.kind) {
    case 'lost':
      return (
        <span className="rn-live rn-stale" data-testid="link" data-link="lost">
          <i />
          {link.attempt > 0
            ? t('Reconnecting, try {attempt}', { attempt: link.attempt })
            : t('Stale {seconds} s', { seconds: whole(ageMs / 1000) })}
        </span>
      )
    case 'connecting':
    case 'refused':
      return (
        <span className="rn-live rn-stale" data-testid="link" data-link="connecting">
          <i />
          {t('Connecting')}
        </span>
      )
    case 'live':
      if (state !== null && ENDED_STATES.includes(state))
        return (
          <span className="rn-live rn-over" data-testid="link" data-link="live">
            <i />
            {t('Ended')}
          </span>
        )
      return ageMs > STALE_MS ? (
        <span className="rn-live rn-stale" data-testid="link" data-link="stale">
          <i />
          {t('Stale {seconds} s', { seconds: whole(ageMs / 1000) })}
        </span>
      ) : (
        <span className="rn-live" data-testid="link" data-link="live">
          <i />
          {t('Live {seconds} s', { seconds: decimal(ageMs / 1000) })}
        </span>
      )
  }
}
