/** Where the time of a checkpoint went: phases of each operator, stragglers marked, why it was slow. */
import { Dialog } from '../../shell/Dialog.tsx'
import { duration, windowName } from '../../theme/numbers.ts'
import { useMonitor } from '../monitorState.tsx'
import { useKeptCheckpoints } from '../panels/CheckpointsPanel.tsx'
import { PHASES, slowestPhase, spansOf, type PhaseSpans } from './phases.ts'
import { t } from '../../language/t.ts'
import { tx } from '../../language/tx.ts'

export default function PhasesDialog({ manifest, onClose }: { readonly manifest: number; readonly onClose: () => void }) {
  const kept = useKeptCheckpoints()
  const checkpoint = kept?.find((candidate) => candidate.manifest === manifest)
  const all = checkpoint?.phases === undefined ? [] : spansOf(checkpoint.phases, checkpoint.durationMs)
  return (
    <Dialog
      title={
        checkpoint === undefined
          ? t('Phases of a checkpoint')
          : t('Phases of the checkpoint of {window}', { window: windowName(checkpoint.window) })
      }
      summary={
        checkpoint === undefined
          ? t('From the end of the window at the sources to the manifest on disk.')
          : t('It took {duration}, from the end of the window at the sources to the manifest on disk.', {
              duration: duration(checkpoint.durationMs),
            })
      }
      icon="clock"
      wide
      onClose={onClose}
      footer={
        <>
          <span className="rn-grow" />
          <button type="button" className="rn-btn rn-lg" onClick={onClose} data-autofocus>
            {t('Close')}
          </button>
        </>
      }
    >
      {kept === null ? (
        <p className="rn-empty">{t('Reading the checkpoints…')}</p>
      ) : checkpoint === undefined ? (
        <p className="rn-empty">{t('This checkpoint is no longer kept, and its phases with it.')}</p>
      ) : all.length === 0 ? (
        <p className="rn-empty">{t('Not known: a run process before this one took it, and phases are not written down.')}</p>
      ) : (
        <Phases all={all} durationMs={checkpoint.durationMs} />
      )}
    </Dialog>
  )
}

function Phases({ all, durationMs }: { readonly all: readonly PhaseSpans[]; readonly durationMs: number }) {
  const { nameOf } = useMonitor()
  const slowest = slowestPhase(all)
  const nameOfInstance = (instance: string): string => {
    const [operator = instance] = instance.split(/[#~]/, 1)
    return `${nameOf(operator)}${instance.slice(operator.length)}`
  }
  return (
    <>
      {slowest === null ? null : (
        <p className="rn-small rn-t2">
          {tx('Most time of its own took {operator}: {ms} of {duration} went into {phase}.', {
            operator: <b>{nameOfInstance(slowest.instance)}</b>,
            ms: duration(slowest.ms),
            duration: duration(durationMs),
            phase: PHASES.find(([name]) => name === slowest.phase)?.[1],
          })}
        </p>
      )}
      <p className="rn-small rn-phase-key" aria-hidden="true">
        {PHASES.map(([name, words, what]) => (
          <span key={name} title={what}>
            <i data-phase={name} /> {words}
          </span>
        ))}
      </p>
      <div className="rn-scroll" tabIndex={0} role="region" aria-label={t('Phases by operator')}>
        <table className="rn-table rn-dense" data-testid="phases">
          <thead>
            <tr>
              <th>{t('Operator')}</th>
              <th className="rn-phase-bars">
                <span className="rn-hidden">{t('Drawn')}</span>
              </th>
              {PHASES.filter(([name]) => name !== 'rest').map(([name, words, what]) => (
                <th key={name} className="rn-n" title={what}>
                  {words}
                </th>
              ))}
              <th className="rn-n">{t('stored after')}</th>
            </tr>
          </thead>
          <tbody>
            {all.map(({ instance, spans, storedMs, straggler }) => (
              <tr key={instance} data-straggler={straggler}>
                <td>
                  {nameOfInstance(instance)}
                  {straggler ? <b className="rn-slow-text"> {t('straggler')}</b> : null}
                </td>
                <td>
                  <span className="rn-phase-bar" aria-hidden="true">
                    {PHASES.map(([name]) => (
                      <i key={name} data-phase={name} style={{ width: `${(spans[name] / Math.max(1, durationMs)) * 100}%` }} />
                    ))}
                  </span>
                </td>
                {PHASES.filter(([name]) => name !== 'rest').map(([name]) => (
                  <td key={name} className="rn-n">
                    {duration(spans[name])}
                  </td>
                ))}
                <td className="rn-n">{duration(storedMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}
