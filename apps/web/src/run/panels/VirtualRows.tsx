/** A long list of which only the rows on screen exist: 10 000 scroll like 10. */
import { useLayoutEffect, useRef, useState, type ReactNode } from 'react'

export interface VirtualRowsProps {
  readonly label: string
  readonly count: number
  readonly rowHeightPx: number
  readonly row: (index: number) => ReactNode
  readonly testId?: string
}

const BEYOND = 6

export function VirtualRows({ label, count, rowHeightPx, row, testId }: VirtualRowsProps) {
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 400 })
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const measure = (): void => setView({ top: element.scrollTop, height: element.clientHeight })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const first = Math.max(0, Math.floor(view.top / rowHeightPx) - BEYOND)
  const last = Math.min(count, Math.ceil((view.top + view.height) / rowHeightPx) + BEYOND)
  return (
    <div
      ref={box}
      className="rn-virtual"
      role="list"
      aria-label={label}
      tabIndex={0}
      data-testid={testId}
      onScroll={(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
    >
      <div style={{ height: count * rowHeightPx }}>
        <div style={{ transform: `translateY(${first * rowHeightPx}px)` }}>
          {Array.from({ length: Math.max(0, last - first) }, (_, i) => row(first + i))}
        </div>
      </div>
    </div>
  )
}
