/** What is selected, and everything about it that can be set. Nothing selected = the pipeline itself. */
import { nameOf } from '../check.ts'
import { useDesigner } from '../designerStore.ts'
import { OperatorInspector } from './OperatorInspector.tsx'
import { PipelineInspector } from './PipelineInspector.tsx'
import { SelectionInspector } from './SelectionInspector.tsx'
import { StreamInspector } from './StreamInspector.tsx'

export function Inspector() {
  const selection = useDesigner((state) => state.selection)
  const operators = useDesigner((state) => state.checked.operators)
  switch (selection.kind) {
    case 'nothing':
    case 'note':
      return (
        <aside className="ds-inspector" aria-label="Pipeline">
          <PipelineInspector />
        </aside>
      )
    case 'stream':
      return (
        <aside className="ds-inspector" aria-label="Stream">
          <StreamInspector stream={selection.stream} to={selection.to} />
        </aside>
      )
    case 'operators': {
      const [id] = selection.ids
      const operator = operators.get(id)
      if (selection.ids.length > 1 || operator === undefined)
        return (
          <aside className="ds-inspector" aria-label="Selection">
            <SelectionInspector ids={selection.ids} />
          </aside>
        )
      return (
        <aside className="ds-inspector" aria-label={`Operator ${nameOf(operator)}`}>
          <OperatorInspector key={operator.id} operator={operator} />
        </aside>
      )
    }
  }
}
