/**
 * A field for an SQL expression: coloured, completed, problems underlined at their range while one
 * types. A plain text area lies over the coloured text, so that the keyboard, input methods and
 * screen readers work as anywhere.
 */
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import type { Schema } from '@belay/columns'
import type { PortReference, Problem } from '@belay/pipeline'
import { useDesigner } from '../designerStore.ts'
import { TypeMark } from '../parts/TypeMark.tsx'
import { ExpressionPreview } from './ExpressionPreview.tsx'
import { completionsAt, functionAt, lookOf, signatureText, type Completion, type Completions } from './expressionText.ts'
import { t } from '../../language/t.ts'

export interface ExpressionInputProps {
  readonly id?: string
  readonly label?: string
  readonly describedBy?: string
  readonly value: string
  readonly schema: Schema
  /** Problems of this text; those with a range are underlined. */
  readonly problems: readonly Problem[]
  readonly placeholder?: string
  /** The input whose example rows it is shown on. */
  readonly input?: PortReference
  readonly onChange: (value: string) => void
}

export function ExpressionInput({ id, label, describedBy, value, schema, problems, placeholder, input, onChange }: ExpressionInputProps) {
  const area = useRef<HTMLTextAreaElement>(null)
  const listId = useId()
  const [offer, setOffer] = useState<Completions | null>(null)
  const [active, setActive] = useState(0)
  const [caret, setCaret] = useState<number | null>(null)
  const moveTo = useRef<number | null>(null)
  const hint = caret === null ? null : functionAt(value, caret)

  useEffect(() => {
    if (moveTo.current === null) return
    area.current?.setSelectionRange(moveTo.current, moveTo.current)
    moveTo.current = null
  }, [value])

  const offerAt = (text: string, at: number, asked: boolean): void => {
    setOffer(completionsAt(text, at, schema, asked))
    setActive(0)
  }
  const take = (item: Completion): void => {
    if (offer === null) return
    const next = value.slice(0, offer.from) + item.insert + value.slice(offer.to)
    moveTo.current = offer.from + item.caret
    setOffer(null)
    setCaret(moveTo.current)
    if (next === value) area.current?.setSelectionRange(moveTo.current, moveTo.current)
    onChange(next)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if ((event.ctrlKey || event.metaKey) && event.key === ' ') {
      event.preventDefault()
      offerAt(value, event.currentTarget.selectionStart, true)
      return
    }
    if (offer === null) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      setActive((active + (event.key === 'ArrowDown' ? 1 : -1) + offer.items.length) % offer.items.length)
    } else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey) {
      event.preventDefault()
      take(offer.items[active])
    } else if (event.key === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
      setOffer(null)
    }
  }

  const invalid = problems.some(({ severity }) => severity === 'error')
  return (
    <div className="ds-expr" data-invalid={invalid ? '' : undefined}>
      <div className="ds-expr-box">
        <Coloured value={value} schema={schema} problems={problems} />
        <textarea
          ref={area}
          id={id}
          className="ds-expr-area"
          rows={Math.max(1, value.split('\n').length)}
          aria-label={label}
          aria-describedby={describedBy}
          aria-invalid={invalid}
          aria-controls={offer === null ? undefined : listId}
          aria-autocomplete="list"
          aria-activedescendant={offer === null ? undefined : `${listId}-${active}`}
          value={value}
          placeholder={placeholder}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          onChange={(event) => {
            onChange(event.target.value)
            setCaret(event.target.selectionStart)
            offerAt(event.target.value, event.target.selectionStart, false)
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
          onBlur={() => {
            setOffer(null)
            setCaret(null)
            useDesigner.getState().endGesture()
          }}
          onDragOver={(event) => event.dataTransfer.types.includes(COLUMN_DRAG) && event.preventDefault()}
          onDrop={(event) => {
            const column = event.dataTransfer.getData(COLUMN_DRAG)
            if (column === '') return
            event.preventDefault()
            const at = event.currentTarget.selectionStart
            onChange(value.slice(0, at) + column + value.slice(at))
            moveTo.current = at + column.length
          }}
        />
      </div>
      {offer === null ? null : (
        <ul className="ds-completions" id={listId} role="listbox" aria-label={t('Completions')}>
          {offer.items.map((item, i) => (
            <li
              key={item.label}
              id={`${listId}-${i}`}
              role="option"
              aria-selected={i === active}
              ref={(row) => {
                if (i === active) row?.scrollIntoView({ block: 'nearest' })
              }}
              onPointerDown={(event) => {
                event.preventDefault()
                take(item)
              }}
            >
              {typeof item.kind === 'object' ? (
                <TypeMark type={item.kind.column} />
              ) : (
                <span className="ds-ty ds-ty-fn" aria-hidden="true">
                  {item.kind === 'function' ? 'fx' : '··'}
                </span>
              )}
              <code>{item.label}</code>
              <span className="rn-ell">{item.detail}</span>
            </li>
          ))}
        </ul>
      )}
      <p className="rn-hidden" role="status">
        {offer === null ? '' : t('{items} completions, {label}', { items: offer.items.length, label: offer.items[active].label })}
      </p>
      {hint === null || offer !== null ? null : (
        <p className="ds-signature" aria-hidden="true">
          {signatureText(hint)}
        </p>
      )}
      {input === undefined || offer !== null ? null : <ExpressionPreview text={value} input={input} />}
    </div>
  )
}

/** A column dragged from a list of rows into an expression. */
export const COLUMN_DRAG = 'application/x-belay-column'

function Coloured({ value, schema, problems }: Pick<ExpressionInputProps, 'value' | 'schema' | 'problems'>) {
  const tokens = useMemo(() => lookOf(value, schema), [value, schema])
  const ranges = problems.flatMap(({ place }) => place.range ?? [])
  // A problem at the very end has no character of its own; a space stands for it.
  const atEnd = ranges.some(({ from, to }) => from >= value.length || from === to)
  const pieces = tokens.flatMap((token) => cut(token.text, token.from, ranges).map((piece) => ({ ...piece, look: token.look })))
  return (
    <pre className="ds-expr-look" aria-hidden="true">
      {pieces.map((piece) => (
        <span key={piece.from} className={piece.bad ? `ds-look-${piece.look} ds-squiggle` : `ds-look-${piece.look}`}>
          {piece.text}
        </span>
      ))}
      {atEnd ? <span className="ds-squiggle"> </span> : null}
      {'\n'}
    </pre>
  )
}

/** Cuts a token where a problem begins or ends inside it. */
function cut(
  text: string,
  from: number,
  ranges: readonly { readonly from: number; readonly to: number }[],
): { text: string; from: number; bad: boolean }[] {
  const at = new Set([0, text.length])
  for (const range of ranges) for (const edge of [range.from - from, range.to - from]) if (edge > 0 && edge < text.length) at.add(edge)
  const edges = [...at].sort((a, b) => a - b)
  return edges.slice(0, -1).map((start, i) => ({
    text: text.slice(start, edges[i + 1]),
    from: from + start,
    bad: ranges.some((range) => range.from < from + edges[i + 1] && range.to > from + start),
  }))
}
