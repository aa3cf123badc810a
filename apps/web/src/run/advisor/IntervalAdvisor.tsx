/** A table of what each time between checkpoints would cost, by what this run has measured; applied while it runs. */
import { useMemo } from 'react'
import { manifests } from '@belay/operators/manifests'
import { manifestOf } from '@belay/pipeline'
import { Dialog } from '../../shell/Dialog.tsx'
import { bytes, duration, percent, twoDigits } from '../../theme/numbers.ts'
import { useCheckpoints, useEvents, useRunFigures } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { useKeptCheckpoints } from '../panels/CheckpointsPanel.tsx'
import { advise, type Candidate } from './advise.ts'
import { t } from '../../language/t.ts'

const MEASURED = 60

function share(overhead: number): string {
  return overhead < 0.1 ? `${twoDigits(overhead * 100)}\u00a0%` : percent(overhead)
}

export default function IntervalAdvisor({ onClose }: { readonly onClose: () => void }) {
  const { document, off, command } = useMonitor()
  const seen = useCheckpoints()
  const kept = useKeptCheckpoints()
  const events = useEvents()
  const figures = useRunFigures()
  const intervalMs = figures?.checkpointIntervalMs ?? document.settings.checkpointIntervalMs
  const advice = useMemo(() => {
    // Phases are known of kept ones only.
    const phases = new Map((kept ?? []).map((checkpoint) => [checkpoint.manifest, checkpoint.phases]))
    const checkpoints = seen.slice(-MEASURED).map((checkpoint) => {
      const known = checkpoint.phases ?? phases.get(checkpoint.manifest)
      return known === undefined ? checkpoint : { ...checkpoint, phases: known }
    })
    const publishes = document.operators.some(({ type }) => {
      const guarantee = manifestOf(manifests, type)?.guarantee
      return guarantee?.role === 'sink' && guarantee.delivery !== 'display'
    })
    return advise({ intervalMs, windowMs: document.settings.windowMs, checkpoints, events, publishes })
  }, [document, events, intervalMs, kept, seen])
  const apply = (ms: number): void => void command('/checkpoint-interval', { intervalMs: ms })
  return (
    <Dialog
      title={t('Time between checkpoints')}
      summary={t('Now {interval}. By what this run has measured; results are the same with any of them.', {
        interval: duration(intervalMs),
      })}
      icon="checkpoint"
      wide
      onClose={onClose}
      footer={
        <button type="button" className="rn-btn rn-lg" data-autofocus onClick={onClose}>
          {t('Close')}
        </button>
      }
    >
      {advice === null ? (
        <p className="rn-empty">{t('Nothing is measured yet: the first checkpoint comes after one interval.')}</p>
      ) : (
        <>
          <p data-testid="advice">
            <b>
              {advice.recommendedMs === intervalMs
                ? t('Keep {interval}.', { interval: duration(intervalMs) })
                : t('{recommended} would suit this run.', { recommended: duration(advice.recommendedMs) })}
            </b>{' '}
            {advice.reason}
          </p>
          <div className="rn-scroll">
            <table className="rn-table ad-table">
              <thead>
                <tr>
                  <th>{t('Interval')}</th>
                  <th className="rn-n">{t('Overhead')}</th>
                  <th className="rn-n">{t('To disk')}</th>
                  <th className="rn-n">{t('Back after a crash')}</th>
                  <th className="rn-n">{t('Output comes after')}</th>
                  <th>
                    <span className="rn-hidden">{t('Apply')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {advice.candidates.map((candidate) => (
                  <Row
                    key={candidate.intervalMs}
                    candidate={candidate}
                    now={candidate.intervalMs === intervalMs}
                    best={candidate.intervalMs === advice.recommendedMs}
                    off={off}
                    apply={apply}
                  />
                ))}
              </tbody>
            </table>
          </div>
          <p className="rn-small rn-t2">
            {t(
              'Measured: {checkpoints} checkpoints, {duration} from the window’s end to the manifest; {stop}. {recovery} Times are means; at most about twice as long.',
              {
                checkpoints: advice.basis.checkpoints,
                duration: duration(advice.basis.durationMs),
                stop: advice.basis.stopMeasured
                  ? t('operators stand still for {stop} of that', { stop: duration(advice.basis.stopMs) })
                  : t('how long operators stand still is not known, so all of it is counted'),
                recovery:
                  advice.basis.recoveries === 0
                    ? t('No recovery was measured: replay is counted as fast as reading.')
                    : t(
                        'By {recoveries} recoveries: states back after {restore}, replay {replaySpeed} times as fast as the work was done.',
                        {
                          recoveries: advice.basis.recoveries,
                          restore: duration(advice.basis.restoreMs),
                          replaySpeed: twoDigits(advice.basis.replaySpeed),
                        },
                      ),
              },
            )}
          </p>
        </>
      )}
    </Dialog>
  )
}

function Row({
  candidate: { intervalMs, overhead, bytesPerSecond, recoveryMs, latencyMs, crowded },
  now,
  best,
  off,
  apply,
}: {
  readonly candidate: Candidate
  readonly now: boolean
  readonly best: boolean
  readonly off: string | null
  readonly apply: (ms: number) => void
}) {
  return (
    <tr aria-selected={now} data-interval={intervalMs}>
      <td>
        <b>{duration(intervalMs)}</b>
        <span className="rn-small rn-t2">
          {' '}
          {[...(now ? [t('now')] : []), ...(best ? [t('recommended')] : []), ...(crowded ? [t('crowded')] : [])].join(', ')}
        </span>
      </td>
      <td className="rn-n">{share(overhead)}</td>
      <td className="rn-n">{t('{bytes}/s', { bytes: bytes(bytesPerSecond) })}</td>
      <td className="rn-n">{duration(recoveryMs.mean)}</td>
      <td className="rn-n">{latencyMs === null ? t('at once') : duration(latencyMs.mean)}</td>
      <td>
        {now ? null : (
          <button type="button" className="rn-btn rn-sm" disabled={off !== null} title={off ?? undefined} onClick={() => apply(intervalMs)}>
            {t('Apply')}
            <span className="rn-hidden"> {duration(intervalMs)}</span>
          </button>
        )}
      </td>
    </tr>
  )
}
