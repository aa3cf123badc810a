/** Groups as React Flow takes them: collapsed ones as nodes, open ones as frames that lie under everything. */
import type { PipelineDocument } from '@belay/pipeline'
import { frameNodeId, groupName, groupNodeId } from '../../groups/boxes.ts'
import type { Checked } from '../check.ts'
import { selectedIds, type Selection } from '../designerStore.ts'
import { drawingOf } from '../../groups/drawing.ts'
import type { FrameNodeType } from './FrameNode.tsx'
import type { GroupNodeType } from './GroupNode.tsx'
import { sameOr } from './graphView.ts'
import { troubleOf } from './groupTrouble.ts'
import { t } from '../../language/t.ts'

/** Frames lie under notes, inner ones over outer ones. */
const LOWEST = -1000
/** A frame takes the pointer at its title alone; elsewhere one draws as on the canvas itself. */
const UNTOUCHED = { pointerEvents: 'none' } as const

/** Makes the group nodes of one canvas again and again; equal ones are the same objects. */
export function groupMaker(): (document: PipelineDocument, checked: Checked, selection: Selection) => (GroupNodeType | FrameNodeType)[] {
  let last = new Map<string, GroupNodeType | FrameNodeType>()
  let list: (GroupNodeType | FrameNodeType)[] = []
  return (document, { marks }, selection) => {
    const { tree, folded, frames } = drawingOf(document)
    const selected = new Set(selectedIds(selection))
    const next = new Map<string, GroupNodeType | FrameNodeType>()
    for (const [group, { group: about, depth, operators }] of tree.groups) {
      const frame = frames.get(group)
      const box = folded.get(group) ?? frame
      if (box === undefined) continue
      const id = frame === undefined ? groupNodeId(group) : frameNodeId(group)
      const chosen = operators.every((operator) => selected.has(operator))
      const { errors, warnings } = troubleOf(operators, marks)
      const trouble = errors + warnings === 0 ? '' : t(', {errors} errors, {warnings} warnings', { errors, warnings })
      const words = t(
        frame === undefined ? 'Group {group}, {operators} operators, collapsed' : 'Group {group}, {operators} operators, open',
        {
          group: groupName(about),
          operators: operators.length,
        },
      )
      const ariaLabel = `${words}${trouble}${chosen ? t(', selected') : ''}`
      const before = last.get(id)
      const same =
        before !== undefined &&
        before.position.x === box.x &&
        before.position.y === box.y &&
        before.width === box.width &&
        before.height === box.height &&
        before.selected === chosen &&
        before.ariaLabel === ariaLabel
      if (same) {
        next.set(id, before)
        continue
      }
      const shared = {
        id,
        position: { x: box.x, y: box.y },
        width: box.width,
        height: box.height,
        measured: { width: box.width, height: box.height },
        data: before?.data ?? { group },
        selected: chosen,
        ariaLabel,
      }
      next.set(
        id,
        frame === undefined
          ? { ...shared, type: 'folded' }
          : { ...shared, type: 'frame', zIndex: LOWEST + depth, style: UNTOUCHED, dragHandle: '.gr-frame-title' },
      )
    }
    last = next
    list = sameOr(list, [...next.values()])
    return list
  }
}
