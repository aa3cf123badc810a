import { batchOf, type Schema } from '@belay/columns'
import { expect, test } from 'vitest'
import { LineAppender } from '../operatorLog/appender.ts'
import type { StateTable, TableShape } from '../operator/state.ts'
import { StateStore } from '../state/stateStore.ts'
import { INSTANCE_WORD, instanceWords, statsBytes } from '../stats/statsBlock.ts'
import { InputQueue } from './edge.ts'
import { claimMemory, isClaimed, offeredClaim, takeBackMemory } from './memoryClaim.ts'
import { Node } from './node.ts'
import type { FromContainer } from './protocol.ts'

const SCHEMA: Schema = [{ name: 'n', type: 'int64', nullable: false }]
const BATCH_ROWS = 1000
/** Some 9 MB of state. */
const BATCHES = 120

const SHAPE: TableShape = {
  version: 1,
  key: SCHEMA,
  value: ['window', 'a', 'b', 'c', 'd'].map((name) => ({ name, type: 'float64', nullable: false })),
  writes: 'found',
}

/** Notes for each number the window in which it came last. */
function keyed(): { readonly node: Node; readonly queue: InputQueue; readonly inbox: FromContainer[]; readonly words: Float64Array } {
  const store = new StateStore()
  const queue = new InputQueue()
  const inbox: FromContainer[] = []
  const words = instanceWords(new SharedArrayBuffer(statsBytes(1, 1)), 0)
  const node = new Node(
    {
      instance: {
        id: 'keyed',
        operator: 'keyed',
        part: 'whole',
        type: 'keyed',
        partition: 0,
        partitions: 1,
        config: {},
        role: 'transform',
        stateful: true,
        onRowError: 'fail',
        skips: false,
        inputs: [],
        outputs: [],
        container: '',
        verbs: [],
        delivery: 'exactly-once',
      },
      number: 0,
      state: null,
      cut: 0,
      reached: 0,
      finished: false,
      endedInputs: [],
      verb: null,
      suspectUntil: null,
      poison: [],
      rowErrorRules: [],
      logLevel: 'info',
      live: [],
    },
    store,
    [{ port: 0, queue }],
    [],
    {
      attempt: 1,
      words,
      log: '',
      lines: new LineAppender('', new SharedArrayBuffer(8)),
      post: (message) => inbox.push(message),
      clock: () => ({ target: 0, checkpoint: 0, holdAfter: 0, drainAfter: 0 }),
      nowMs: () => 0,
      mask: (text) => text,
    },
  )
  const table: StateTable = store.table('numbers', SHAPE)
  node.start({
    role: 'transform',
    process(_port, batch) {
      const column = batch.columns[0]
      if (column.storage !== 'number') return batch.rows
      for (let row = 0; row < batch.rows; row += 1) {
        table.key.begin()
        table.key.number(column.values[row])
        const slot = table.slotFor()
        table.numbers(0)[slot] = node.window
      }
      return batch.rows
    },
  })
  return { node, queue, inbox, words }
}

function rows(queue: InputQueue, window: number, batches: number): void {
  for (let at = 0; at < batches; at += 1) {
    const numbers = Array.from({ length: BATCH_ROWS }, (_, row) => [row * BATCHES + at])
    queue.push({ type: 'data', window, batch: batchOf(SCHEMA, numbers), seq: at })
  }
}

function end(queue: InputQueue, window: number): void {
  queue.push({ type: 'end', end: { window, watermark: window, idle: false, checkpoint: true } })
}

/** Windows of all numbers, each once. */
function windowsIn(message: Extract<FromContainer, { type: 'snapshot-copied' }>): number[] {
  const bytes = message.memory === null ? new Uint8Array(0) : new Uint8Array(message.memory).slice(0, message.sizeBytes)
  const table = StateStore.restore(bytes).table('numbers', SHAPE)
  return [...new Set(table.numbers(0).subarray(0, table.size))].sort((a, b) => a - b)
}

test('H22 the next window is worked on while a snapshot is copied, which is told when it is whole and is that of its window', () => {
  const { node, queue, inbox, words } = keyed()
  const memoryFor = (needs: FromContainer | undefined): SharedArrayBuffer => {
    if (needs?.type !== 'snapshot-needs') throw new Error(`not asked for memory: ${needs?.type}`)
    return new SharedArrayBuffer(needs.need.wantedBytes)
  }
  rows(queue, 1, BATCHES)
  end(queue, 1)
  while (node.step());
  const memory = memoryFor(inbox.pop())
  node.grant(memory, null)
  rows(queue, 2, BATCHES)
  // The window has ended, and rows of the next one change what is not copied yet.
  while (words[INSTANCE_WORD.ended] < 1) node.step()
  const before = words[INSTANCE_WORD.rowsIn]
  while (inbox.length === 0) node.step()
  expect(words[INSTANCE_WORD.rowsIn]).toBeGreaterThan(before)
  const first = inbox.pop()
  if (first?.type !== 'snapshot-copied') throw new Error(`not copied: ${first?.type}`)
  expect(windowsIn(first)).toEqual([1])

  // One that comes while another is copied waits until that is whole.
  end(queue, 2)
  while (node.step());
  expect(inbox.pop()?.type).toBe('snapshot-needs')
  node.grant(memory, 'keyed@1@1')
  end(queue, 3)
  while (words[INSTANCE_WORD.ended] < 2) node.step()
  expect(inbox).toEqual([])
  while (node.step());
  expect(inbox.map(({ type }) => type)).toEqual(['snapshot-copied', 'snapshot-needs'])
  const second = inbox[0]
  if (second.type !== 'snapshot-copied') throw new Error('not copied')
  expect(second.window).toBe(2)
  expect(second.changedPages).not.toBeNull()
  expect(windowsIn(second)).toEqual([2])
})

test('H22 a snapshot into memory that was offered stops for nobody: the job is not asked, unless it has taken the memory back', () => {
  const { node, queue, inbox, words } = keyed()
  const window = (number: number): FromContainer[] => {
    rows(queue, number, BATCHES)
    end(queue, number)
    while (node.step());
    return inbox.splice(0)
  }
  const [asked] = window(1)
  if (asked.type !== 'snapshot-needs') throw new Error(`not asked for memory: ${asked.type}`)
  const memory = new SharedArrayBuffer(asked.need.wantedBytes)
  // Asked for is what counts: an offer that was on its way could be what the job is about to grant.
  const crossing = offeredClaim()
  node.grant(new SharedArrayBuffer(asked.need.wantedBytes), null, crossing)
  while (node.step());
  expect([isClaimed(crossing), inbox]).toEqual([false, []])
  node.grant(memory, null)
  while (node.step());
  expect(inbox.splice(0).map(({ type }) => type)).toEqual(['snapshot-copied'])

  // Written and offered: the job says nothing any more, and the windows go on.
  const offered = offeredClaim()
  node.grant(memory, 'keyed@1@1', offered)
  const [copied] = window(2)
  expect([copied.type, isClaimed(offered), words[INSTANCE_WORD.ended]]).toEqual(['snapshot-copied', true, 2])
  expect(copied.type === 'snapshot-copied' && windowsIn(copied)).toEqual([2])

  const takenBack = offeredClaim()
  node.grant(memory, 'keyed@2@1', takenBack)
  expect([takeBackMemory(takenBack), claimMemory(takenBack)]).toEqual([true, false])
  expect(window(3).map(({ type }) => type)).toEqual(['snapshot-needs'])
})
