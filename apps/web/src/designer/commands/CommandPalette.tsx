/** Everything one can do or go to, by words: operators on the canvas, operators to add, actions (Ctrl-K). */
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { GroupIcon } from '../../groups/GroupFrame.tsx'
import { ALL_MANIFESTS, manifestFor } from '../catalogue.ts'
import { nameOf } from '../check.ts'
import { focusNode } from '../canvas/focusNode.ts'
import { groupName } from '../../groups/boxes.ts'
import { selectGroup } from '../canvas/groupActions.ts'
import { useDesigner } from '../designerStore.ts'
import { drawingOf } from '../../groups/drawing.ts'
import { addFromPalette } from '../palette/adding.ts'
import { searchOperators } from '../palette/search.ts'
import { DsIcon, Glyph } from '../parts/icons.tsx'
import { t } from '../../language/t.ts'

export interface Command {
  readonly title: string
  readonly keys?: string
  readonly run: () => void
}

interface Entry {
  readonly id: string
  readonly group: string
  readonly title: string
  readonly detail: string
  readonly mark: ReactNode
  readonly run: () => void
}

export interface CommandPaletteProps {
  readonly commands: readonly Command[]
  readonly onClose: () => void
}

const MOST_OF_A_KIND = 8

export default function CommandPalette({ commands, onClose }: CommandPaletteProps) {
  const box = useRef<HTMLDialogElement>(null)
  const [query, setQuery] = useState('')
  const [active, setActive] = useState(0)
  const listId = useId()
  const entries = useEntries(query, commands)
  const chosen = entries[Math.min(active, entries.length - 1)]

  useEffect(() => {
    const dialog = box.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])

  const run = (entry: Entry): void => {
    onClose()
    // The dialog gives the focus back when it closes; what is run may move it on.
    requestAnimationFrame(entry.run)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      setActive(
        (Math.min(active, entries.length - 1) + (event.key === 'ArrowDown' ? 1 : -1) + entries.length) % Math.max(1, entries.length),
      )
    } else if (event.key === 'Enter' && chosen !== undefined) {
      event.preventDefault()
      run(chosen)
    }
  }

  return (
    <dialog
      ref={box}
      className="rn-dialog ds-commands"
      aria-label={t('Commands')}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onKeyDown={onKeyDown}
    >
      <div className="ds-search">
        <DsIcon name="search" />
        <input
          className="ds-search-input"
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={chosen === undefined ? undefined : `${listId} ${chosen.id}`.replaceAll(' ', '-')}
          aria-label={t('Find an operator or a command')}
          placeholder={t('Find an operator or a command')}
          autoComplete="off"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value)
            setActive(0)
          }}
        />
      </div>
      <ul id={listId} role="listbox" aria-label={t('Found')}>
        {entries.map((entry, i) => (
          <li
            key={entry.id}
            id={`${listId} ${entry.id}`.replaceAll(' ', '-')}
            role="option"
            aria-selected={entry === chosen}
            data-first={i === 0 || entries[i - 1].group !== entry.group ? entry.group : undefined}
            ref={(item) => {
              if (entry === chosen) item?.scrollIntoView({ block: 'nearest' })
            }}
            onPointerDown={(event) => {
              event.preventDefault()
              run(entry)
            }}
          >
            {entry.mark}
            <span className="rn-grow rn-ell">{entry.title}</span>
            <span className="rn-ell ds-command-detail">{entry.detail}</span>
          </li>
        ))}
      </ul>
      {entries.length === 0 ? <p className="ds-none">{t('Nothing is called that.')}</p> : null}
    </dialog>
  )
}

function useEntries(query: string, commands: readonly Command[]): readonly Entry[] {
  const document = useDesigner((state) => state.history.present)
  const summaries = useDesigner((state) => state.checked.summaries)
  return useMemo(() => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean)
    const matches = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word))
    const operators = document.operators
      .filter((operator) => matches(`${nameOf(operator)} ${operator.id} ${operator.type} ${summaries.get(operator.id) ?? ''}`))
      .slice(0, MOST_OF_A_KIND)
      .map((operator): Entry => ({
        id: `operator ${operator.id}`,
        group: t('On the canvas'),
        title: nameOf(operator),
        detail: summaries.get(operator.id) ?? '',
        mark: <Glyph path={manifestFor(operator.type)?.icon} />,
        run: () => {
          useDesigner.getState().selectOperators([operator.id])
          focusNode(operator.id)
        },
      }))
    const { tree } = drawingOf(document)
    const groups = [...tree.groups.values()]
      .filter(({ group }) => matches(`group ${groupName(group)}`))
      .slice(0, MOST_OF_A_KIND)
      .map(({ group, operators: inside }): Entry => ({
        id: `group ${group.id}`,
        group: t('On the canvas'),
        title: groupName(group),
        detail: t('group of {inside} operators', { inside: inside.length }),
        mark: (
          <span className="ds-glyph">
            <GroupIcon />
          </span>
        ),
        run: () => {
          selectGroup(group.id)
          focusNode(inside[0])
        },
      }))
    const actions = commands
      .filter((command) => matches(command.title))
      .map((command): Entry => ({
        id: `action ${command.title}`,
        group: t('Do'),
        title: command.title,
        detail: command.keys ?? '',
        mark: (
          <span className="ds-glyph">
            <DsIcon name="right" />
          </span>
        ),
        run: command.run,
      }))
    const adding =
      words.length === 0
        ? []
        : searchOperators(ALL_MANIFESTS, query)
            .slice(0, MOST_OF_A_KIND)
            .map((manifest): Entry => ({
              id: `add ${manifest.type}`,
              group: t('Add'),
              title: t('Add {title}', { title: manifest.title }),
              detail: manifest.summary,
              mark: <Glyph path={manifest.icon} />,
              run: () => focusNode(addFromPalette(manifest.type)),
            }))
    return [...operators, ...groups, ...actions, ...adding]
  }, [query, commands, document, summaries])
}
