import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOperatorHarness, type OperatorHarness } from '@belay/engine/testing'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import { Dispatcher } from '../http/dispatcher.ts'
import { openingMessage, webSocket, type WebSocketConfig } from './manifest.ts'
import { module } from './runtime.ts'

const columns: WebSocketConfig['columns'] = [{ name: 'id', type: 'int64', nullable: false }]

/** A sender; `connected` is told the how-many-th connection it is, from 1. */
async function sender(
  connected: (to: WebSocket, number: number, request: IncomingMessage) => void,
  accepts: (number: number) => boolean = () => true,
): Promise<string> {
  let number = 0
  const http = createServer()
  const server = new WebSocketServer({
    server: http,
    verifyClient: () => accepts(number + 1) || ((number += 1), false),
  })
  server.on('connection', (socket, request) => {
    number += 1
    connected(socket, number, request)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const client of server.clients) client.terminate()
    http.closeAllConnections()
    http.close()
  })
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}/stream`
}

const row = (id: number): string => JSON.stringify({ id })

function folder(): string {
  const at = mkdtempSync(join(tmpdir(), 'belay-ws-'))
  onTestFinished(() => rmSync(at, { recursive: true, force: true }))
  return join(at, 'own')
}

async function source(
  own: string,
  config: Partial<WebSocketConfig>,
  { state, allowed = ['127.0.0.1'], secrets }: { state?: Uint8Array; allowed?: string[]; secrets?: Record<string, string> } = {},
): Promise<OperatorHarness> {
  const h = await createOperatorHarness(module, {
    config: { ...webSocket.defaultConfig, columns, ...config },
    inputs: {},
    outputs: { out: columns },
    own,
    allowedAddresses: allowed,
    ...(state === undefined ? {} : { state }),
    ...(secrets === undefined ? {} : { secrets }),
  })
  onTestFinished(() => h.close())
  return h
}

async function ids(h: OperatorHarness, count: number): Promise<unknown[]> {
  const found: unknown[] = []
  await expect
    .poll(
      () => {
        h.read()
        found.push(...h.takeRows().map(({ id }) => id))
        return found.length
      },
      { interval: 2, timeout: 10_000 },
    )
    .toBeGreaterThanOrEqual(count)
  return found
}

const RESUMING = {
  subscribe: '{"op":"subscribe"}',
  idPath: 'id',
  resume: '{"op":"subscribe","after":{{id}}}',
} as const

test('H9 a connection that breaks is resumed behind the newest message that is kept, also over a restore', async () => {
  const asked: unknown[] = []
  const url = await sender((to, number) => {
    to.once('message', (data) => {
      const request = JSON.parse((data as Buffer).toString()) as { after?: number }
      asked.push(request)
      const from = request.after ?? 0
      for (const i of [1, 2, 3]) to.send(row(from + i))
      if (number === 1) to.close(1012)
    })
  })
  const own = folder()
  let h = await source(own, { url, ...RESUMING })
  expect(await ids(h, 6)).toEqual([1, 2, 3, 4, 5, 6])
  h.checkpoint(1)
  const state = h.snapshot()
  h.close()
  h = await source(own, { url, ...RESUMING }, { state })
  expect(await ids(h, 3)).toEqual([7, 8, 9])
  expect(asked).toEqual([{ op: 'subscribe' }, { op: 'subscribe', after: 3 }, { op: 'subscribe', after: 6 }])
})

test('H9 what was kept and not read comes again after a restore; the address says where to go on', async () => {
  const asked: (string | null)[] = []
  const url = await sender((to, _number, request) => {
    const after = new URL(request.url ?? '', 'http://x').searchParams.get('after')
    asked.push(after)
    for (const i of [1, 2]) to.send(row(Number(after ?? 0) + i))
  })
  const own = folder()
  const config = { url, idPath: 'id', resumeParameter: 'after' }
  let h = await source(own, config)
  const empty = h.snapshot()
  expect(await ids(h, 2)).toEqual([1, 2])
  h.close()
  h = await source(own, config, { state: empty })
  expect(await ids(h, 4)).toEqual([1, 2, 3, 4])
  expect(asked).toEqual([null, '2'])
})

test('rows lie inside of messages; greetings are left out, arrays are several, and what is no JSON is an error of its own', async () => {
  const url = await sender((to) => {
    to.send('{"type":"hello"}')
    to.send('{"data":[{"id":1},{"id":2}]}')
    to.send('no json')
    to.send(Buffer.from('{"data":{"id":3}}'))
    to.close(1000)
  })
  const h = await source(folder(), { url, rowsPath: 'data', endOnClose: true })
  expect(await ids(h, 3)).toEqual([1, 2, 3])
  await expect.poll(() => h.read(), { interval: 2 }).toBe('ended')
  expect(h.rowErrors.map(({ code }) => code)).toEqual(['LINE_INVALID'])
})

test('headers, subprotocol and message carry what they are told, secrets too', async () => {
  const seen: unknown[] = []
  const url = await sender((to, _number, { headers }) => {
    seen.push(headers['authorization'], headers['x-own'], to.protocol)
    to.once('message', (data) => {
      seen.push(JSON.parse((data as Buffer).toString()))
      to.send(row(1))
    })
  })
  const h = await source(
    folder(),
    {
      url,
      auth: 'bearer',
      authSecret: { secret: 'token' },
      headers: [{ name: 'X-Own', value: 'a' }],
      protocols: 'rows.v1, rows.v2',
      subscribe: '{"key":"{{secret}}"}',
      messageSecret: { secret: 'key' },
    },
    { secrets: { token: 't0ken', key: 'with "quotes"' } },
  )
  expect(await ids(h, 1)).toEqual([1])
  expect(seen).toEqual(['Bearer t0ken', 'a', 'rows.v1', { key: 'with "quotes"' }])
})

test.each<[string, Partial<WebSocketConfig>, (to: WebSocket) => void]>([
  ['WEBSOCKET_CLOSED', {}, (to) => to.close(4001, 'slow down')],
  ['WEBSOCKET_TOO_LARGE', { messageKb: 1 }, (to) => to.send(row(1).padEnd(2000))],
  // Without an answer to pings, as if the net were cut.
  ['WEBSOCKET_SILENT', { silenceMs: 1000, pingMs: 100 }, (to) => to.pause()],
])('%s is told', async (expected, config, connected) => {
  const h = await source(folder(), { url: await sender(connected), ...config })
  await expect.poll(() => (h.read(), h.waits), { interval: 5, timeout: 10_000 }).toContain(expected)
})

test('a refusal is told, and it is connected to again', async () => {
  const url = await sender(
    (to) => to.send(row(1)),
    (number) => number !== 1,
  )
  const h = await source(folder(), { url })
  expect(await ids(h, 1)).toEqual([1])
  expect(h.waits).toEqual(['WEBSOCKET_REFUSED', null])
})

test('more than is held at once: the sender waits, nothing is lost', async () => {
  const rows = 200
  const url = await sender((to) => {
    for (let id = 1; id <= rows; id += 1) to.send(row(id).padEnd(60_000))
    to.close(1000)
  })
  const h = await source(folder(), { url, endOnClose: true })
  expect(await ids(h, rows)).toEqual(Array.from({ length: rows }, (_, i) => i + 1))
})

const code = async (h: OperatorHarness): Promise<string> => {
  let found = ''
  await expect
    .poll(() => {
      try {
        h.read()
        return ''
      } catch (error) {
        return (found = (error as { code: string }).code)
      }
    })
    .not.toBe('')
  return found
}

test('addresses of this machine fail the source unless they are allowed, whatever name leads to them', async () => {
  let connections = 0
  const url = await sender(() => (connections += 1))
  expect(await code(await source(folder(), { url }, { allowed: [] }))).toBe('ADDRESS_REFUSED')
  expect(await code(await source(folder(), { url: url.replace('127.0.0.1', 'localhost') }, { allowed: [] }))).toBe('ADDRESS_REFUSED')
  for (const other of ['ws://[::1]:1/', 'ws://2130706433/', 'ws://0x7f.1/', 'ws://[::ffff:127.0.0.1]/'])
    expect(() => new Dispatcher([]).guard(other, 'web-socket'), other).toThrow(/which pipelines may not reach/)
  expect(connections).toBe(0)
})

test('redirects are not followed', async () => {
  let connections = 0
  const inner = await sender(() => (connections += 1))
  const http = createServer()
  http.on('upgrade', (_request, socket) => socket.end(`HTTP/1.1 302 Found\r\nLocation: ${inner}\r\n\r\n`))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void http.close())
  const h = await source(folder(), { url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/` })
  await expect.poll(() => (h.read(), h.waits), { interval: 5 }).toContain('WEBSOCKET_REFUSED')
  expect(connections).toBe(0)
})

test('typing: address, messages, pings and subprotocols are whole', () => {
  const codes = (config: Partial<WebSocketConfig>) =>
    webSocket
      .typing({ config: { ...webSocket.defaultConfig, url: 'wss://example.org', columns, ...config }, inputs: {} })
      .problems.map(({ code: found }) => found)
  expect(codes({})).toEqual([])
  expect(codes({ ...RESUMING })).toEqual([])
  expect(codes({ url: 'https://example.org' })).toEqual(['URL_INVALID'])
  expect(codes({ url: 'ws://user:word@example.org' })).toEqual(['URL_INVALID'])
  expect(codes({ subscribe: '{"after":{{id}}}' })).toEqual(['RESUME_INVALID'])
  expect(codes({ resume: '{"after":{{id}}}' })).toEqual(['RESUME_INVALID'])
  expect(codes({ idPath: 'id' })).toEqual(['RESUME_INVALID'])
  expect(codes({ subscribe: '{{secret}}' })).toEqual(['SECRET_MISSING'])
  expect(codes({ messageSecret: { secret: 'a' } })).toEqual(['SECRET_UNUSED'])
  expect(codes({ url: 'ws://example.org', subscribe: '{{secret}}', messageSecret: { secret: 'a' } })).toEqual(['SECRET_IN_CLEAR'])
  expect(codes({ pingMs: 90_000 })).toEqual(['PING_TOO_RARE'])
  expect(codes({ protocols: 'a b' })).toEqual(['HEADER_INVALID'])
  expect(codes({ headers: [{ name: 'Sec-WebSocket-Key', value: 'x' }] })).toEqual(['HEADER_RESERVED'])
})

test('what is put into a message cannot break out of its text', () => {
  const parts = { subscribe: '', resume: '{"after":"{{id}}"}' }
  expect(JSON.parse(openingMessage(parts, 'a"},$&{{id}}', () => ''))).toEqual({ after: 'a"},$&{{id}}' })
})
