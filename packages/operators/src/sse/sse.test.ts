import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOperatorHarness, type OperatorHarness } from '@belay/engine/testing'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { EventStream, type ServerEvent } from './eventStream.ts'
import { sse, type SseConfig } from './manifest.ts'
import { module } from './runtime.ts'

const columns: SseConfig['columns'] = [{ name: 'id', type: 'int64', nullable: false }]

/** A sender; `connected` is told the id that it is asked to go on behind. */
async function sender(connected: (to: ServerResponse, after: string | undefined, number: number) => void): Promise<string> {
  let number = 0
  const server = createServer((request, response) => {
    number += 1
    const after = request.headers['last-event-id']
    connected(response, Array.isArray(after) ? after[0] : after, number)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`
}

const open = (to: ServerResponse): ServerResponse => to.writeHead(200, { 'content-type': 'text/event-stream' })
const event = (id: number): string => `id: ${id}\ndata: {"id":${id}}\n\n`

function folder(): string {
  const at = mkdtempSync(join(tmpdir(), 'belay-sse-'))
  onTestFinished(() => rmSync(at, { recursive: true, force: true }))
  return join(at, 'own')
}

async function source(own: string, config: Partial<SseConfig>, state?: Uint8Array, allowed = ['127.0.0.1']): Promise<OperatorHarness> {
  const h = await createOperatorHarness(module, {
    config: { ...sse.defaultConfig, columns, ...config },
    inputs: {},
    outputs: { out: columns },
    own,
    allowedAddresses: allowed,
    ...(state === undefined ? {} : { state }),
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

test('H9 a connection that breaks goes on behind the newest event that is kept, also over a restore', async () => {
  const asked: (string | undefined)[] = []
  const url = await sender((to, after, number) => {
    asked.push(after)
    const from = Number(after ?? 0)
    open(to).write('retry: 1000\n\n')
    // An event that is cut off has not come.
    if (number === 1) to.write(`${event(1)}${event(2)}id: 3\ndata: {"id":`, () => to.destroy())
    else to.write([1, 2, 3].map((i) => event(from + i)).join(''))
  })
  const own = folder()
  let h = await source(own, { url })
  expect(await ids(h, 5)).toEqual([1, 2, 3, 4, 5])
  h.checkpoint(1)
  const state = h.snapshot()
  h.close()
  h = await source(own, { url }, state)
  expect(await ids(h, 3)).toEqual([6, 7, 8])
  expect(asked).toEqual([undefined, '2', '5'])
})

test('H9 what was kept and not read comes again after a restore, and is not asked for', async () => {
  const asked: (string | undefined)[] = []
  const url = await sender((to, after) => {
    asked.push(after)
    const from = Number(after ?? 0)
    open(to).write([1, 2].map((i) => event(from + i)).join(''))
  })
  const own = folder()
  let h = await source(own, { url })
  const empty = h.snapshot()
  expect(await ids(h, 2)).toEqual([1, 2])
  h.close()
  h = await source(own, { url }, empty)
  expect(await ids(h, 4)).toEqual([1, 2, 3, 4])
  expect(asked).toEqual([undefined, '2'])
})

test('events are chosen by name, arrays are several rows, and what is no row is an error of its own', async () => {
  const url = await sender((to) => {
    open(to).end(
      'event: trade\ndata: [{"id":1},{"id":2}]\n\nevent: other\ndata: {"id":9}\n\nevent: trade\ndata: no\ndata: json\n\nevent: trade\ndata: {"id":3}\n\n',
    )
  })
  const h = await source(folder(), { url, events: 'trade, price' })
  expect((await ids(h, 3)).slice(0, 3)).toEqual([1, 2, 3])
  expect(h.rowErrors[0]?.code).toBe('LINE_INVALID')
})

test('204 ends it; another answer and another type are told, and tried again', async () => {
  const url = await sender((to, _after, number) => {
    if (number === 1) to.writeHead(503).end()
    else if (number === 2) to.writeHead(200, { 'content-type': 'text/html' }).end('<p>')
    else to.writeHead(204).end()
  })
  const h = await source(folder(), { url })
  await expect.poll(() => h.read(), { interval: 5, timeout: 15_000 }).toBe('ended')
  expect(h.waits.filter((code) => code !== null)).toEqual(['SSE_REFUSED', 'SSE_REFUSED'])
})

test('addresses of this machine fail the source unless they are allowed', async () => {
  const url = await sender((to) => open(to))
  const h = await source(folder(), { url }, undefined, [])
  await expect
    .poll(() => {
      try {
        h.read()
        return null
      } catch (error) {
        return (error as { code: string }).code
      }
    })
    .toBe('ADDRESS_REFUSED')
})

test('the stream is the same wherever it is cut, and however its lines end', () => {
  const text = (end: string): string =>
    [
      '\ufeff: a comment',
      'id: 1',
      'data: a',
      'data:b',
      '',
      'event: x',
      'data',
      '',
      'id: 2\0',
      'retry: 20',
      'retry: no',
      'nothing: here',
      '',
      'id',
      'data:  c',
      '',
      'data: lost',
    ].join(end)
  const expected: ServerEvent[] = [
    { name: 'message', data: 'a\nb', id: '1' },
    { name: 'x', data: '', id: '1' },
    { name: 'message', data: ' c', id: '' },
  ]
  fc.assert(
    fc.property(fc.constantFrom('\n', '\r', '\r\n'), fc.array(fc.nat(200)), (end, cuts) => {
      const stream = new EventStream(null, 1000)
      const whole = text(end)
      const places = [...new Set(cuts.filter((at) => at < whole.length))].sort((a, b) => a - b)
      const pieces = [0, ...places].map((at, i) => whole.slice(at, [...places, whole.length][i]))
      expect(pieces.flatMap((piece) => stream.push(piece) ?? [])).toEqual(expected)
      expect(stream.retryMs).toBe(20)
    }),
  )
  const small = new EventStream(null, 10)
  expect(small.push('data: 123456')).toBeNull()
})

test('typing: address, columns and headers are whole', () => {
  const codes = (config: Partial<SseConfig>) =>
    sse
      .typing({ config: { ...sse.defaultConfig, url: 'https://example.org', columns, ...config }, inputs: {} })
      .problems.map(({ code }) => code)
  expect(codes({})).toEqual([])
  expect(codes({ url: 'x' })).toEqual(['URL_INVALID'])
  expect(codes({ columns: [] })).toEqual(['SOURCE_SCHEMA_UNKNOWN'])
})
