/** The kept bad rows as a file of a root, on the computer that runs Belay. */
import { useEffect, useState, type FormEvent } from 'react'
import { ApiError, get, post } from '../../api/client.ts'
import { t } from '../../language/t.ts'
import { Dialog } from '../../shell/Dialog.tsx'
import { plural } from '../../theme/numbers.ts'

interface Root {
  readonly name: string
  readonly writable: boolean
}

export interface WriteRowsDialogProps {
  readonly runId: string
  /** Of the operator, or of one group. */
  readonly of: { readonly operator: string } | { readonly group: string }
  readonly name: string
  readonly onClose: () => void
}

type Stage =
  | { readonly kind: 'asking' | 'writing' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'written'; readonly file: string; readonly rows: number }

export default function WriteRowsDialog({ runId, of, name, onClose }: WriteRowsDialogProps) {
  const [roots, setRoots] = useState<readonly string[] | null>(null)
  const [chosen, setChosen] = useState<string | null>(null)
  const [path, setPath] = useState(`dead-letters/${name}.jsonl`)
  const [stage, setStage] = useState<Stage>({ kind: 'asking' })
  useEffect(() => {
    get<readonly Root[]>('/roots').then(
      (found) => setRoots(found.filter(({ writable }) => writable).map((root) => root.name)),
      (error: unknown) => setStage({ kind: 'failed', message: messageOf(error) }),
    )
  }, [])
  const root = chosen ?? roots?.[0] ?? null
  const file = path.trim().replace(/^\/+/, '')
  const write = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    if (root === null || file === '' || stage.kind === 'writing') return
    setStage({ kind: 'writing' })
    try {
      const written = await post<{ readonly file: string; readonly rows: number }>(`/runs/${runId}/row-errors/file`, {
        file: `${root}:${file}`,
        ...of,
      })
      setStage({ kind: 'written', ...written })
    } catch (error) {
      setStage({ kind: 'failed', message: messageOf(error) })
    }
  }
  return (
    <Dialog
      title={t('Write the kept rows into a root')}
      summary={t(
        'As JSON lines, each with operator, code, message, window and time. Nothing is written over: where the name is taken, the file gets a number.',
      )}
      icon="download"
      onClose={onClose}
      footer={
        <>
          <span className="rn-grow" />
          <button type="button" className="rn-btn rn-lg" onClick={onClose}>
            {stage.kind === 'written' ? t('Close') : t('Cancel')}
          </button>
          <button
            type="submit"
            form="er-write"
            className="rn-btn rn-lg rn-primary"
            disabled={root === null || file === '' || stage.kind === 'writing' || stage.kind === 'written'}
          >
            {t('Write rows')}
          </button>
        </>
      }
    >
      {roots?.length === 0 ? (
        <p className="rn-problem" role="alert">
          {t('Belay may write to no root here. Start it with one that is writable, or download the rows.')}
        </p>
      ) : (
        <form id="er-write" className="er-write" onSubmit={(event) => void write(event)}>
          <label className="rn-field">
            <span>{t('Root')}</span>
            <select value={root ?? ''} disabled={roots === null} onChange={(event) => setChosen(event.currentTarget.value)}>
              {(roots ?? []).map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          </label>
          <label className="rn-field">
            <span>{t('File in it')}</span>
            <input
              className="rn-input"
              data-autofocus=""
              value={path}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) => {
                setPath(event.currentTarget.value)
                setStage({ kind: 'asking' })
              }}
            />
          </label>
        </form>
      )}
      <p className="rn-small" role="status">
        {stage.kind === 'written'
          ? t('{rows} written to {file}.', { rows: plural(stage.rows, 'row'), file: stage.file })
          : stage.kind === 'writing'
            ? t('Writing.')
            : ''}
      </p>
      {stage.kind === 'failed' ? (
        <p className="rn-problem" role="alert">
          {stage.message}
        </p>
      ) : null}
    </Dialog>
  )
}

function messageOf(error: unknown): string {
  return error instanceof ApiError ? error.message : String(error)
}
