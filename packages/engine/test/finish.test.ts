import { expect, test } from 'vitest'
import { planOf } from './support/plans.ts'
import { Script } from './support/script.ts'

const PLAN = planOf([{ id: 'src' }, { id: 'out', from: ['src'] }])

test('H17 while the last commit is awaited, no further checkpoint begins, which nobody would complete', () => {
  const script = Script.settled(PLAN)
  script.silent.add('commit-sink')
  const { target } = script.state
  for (const id of ['src', 'out']) script.finish(id, target)
  expect(script.state.committed).toBe(target)
  for (let i = 0; i < 50; i += 1) {
    script.wait(PLAN.windowMs)
    script.tick()
  }
  expect(script.state.checkpoint).toBeNull()
  script.give({ type: 'sink-committed', instance: 'out', window: target, attempt: 1 })
  expect(script.state.status).toBe('finished')
})

test('H17 a checkpoint that began just before the last operator ended is completed by its end', () => {
  const script = Script.settled(PLAN)
  const { target } = script.state
  script.finish('src', target)
  while (script.state.checkpoint === null) {
    script.wait(PLAN.windowMs)
    script.tick()
  }
  script.finish('out', target)
  expect(script.state.status).toBe('finished')
})
