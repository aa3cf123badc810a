/** Messages to webhooks: each is delivered under one key, tried again for a while, and never lost in between. */
import { join } from 'node:path'
import { expect, onTestFinished, test, describe } from 'vitest'
import { outcomeOf, PAUSES_MS, type Tried } from '../src/notify/attempt.ts'
import { Sender, type PostRequest } from '../src/notify/sender.ts'
import { WebhookStore } from '../src/notify/webhookStore.ts'
import { atOnce, openDatabase } from '../src/storage/database.ts'
import { testHome, until } from './support/belay.ts'

const answered = (status: number, retryAfter?: string): Tried => ({ type: 'answered', status, retryAfter })

describe('what comes of a try', () => {
  test.each<[string, Tried, number, string, number]>([
    ['taken', answered(204), 1, 'delivered', 0],
    ['a receiver that is down for now', answered(503), 1, 'waiting', PAUSES_MS[0]],
    ['and longer', answered(500), 4, 'waiting', PAUSES_MS[3]],
    ['one that says when', answered(429, '90'), 1, 'waiting', 90_000],
    ['one that wants years', answered(429, '99999999'), 1, 'waiting', 3_600_000],
    ['no answer', { type: 'failed', message: 'x', final: false }, 2, 'waiting', PAUSES_MS[1]],
    ['one that will never take it', answered(400), 1, 'given-up', 0],
    ['a redirect', answered(302), 1, 'given-up', 0],
    ['an address that is refused', { type: 'failed', message: 'x', final: true }, 1, 'given-up', 0],
    ['the last try', answered(500), PAUSES_MS.length + 1, 'given-up', 0],
  ])('%s', (_what, tried, attempts, state, laterMs) => {
    expect(outcomeOf(tried, attempts, 1000)).toMatchObject({ state, attempts, atMs: 1000 + laterMs })
  })
})

const sign = (): never => {
  throw new Error('nothing is signed here')
}

function outbox() {
  const database = openDatabase(join(testHome(), 'belay.db'))
  onTestFinished(() => void database.close())
  const store = new WebhookStore(database)
  const hook = (id: string) =>
    store.write(id, { name: id, url: `http://${id}/`, events: ['run-failed'], pipelineId: null, enabled: true }, 'me', 0)
  const put = (id: string, webhookId: string, atMs = 0) =>
    store.enqueue({ id, webhookId, alertId: null, runId: 'r', event: 'run-failed', body: { id } }, atMs)
  return { database, store, hook, put }
}

test('a message is sent again under the same key until it is taken; one after another to each webhook', async () => {
  const { store, hook, put } = outbox()
  hook('a')
  hook('b')
  put('a1', 'a')
  put('a2', 'a', 1)
  put('b1', 'b')
  let nowMs = 10
  const sent: PostRequest[] = []
  const underWay = new Map<string, number>()
  let most = 0
  const sender = new Sender({
    store,
    sign,
    now: () => nowMs,
    changed: () => undefined,
    defect: (error) => {
      throw error
    },
    post: async (request) => {
      const now = (underWay.get(request.url) ?? 0) + 1
      underWay.set(request.url, now)
      most = Math.max(most, now)
      await Promise.resolve()
      underWay.set(request.url, now - 1)
      sent.push(request)
      return { status: sent.filter(({ url }) => url === request.url).length === 1 ? 503 : 200, retryAfter: undefined }
    },
  })
  onTestFinished(() => sender.close())
  sender.wake()
  await until('the first tries', () => sent.length === 3)
  nowMs = 5000
  sender.wake()
  await until('all to be taken', () => store.deliveries(10).every(({ state }) => state === 'delivered'))
  expect(sent.map(({ headers }) => headers['idempotency-key']).sort()).toEqual(['a1', 'a1', 'a2', 'b1', 'b1'])
  expect(most).toBe(1)
})

test('the next server sends what the one before had not, and nothing twice that was taken', async () => {
  const { store, hook, put } = outbox()
  hook('a')
  put('a1', 'a')
  put('a1', 'a')
  put('a2', 'a')
  const common = { store, sign, now: () => 10, changed: () => undefined, defect: () => undefined }
  const first = new Sender({ ...common, post: () => new Promise(() => undefined) })
  first.wake()
  first.close()
  const keys: string[] = []
  const second = new Sender({
    ...common,
    post: async ({ headers }) => {
      keys.push(headers['idempotency-key'])
      return { status: 200, retryAfter: undefined }
    },
  })
  onTestFinished(() => second.close())
  second.wake()
  await until('all to be taken', () => store.deliveries(10).every(({ state }) => state === 'delivered'))
  expect(keys.sort()).toEqual(['a1', 'a2'])
})

test('the outbox is bounded: what does not fit is dropped, and the list says so', () => {
  const { database, store, hook, put } = outbox()
  hook('a')
  atOnce(database, () => {
    for (let i = 0; i < 1001; i += 1) put(`a${i}`, 'a', i)
  })
  expect(store.deliveries(1)).toMatchObject([{ id: 'a1000', state: 'dropped', problem: '1000 messages wait already' }])
})

test('a webhook that is gone gets nothing of what waited for it', () => {
  const { store, hook, put } = outbox()
  hook('a')
  put('a1', 'a')
  store.remove('a', 5)
  expect(store.due(10)).toEqual([])
  expect(store.deliveries(1)).toMatchObject([{ state: 'dropped' }])
})
