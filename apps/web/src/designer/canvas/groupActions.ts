/** What is done to groups from keys, menus and the canvas: one undo step each. */
import { drawn, selectedIds, useDesigner } from '../designerStore.ts'
import { foldGroup } from '../../groups/folding.ts'
import { dissolveGroup, makeGroup, wholeGroup } from '../document/groups.ts'
import { drawingOf } from '../../groups/drawing.ts'
import { glide } from '../layout/glide.ts'
import { focusNode } from './focusNode.ts'
import { t } from '../../language/t.ts'

/** The group that is selected as a whole. */
function selectedGroup(): string | null {
  return wholeGroup(drawingOf(drawn()).tree, selectedIds(useDesigner.getState().selection))
}

export function selectGroup(group: string): void {
  useDesigner.getState().selectOperators(drawingOf(drawn()).tree.groups.get(group)?.operators ?? [])
}

/** Groups what is selected. */
export function groupSelection(): void {
  const { selection, edit, say } = useDesigner.getState()
  const made = makeGroup(drawn(), selectedIds(selection))
  if (made === null) {
    say({
      tone: 'refused',
      text:
        selectedGroup() === null
          ? t('Select two operators or more to group them: with Shift, or by dragging a box around them.')
          : t('These operators are a group already.'),
    })
    return
  }
  edit(made.document)
  selectGroup(made.id)
}

/** Dissolves the group that is selected, else the innermost one that the selected operators are in. */
export function ungroupSelection(): void {
  const group = groupAtHand()
  if (group === null) return
  const ids = selectedIds(useDesigner.getState().selection)
  void glide(() => useDesigner.getState().edit(dissolveGroup(drawn(), group)))
  useDesigner.getState().selectOperators(ids)
}

/** Folds or opens a group; the one at hand if none is named. */
export function toggleGroup(wanted?: string): void {
  const group = wanted ?? groupAtHand()
  const node = group === null ? undefined : drawingOf(drawn()).tree.groups.get(group)
  if (group === null || node === undefined) return
  const collapsed = node.group.collapsed !== true
  void glide(() => useDesigner.getState().edit(foldGroup(drawn(), group, collapsed)))
  selectGroup(group)
  focusNode(node.operators[0])
}

function groupAtHand(): string | null {
  const { selection, say } = useDesigner.getState()
  const ids = selectedIds(selection)
  const { tree } = drawingOf(drawn())
  const whole = wholeGroup(tree, ids)
  if (whole !== null) return whole
  const holding = [...tree.groups].filter(([, { operators }]) => ids.length > 0 && ids.every((id) => operators.includes(id)))
  const [shown] = ids.length === 0 ? [] : [tree.hiddenIn.get(ids[0]) ?? holding.at(-1)?.[0]]
  if (shown !== undefined) return shown
  say({
    tone: 'refused',
    text: ids.length === 0 ? t('Select a group first, or an operator in one.') : t('What is selected is in no group. Ctrl-G makes one.'),
  })
  return null
}
