/** The operators one can add: by category, by what fits, by words. Enter or a click adds, dragging places. */
import { useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { manifests } from '@belay/operators/manifests'
import type { OperatorManifest } from '@belay/pipeline'
import { ALL_MANIFESTS, manifestFor } from '../catalogue.ts'
import { nameOf } from '../check.ts'
import { useChosenPort } from '../canvas/chosenPort.ts'
import { selectedIds, useDesigner } from '../designerStore.ts'
import { DsIcon, Glyph } from '../parts/icons.tsx'
import { addFromPalette, nextPort } from './adding.ts'
import { fitsAfter } from './fitting.ts'
import { recentTypes } from './recent.ts'
import { CATEGORIES, nearestOperator, searchOperators } from './search.ts'
import { t } from '../../language/t.ts'
import { tx } from '../../language/tx.ts'

export const DRAG_TYPE = 'application/x-belay-operator'
export const PALETTE_SEARCH = 'ds-palette-search'

interface Group {
  readonly title: string
  readonly items: readonly { readonly manifest: OperatorManifest; readonly needs: string | null }[]
}

function plain(items: readonly OperatorManifest[]): Group['items'] {
  return items.map((manifest) => ({ manifest, needs: null }))
}

/** Palette rows for what is selected and typed. */
function useGroups(query: string): readonly Group[] {
  const selection = useDesigner((state) => state.selection)
  const outputs = useDesigner((state) => state.checked.propagation.outputs)
  const operators = useDesigner((state) => state.checked.operators)
  const chosen = useChosenPort((state) => state.port)
  return useMemo(() => {
    if (query.trim() !== '') {
      const found = searchOperators(ALL_MANIFESTS, query)
      return found.length === 0 ? [] : [{ title: t('Found'), items: plain(found) }]
    }
    const [id, ...others] = selectedIds(selection)
    const port = chosen ?? (id === undefined || others.length > 0 ? null : nextPort(id))
    const groups: Group[] = []
    if (port !== null) {
      const fits = fitsAfter(manifests, outputs.get(`${port.operator}.${port.port}`), recentTypes())
      const name = nameOf(operators.get(port.operator), port.operator)
      groups.push({
        title: chosen === null ? t('Fits after {name}', { name }) : t('Fits after {name} · {port}', { name, port: port.port }),
        items: fits,
      })
      // A chosen port asks for what fits there, and nothing else.
      if (chosen !== null) return groups
    } else {
      const recent = recentTypes().flatMap((type) => manifestFor(type) ?? [])
      if (recent.length > 0) groups.push({ title: t('Recent'), items: plain(recent) })
    }
    for (const { category, title } of CATEGORIES)
      groups.push({ title, items: plain(ALL_MANIFESTS.filter((manifest) => manifest.category === category)) })
    return groups
  }, [query, selection, outputs, operators, chosen])
}

export function Palette({ onAdded }: { readonly onAdded: (id: string) => void }) {
  const [query, setQuery] = useState('')
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const groups = useGroups(query)
  const list = useRef<HTMLDivElement>(null)
  const near = groups.length === 0 ? nearestOperator(ALL_MANIFESTS, query) : null

  const add = (type: string): void => {
    onAdded(addFromPalette(type))
    setQuery('')
  }
  const items = (): HTMLButtonElement[] => [...(list.current?.querySelectorAll<HTMLButtonElement>('.ds-pi') ?? [])]
  const walk = (event: KeyboardEvent, by: number): void => {
    event.preventDefault()
    const all = items()
    const at = all.indexOf(document.activeElement as HTMLButtonElement)
    const next = at + by
    if (next < 0) document.getElementById(PALETTE_SEARCH)?.focus()
    else all[Math.min(next, all.length - 1)]?.focus()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') walk(event, 1)
    else if (event.key === 'ArrowUp') walk(event, -1)
  }

  return (
    <aside className="ds-palette" aria-label={t('Operators')} onKeyDown={onKeyDown}>
      <div className="ds-search">
        <DsIcon name="search" />
        <input
          id={PALETTE_SEARCH}
          className="ds-search-input"
          type="search"
          placeholder={t('Find an operator')}
          aria-label={t('Find an operator')}
          autoComplete="off"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            const first = groups[0]?.items[0]
            if (event.key === 'Enter' && first !== undefined && query.trim() !== '') add(first.manifest.type)
            if (event.key === 'Escape') {
              if (query === '') event.currentTarget.blur()
              else setQuery('')
            }
          }}
        />
        <kbd aria-hidden="true">/</kbd>
      </div>
      <div className="ds-scroll" ref={list}>
        {groups.map(({ title, items: rows }) => {
          const open = !folded.has(title)
          return (
            <section className="ds-pg" key={title} aria-label={title}>
              <button
                type="button"
                className="ds-pgh"
                aria-expanded={open}
                onClick={() => {
                  const next = new Set(folded)
                  if (open) next.add(title)
                  else next.delete(title)
                  setFolded(next)
                }}
              >
                <DsIcon name={open ? 'down' : 'right'} size={12} />
                <span className="rn-ell">{title}</span>
                <span className="ds-count">{rows.length}</span>
              </button>
              {open ? (
                <ul>
                  {rows.map(({ manifest, needs }) => (
                    <li key={manifest.type}>
                      <button
                        type="button"
                        className="ds-pi"
                        draggable
                        title={needs === null ? manifest.summary : `${manifest.summary}. ${needs}`}
                        onClick={() => add(manifest.type)}
                        onDragStart={(event) => {
                          event.dataTransfer.setData(DRAG_TYPE, manifest.type)
                          event.dataTransfer.effectAllowed = 'copy'
                        }}
                      >
                        <Glyph path={manifest.icon} />
                        <span className="rn-grow rn-ell">{manifest.title}</span>
                        {needs === null ? null : (
                          <span className="ds-needs" title={needs}>
                            <DsIcon name="warning" size={12} />
                            <span className="rn-hidden">{needs}</span>
                          </span>
                        )}
                      </button>
                    </li>
                  ))}
                </ul>
              ) : null}
            </section>
          )
        })}
        {groups.length === 0 ? (
          <p className="ds-none">
            {tx('No operator called {em}.', { em: <em>{query.trim()}</em> })}
            {near === null ? (
              ` ${t('Try what it does, e.g. “join” or “count”.')}`
            ) : (
              <>
                {' '}
                <button type="button" className="ds-link" onClick={() => add(near.type)}>
                  {near.title}?
                </button>
              </>
            )}
          </p>
        ) : null}
      </div>
      <p className="ds-pf">{tx('{kbd} adds the next operator after the selected one', { kbd: <kbd>Tab</kbd> })}</p>
    </aside>
  )
}
