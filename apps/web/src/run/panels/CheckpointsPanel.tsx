/** Checkpoints: the last 60 as a strip, all of them as a list; restore from those that are kept, take one now. */
import { useEffect, useState } from 'react'
import type { CheckpointSummary } from '@belay/run'
import { get } from '../../api/client.ts'
import { Icon } from '../../theme/Icon.tsx'
import { bytes, clockWithTenths, duration, plural, whole, windowName } from '../../theme/numbers.ts'
import { useCheckpoints, useCommittedWindow, useRunFigures, useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { VirtualRows } from './VirtualRows.tsx'
import { t } from '../../language/t.ts'

const STRIP = 60
const ROW_PX = 30
const KEPT_EVERY_MS = 2000

/** Manifest numbers that the run still keeps: only those can be restored. */
export function useKeptCheckpoints(): readonly CheckpointSummary[] | null {
  const store = useRunStore()
  const [kept, setKept] = useState<readonly CheckpointSummary[] | null>(null)
  useEffect(() => {
    let closed = false
    const read = (): void =>
      void get<readonly CheckpointSummary[]>(`/runs/${store.runId}/checkpoints`)
        .then((list) => !closed && setKept(list))
        // Between two lives of the run process nobody answers; the next reading will.
        .catch(() => undefined)
    read()
    const timer = setInterval(read, KEPT_EVERY_MS)
    return () => {
      closed = true
      clearInterval(timer)
    }
  }, [store])
  return kept
}

export function CheckpointsPanel() {
  const { document, ended, off, command, openRestore, openDialog } = useMonitor()
  const store = useRunStore()
  const checkpoints = useCheckpoints()
  const committed = useCommittedWindow()
  const figures = useRunFigures()
  const kept = useKeptCheckpoints()
  const strip = checkpoints.slice(-STRIP)
  const sorted = strip.map((checkpoint) => checkpoint.durationMs).sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  const p99 = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0
  const newestWindow = store.liveFigures?.targetWindow ?? committed
  const slow = (checkpoint: CheckpointSummary): boolean => checkpoint.durationMs > 2 * median + 20
  // What came after the list was read is kept: only old ones are let go.
  const newestRead = kept?.at(-1)?.manifest ?? 0
  const pinned = new Map((kept ?? []).map((checkpoint) => [checkpoint.manifest, checkpoint.pinned]))
  return (
    <div className="rn-checkpoints">
      <div className="rn-toolbar">
        <span className="rn-small rn-t2">
          {checkpoints.length === 0
            ? t('none yet')
            : t('last {shown} of {all}, median {median}, p99 {p99}, committed {committed}', {
                shown: whole(strip.length),
                all: whole(checkpoints.at(-1)?.manifest ?? 0),
                median: duration(median),
                p99: duration(p99),
                committed: windowName(committed),
              })}
        </span>
        <span className="rn-grow" />
        <button
          type="button"
          className="rn-btn rn-sm"
          title={t('What another time between checkpoints would cost, by what this run has measured')}
          onClick={() => openDialog({ kind: 'interval' })}
        >
          {t('every {checkpointInterval}…', {
            checkpointInterval: duration(figures?.checkpointIntervalMs ?? document.settings.checkpointIntervalMs),
          })}
        </button>
        <button
          type="button"
          className="rn-btn rn-sm"
          disabled={off !== null}
          title={off ?? undefined}
          onClick={() => void command('/checkpoints', { pin: false })}
        >
          <Icon name="checkpoint" size={12} />
          {t('Take one now')}
        </button>
        <button
          type="button"
          className="rn-btn rn-sm"
          disabled={off !== null}
          title={off ?? undefined}
          onClick={() => void command('/checkpoints', { pin: true })}
        >
          <Icon name="pin" size={12} />
          {t('Take and pin')}
        </button>
      </div>
      {checkpoints.length === 0 ? (
        <p className="rn-empty">{t('The first checkpoint comes after one interval, when every operator has ended its window.')}</p>
      ) : (
        <>
          <Strip checkpoints={strip} median={median} slow={slow} />
          <div className="rn-cp-head" aria-hidden="true">
            <span>{t('Window')}</span>
            <span>{t('Stored at')}</span>
            <span>{t('State')}</span>
            <span className="rn-n">{t('Took')}</span>
            <span className="rn-n">{t('Size')}</span>
            <span className="rn-n">{t('Grew')}</span>
            <span>{t('If it failed now')}</span>
            <span />
            <span />
          </div>
          <VirtualRows
            label={t('Checkpoints, newest first')}
            count={checkpoints.length}
            rowHeightPx={ROW_PX}
            testId="checkpoints"
            row={(i) => {
              const at = checkpoints.length - 1 - i
              const checkpoint = checkpoints[at]
              const before = checkpoints[at - 1]
              const isKept = pinned.has(checkpoint.manifest) || checkpoint.manifest > newestRead
              const isPinned = pinned.get(checkpoint.manifest) === true
              const back = Math.max(0, newestWindow - checkpoint.window)
              return (
                <div key={checkpoint.manifest} role="listitem" className="rn-cp" data-manifest={checkpoint.manifest}>
                  <b>
                    {windowName(checkpoint.window)}
                    {checkpoint.lineage > 1 ? (
                      <span className="rn-t3"> {t('lineage {lineage}', { lineage: checkpoint.lineage })}</span>
                    ) : null}
                  </b>
                  <span>{clockWithTenths(checkpoint.atMs)}</span>
                  <span>
                    {isPinned ? (
                      <>
                        <Icon name="pin" size={12} /> {t('pinned')}
                      </>
                    ) : isKept ? (
                      t('kept')
                    ) : (
                      <span className="rn-t3">{t('let go')}</span>
                    )}
                  </span>
                  <span className={slow(checkpoint) ? 'rn-n rn-slow-text' : 'rn-n'}>
                    {isKept ? (
                      <button
                        type="button"
                        className="rn-linklike"
                        aria-label={t('Took {duration}: phases by operator', { duration: duration(checkpoint.durationMs) })}
                        title={t('Where the time went')}
                        onClick={() => openDialog({ kind: 'phases', manifest: checkpoint.manifest })}
                      >
                        {duration(checkpoint.durationMs)}
                      </button>
                    ) : (
                      duration(checkpoint.durationMs)
                    )}
                  </span>
                  <span className="rn-n">{bytes(checkpoint.sizeBytes)}</span>
                  <span className="rn-n rn-t3">{before === undefined ? '–' : grown(checkpoint.sizeBytes - before.sizeBytes)}</span>
                  <span className="rn-t2">{ended ? '–' : t('{windows} again', { windows: plural(back, 'window') })}</span>
                  <button
                    type="button"
                    className="rn-btn rn-sm"
                    disabled={!isKept}
                    title={isKept ? t('What operators had kept; compare two') : t('No longer kept: only the newest and pinned ones are')}
                    onClick={() => openDialog({ kind: 'state', manifest: checkpoint.manifest })}
                  >
                    {t('State…')}
                  </button>
                  <button
                    type="button"
                    className="rn-btn rn-sm"
                    disabled={off !== null || !isKept}
                    title={
                      off !== null ? off : isKept ? t('See what it means first') : t('No longer kept: only the newest and pinned ones are')
                    }
                    onClick={() => openRestore(checkpoint.manifest)}
                  >
                    {t('Restore…')}
                  </button>
                </div>
              )
            }}
          />
        </>
      )}
    </div>
  )
}

function grown(sizeBytes: number): string {
  return sizeBytes < 0 ? `−${bytes(-sizeBytes)}` : `+${bytes(sizeBytes)}`
}

function Strip({
  checkpoints,
  median,
  slow,
}: {
  readonly checkpoints: readonly CheckpointSummary[]
  readonly median: number
  readonly slow: (checkpoint: CheckpointSummary) => boolean
}) {
  const slowest = Math.max(1, ...checkpoints.map((checkpoint) => checkpoint.durationMs))
  return (
    <div
      className="rn-strip"
      role="img"
      aria-label={t('The last {checkpoints} checkpoints; height is duration, median {median}', {
        checkpoints: checkpoints.length,
        median: duration(median),
      })}
    >
      {checkpoints.map((checkpoint) => (
        <i
          key={checkpoint.manifest}
          className={slow(checkpoint) ? 'rn-slow' : ''}
          style={{ height: `${Math.max(8, (checkpoint.durationMs / slowest) * 100)}%` }}
          title={`${windowName(checkpoint.window)}: ${duration(checkpoint.durationMs)}, ${bytes(checkpoint.sizeBytes)}`}
        />
      ))}
    </div>
  )
}
