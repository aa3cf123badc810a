/** Example rows standing on the stream they are of: the selected stream, or what goes into the selected operator. */
import { useEffect, useState } from 'react'
import { ViewportPortal } from '@xyflow/react'
import type { PortReference } from '@belay/pipeline'
import { nameOf } from '../check.ts'
import { useDesigner } from '../designerStore.ts'
import { boxesOf, boxOf } from '../../groups/drawing.ts'
import { NODE_HEIGHT, NODE_WIDTH } from '../layout/place.ts'
import { DsIcon } from '../parts/icons.tsx'
import { useQuickAdd } from '../canvas/quickAdd.ts'
import { useGhost } from './ghostStore.ts'
import { RowsTable } from './RowsTable.tsx'
import { t } from '../../language/t.ts'

const SHOWN = 3
const COLUMNS = 5
const WIDTH = 504
const HEIGHT = 132

export default function GhostCard() {
  const selection = useDesigner((state) => state.selection)
  const [closed, setClosed] = useState<string | null>(null)
  const adding = useQuickAdd((state) => state.place !== null)
  if (selection.kind !== 'stream' || adding) return null
  const key = `${selection.stream} ${selection.to.operator} ${selection.to.port}`
  if (closed === key) return null
  return <Card key={key} stream={selection.stream} to={selection.to} onClose={() => setClosed(key)} />
}

interface CardProps {
  readonly stream: string
  readonly to: PortReference
  readonly onClose: () => void
}

function Card({ stream: id, to, onClose }: CardProps) {
  const stream = useDesigner((state) => state.history.present.streams.find((candidate) => candidate.id === id))
  const drawing = useDesigner((state) => state.history.present)
  const operators = useDesigner((state) => state.checked.operators)
  const ghost = useGhost(stream?.from.operator ?? '', stream?.from.port ?? '')
  // A moment for the worker before its silence is shown.
  const [patient, setPatient] = useState(true)
  useEffect(() => {
    const timer = setTimeout(() => setPatient(false), 400)
    return () => clearTimeout(timer)
  }, [])
  if (stream === undefined || (ghost === undefined && patient)) return null
  const a = boxOf(drawing, stream.from.operator) ?? { x: 0, y: 0 }
  const b = boxOf(drawing, to.operator) ?? a
  const { x, y } = placeOf(a, b, [...boxesOf(drawing).values()])
  const from = nameOf(operators.get(stream.from.operator), stream.from.operator)
  const target = nameOf(operators.get(to.operator), to.operator)
  return (
    <ViewportPortal>
      <div
        className="ds-ghost nopan nodrag"
        style={{ transform: `translate(${x}px, ${y}px)`, width: WIDTH }}
        role="group"
        aria-label={t('Example rows between {from} and {target}', { from, target })}
      >
        <div className="ds-ghost-head">
          <b>{t('Example rows')}</b>
          <span className="rn-ell">
            {from} → {target}
            {ghost?.kind === 'rows' ? ` · ${share(ghost.rows.length, ghost.of)}` : ''}
          </span>
          <span className="rn-grow" />
          <button
            type="button"
            className="ds-tiny"
            aria-label={t('Insert an operator here')}
            title={t('Insert an operator here')}
            onClick={() => useQuickAdd.getState().open({ kind: 'into', end: { stream, to } })}
          >
            <DsIcon name="plus" />
          </button>
          <button type="button" className="ds-tiny" aria-label={t('Close the example rows')} onClick={onClose}>
            <DsIcon name="x" size={12} />
          </button>
        </div>
        {ghost === undefined ? (
          <p className="ds-ghost-why">{t('Not computed yet.')}</p>
        ) : ghost.kind === 'stopped' ? (
          <p className="ds-ghost-why">
            {t('Stops at {operator}. {reason}', {
              operator: nameOf(operators.get(ghost.operator), ghost.operator),
              reason: t(ghost.reason),
            })}
          </p>
        ) : ghost.rows.length === 0 ? (
          <p className="ds-ghost-why">{t('None of the {of} sampled rows comes here.', { of: ghost.of })}</p>
        ) : (
          <RowsTable
            caption={t('Example rows between {from} and {target}', { from, target })}
            schema={ghost.schema.slice(0, COLUMNS)}
            rows={ghost.rows.slice(0, SHOWN).map((row) => row.slice(0, COLUMNS))}
          />
        )}
        {ghost?.kind === 'rows' && ghost.schema.length > COLUMNS ? (
          <p className="ds-ghost-more">{t('+{more} more columns in the inspector', { more: ghost.schema.length - COLUMNS })}</p>
        ) : null}
      </div>
    </ViewportPortal>
  )
}

/** "3 of 9 sampled rows" where some go elsewhere; else how many were looked at. */
export function share(rows: number, of: number): string {
  return rows === of ? t('{of} sampled rows', { of }) : t('{rows} of {of} sampled rows', { rows, of })
}

interface Point {
  readonly x: number
  readonly y: number
}

/** In the middle of the stream, below or above it, wherever it covers the fewest nodes. */
function placeOf(a: Point, b: Point, nodes: readonly Point[]): Point {
  const middle = { x: (a.x + NODE_WIDTH + b.x) / 2 - WIDTH / 2, y: (a.y + b.y) / 2 + NODE_HEIGHT / 2 }
  const choices = [
    { x: middle.x, y: Math.max(a.y, b.y) + NODE_HEIGHT + 16 },
    { x: middle.x, y: Math.min(a.y, b.y) - HEIGHT - 24 },
    { x: middle.x, y: middle.y + 24 },
    { x: middle.x, y: middle.y - HEIGHT - 24 },
  ]
  const covered = (place: Point): number =>
    nodes.filter(
      (node) =>
        node.x < place.x + WIDTH && node.x + NODE_WIDTH > place.x && node.y < place.y + HEIGHT + 12 && node.y + NODE_HEIGHT > place.y,
    ).length
  return choices.reduce((best, next) => (covered(next) < covered(best) ? next : best))
}
