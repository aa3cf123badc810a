/** The moment shown: when, checkpoint by checkpoint, frozen or live. */
import { Icon } from '../../theme/Icon.tsx'
import { clockWithTenths, uptime, windowName } from '../../theme/numbers.ts'
import { useCheckpoints, useMoment, useRunFigures, useRunStore, useStored, useTickTime } from '../live/runHooks.ts'
import { t } from '../../language/t.ts'

export function MomentTools() {
  const store = useRunStore()
  const moment = useMoment()
  const figures = useRunFigures()
  const checkpoints = useCheckpoints()
  const newestMs = useTickTime()
  const past = moment.kind === 'past'
  const atMs = past ? moment.atMs : newestMs
  const seen = checkpoints.filter((checkpoint) => checkpoint.atMs >= store.earliestMs())
  const before = seen.findLast((checkpoint) => checkpoint.atMs < atMs - 1)
  const after = past ? seen.find((checkpoint) => checkpoint.atMs > atMs) : undefined
  return (
    <div className="rn-moment">
      <span className="rn-moment-time" data-testid="moment">
        <b>{atMs === 0 ? '–' : clockWithTenths(atMs)}</b>
        <span className="rn-t3">{figures === null ? '' : windowName(figures.targetWindow)}</span>
      </span>
      <StoredMark />
      <span className="rn-btn-group">
        <button
          type="button"
          className="rn-btn rn-sm rn-icon-only"
          aria-label={t('Moment of the checkpoint before')}
          title={t('Checkpoint before ( [ )')}
          disabled={before === undefined}
          onClick={() => before !== undefined && store.showMoment(before.atMs)}
        >
          <Icon name="left" size={12} />
        </button>
        <button
          type="button"
          className="rn-btn rn-sm rn-icon-only"
          aria-label={t('Moment of the checkpoint after')}
          title={t('Checkpoint after ( ] )')}
          disabled={!past}
          onClick={() => (after === undefined ? store.goLive() : store.showMoment(after.atMs))}
        >
          <Icon name="right" size={12} />
        </button>
      </span>
      <button type="button" className="rn-btn rn-sm rn-freeze" aria-pressed={past} onClick={() => (past ? store.goLive() : store.freeze())}>
        <Icon name={past ? 'play' : 'freeze'} size={12} />
        {past ? t('Live') : t('Freeze view')} <kbd>.</kbd>
      </button>
    </div>
  )
}

/** Where the picture comes from, if this page has not seen the moment itself. */
function StoredMark() {
  const stored = useStored()
  if (stored === null) return null
  return (
    <span
      className="rn-stored"
      data-testid="stored"
      title={t(
        'This page was not open then: states are from the events, figures from what the server has kept, each a mean of the time named; what it does not keep is –',
      )}
    >
      {stored.kind === 'reading'
        ? t('Reading what is stored')
        : stored.stepMs === null
          ? t('No figures stored')
          : t('Stored, {step}', { step: uptime(stored.stepMs) })}
    </span>
  )
}
