import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchOf, type Schema } from '@belay/columns'
import { createOperatorHarness, type OperatorHarness } from '@belay/engine/testing'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { webhook, type WebhookConfig } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'n', type: 'int64', nullable: false },
  { name: 'at', type: 'timestamp', nullable: true },
]

interface Received {
  readonly key: string
  readonly type: string
  readonly body: string
}

type Behaviour = (received: Received, response: ServerResponse, request: IncomingMessage) => void

async function receiver(behave: Behaviour): Promise<{ readonly url: string; readonly received: Received[] }> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = {
        key: String(request.headers['idempotency-key']),
        type: String(request.headers['content-type']),
        body: Buffer.concat(chunks).toString(),
      }
      received.push(one)
      behave(one, response, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received }
}

const take: Behaviour = (_one, response) => void response.end()
const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  (_one, response) =>
    void response.writeHead(status, headers).end('no')

function folder(): string {
  const at = mkdtempSync(join(tmpdir(), 'belay-webhook-'))
  onTestFinished(() => rmSync(at, { recursive: true, force: true }))
  return at
}

interface Options {
  readonly config: Partial<WebhookConfig>
  readonly own?: string
  readonly files?: string
  readonly state?: Uint8Array
  readonly attempt?: number
  readonly allowed?: readonly string[]
}

async function sink({ config, own, files, state, attempt, allowed }: Options): Promise<OperatorHarness> {
  const h = await createOperatorHarness(module, {
    operatorId: 'hook',
    config: { ...webhook.defaultConfig, ...config },
    inputs: { in: { schema: SCHEMA } },
    outputs: {},
    own: own ?? folder(),
    allowedAddresses: allowed ?? ['127.0.0.1'],
    files: { data: files ?? folder() },
    ...(state === undefined ? {} : { state }),
    ...(attempt === undefined ? {} : { attempt }),
  })
  onTestFinished(() => h.close())
  return h
}

const push = (h: OperatorHarness, from: number, to: number): unknown =>
  h.push(
    'in',
    batchOf(
      SCHEMA,
      Array.from({ length: to - from }, (_, i) => [from + i, i === 0 ? 5000 : null]),
    ),
  )

/** Pauses between tries are over. */
let skewMs = 0
const realNow = performance.now.bind(performance)
const later = (): void => {
  skewMs += 100_000
  const skew = skewMs
  vi.spyOn(performance, 'now').mockImplementation(() => realNow() + skew)
}
afterEach(() => {
  skewMs = 0
  vi.restoreAllMocks()
})

test('H8 rows are posted in batches when their window is committed, with keys that say where they are from', async () => {
  const { url, received } = await receiver(take)
  const h = await sink({ config: { url, batchRows: 2 } })
  push(h, 0, 3)
  expect(h.prepare(4)).toBe(true)
  push(h, 3, 4)
  expect(h.prepare(5)).toBe(true)
  await new Promise((resolve) => setImmediate(resolve))
  expect(received).toEqual([])
  expect(await h.committed(4)).toBeGreaterThan(0)
  expect(received).toEqual([
    { key: 'run-test/hook/1/4/0', type: 'application/json', body: '[{"n":0,"at":"1970-01-01T00:00:05.000Z"},{"n":1,"at":null}]' },
    { key: 'run-test/hook/1/4/1', type: 'application/json', body: '[{"n":2,"at":null}]' },
  ])
  expect(await h.committed(5)).toBe(0)
  expect(await h.committed(5)).toBe(0)
  expect(received.map(({ key }) => key).slice(2)).toEqual(['run-test/hook/1/5/0'])
  const lines = await sink({ config: { url, body: 'json-lines' } })
  push(lines, 0, 2)
  lines.prepare(1)
  await lines.committed(1)
  expect(received.at(-1)).toMatchObject({
    type: 'application/x-ndjson',
    body: '{"n":0,"at":"1970-01-01T00:00:05.000Z"}\n{"n":1,"at":null}\n',
  })
})

test('H8 what comes again after a restore has the same keys and the same bytes; what was never a checkpoint never comes', async () => {
  const { url, received } = await receiver(take)
  const own = folder()
  let h = await sink({ config: { url, batchRows: 2 }, own })
  push(h, 0, 5)
  h.prepare(1)
  const state = h.snapshot()
  await h.committed(1)
  const first = [...received]
  push(h, 5, 9)
  h.prepare(2)
  h.close()
  h = await sink({ config: { url, batchRows: 2 }, own, state, attempt: 2 })
  await h.committed(1)
  // All were known to be taken.
  expect(received).toEqual(first)
  push(h, 5, 6)
  h.prepare(2)
  await h.committed(2)
  expect(received.slice(first.length).map(({ key, body }) => [key, body])).toEqual([
    ['run-test/hook/1/2/0', '[{"n":5,"at":"1970-01-01T00:00:05.000Z"}]'],
  ])
  expect(readdirSync(own)).toEqual([])
})

test.each([408, 425, 429, 500, 503])('%i, and no answer, are tried again after a pause, the same batch first', async (status) => {
  let left = 3
  const { url, received } = await receiver((one, response, request) => {
    left -= 1
    if (left === 2) answer(status)(one, response, request)
    else if (left === 1) request.socket.destroy()
    else response.end()
  })
  const h = await sink({ config: { url, batchRows: 1 } })
  push(h, 0, 2)
  h.prepare(1)
  await expect(h.committed(1)).rejects.toMatchObject({ code: 'WEBHOOK_REFUSED' })
  // Before the pause is over nothing is sent.
  await expect(h.committed(1)).rejects.toMatchObject({ code: 'WEBHOOK_REFUSED' })
  expect(received).toHaveLength(1)
  later()
  await expect(h.committed(1)).rejects.toMatchObject({ code: 'HTTP_UNREACHABLE' })
  later()
  expect(await h.committed(1)).toBe(0)
  expect(received.map(({ key }) => key.at(-1))).toEqual(['0', '0', '0', '1'])
  expect(new Set(received.slice(0, 3).map(({ body }) => body)).size).toBe(1)
})

test('Retry-After is waited for', async () => {
  const { url, received } = await receiver(answer(503, { 'retry-after': '1000' }))
  const h = await sink({ config: { url } })
  push(h, 0, 1)
  h.prepare(1)
  await expect(h.committed(1)).rejects.toMatchObject({ code: 'WEBHOOK_REFUSED' })
  later()
  await expect(h.committed(1)).rejects.toMatchObject({ code: 'WEBHOOK_REFUSED' })
  expect(received).toHaveLength(1)
})

test.each([400, 401, 404, 410, 422, 301, 307])(
  '%i is final: the run fails, or the batch goes to the dead letters and the next one on',
  async (status) => {
    const failing = await receiver(answer(status, { location: 'http://127.0.0.1:1/' }))
    const h = await sink({ config: { url: failing.url } })
    push(h, 0, 1)
    h.prepare(1)
    await expect(h.committed(1)).rejects.toMatchObject({ code: 'WEBHOOK_GIVEN_UP' })
    const some = await receiver((one, response, request) => (one.key.endsWith('/0') ? answer(status) : take)(one, response, request))
    const files = folder()
    const kept = await sink({ config: { url: some.url, batchRows: 1, onGiveUp: 'dead-letters', deadLetters: 'data:dead' }, files })
    push(kept, 0, 2)
    kept.prepare(1)
    expect(await kept.committed(1)).toBe(0)
    expect(some.received).toHaveLength(2)
    const [letter] = readFileSync(join(files, 'dead', 'run-test-hook.jsonl'), 'utf8')
      .trim()
      .split('\n')
    expect(JSON.parse(letter ?? '')).toMatchObject({ key: 'run-test/hook/1/1/0', rows: [{ n: 0 }] })
    expect(kept.counts.get('dead letters')).toBe(1)
  },
)

test('after so many tries of one batch it is given up', async () => {
  const { url, received } = await receiver(answer(500))
  const h = await sink({ config: { url, attempts: 3 } })
  push(h, 0, 1)
  h.prepare(1)
  for (const code of ['WEBHOOK_REFUSED', 'WEBHOOK_REFUSED', 'WEBHOOK_GIVEN_UP']) {
    await expect(h.committed(1)).rejects.toMatchObject({ code })
    later()
  }
  expect(received).toHaveLength(3)
})

test('addresses of this machine are refused unless allowed, and nothing is sent', async () => {
  const { url, received } = await receiver(take)
  const h = await sink({ config: { url }, allowed: [] })
  push(h, 0, 1)
  h.prepare(1)
  await expect(h.committed(1)).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' })
  expect(received).toEqual([])
})

test('typing: the address is whole and http, without a password; dead letters need a folder', () => {
  const codes = (config: Partial<WebhookConfig>) =>
    webhook.typing({ config: { ...webhook.defaultConfig, ...config }, inputs: {} }).problems.map(({ code }) => code)
  expect(codes({ url: 'https://example.org/x' })).toEqual([])
  for (const url of ['', 'example.org', 'ftp://example.org', 'https://a:b@example.org']) expect(codes({ url })).toEqual(['URL_INVALID'])
  expect(codes({ url: 'https://example.org', onGiveUp: 'dead-letters' })).toEqual(['FOLDER_MISSING'])
})
