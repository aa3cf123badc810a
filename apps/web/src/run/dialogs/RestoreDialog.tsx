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

const VERBS: Readonly<Record<SinkVerb, readonly [word: string, what: string]>> = {
  rewind: ['Rewind', 'takes back what it wrote after that window; the output is whole again'],
  fork: ['Fork', 'leaves that as it is and writes on in a new place'],
  keep: ['Keep', 'leaves that as it is and goes on; rows since then come twice'],
}

export function RestoreDialog({ first, onClose }: { readonly first: number | null; readonly onClose: () => void }) {
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
      title={chosen === undefined ? 'Restore the run' : `Restore the run to ${windowName(chosen.window)}`}
      summary={
        chosen === undefined
          ? 'There is no checkpoint to go back to.'
          : `All ${document.operators.length} operators go back ${plural(back, 'committed window')}; a new lineage begins.`
      }
      icon="restore"
      onClose={onClose}
      footer={
        <>
          <span className="rn-small rn-t3 rn-foot-note">
            {missing.length === 0 ? '' : `Say what happens to the output of ${missing.map((sink) => sink.name).join(', ')}.`}
          </span>
          <span className="rn-grow" />
          <button type="button" className="rn-btn rn-lg" onClick={onClose}>
            Cancel
          </button>
          <button
            type="button"
            className="rn-btn rn-lg rn-primary"
            disabled={sending || chosen === undefined || missing.length > 0}
            onClick={() => chosen !== undefined && void confirm(chosen.manifest)}
          >
            {chosen === undefined ? 'Restore' : `Restore to ${windowName(chosen.window)}`}
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
        <span>Checkpoint</span>
        <select
          value={chosen?.manifest ?? ''}
          onChange={(event) => setWanted(Number(event.currentTarget.value))}
          disabled={kept.length === 0}
          data-autofocus
        >
          {chosen === undefined && wanted !== null ? <option value="">the one you chose is no longer kept</option> : null}
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
            {sink.name}: what it wrote after {chosen === undefined ? 'it' : windowName(chosen.window)}
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
                <b>{operatorName(operator)}</b> seeks back to the rows that it read after {windowName(chosen.window)}.
              </li>
            ))}
          <li>
            The state of that moment, {bytes(chosen.sizeBytes)}, is read back. Checkpoints of lineage {chosen.lineage} up to it stay.
          </li>
        </ul>
      )}
    </Dialog>
  )
}

function optionText(checkpoint: CheckpointSummary): string {
  return `${windowName(checkpoint.window)}, ${clockWithTenths(checkpoint.atMs)}, ${bytes(checkpoint.sizeBytes)}${checkpoint.pinned ? ', pinned' : ''}`
}
