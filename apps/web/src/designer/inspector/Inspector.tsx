/** What is selected, and everything about it that can be set. Nothing selected = the pipeline itself. */
import { lazy, Suspense, useEffect } from 'react'
import { nameOf } from '../check.ts'
import { useDesigner } from '../designerStore.ts'
import { wholeGroup } from '../document/groups.ts'
import { drawingOf } from '../../groups/drawing.ts'
import { PipelineInspector } from './PipelineInspector.tsx'
import { t } from '../../language/t.ts'

// Forms are most of the designer's code, and nobody needs one before something is selected.
const loadOperatorInspector = () => import('./OperatorInspector.tsx')
const OperatorInspector = lazy(loadOperatorInspector)
const StreamInspector = lazy(() => import('./StreamInspector.tsx'))
const SelectionInspector = lazy(() => import('./SelectionInspector.tsx'))
const GroupInspector = lazy(() => import('./GroupInspector.tsx'))

export function Inspector() {
  useEffect(() => void loadOperatorInspector(), [])
  return (
    <Suspense fallback={<aside className="ds-inspector" aria-label={t('Reading')} />}>
      <Selected />
    </Suspense>
  )
}

function Selected() {
  const selection = useDesigner((state) => state.selection)
  const operators = useDesigner((state) => state.checked.operators)
  const tree = useDesigner((state) => drawingOf(state.history.present).tree)
  switch (selection.kind) {
    case 'nothing':
    case 'note':
      return (
        <aside className="ds-inspector" aria-label={t('Pipeline')}>
          <PipelineInspector />
        </aside>
      )
    case 'stream':
      return (
        <aside className="ds-inspector" aria-label={t('Stream')}>
          <StreamInspector stream={selection.stream} to={selection.to} />
        </aside>
      )
    case 'operators': {
      const [id] = selection.ids
      const operator = operators.get(id)
      const group = selection.ids.length > 1 || tree.folded.size > 0 ? wholeGroup(tree, selection.ids) : null
      if (group !== null && (selection.ids.length > 1 || tree.hiddenIn.has(id)))
        return (
          <aside className="ds-inspector" aria-label={t('Group')}>
            <GroupInspector group={group} />
          </aside>
        )
      if (selection.ids.length > 1 || operator === undefined)
        return (
          <aside className="ds-inspector" aria-label={t('Selection')}>
            <SelectionInspector ids={selection.ids} />
          </aside>
        )
      return (
        <aside className="ds-inspector" aria-label={t('Operator {operator}', { operator: nameOf(operator) })}>
          <OperatorInspector key={operator.id} operator={operator} />
        </aside>
      )
    }
  }
}
