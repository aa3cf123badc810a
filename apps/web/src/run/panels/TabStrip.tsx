/** Tabs: one is chosen, arrow keys go along them. The panel is `${name}-panel`. */
import { useRef } from 'react'

export interface TabStripProps<T extends string> {
  readonly label: string
  readonly name: string
  readonly tabs: readonly (readonly [id: T, title: string, count?: number])[]
  readonly chosen: T
  readonly onChoose: (tab: T) => void
}

export function TabStrip<T extends string>({ label, name, tabs, chosen, onChoose }: TabStripProps<T>) {
  const strip = useRef<HTMLDivElement>(null)
  const go = (from: number, step: number): void => {
    const at = (from + step + tabs.length) % tabs.length
    onChoose(tabs[at][0])
    strip.current?.querySelectorAll<HTMLElement>('[role=tab]')[at]?.focus()
  }
  return (
    <div className="rn-tabs" role="tablist" aria-label={label} ref={strip}>
      {tabs.map(([id, title, count], i) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`${name}-tab-${id}`}
          aria-selected={chosen === id}
          aria-controls={`${name}-panel`}
          tabIndex={chosen === id ? 0 : -1}
          onClick={() => onChoose(id)}
          onKeyDown={(event) => {
            if (event.key === 'ArrowRight') go(i, 1)
            else if (event.key === 'ArrowLeft') go(i, -1)
          }}
        >
          {title}
          {count === undefined || count === 0 ? null : <span className="rn-count">{count}</span>}
        </button>
      ))}
    </div>
  )
}
