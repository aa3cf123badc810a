/** A note as drawn: Markdown for reading, a text area for writing (double click or Enter). */
import { memo, useEffect, useRef, useState } from 'react'
import { NodeResizer, type Node, type NodeProps } from '@xyflow/react'
import { drawn, useDesigner } from '../designerStore.ts'
import { changeNote, removeNote } from '../document/notes.ts'
import { snapTo } from '../layout/place.ts'
import { Marked } from '../parts/Marked.tsx'
import { t } from '../../language/t.ts'

export type NoteNodeType = Node<{ readonly note: string } & Record<string, unknown>, 'note'>

const PREFIX = 'note:'

export function noteNodeId(note: string): string {
  return `${PREFIX}${note}`
}

/** The note that a node of the canvas stands for; null for operators, whose ids have no colon. */
export function noteOf(nodeId: string): string | null {
  return nodeId.startsWith(PREFIX) ? nodeId.slice(PREFIX.length) : null
}

export const NoteNode = memo(function NoteNode({ data: { note: id }, selected }: NodeProps<NoteNodeType>) {
  const note = useDesigner((state) => state.history.present.notes?.find((candidate) => candidate.id === id))
  const wanted = useDesigner((state) => (state.selection.kind === 'note' && state.selection.id === id ? state.selection.writing : 0))
  const [writing, setWriting] = useState(false)
  const area = useRef<HTMLTextAreaElement>(null)
  const { edit, endGesture, select } = useDesigner.getState()
  useEffect(() => {
    if (wanted > 0) setWriting(true)
  }, [wanted])
  useEffect(() => {
    if (writing) area.current?.focus()
  }, [writing])
  if (note === undefined) return null
  const leave = (): void => {
    setWriting(false)
    endGesture()
    // A note without a word was never meant.
    if ((drawn().notes?.find((candidate) => candidate.id === id)?.text ?? '').trim() === '') {
      edit(removeNote(drawn(), id))
      select({ kind: 'nothing' })
    }
  }
  return (
    <div className={selected ? 'ds-note ds-note-selected' : 'ds-note'} data-testid={`note-${id}`} onDoubleClick={() => setWriting(true)}>
      <NodeResizer
        isVisible={selected}
        minWidth={96}
        minHeight={40}
        lineClassName="ds-note-line"
        handleClassName="ds-note-handle"
        onResizeEnd={(_event, { x, y, width, height }) => {
          const size = snapTo({ x: width, y: height })
          edit(changeNote(drawn(), id, { ...snapTo({ x, y }), width: size.x, height: size.y }))
        }}
      />
      {writing ? (
        <textarea
          ref={area}
          className="nodrag nopan nowheel"
          aria-label={t('Text of the note')}
          value={note.text}
          maxLength={10_000}
          placeholder={t('Write a note. **bold**, `code`, - list')}
          onChange={(event) => edit(changeNote(drawn(), id, { text: event.target.value }), `note:${id}`)}
          onBlur={leave}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return
            event.stopPropagation()
            event.currentTarget.blur()
          }}
        />
      ) : (
        <NoteText text={note.text} />
      )}
    </div>
  )
})

/** Paragraphs, headings and lists of Markdown; bold and code in them. */
function NoteText({ text }: { readonly text: string }) {
  return (
    <div className="ds-note-text">
      {text.split(/\n{2,}/).map((block, i) => {
        const lines = block.split('\n')
        if (lines.every((line) => /^\s*[-*] /.test(line)))
          return (
            <ul key={i}>
              {lines.map((line, k) => (
                <li key={k}>
                  <Marked text={line.replace(/^\s*[-*] /, '')} />
                </li>
              ))}
            </ul>
          )
        const heading = /^#{1,3} (.*)$/.exec(lines[0])
        return (
          <p key={i}>
            {heading === null ? null : (
              <b>
                <Marked text={heading[1]} />
              </b>
            )}
            <Marked text={(heading === null ? lines : ['', ...lines.slice(1)]).join('\n')} />
          </p>
        )
      })}
    </div>
  )
}
