/** Goes back to a kept checkpoint: which one, what it means for operators and sources, and a verb for every sink. */
import { useState } from 'react'
import type { CheckpointSummary, SinkVerb } from '@belay/run'
import { manifests } from '@belay/operators/manifests'
import { ApiError, newCommandId, post } from '../../api/client.ts'
import { Dialog } from '../../shell/Dialog.tsx'
import { bytes, clockWithTenths, plural, windowName } from '../../theme/numbers.ts'
import { useCheckpoints, useCommittedWindow, useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { operatorName, roleOf } from '../operatorFacts.ts'
import { useKeptCheckpoints } from '../panels/CheckpointsPanel.tsx'
import { t } from '../../language/t.ts'
import { tx } from '../../language/tx.ts'

const VERBS: Readonly<Record<SinkVerb, readonly [word: string, what: string]>> = {
  rewind: [t('Rewind'), t('takes back what it wrote after that window; the output is whole again')],
  fork: [t('Fork'), t('leaves that as it is and writes on in a new place')],
  keep: [t('Keep'), t('leaves that as it is and goes on; rows since then come twice')],
}

export default function RestoreDialog({ first, onClose }: { readonly first: number | null; readonly onClose: () => void }) {
  const store = useRunStore()
  const { document } = useMonitor()
  const seen = useCheckpoints()
  const read = useKeptCheckpoints()
  const committed = useCommittedWindow()
  const kept = (read ?? seen.slice(-1)).toReversed()
  const [wanted, setWanted] = useState<number | null>(first)
  const [verbs, setVerbs] = useState<Readonly<Record<string, SinkVerb>>>({})
  const [problem, setProblem] = useState<string | null>(null)
  const [sending, setSending] = useState(false)
  const chosen = wanted === null ? kept[0] : kept.find((checkpoint) => checkpoint.manifest === wanted)
  const sinks = document.operators.flatMap((operator) => {
    const guarantee = manifests[operator.type]?.guarantee
    return guarantee?.role === 'sink' && guarantee.delivery !== 'display'
      ? [{ id: operator.id, name: operatorName(operator), verbs: guarantee.verbs }]
      : []
  })
  const missing = sinks.filter((sink) => verbs[sink.id] === undefined)
  const back = chosen === undefined ? 0 : Math.max(0, committed - chosen.window)

  const confirm = async (manifest: number): Promise<void> => {
    setSending(true)
    try {
      await post(`/runs/${store.runId}/restore`, { commandId: newCommandId(), manifest, verbs })
      onClose()
    } catch (error) {
      setSending(false)
      setProblem(error instanceof ApiError ? error.message : String(error))
    }
  }

  return (
    <Dialog
      title={chosen === undefined ? t('Restore the run') : t('Restore the run to {window}', { window: windowName(chosen.window) })}
      summary={
        chosen === undefined
          ? t('There is no checkpoint to go back to.')
          : t('All {operators} operators go back {committedWindows}; a new lineage begins.', {
              operators: document.operators.length,
              committedWindows: plural(back, 'committed window'),
            })
      }
      icon="restore"
      onClose={onClose}
      footer={
        <>
          <span className="rn-small rn-t3 rn-foot-note">
            {missing.length === 0
              ? ''
              : t('Say what happens to the output of {missing}.', { missing: missing.map((sink) => sink.name).join(', ') })}
          </span>
          <span className="rn-grow" />
          <button type="button" className="rn-btn rn-lg" onClick={onClose}>
            {t('Cancel')}
          </button>
          <button
            type="button"
            className="rn-btn rn-lg rn-primary"
            disabled={sending || chosen === undefined || missing.length > 0}
            onClick={() => chosen !== undefined && void confirm(chosen.manifest)}
          >
            {chosen === undefined ? t('Restore') : t('Restore to {window}', { window: windowName(chosen.window) })}
          </button>
        </>
      }
    >
      {problem === null ? null : (
        <p className="rn-problem" role="alert">
          {problem}
        </p>
      )}
      <label className="rn-field">
        <span>{t('Checkpoint')}</span>
        <select
          value={chosen?.manifest ?? ''}
          onChange={(event) => setWanted(Number(event.currentTarget.value))}
          disabled={kept.length === 0}
          data-autofocus
        >
          {chosen === undefined && wanted !== null ? <option value="">{t('the one you chose is no longer kept')}</option> : null}
          {kept.map((checkpoint) => (
            <option key={checkpoint.manifest} value={checkpoint.manifest}>
              {optionText(checkpoint)}
            </option>
          ))}
        </select>
      </label>
      {sinks.map((sink) => (
        <fieldset key={sink.id} className="rn-choices">
          <legend>
            {t('{sink}: what it wrote after {window}', {
              sink: sink.name,
              window: chosen === undefined ? t('it') : windowName(chosen.window),
            })}
          </legend>
          {sink.verbs.map((verb) => (
            <label key={verb}>
              <input
                type="radio"
                name={`verb-${sink.id}`}
                checked={verbs[sink.id] === verb}
                onChange={() => setVerbs((current) => ({ ...current, [sink.id]: verb }))}
              />
              <span className="rn-choice">
                <b>{VERBS[verb][0]}</b>
                <span className="rn-t2">{VERBS[verb][1]}</span>
              </span>
            </label>
          ))}
        </fieldset>
      ))}
      {chosen === undefined ? null : (
        <ul className="rn-consequences">
          {document.operators
            .filter((operator) => roleOf(operator.type) === 'source')
            .map((operator) => (
              <li key={operator.id}>
                {tx('{b} seeks back to the rows that it read after {window}.', {
                  b: <b>{operatorName(operator)}</b>,
                  window: windowName(chosen.window),
                })}
              </li>
            ))}
          <li>
            {t('The state of that moment, {size}, is read back. Checkpoints of lineage {lineage} up to it stay.', {
              size: bytes(chosen.sizeBytes),
              lineage: chosen.lineage,
            })}
          </li>
        </ul>
      )}
    </Dialog>
  )
}

function optionText(checkpoint: CheckpointSummary): string {
  return `${windowName(checkpoint.window)}, ${clockWithTenths(checkpoint.atMs)}, ${bytes(checkpoint.sizeBytes)}${checkpoint.pinned ? t(', pinned') : ''}`
}
