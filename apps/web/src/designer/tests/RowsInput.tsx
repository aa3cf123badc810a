/** Rows as one JSON object a line; what is no JSON yet stays in the field and out of the document. */
import { useEffect, useId, useState } from 'react'
import type { TestRow } from '@belay/pipeline'
import { useDesigner } from '../designerStore.ts'
import { DsIcon } from '../parts/icons.tsx'
import { rowsOfText, textOfRows } from './testEdits.ts'
import { t } from '../../language/t.ts'

export interface RowsInputProps {
  /** The operator or port. */
  readonly name: string
  readonly label: string
  readonly rows: readonly TestRow[]
  readonly onChange: (rows: TestRow[]) => void
  readonly onRemove: () => void
}

const LINES = { least: 2, most: 8 }

export function RowsInput({ name, label, rows, onChange, onRemove }: RowsInputProps) {
  const id = useId()
  const [typed, setTyped] = useState<string | null>(null)
  const read = typed === null ? null : rowsOfText(typed)
  useEffect(() => {
    // A change from elsewhere (undo, the text) replaces what was typed.
    setTyped((current) => {
      const own = current === null ? null : rowsOfText(current)
      return own?.ok === true && JSON.stringify(own.rows) !== JSON.stringify(rows) ? null : current
    })
  }, [rows])
  const text = typed ?? textOfRows(rows)
  return (
    <div className="ds-test-rows">
      <div className="ds-test-rows-head">
        <code>{name}</code>
        <span className="rn-t3">{rows.length === 1 ? t('1 row') : t('{rows} rows', { rows: rows.length })}</span>
        <span className="rn-grow" />
        <button type="button" className="ds-tiny" aria-label={t('Remove {label}', { label })} title={t('Remove')} onClick={onRemove}>
          <DsIcon name="x" size={12} />
        </button>
      </div>
      <textarea
        className="ds-input ds-text ds-mono"
        aria-label={label}
        aria-invalid={read?.ok === false}
        aria-describedby={read?.ok === false ? id : undefined}
        rows={Math.min(LINES.most, Math.max(LINES.least, text.split('\n').length + 1))}
        value={text}
        spellCheck={false}
        wrap="off"
        placeholder={t('{json}, one row a line', { json: '{"column": "value"}' })}
        onChange={(event) => {
          setTyped(event.target.value)
          const next = rowsOfText(event.target.value)
          if (next.ok) onChange(next.rows)
        }}
        onBlur={() => {
          useDesigner.getState().endGesture()
          if (read?.ok === true) setTyped(null)
        }}
      />
      {read?.ok === false ? (
        <p className="ds-field-hint" id={id}>
          {read.message}
        </p>
      ) : null}
    </div>
  )
}
