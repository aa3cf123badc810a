/** Offers the columns that a Script gives for the example rows. It runs there only when asked: it is code of one's own. */
import { useState } from 'react'
import type { Schema } from '@belay/columns'
import { useRefusal } from '../../access/session.ts'
import { said, t } from '../../language/t.ts'
import { plural } from '../../theme/numbers.ts'
import { nameOf } from '../check.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { same } from '../document/difference.ts'
import { setConfig } from '../document/edits.ts'
import { useGhosts } from '../ghost/ghostStore.ts'
import { DsIcon } from '../parts/icons.tsx'
import { ColumnList } from './SchemaField.tsx'
import { findColumns, isDeclared, rowsForScript, type FoundColumns, type ScriptRows } from './scriptColumns.ts'

interface ScriptColumnsProps {
  readonly operator: string
  readonly path: string
  readonly code: string
  readonly declared: Schema
  readonly input: Schema
}

interface Asked {
  readonly code: string
  readonly given: ScriptRows
  readonly answer: { readonly kind: 'asking' } | FoundColumns
}

export default function ScriptColumns({ operator, path, code, declared, input }: ScriptColumnsProps) {
  const document = useDesigner((state) => state.history.present)
  const feeding = document.streams.find(({ to }) => to.some((end) => end.operator === operator))?.from
  const ghost = useGhosts(({ ghosts }) => (feeding === undefined ? undefined : ghosts[`${feeding.operator}.${feeding.port}`]))
  const refusal = useRefusal('write-pipelines')
  const [asked, setAsked] = useState<Asked | null>(null)
  const given = rowsForScript(ghost, document)
  // What was found for another script, or other rows, says nothing of this one.
  const answer = asked !== null && asked.code === code && same(asked.given, given) ? asked.answer : null
  const find = async (): Promise<void> => {
    const asking: Asked = { code, given, answer: { kind: 'asking' } }
    setAsked(asking)
    const found = await findColumns(drawn(), operator, given)
    setAsked((now) => (now === asking ? { code, given, answer: found } : now))
  }
  const { edit, endGesture } = useDesigner.getState()
  const take = (columns: Schema): void => {
    endGesture()
    edit(setConfig(drawn(), operator, path, columns))
    endGesture()
  }
  if (given.kind === 'none')
    return (
      <p className="ds-field-hint">
        {t('{why} With rows, from a source or a test of the pipeline, what it gives can be found out.', {
          why: whyNone(given),
        })}
      </p>
    )
  return (
    <div className="ds-found" data-testid="script-columns">
      <button
        type="button"
        className="rn-btn rn-sm"
        disabled={answer?.kind === 'asking' || refusal !== null}
        title={
          refusal ??
          (given.kind === 'examples'
            ? t('Runs the script on the example rows that come to it; nothing is written')
            : t('Runs the script on the rows of a test; nothing is written'))
        }
        onClick={() => void find()}
      >
        <DsIcon name="play" size={12} />
        {answer?.kind === 'asking' ? t('Running the script') : t('Find out what it gives')}
      </button>
      <div role="status" className="ds-found-answer">
        {answer === null || answer.kind === 'asking' ? null : answer.kind === 'refused' ? (
          <p className="ds-found-failed">{answer.message}</p>
        ) : (
          <Found answer={answer} declared={isDeclared(answer.columns, declared, input)} onTake={() => take(answer.columns)} />
        )}
      </div>
    </div>
  )
}

function whyNone({ ghost }: Extract<ScriptRows, { readonly kind: 'none' }>): string {
  if (ghost === undefined) return t('No rows come to it yet.')
  if (ghost.kind === 'rows') return t('None of the {of} sampled rows comes here.', { of: ghost.of })
  const name = nameOf(useDesigner.getState().checked.operators.get(ghost.operator), ghost.operator)
  return t('Stops at {operator}. {reason}', { operator: name, reason: t(ghost.reason) })
}

interface FoundProps {
  readonly answer: Extract<FoundColumns, { readonly kind: 'found' }>
  readonly declared: boolean
  readonly onTake: () => void
}

function Found({ answer: { columns, rows, failed }, declared, onTake }: FoundProps) {
  return (
    <>
      {failed.map(({ message, count }) => (
        <p key={message} className="ds-found-failed">
          {t('{rows} failed: {message}', { rows: plural(count, 'row'), message: said(message) })}
        </p>
      ))}
      {columns.length > 0 ? (
        <>
          <p>
            {declared
              ? t('For {rows} it gave what is declared.', { rows: plural(rows, 'row') })
              : t('It gave {rows} with these columns:', { rows: plural(rows, 'row') })}
          </p>
          {declared ? null : (
            <>
              <ColumnList columns={columns} />
              <button type="button" className="rn-btn rn-sm" onClick={onTake}>
                {t('Take these columns')}
              </button>
            </>
          )}
        </>
      ) : failed.length === 0 ? (
        <p>{t('It gave no row, so there are no columns to take. Return an object, or call ctx.emit.')}</p>
      ) : null}
    </>
  )
}
