/** The graph as a list for narrow windows: reading works, drawing says what it needs (ui.md §2, Phone). */
import { lazy, Suspense } from 'react'
import { graphOf } from '@belay/pipeline'
import { groupName } from '../groups/boxes.ts'
import { manifestFor } from './catalogue.ts'
import { nameOf } from './check.ts'
import { useDesigner } from './designerStore.ts'
import { drawingOf } from '../groups/drawing.ts'
import { Glyph } from './parts/icons.tsx'
import { ProblemsPanel } from './problems/ProblemsPanel.tsx'
import { t } from '../language/t.ts'

const TestsPanel = lazy(() => import('./tests/TestsPanel.tsx'))

export default function NarrowView() {
  const document = useDesigner((state) => state.history.present)
  const { marks, summaries, operators, propagation, ports } = useDesigner((state) => state.checked)
  const { tree } = drawingOf(document)
  const { order } = graphOf(document)
  const listed = [...order, ...document.operators.filter((operator) => !order.includes(operator))]
  return (
    <div className="ds-narrow">
      <p className="ds-narrow-note">{t('Drawing needs a window at least 900 px wide. Here you can read the pipeline and run it.')}</p>
      <ol className="ds-rope">
        {listed.map((operator) => {
          const from = document.streams
            .filter((stream) => stream.to.some((to) => to.operator === operator.id))
            .map((stream) => nameOf(operators.get(stream.from.operator), stream.from.operator))
          const found = marks.get(operator.id)
          const group = tree.groups.get(tree.groupOf.get(operator.id) ?? '')?.group
          const output = ports.get(operator.id)?.[0]?.name
          const edge = output === undefined ? undefined : propagation.outputs.get(`${operator.id}.${output}`)
          return (
            <li key={operator.id} className={found !== undefined && found.errors > 0 ? 'ds-rope-item ds-bad' : 'ds-rope-item'}>
              <Glyph path={manifestFor(operator.type)?.icon} />
              <div className="rn-grow">
                <b>{nameOf(operator)}</b>
                <code>{summaries.get(operator.id) ?? ''}</code>
                <span>
                  {group === undefined ? '' : t('in {groupName} · ', { groupName: groupName(group) })}
                  {from.length === 0 ? t('source') : t('from {names}', { names: from.join(', ') })}
                  {edge === undefined ? '' : t(' · {kind}, {schema} columns', { kind: t(edge.changes.kind), schema: edge.schema.length })}
                </span>
              </div>
              {found === undefined || found.errors + found.warnings === 0 ? null : (
                <span className={found.errors > 0 ? 'ds-badge ds-badge-error' : 'ds-badge'} title={found.first}>
                  ! {found.errors > 0 ? found.errors : found.warnings}
                </span>
              )}
            </li>
          )
        })}
      </ol>
      <h2>{t('Problems')}</h2>
      <ProblemsPanel />
      <h2>{t('Tests')}</h2>
      <Suspense fallback={<p className="rn-empty">{t('Loading the editor.')}</p>}>
        <TestsPanel />
      </Suspense>
    </div>
  )
}
