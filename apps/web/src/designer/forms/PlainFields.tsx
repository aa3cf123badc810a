/** Fields of one plain value: text, number, switch, choice, duration. */
import { useEffect, useState } from 'react'
import { useDesigner } from '../designerStore.ts'
import { durationText, parseDuration } from './duration.ts'
import type { ControlIds } from './FieldShell.tsx'
import { t } from '../../language/t.ts'

interface PlainFieldProps<T> {
  readonly ids: ControlIds
  readonly value: T
  readonly placeholder?: string
  readonly onChange: (value: T) => void
}

function endGesture(): void {
  useDesigner.getState().endGesture()
}

export function TextField({ ids, value, placeholder, mono = false, onChange }: PlainFieldProps<string> & { readonly mono?: boolean }) {
  return (
    <input
      id={ids.id}
      className={mono ? 'ds-input ds-mono' : 'ds-input'}
      aria-describedby={ids.describedBy}
      aria-invalid={ids.invalid}
      placeholder={placeholder}
      value={value}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => onChange(event.target.value)}
      onBlur={endGesture}
    />
  )
}

/** A number in a document; absent where it may be left out. */
type Amount = number | undefined

/** What an empty field stands for. */
interface Optional {
  readonly optional?: boolean
}

type Reading<T> = { readonly value: T } | null

/** Reads text as an amount; an empty one as none, where it may be left out. */
function emptyOr(optional: boolean, read: (text: string) => number | null): (text: string) => Reading<Amount> {
  return (text) => {
    if (optional && text.trim() === '') return { value: undefined }
    const amount = read(text)
    return amount === null ? null : { value: amount }
  }
}

/** Keeps what is typed while it is no number yet; the document gets numbers only. */
function useTypedText<T>(
  value: T,
  show: (value: T) => string,
  read: (text: string) => Reading<T>,
): {
  readonly text: string
  readonly readable: boolean
  readonly type: (text: string, onChange: (value: T) => void) => void
  readonly leave: () => void
} {
  const [typed, setTyped] = useState<string | null>(null)
  useEffect(() => {
    // A change from elsewhere (undo, a fix) replaces what was typed.
    setTyped((current) => (current !== null && read(current)?.value !== value ? null : current))
    // oxlint-disable-next-line exhaustive-deps -- `read` is made anew on every draw and never differs
  }, [value])
  return {
    text: typed ?? show(value),
    readable: typed === null || read(typed) !== null,
    type: (text, onChange) => {
      setTyped(text)
      const reading = read(text)
      if (reading !== null) onChange(reading.value)
    },
    leave: () => {
      setTyped(null)
      endGesture()
    },
  }
}

function readNumber(text: string): number | null {
  const number = Number(text.replaceAll(/[\s\u00a0_]/g, ''))
  return text.trim() === '' || !Number.isFinite(number) ? null : number
}

export function NumberField({
  ids,
  value,
  min,
  max,
  step = 1,
  placeholder,
  optional = false,
  onChange,
}: PlainFieldProps<Amount> & Optional & { readonly min?: number; readonly max?: number; readonly step?: number }) {
  const typed = useTypedText<Amount>(value, (amount) => (amount === undefined ? '' : String(amount)), emptyOr(optional, readNumber))
  return (
    <>
      <input
        id={ids.id}
        className="ds-input ds-number"
        inputMode="decimal"
        aria-describedby={ids.describedBy}
        aria-invalid={ids.invalid || !typed.readable}
        placeholder={placeholder ?? (optional ? t('not set') : undefined)}
        value={typed.text}
        autoComplete="off"
        onChange={(event) => typed.type(event.target.value, onChange)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
          event.preventDefault()
          const next = (value ?? 0) + (event.key === 'ArrowUp' ? 1 : -1) * (event.shiftKey ? 10 : 1) * step
          onChange(Math.min(max ?? Infinity, Math.max(min ?? -Infinity, Number(next.toPrecision(12)))))
        }}
        onBlur={typed.leave}
      />
      {typed.readable ? null : <p className="ds-field-hint">{t('This is no number; the last one stays.')}</p>}
    </>
  )
}

export function DurationField({ ids, value, placeholder, optional = false, onChange }: PlainFieldProps<Amount> & Optional) {
  const typed = useTypedText<Amount>(value, (ms) => (ms === undefined ? '' : durationText(ms)), emptyOr(optional, parseDuration))
  return (
    <>
      <input
        id={ids.id}
        className="ds-input ds-number"
        aria-describedby={ids.describedBy}
        aria-invalid={ids.invalid || !typed.readable}
        placeholder={placeholder ?? (optional ? t('not set') : undefined)}
        value={typed.text}
        autoComplete="off"
        onChange={(event) => typed.type(event.target.value, onChange)}
        onBlur={typed.leave}
      />
      {typed.readable ? null : <p className="ds-field-hint">{t('Write a time such as 500 ms, 10 s, 1 h 30 min.')}</p>}
    </>
  )
}

export function SwitchField({ ids, value, label, onChange }: PlainFieldProps<boolean> & { readonly label: string }) {
  return (
    <button
      type="button"
      id={ids.id}
      role="switch"
      aria-checked={value}
      aria-label={label}
      aria-describedby={ids.describedBy}
      className="ds-switch"
      onClick={() => onChange(!value)}
    >
      <i />
      <span>{value ? t('on') : t('off')}</span>
    </button>
  )
}

export interface ChoiceOption {
  readonly value: string
  readonly label: string
}

export function ChoiceField({
  ids,
  value,
  options,
  optional = false,
  onChange,
}: PlainFieldProps<string | undefined> & Optional & { readonly options: readonly ChoiceOption[] }) {
  const shown = value ?? ''
  const known = options.some((option) => option.value === shown) || (optional && shown === '')
  return (
    <select
      id={ids.id}
      className="ds-input ds-select"
      aria-describedby={ids.describedBy}
      aria-invalid={ids.invalid}
      value={shown}
      onChange={(event) => onChange(optional && event.target.value === '' ? undefined : event.target.value)}
    >
      {optional ? <option value="">{t('not set')}</option> : null}
      {known ? null : (
        <option value={shown} disabled>
          {shown === '' ? t('choose') : t('{shown} (not there)', { shown })}
        </option>
      )}
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  )
}

export function plainIds(id: string) {
  return { id, describedBy: undefined, invalid: false }
}
