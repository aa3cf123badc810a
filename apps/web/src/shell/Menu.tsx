/**
 * A button that opens a menu: in the top layer, closed by Escape, a click elsewhere or a choice;
 * arrow keys, Home and End go along it, and focus returns to the button.
 */
import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { t } from '../language/t.ts'

export interface MenuChoice {
  readonly key: string
  readonly title: ReactNode
  readonly detail?: ReactNode
  readonly danger?: boolean
  /** A line above it. */
  readonly apart?: boolean
  readonly onChoose: () => void
}

export interface MenuProps {
  readonly className: string
  readonly button: ReactNode
  /** Where the button shows an icon alone. */
  readonly label?: string
  readonly title?: string
  readonly disabled?: boolean
  readonly align: 'start' | 'end'
  readonly widthPx: number
  readonly choices: readonly MenuChoice[]
  /** Shown instead of choices while there are none. */
  readonly empty?: string
  readonly onOpen?: () => void
}

const GAP_PX = 4
const EDGE_PX = 8

export function Menu({ className, button, label, title, disabled = false, align, widthPx, choices, empty, onOpen }: MenuProps) {
  const id = useId()
  const opener = useRef<HTMLButtonElement>(null)
  const menu = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)

  useLayoutEffect(() => {
    const element = menu.current
    if (!open || element === null || opener.current === null) return
    const at = opener.current.getBoundingClientRect()
    const width = Math.min(widthPx, window.innerWidth - 2 * EDGE_PX)
    const left = align === 'start' ? at.left : at.right - width
    const below = at.bottom + GAP_PX
    element.style.width = `${width}px`
    element.style.left = `${Math.max(EDGE_PX, Math.min(left, window.innerWidth - width - EDGE_PX))}px`
    element.style.top = `${below + element.offsetHeight > window.innerHeight - EDGE_PX ? Math.max(EDGE_PX, at.top - GAP_PX - element.offsetHeight) : below}px`
  }, [open, align, widthPx, choices])
  useLayoutEffect(() => {
    if (open) menu.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus()
  }, [open, choices.length])

  const onKey = (event: KeyboardEvent<HTMLDivElement>): void => {
    const items = [...(menu.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])]
    const at = items.findIndex((item) => item === document.activeElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
    if (event.key === 'Tab') menu.current?.hidePopover()
    if (to === undefined || items.length === 0) return
    event.preventDefault()
    items[(to + items.length) % items.length]?.focus()
  }
  return (
    <>
      <button
        ref={opener}
        type="button"
        className={className}
        disabled={disabled}
        title={title}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        popoverTarget={id}
        onClick={() => {
          if (!open) onOpen?.()
        }}
      >
        {button}
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        role="menu"
        aria-label={label ?? title ?? t('Choices')}
        className="sh-menu"
        onToggle={(event) => {
          const now = event.newState === 'open'
          setOpen(now)
          // A click elsewhere has moved the focus on purpose; Escape and a choice have not.
          if (!now && menu.current?.contains(document.activeElement) === true) opener.current?.focus()
        }}
        onKeyDown={onKey}
      >
        {choices.length === 0 && empty !== undefined ? <p className="rn-empty">{empty}</p> : null}
        {choices.map((choice) => (
          <button
            key={choice.key}
            type="button"
            role="menuitem"
            tabIndex={-1}
            className={`sh-menu-item${choice.danger === true ? ' sh-menu-danger' : ''}${choice.apart === true ? ' sh-menu-apart' : ''}`}
            onClick={() => {
              menu.current?.hidePopover()
              choice.onChoose()
            }}
          >
            <b>{choice.title}</b>
            {choice.detail === undefined ? null : <span>{choice.detail}</span>}
          </button>
        ))}
      </div>
    </>
  )
}
