import type { PipelineDocument } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { drawn } from '../../../test/support/drawnPipelines.ts'
import { changesOfPlan } from './difference.ts'
import { changeOperator, connect, moveOperators, setConfig } from './edits.ts'

let running = drawn(['generator', 'filter', 'table-view'])
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
