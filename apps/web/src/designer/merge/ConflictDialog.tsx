/** Someone saved the pipeline meanwhile, and both changed the same: one chooses, thing by thing. Nothing is lost either way. */
import { useId, useState } from 'react'
import { useLocation } from 'wouter'
import { ApiError } from '../../api/client.ts'
import { Dialog } from '../../shell/Dialog.tsx'
import { useDesigner } from '../designerStore.ts'
import { differences } from '../document/difference.ts'
import { saveCopy, savePipeline, type Conflict } from '../saving.ts'
import { mergeDocuments, type MergeConflict, type Side } from './mergeDocuments.ts'
import { takeIn, whoever } from './takingIn.ts'
import { t } from '../../language/t.ts'

const TOLD = 12
const LONG = 400

export default function ConflictDialog({ conflict, onClose }: { readonly conflict: Conflict; readonly onClose: () => void }) {
  const { theirs, version, by } = conflict
  const [problem, setProblem] = useState<string | null>(null)
  const [choices, setChoices] = useState<ReadonlyMap<string, Side>>(new Map())
  const [, navigate] = useLocation()
  const saved = useDesigner((state) => state.saved)
  const document = useDesigner((state) => state.history.present)
  const { conflicts } = mergeDocuments(saved, document, theirs, choices)
  const quiet = differences(saved, theirs)
  const open = conflicts.filter(({ key }) => !choices.has(key)).length
  const choose = (keys: readonly string[], side: Side): void =>
    setChoices(new Map([...choices, ...keys.map((key) => [key, side] as const)]))
  const act = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
      onClose()
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error))
    }
  }
  const mergeAndSave = async (): Promise<void> => {
    if (takeIn(conflict, choices) !== null) throw new Error(t('Something was changed meanwhile. Choose again.'))
    const result = await savePipeline()
    if (result.kind === 'conflict') throw new Error(t('It was saved once more meanwhile. Close this, and save again.'))
  }
  return (
    <Dialog
      title={t('The pipeline was changed meanwhile')}
      summary={t('{whoever} saved version {version}. What only one of you changed is taken; choose for what you both changed.', {
        whoever: whoever(by),
        version,
      })}
      icon="warning"
      wide
      onClose={onClose}
      footer={
        <>
          <button
            type="button"
            className="rn-btn rn-lg"
            onClick={() => {
              // Theirs comes as a change, so undo brings mine back.
              const { edit, markSaved } = useDesigner.getState()
              edit(theirs)
              markSaved(theirs, version)
              onClose()
            }}
          >
            {t('Take theirs whole')}
          </button>
          <button type="button" className="rn-btn rn-lg" onClick={() => void act(async () => navigate(`/pipelines/${await saveCopy()}`))}>
            {t('Keep mine as a copy')}
          </button>
          <span className="rn-grow" />
          <button
            type="button"
            className="rn-btn rn-lg rn-primary"
            disabled={open > 0}
            title={open > 0 ? t('{open} to choose', { open }) : undefined}
            onClick={() => void act(mergeAndSave)}
          >
            {t('Merge and save')}
          </button>
        </>
      }
    >
      {problem === null ? null : (
        <p className="rn-problem" role="alert">
          {problem}
        </p>
      )}
      {conflicts.length > 1 ? (
        <p className="ds-merge-all">
          <button
            type="button"
            className="rn-btn rn-sm"
            onClick={() =>
              choose(
                conflicts.map(({ key }) => key),
                'mine',
              )
            }
          >
            {t('All mine')}
          </button>
          <button
            type="button"
            className="rn-btn rn-sm"
            onClick={() =>
              choose(
                conflicts.map(({ key }) => key),
                'theirs',
              )
            }
          >
            {t('All theirs')}
          </button>
        </p>
      ) : null}
      {conflicts.map((one) => (
        <Choice key={one.key} conflict={one} chosen={choices.get(one.key)} onChoose={(side) => choose([one.key], side)} />
      ))}
      <details className="ds-merge-rest">
        <summary>{quiet.length === 1 ? t('1 change was saved') : t('{quiet} changes were saved', { quiet: quiet.length })}</summary>
        <ul className="ds-differences">
          {quiet.slice(0, TOLD).map(({ what, text }, i) => (
            <li key={`${what} ${text} ${i}`}>
              <span className="ds-from">{t(what)}</span> {text}
            </li>
          ))}
          {quiet.length > TOLD ? <li>{t('and {more} more', { more: quiet.length - TOLD })}</li> : null}
        </ul>
      </details>
    </Dialog>
  )
}

interface ChoiceProps {
  readonly conflict: MergeConflict
  readonly chosen: Side | undefined
  readonly onChoose: (side: Side) => void
}

function Choice({ conflict, chosen, onChoose }: ChoiceProps) {
  const name = useId()
  return (
    <fieldset className="ds-merge">
      <legend>{conflict.title}</legend>
      {(['mine', 'theirs'] as const).map((side) => (
        <label key={side} className={chosen === side ? 'ds-merge-side ds-merge-chosen' : 'ds-merge-side'}>
          <input type="radio" name={name} checked={chosen === side} onChange={() => onChoose(side)} />
          <span className="ds-from">{t(side)}</span>
          <code>{wordsOf(conflict, side)}</code>
        </label>
      ))}
    </fieldset>
  )
}

function wordsOf({ key, mine, theirs }: MergeConflict, side: Side): string {
  const value = side === 'mine' ? mine : theirs
  if (value === undefined) return /^operator\/[^/]+$/.test(key) ? t('taken out') : t('not there')
  if (/^operator\/[^/]+$/.test(key)) return t('kept, as changed')
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value.length === 0 ? t('nothing') : value.join(', ')
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text === '' ? t('(empty)') : text.length > LONG ? `${text.slice(0, LONG)} …` : text
}
