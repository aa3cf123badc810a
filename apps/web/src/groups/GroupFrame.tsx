/** An open group as drawn: a frame with its name around what is in it. The title is what one takes hold of. */
import type { GroupNode } from '@belay/pipeline'
import { groupName } from './boxes.ts'
import { t } from '../language/t.ts'

const OPEN = 'M8 1.8v4M5.6 3.8 8 1.4l2.4 2.4M8 14.2v-4M5.6 12.2 8 14.6l2.4-2.4M2.4 8h11.2'
const CLOSE = 'M8 1.6v4M5.6 3.6 8 6l2.4-2.4M8 14.4v-4M5.6 12.4 8 10l2.4 2.4M2.4 8h11.2'

export function GroupFrame({
  node,
  selected,
  onToggle,
}: {
  readonly node: GroupNode
  readonly selected: boolean
  readonly onToggle: () => void
}) {
  const { group, operators } = node
  return (
    <div
      className={selected ? 'gr-frame gr-frame-selected' : 'gr-frame'}
      data-testid={`frame-${group.id}`}
      data-colour={group.colour ?? 'grey'}
    >
      <div className="gr-frame-title" onDoubleClick={onToggle}>
        <span className="rn-ell">{groupName(group)}</span>
        <span className="gr-frame-count">{operators.length}</span>
        <FoldButton open name={groupName(group)} reachable={selected} onToggle={onToggle} />
      </div>
    </div>
  )
}

interface FoldButtonProps {
  readonly open: boolean
  readonly name: string
  /** By the tab key. */
  readonly reachable: boolean
  readonly onToggle: () => void
}

export function FoldButton({ open, name, reachable, onToggle }: FoldButtonProps) {
  return (
    <button
      type="button"
      className="gr-fold nodrag nopan"
      tabIndex={reachable ? 0 : -1}
      title={open ? t('Collapse the group (G, or double click)') : t('Open the group (G, or double click)')}
      aria-label={open ? t('Collapse the group {name}', { name }) : t('Open the group {name}', { name })}
      onDoubleClick={(event) => event.stopPropagation()}
      onClick={(event) => {
        event.stopPropagation()
        onToggle()
      }}
    >
      <svg className="rn-ico" width="12" height="12" viewBox="0 0 16 16" aria-hidden="true">
        <path d={open ? CLOSE : OPEN} />
      </svg>
    </button>
  )
}

export function GroupIcon({ size = 14 }: { readonly size?: number }) {
  return (
    <svg className="rn-ico" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d="M2 5V2h3M11 2h3v3M14 11v3h-3M5 14H2v-3" />
      <rect x="4.6" y="4.6" width="6.8" height="6.8" rx="1.4" />
    </svg>
  )
}
