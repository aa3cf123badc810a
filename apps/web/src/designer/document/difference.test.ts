import { manifests } from '@belay/operators/manifests'
import type { PipelineDocument } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { changesOfPlan } from './difference.ts'
import { addOperator, changeOperator, connect, moveOperators, setConfig } from './edits.ts'

let running: PipelineDocument = {
  format: 1,
  id: 'p',
  name: 'p',
  parameters: {},
  settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 },
  operators: [],
  streams: [],
  layout: {},
}
for (const type of ['generator', 'filter', 'table-view']) ({ document: running } = addOperator(running, manifests, type, { x: 0, y: 0 }))
running = connect(running, { operator: 'generator', port: 'out' }, { operator: 'filter', port: 'in' })

test('names, places, notes and tests are nothing to apply to a run', () => {
  const aside: PipelineDocument = {
    ...moveOperators(changeOperator(running, 'filter', { name: 'only some' }), { filter: { x: 400, y: 80 } }),
    name: 'other',
    description: 'other',
    notes: [{ id: 'n', text: 'x', x: 0, y: 0, width: 100, height: 100 }],
    tests: [{ name: 'one', steps: [{}], expected: {} }],
  }
  expect(changesOfPlan(running, aside)).toEqual([])
})

test('what makes a run another one is counted, and only that', () => {
  const changed = connect(
    setConfig(changeOperator(running, 'table-view', { name: 'seen' }), 'filter', '/condition', 'FALSE'),
    { operator: 'filter', port: 'true' },
    { operator: 'table-view', port: 'in' },
  )
  expect(changesOfPlan(running, changed).map(({ what, text }) => `${what} ${text}`)).toEqual([
    'changed filter',
    'added filter → table-view',
  ])
  expect(changesOfPlan(running, { ...running, settings: { ...running.settings, windowMs: 100 } })).toHaveLength(1)
})
