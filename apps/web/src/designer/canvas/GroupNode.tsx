/** A collapsed group: one node for its operators, with the ports that lead out of it and the worst of what is wrong in it. */
import { memo, useEffect, useRef } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { Handle, Position, useStore, useUpdateNodeInternals, type Node, type NodeProps } from '@xyflow/react'
import { endOfHandle, groupHeight, groupName, groupPortTop, handleOf } from '../../groups/boxes.ts'
import { FoldButton, GroupIcon } from '../../groups/GroupFrame.tsx'
import { manifestFor } from '../catalogue.ts'
import { nameOf } from '../check.ts'
import { selectedIds, useDesigner, type DesignerState } from '../designerStore.ts'
import { drawingOf } from '../../groups/drawing.ts'
import { Glyph } from '../parts/icons.tsx'
import { useConnectingAny } from './connecting.ts'
import { LOD_ZOOM, portClass } from './DesignNode.tsx'
import { useFocusPath } from './focusPath.ts'
import { toggleGroup } from './groupActions.ts'
import { troubleOf } from './groupTrouble.ts'
import { t } from '../../language/t.ts'

export type GroupNodeType = Node<{ readonly group: string } & Record<string, unknown>, 'folded'>

const GLYPHS = 5
const NONE: readonly string[] = []

/** Handles of one side; the same list as long as the ports are. */
function usePorts(group: string, side: 'inputs' | 'outputs'): readonly string[] {
  return useDesigner(useShallow((state: DesignerState) => drawingOf(state.history.present).ports.get(group)?.[side].map(handleOf) ?? NONE))
}

export const GroupNode = memo(function GroupNode({ data: { group: id }, selected }: NodeProps<GroupNodeType>) {
  const node = useDesigner((state) => drawingOf(state.history.present).tree.groups.get(id))
  const { errors, warnings, first } = useDesigner(
    useShallow((state: DesignerState) =>
      troubleOf(drawingOf(state.history.present).tree.groups.get(id)?.operators ?? NONE, state.checked.marks),
    ),
  )
  const holds = useDesigner((state) => selectedIds(state.selection).some((operator) => node?.operators.includes(operator) === true))
  const inputs = usePorts(id, 'inputs')
  const outputs = usePorts(id, 'outputs')
  const far = useStore((state) => state.transform[2] < LOD_ZOOM)
  const answer = useConnectingAny(node?.operators ?? NONE)
  const offPath = useFocusPath((state) => state.shown !== null && node?.operators.some((operator) => state.shown?.has(operator)) !== true)
  const update = useUpdateNodeInternals()
  const measured = useRef({ inputs, outputs })
  useEffect(() => {
    if (measured.current.inputs === inputs && measured.current.outputs === outputs) return
    measured.current = { inputs, outputs }
    update(id)
  }, [inputs, outputs, id, update])
  if (node === undefined) return null
  const { group, operators } = node
  const height = groupHeight(Math.max(inputs.length, outputs.length))
  const className = [
    'rn-node',
    'ds-node',
    'gr-node',
    selected ? 'rn-selected' : holds ? 'gr-holds' : '',
    errors > 0 ? 'ds-bad' : warnings > 0 ? 'ds-warned' : '',
    offPath ? 'ds-off-path' : '',
    answer === null ? '' : answer.ok ? 'ds-fits' : 'ds-unfit',
  ]
    .filter(Boolean)
    .join(' ')
  return (
    <div
      className={className}
      style={{ height }}
      data-testid={`group-${id}`}
      data-colour={group.colour ?? 'grey'}
      data-far={far ? '' : undefined}
      onDoubleClick={() => toggleGroup(id)}
    >
      <Ports handles={inputs} side="in" height={height} />
      {far ? (
        <div className="ds-far">
          <GroupIcon size={44} />
        </div>
      ) : (
        <>
          <div className="rn-head">
            <span className="ds-glyph gr-glyph">
              <GroupIcon />
            </span>
            <span className="rn-name rn-grow" title={groupName(group)}>
              {groupName(group)}
            </span>
            <FoldButton open={false} name={groupName(group)} reachable={selected} onToggle={() => toggleGroup(id)} />
          </div>
          <Inside operators={operators} />
          <div className="ds-foot" title={first}>
            <span className="rn-ell rn-grow">{errors > 0 ? first : operatorsText(operators.length)}</span>
            <span>{errors > 0 ? operatorsText(operators.length) : portsText(inputs.length, outputs.length)}</span>
          </div>
        </>
      )}
      {errors + warnings === 0 ? null : (
        <span className={errors > 0 ? 'ds-badge ds-badge-error' : 'ds-badge'} title={first}>
          <span aria-hidden="true">!</span> {errors > 0 ? errors : warnings}
        </span>
      )}
      <Ports handles={outputs} side="out" height={height} />
    </div>
  )
})

function operatorsText(count: number): string {
  return count === 1 ? t('1 operator') : t('{count} operators', { count })
}

function portsText(inputs: number, outputs: number): string {
  return t('{inputs} in, {outputs} out', { inputs, outputs })
}

/** The first operators by their signs. */
function Inside({ operators }: { readonly operators: readonly string[] }) {
  const known = useDesigner((state) => state.checked.operators)
  const shown = operators.slice(0, GLYPHS)
  const title = operators.map((id) => nameOf(known.get(id), id)).join(', ')
  return (
    <div className="gr-inside" title={title}>
      {shown.map((id) => (
        <Glyph key={id} path={manifestFor(known.get(id)?.type ?? '')?.icon} />
      ))}
      {operators.length > GLYPHS ? <span>+{operators.length - GLYPHS}</span> : null}
    </div>
  )
}

function Ports({ handles, side, height }: { readonly handles: readonly string[]; readonly side: 'in' | 'out'; readonly height: number }) {
  const operators = useDesigner((state) => state.checked.operators)
  const kinds = useDesigner(
    useShallow((state: DesignerState) => {
      const { inputs, outputs } = state.checked.propagation
      return handles.map((handle) => (side === 'in' ? inputs : outputs).get(handle)?.changes.kind)
    }),
  )
  return handles.map((handle, i) => {
    const { operator, port } = endOfHandle(handle)
    const name = `${nameOf(operators.get(operator), operator)}, ${side === 'in' ? 'input' : 'output'} ${port}`
    return (
      <Handle
        key={handle}
        id={handle}
        type={side === 'in' ? 'target' : 'source'}
        position={side === 'in' ? Position.Left : Position.Right}
        className={portClass(kinds[i], side === 'out', false)}
        style={{ top: groupPortTop(i, handles.length, height) }}
        title={name}
        role="img"
        aria-label={name}
      />
    )
  })
}
