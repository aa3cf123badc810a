import { batchOf } from '@belay/columns'
import { expect, test } from 'vitest'
import { initialState } from '../src/job/transition.ts'
import { rehearsals } from '../src/process/rehearsals.ts'
import { StreamLogs } from '../src/process/streamLogs.ts'
import { READER, readerWord, WORD } from '../src/stream/logLayout.ts'
import { SharedLogMemory } from '../src/stream/logMemory.ts'
import { LogWriter } from '../src/stream/logWriter.ts'
import { planOf, SCHEMA } from './support/plans.ts'

const BATCH = batchOf(
  SCHEMA,
  Array.from({ length: 1000 }, (_, n) => [n]),
)

/** A source whose rows both partitions of `count` read, and their sink; `rows` of them have been read. */
function run(rows: number) {
  const plan = planOf(
    [
      { id: 'source' },
      { id: 'count#0', operator: 'count', part: 'partition', from: ['source'] },
      { id: 'count#1', operator: 'count', part: 'partition', from: ['source'] },
      { id: 'sink', from: ['count#0', 'count#1'] },
    ],
    { logBytes: 1_048_576 },
  )
  const logs = new StreamLogs(plan, 0)
  const log = logs.get('s-source')
  if (log === undefined) throw new Error('no log')
  const memory = new SharedLogMemory(log.handle)
  const writer = new LogWriter(memory, 2)
  for (let written = 0; written < rows; written += 1000) writer.publishData(BATCH, 0, 1)
  writer.publishEnd({ window: 1, watermark: 1, idle: false, checkpoint: false })
  for (const reader of [0, 1]) {
    log.control.activate(reader)
    memory.store(readerWord(reader, READER.cursor), memory.load(WORD.published))
  }
  return { state: initialState('run', plan), logs }
}

test('H31 what is practised: containers of operators through which many rows have gone, one of several partitions', () => {
  const { state, logs } = run(20_000)
  const found = rehearsals(state, logs)
  expect(found.map(({ deployments }) => deployments.map(({ instance }) => instance.operator))).toEqual([['count']])
  expect(found[0]?.passages).toMatchObject([{ stream: 's-source', from: 0, to: 21 }])
  expect(found[0]?.deployments[0]).toMatchObject({ cut: 0, state: null, instance: { onRowError: 'skip' } })
  const few = run(5000)
  expect(rehearsals(few.state, few.logs)).toEqual([])
})

test('H31 nothing is practised of an operator that a row has taken its thread from', () => {
  const { state, logs } = run(20_000)
  const poison = { count: [{ hash: 'row', met: null, until: 9 }] }
  expect(rehearsals({ ...state, poison }, logs)).toEqual([])
})
