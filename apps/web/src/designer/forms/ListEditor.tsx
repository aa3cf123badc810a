/** A list of entries in a config: add, remove, move up. Each entry draws its own fields. */
import type { ReactNode } from 'react'
import { DsIcon } from '../parts/icons.tsx'
import { t } from '../../language/t.ts'

export interface ListEditorProps<T> {
  readonly entries: readonly T[]
  /** What one entry is, for buttons: "column", "result". */
  readonly noun: string
  readonly fresh: () => T
  /** Their order means something. */
  readonly ordered?: boolean
  /** An entry is one line high. */
  readonly flat?: boolean
  readonly onChange: (entries: readonly T[]) => void
  readonly children: (entry: T, index: number, change: (next: T) => void) => ReactNode
}

export function ListEditor<T>({ entries, noun, fresh, ordered = false, flat = false, onChange, children }: ListEditorProps<T>) {
  return (
    <div className="ds-list" data-ordered={ordered ? '' : undefined} data-flat={flat ? '' : undefined}>
      {entries.map((entry, i) => (
        // Entries have no identity of their own; their place is what a reader knows them by.
        <div className="ds-list-entry" key={i} role="group" aria-label={`${noun} ${i + 1}`}>
          <div className="ds-list-fields">
            {children(entry, i, (next) => onChange(entries.map((other, at) => (at === i ? next : other))))}
          </div>
          <div className="ds-list-tools">
            {!ordered || i === 0 ? null : (
              <button
                type="button"
                className="ds-tiny"
                aria-label={t('Move {noun} {number} up', { noun, number: i + 1 })}
                onClick={() => onChange(entries.map((other, at) => (at === i - 1 ? entries[i] : at === i ? entries[i - 1] : other)))}
              >
                <DsIcon name="up" size={12} />
              </button>
            )}
            <button
              type="button"
              className="ds-tiny"
              aria-label={t('Remove {noun} {number}', { noun, number: i + 1 })}
              onClick={() => onChange(entries.filter((_, at) => at !== i))}
            >
              <DsIcon name="x" size={12} />
            </button>
          </div>
        </div>
      ))}
      <button type="button" className="rn-btn rn-sm rn-quiet ds-list-add" onClick={() => onChange([...entries, fresh()])}>
        <DsIcon name="plus" size={12} />
        {t('Add {noun}', { noun })}
      </button>
    </div>
  )
}

/** Values from a document are of any shape; what is no list is shown as an empty one and its problem says so. */
export function listOf<T>(value: unknown): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : []
}
