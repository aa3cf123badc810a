/**
 * Kill with foresight: before anything dies, what will restart, from which window, and what the
 * sinks will see, by the same plan that recovery uses. The set shown goes along as `expect`.
 */
import { useCallback, useEffect, useState } from 'react'
import type { KillPreview } from '@belay/run'
import { ApiError, get, newCommandId, post } from '../../api/client.ts'
import { Dialog } from '../../shell/Dialog.tsx'
import { Glyph, Icon } from '../../theme/Icon.tsx'
import { count, duration, plural, windowName, decimal } from '../../theme/numbers.ts'
import { skippedWords } from '../eventWords.ts'
import { pointAt } from '../canvas/emphasis.ts'
import { useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { iconOf, operatorName } from '../operatorFacts.ts'
import { operatorOf } from '../physical/instances.ts'
import { said, t } from '../../language/t.ts'
import { tx } from '../../language/tx.ts'

const ASK_AGAIN_MS = 1000

type What = 'operator' | 'process'

export function KillDialog({ first, onClose }: { readonly first: string; readonly onClose: () => void }) {
  const store = useRunStore()
  const { document, nameOf, select } = useMonitor()
  const [operator, setOperator] = useState(first)
  const [what, setWhat] = useState<What>('operator')
  const [hold, setHold] = useState(false)
  const [sending, setSending] = useState(false)
  const [changed, setChanged] = useState<string | null>(null)
  const { preview, problem, setPreview } = usePreview(operator)
  const name = nameOf(operator)
  const isPart = operator !== operatorOf(operator)
  const parts = store.structure?.plan?.instances.filter((instance) => instance.operator === operatorOf(operator)) ?? []
  usePointing(what === 'operator' ? preview : null)

  const confirm = async (): Promise<void> => {
    setSending(true)
    const commandId = newCommandId()
    try {
      if (what === 'process') await post(`/runs/${store.runId}/kill`, { commandId })
      else if (preview !== null) {
        store.notePreview(commandId, preview)
        // Before the answer: the incident that follows takes the panel from it.
        select(operator)
        await post(`/runs/${store.runId}/operators/${encodeURIComponent(operator)}/kill`, {
          commandId,
          hold: hold && !isPart,
          expect: preview.restart.map((entry) => entry.operator),
        })
      }
      onClose()
    } catch (error) {
      setSending(false)
      if (error instanceof ApiError && error.status === 409 && error.body['preview'] !== undefined) {
        setPreview(error.body['preview'] as KillPreview)
        setChanged(t('What would restart has changed meanwhile. Look again, then kill.'))
      } else setChanged(error instanceof ApiError ? error.message : String(error))
    }
  }

  const verb =
    what === 'process' ? t('Kill the run process') : hold && !isPart ? t('Kill and hold {name}', { name }) : t('Kill {name}', { name })
  const ready = !sending && (what === 'process' || preview !== null)
  const complaint = changed ?? (what === 'operator' ? problem : null)
  return (
    <Dialog
      title={what === 'process' ? t('Kill the run process') : t('Kill {name}', { name })}
      summary={<Summary what={what} preview={preview} operators={document.operators.length} />}
      icon="kill"
      danger
      onClose={onClose}
      footer={
        <>
          <span className="rn-small rn-t3 rn-foot-note">{t('The kill is written to the events.')}</span>
          <span className="rn-grow" />
          <button type="button" className="rn-btn rn-lg" onClick={onClose}>
            {t('Cancel')}
          </button>
          <button type="button" className="rn-btn rn-lg rn-danger" disabled={!ready} onClick={() => void confirm()}>
            <Icon name="kill" />
            {verb}
          </button>
        </>
      }
    >
      <fieldset
        className="rn-choices"
        onKeyDown={(event) => {
          // As in a form: Enter on a choice is its verb.
          if (event.key !== 'Enter' || event.repeat || !(event.target instanceof HTMLInputElement)) return
          event.preventDefault()
          if (ready) void confirm()
        }}
      >
        <legend>{t('What dies')}</legend>
        <label>
          <input type="radio" name="what" checked={what === 'operator'} onChange={() => setWhat('operator')} data-autofocus />
          <span className="rn-choice">
            <b>{t('The operator')}</b>
            <select
              aria-label={t('Operator to kill')}
              value={operator}
              onChange={(event) => {
                setOperator(event.currentTarget.value)
                setWhat('operator')
                setChanged(null)
              }}
            >
              {document.operators.map((candidate) => (
                <option key={candidate.id} value={candidate.id}>
                  {operatorName(candidate)}
                </option>
              ))}
              {parts.length < 2 ? null : (
                <optgroup label={t('One part of {operatorOf}', { operatorOf: nameOf(operatorOf(operator)) })}>
                  {parts.map(({ id }) => (
                    <option key={id} value={id}>
                      {nameOf(id)}
                    </option>
                  ))}
                </optgroup>
              )}
            </select>
            <span className="rn-t2">{preview === null ? t('its container, as a crash would') : diesWith(preview, operator, nameOf)}</span>
          </span>
        </label>
        <label>
          <input type="radio" name="what" checked={what === 'process'} onChange={() => setWhat('process')} />
          <span className="rn-choice">
            <b>{t('The whole run process')}</b>
            <span className="rn-t2">{t('every operator goes back, sources seek')}</span>
          </span>
        </label>
      </fieldset>
      {complaint === null ? null : (
        <p className="rn-problem" role="alert">
          {complaint}
        </p>
      )}
      {what === 'process' ? (
        <ul className="rn-consequences">
          <li>{t('The process gets SIGKILL. Whoever started it starts it again; that takes about as long as a start.')}</li>
          <li>
            {tx('All {operators} operators go back to the last committed window, {b}, and sources seek to it.', {
              operators: document.operators.length,
              b: <b>{windowName(preview?.committedWindow ?? 0)}</b>,
            })}
          </li>
          <li>
            {t(
              'Sinks throw away what they had staged and get the same rows again: nothing is lost, nothing comes twice where a sink is exactly-once.',
            )}
          </li>
        </ul>
      ) : preview === null ? (
        complaint === null ? (
          <p className="rn-empty">{t('Asking what would restart.')}</p>
        ) : null
      ) : (
        <>
          <Foretold preview={preview} />
          <Estimates preview={preview} />
          <label className="rn-check">
            <input type="checkbox" checked={hold && !isPart} disabled={isPart} onChange={(event) => setHold(event.currentTarget.checked)} />
            <span>
              <b>{t('Hold it down')}</b>{' '}
              {isPart ? (
                <span className="rn-t2">{t('not for one part alone: choose the whole operator')}</span>
              ) : (
                <span className="rn-t2">{t('until someone restores it; nothing of the run is committed meanwhile')}</span>
              )}
            </span>
          </label>
        </>
      )}
    </Dialog>
  )
}

/** The plan as of now, asked again every second: windows move while one reads. */
function usePreview(operator: string): {
  readonly preview: KillPreview | null
  readonly problem: string | null
  readonly setPreview: (preview: KillPreview) => void
} {
  const store = useRunStore()
  const [answer, setAnswer] = useState<{ readonly operator: string; readonly preview: KillPreview } | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    let closed = false
    const ask = async (): Promise<void> => {
      try {
        const preview = await get<KillPreview>(`/runs/${store.runId}/preview?operator=${encodeURIComponent(operator)}`)
        if (closed) return
        setAnswer({ operator, preview })
        setProblem(null)
      } catch (error) {
        if (!closed) setProblem(error instanceof ApiError ? error.message : String(error))
      }
    }
    void ask()
    const timer = setInterval(() => void ask(), ASK_AGAIN_MS)
    return () => {
      closed = true
      clearInterval(timer)
    }
  }, [store, operator])
  const setPreview = useCallback((preview: KillPreview) => setAnswer({ operator, preview }), [operator])
  return { preview: answer?.operator === operator ? answer.preview : null, problem, setPreview }
}

/** Lights exactly the operators that would restart, on the graph behind the dialog. */
function usePointing(preview: KillPreview | null): void {
  const { document } = useMonitor()
  useEffect(() => {
    if (preview === null) pointAt(null)
    else
      pointAt({
        kind: 'would',
        target: operatorOf(preview.target),
        operators: preview.restart.map((entry) => entry.operator),
        instances: preview.instances,
        flags: new Map(
          preview.restart.map((entry) => [
            entry.operator,
            entry.windowsToReplay === 0 ? windowName(entry.cut) : `${windowName(entry.cut)}  −${entry.windowsToReplay}`,
          ]),
        ),
        title: t('would go back · {restart} of {operators}', { restart: preview.restart.length, operators: document.operators.length }),
      })
  }, [preview, document])
  useEffect(() => () => pointAt(null), [])
}

function diesWith(preview: KillPreview, operator: string, nameOf: (operator: string) => string): string {
  const others = preview.killed.filter((id) => id !== operatorOf(operator)).map(nameOf)
  return others.length === 0 ? t('its container, as a crash would') : t('its container, and {others} in it', { others: others.join(', ') })
}

/** Nothing that was ended is redone: only the window that is open now. */
function redoWords(windows: number): string {
  return windows === 0 ? t('the open window') : plural(windows, 'window')
}

function Summary({ what, preview, operators }: { readonly what: What; readonly preview: KillPreview | null; readonly operators: number }) {
  if (what === 'process') return t('All {operators} operators go back to the last committed window.', { operators })
  if (preview === null) return t('Asking what would restart.')
  const { skipped } = preview
  if (skipped !== null)
    return t('{restart} of {operators} operators skip {windows}: at most once.', {
      restart: preview.restart.length,
      operators,
      windows: skippedWords(skipped),
    })
  const deepest = Math.max(0, ...preview.restart.map((entry) => entry.windowsToReplay))
  const twice = preview.sinks.some((sink) => sink.duplicates)
  return t('{restart} of {operators} operators redo {windows}. {loss}', {
    restart: preview.restart.length,
    operators,
    windows: redoWords(deepest),
    loss: twice ? t('Nothing is lost; some rows may be written twice.') : t('Nothing is lost.'),
  })
}

const REASONS: Readonly<Record<KillPreview['restart'][number]['reason'], string>> = {
  killed: t('is killed'),
  'same-container': t('dies with it, same container'),
  downstream: t('goes back with what feeds it'),
  'not-retained': t('sends again, its buffer is too short'),
}

function Foretold({ preview }: { readonly preview: KillPreview }) {
  const { document, nameOf } = useMonitor()
  const typeOf = new Map(document.operators.map((operator) => [operator.id, operator.type]))
  return (
    <div className="rn-foretold">
      <h3>
        {t('What will happen')} <span className="rn-t3">{t('foretold by the same plan that recovery uses')}</span>
      </h3>
      <table className="rn-table rn-dense" data-testid="kill-preview">
        <thead>
          <tr>
            <th>{t('Operator')}</th>
            <th className="rn-n">{t('Redoes')}</th>
            <th className="rn-n">{t('Rows again')}</th>
            <th>{t('Why')}</th>
          </tr>
        </thead>
        <tbody>
          {preview.restart.map((entry) => (
            <tr key={entry.operator} data-operator={entry.operator}>
              <td>
                <span className="rn-with-glyph">
                  <span className="rn-glyph">
                    <Glyph path={iconOf(typeOf.get(entry.operator) ?? '')} />
                  </span>
                  <b>{nameOf(entry.operator)}</b>
                </span>
              </td>
              <td className="rn-n">{preview.skipped === null ? redoWords(entry.windowsToReplay) : 'nothing'}</td>
              <td className="rn-n">{entry.rowsToReplay === null ? '–' : `≈ ${count(entry.rowsToReplay)}`}</td>
              <td className="rn-t2 rn-wrap">{REASONS[entry.reason]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="rn-small rn-t2">
        {preview.unaffected.length === 0 ? (
          t('Every operator restarts.')
        ) : (
          <>
            {tx(preview.unaffected.length === 1 ? '{names} keeps running.' : '{names} keep running.', {
              names: <b>{preview.unaffected.map(nameOf).join(', ')}</b>,
            })}
          </>
        )}
      </p>
    </div>
  )
}

function Estimates({ preview }: { readonly preview: KillPreview }) {
  const { document, nameOf } = useMonitor()
  const twice = preview.sinks.filter((sink) => sink.duplicates).map((sink) => nameOf(sink.operator))
  const deepest = Math.max(0, ...preview.restart.map((entry) => entry.windowsToReplay))
  return (
    <div className="rn-estimates">
      <div>
        <em>{t('Back to')}</em>
        <b>{windowName(preview.cut)}</b>
        <span>
          {preview.skipped === null
            ? t('{seconds} s of work at most', { seconds: decimal(((deepest + 1) * document.settings.windowMs) / 1000) })
            : t('then on behind {to}', { to: windowName(preview.skipped.to) })}
        </span>
      </div>
      <div>
        <em>{t('Recovery, estimate')}</em>
        <b>{preview.expectedMs === null ? '–' : `≈ ${duration(preview.expectedMs.median)}`}</b>
        <span>{preview.expectedMs === null ? t('no recovery in this run yet') : t('median of {of}', { of: preview.expectedMs.of })}</span>
      </div>
      <div>
        <em>{t('Lost, duplicated')}</em>
        <b>{preview.skipped === null ? (twice.length === 0 ? '0, 0' : t('0, some')) : `≥ ${plural(preview.skipped.rows, 'row')}, 0`}</b>
        <span>{preview.sinks.length === 0 ? t('no sink is touched') : preview.sinks.map((sink) => said(sink.sentence)).join(' ')}</span>
      </div>
    </div>
  )
}
