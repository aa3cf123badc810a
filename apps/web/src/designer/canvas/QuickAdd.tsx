/** The list that adds the next operator without leaving the canvas: ranked by fit, with a preview while arrowing. */
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type RefObject } from 'react'
import { useReactFlow, ViewportPortal } from '@xyflow/react'
import { manifests } from '@belay/operators/manifests'
import type { OperatorManifest } from '@belay/pipeline'
import { ALL_MANIFESTS } from '../catalogue.ts'
import { nameOf } from '../check.ts'
import { placeAfter, placeApart } from '../document/placing.ts'
import { boxOf } from '../../groups/drawing.ts'
import { NODE_HEIGHT, type Place } from '../layout/place.ts'
import { useDesigner } from '../designerStore.ts'
import { addAt, addBehind, addInto, namesOfOutputs } from '../palette/adding.ts'
import { fitsAfter, type Fit } from '../palette/fitting.ts'
import { recentTypes } from '../palette/recent.ts'
import { searchOperators } from '../palette/search.ts'
import { Glyph } from '../parts/icons.tsx'
import { focusNode } from './focusNode.ts'
import { useQuickAdd, type QuickAddPlace } from './quickAdd.ts'
import { t } from '../../language/t.ts'

const WIDTH = 264
const HEIGHT = 300

export function QuickAdd({ canvas }: { readonly canvas: RefObject<HTMLDivElement | null> }) {
  const place = useQuickAdd((state) => state.place)
  if (place === null) return null
  return <OpenQuickAdd key={keyOf(place)} place={place} canvas={canvas} />
}

function keyOf(place: QuickAddPlace): string {
  switch (place.kind) {
    case 'source':
      return 'source'
    case 'into':
      return `into ${place.end.stream.id} ${place.end.to.operator}`
    case 'after':
      return `after ${place.from.operator}`
  }
}

/** What fits at the place, and where the new operator will stand. */
function useChoices(place: QuickAddPlace): { readonly fits: readonly Fit[]; readonly at: Place; readonly title: string } {
  const document = useDesigner((state) => state.history.present)
  const { propagation, operators } = useDesigner((state) => state.checked)
  return useMemo(() => {
    switch (place.kind) {
      case 'source':
        return {
          fits: ALL_MANIFESTS.filter((manifest) => manifest.category === 'sources').map((manifest) => ({ manifest, needs: null })),
          at: placeApart(document),
          title: t('Add a source'),
        }
      case 'after': {
        const { operator, port } = place.from
        return {
          fits: fitsAfter(manifests, propagation.outputs.get(`${operator}.${port}`), recentTypes()),
          at: place.at ?? placeAfter(document, operator),
          title: t('After {operator}', { operator: nameOf(operators.get(operator), operator) }),
        }
      }
      case 'into': {
        const { stream, to } = place.end
        const a = boxOf(document, stream.from.operator) ?? { x: 0, y: 0 }
        const b = boxOf(document, to.operator) ?? a
        return {
          fits: fitsAfter(manifests, propagation.outputs.get(`${stream.from.operator}.${stream.from.port}`), recentTypes()).filter(
            ({ manifest }) => manifest.outputs.length > 0,
          ),
          at: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
          title: t('Between {from} and {to}', {
            from: nameOf(operators.get(stream.from.operator), stream.from.operator),
            to: nameOf(operators.get(to.operator), to.operator),
          }),
        }
      }
    }
  }, [place, document, propagation, operators])
}

function OpenQuickAdd({ place, canvas }: { readonly place: QuickAddPlace; readonly canvas: RefObject<HTMLDivElement | null> }) {
  const { open, close } = useQuickAdd.getState()
  const { fits, at, title } = useChoices(place)
  const [query, setQuery] = useState('')
  const [active, setActive] = useState(0)
  const flow = useReactFlow()
  const listId = useId()
  const input = useRef<HTMLInputElement>(null)

  const found = useMemo(() => {
    const byType = new Map(fits.map((fit) => [fit.manifest.type, fit]))
    if (query.trim() === '') return fits
    return searchOperators(
      fits.map((fit) => fit.manifest),
      query,
    ).flatMap((manifest) => byType.get(manifest.type) ?? [])
  }, [fits, query])
  const chosen = found[Math.min(active, found.length - 1)]

  useEffect(() => input.current?.focus(), [])

  const leave = (): void => {
    close()
    if (place.kind === 'after') focusNode(place.from.operator)
    else canvas.current?.focus()
  }
  const add = (manifest: OperatorManifest): void => {
    close()
    const id =
      place.kind === 'source'
        ? addAt(manifest.type, null)
        : place.kind === 'after'
          ? addBehind(manifest.type, place.from, place.at ?? undefined)
          : addInto(manifest.type, place.end)
    if (id !== null) focusNode(id)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const by = event.key === 'ArrowDown' ? 1 : -1
      setActive((Math.min(active, found.length - 1) + by + found.length) % Math.max(1, found.length))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (chosen !== undefined) add(chosen.manifest)
    } else if (event.key === 'Escape') {
      event.preventDefault()
      leave()
    }
  }

  const rect = canvas.current?.getBoundingClientRect()
  const below = flow.flowToScreenPosition({ x: at.x, y: at.y + NODE_HEIGHT + 8 })
  const left = rect === undefined ? 0 : Math.max(8, Math.min(below.x - rect.left, rect.width - WIDTH - 8))
  const top = rect === undefined ? 0 : Math.max(8, Math.min(below.y - rect.top, rect.height - HEIGHT - 8))
  const ports = place.kind === 'after' ? namesOfOutputs(place.from.operator) : []

  return (
    <>
      <ViewportPortal>
        <Preview place={place} at={at} manifest={chosen?.manifest} />
      </ViewportPortal>
      <div
        className="ds-quickadd"
        role="dialog"
        aria-label={title}
        style={{ left, top, width: WIDTH, maxHeight: HEIGHT }}
        onKeyDown={onKeyDown}
        onBlur={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget)) close()
        }}
      >
        <p className="ds-quickadd-title rn-ell">{title}</p>
        {place.kind === 'after' && ports.length > 2 ? (
          <div className="rn-seg" role="group" aria-label={t('From which output')}>
            {ports.map((port) => (
              <button
                key={port}
                type="button"
                aria-pressed={port === place.from.port}
                onClick={() => {
                  open({ ...place, from: { operator: place.from.operator, port } })
                  input.current?.focus()
                }}
              >
                {port}
              </button>
            ))}
          </div>
        ) : null}
        <input
          ref={input}
          className="rn-input"
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={chosen === undefined ? undefined : `${listId}-${chosen.manifest.type}`}
          aria-label={t('Find an operator')}
          placeholder={t('Find an operator')}
          autoComplete="off"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value)
            setActive(0)
          }}
        />
        <ul id={listId} role="listbox" aria-label={t('Operators that fit')}>
          {found.map(({ manifest, needs }) => (
            <li
              key={manifest.type}
              id={`${listId}-${manifest.type}`}
              role="option"
              aria-selected={manifest === chosen?.manifest}
              ref={(item) => {
                if (manifest === chosen?.manifest) item?.scrollIntoView({ block: 'nearest' })
              }}
              onPointerDown={(event) => {
                event.preventDefault()
                add(manifest)
              }}
            >
              <Glyph path={manifest.icon} />
              <span className="rn-grow">
                <b>{manifest.title}</b>
                <span className="rn-ell" title={needs ?? manifest.summary}>
                  {needs ?? manifest.summary}
                </span>
              </span>
            </li>
          ))}
        </ul>
        {found.length === 0 ? <p className="ds-none">{t('Nothing that fits here is called that.')}</p> : null}
      </div>
    </>
  )
}

/** The operator and its stream as they will be, before they are. */
function Preview({
  place,
  at,
  manifest,
}: {
  readonly place: QuickAddPlace
  readonly at: Place
  readonly manifest: OperatorManifest | undefined
}) {
  const document = useDesigner((state) => state.history.present)
  const from = place.kind === 'after' ? boxOf(document, place.from.operator) : undefined
  return (
    <>
      {from === undefined ? null : (
        <svg className="ds-preview-wire" aria-hidden="true">
          <path d={`M${from.x + 208} ${from.y + 41} C${from.x + 248} ${from.y + 41} ${at.x - 40} ${at.y + 41} ${at.x} ${at.y + 41}`} />
        </svg>
      )}
      <div className="ds-preview" style={{ transform: `translate(${at.x}px, ${at.y}px)` }} aria-hidden="true">
        <Glyph path={manifest?.icon} />
        <span>{manifest?.title ?? ''}</span>
      </div>
    </>
  )
}
