import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOperatorHarness, type OperatorHarness } from '@belay/engine/testing'
import { expect, onTestFinished, test } from 'vitest'
import { httpPoll, type HttpPollConfig } from './manifest.ts'
import { module } from './runtime.ts'

const columns: HttpPollConfig['columns'] = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'text', type: 'string', nullable: true },
]

interface Asked {
  readonly query: URLSearchParams
  readonly ifNoneMatch: string | undefined
}

/** `answer` gives status, headers and JSON; undefined = the connection is cut. */
async function api(
  answer: (asked: Asked, number: number) => { status?: number; etag?: string; json?: unknown } | undefined,
): Promise<{ readonly url: string; readonly asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const one = { query: new URL(request.url ?? '/', 'http://x').searchParams, ifNoneMatch: request.headers['if-none-match'] }
    asked.push(one)
    const given = answer(one, asked.length)
    if (given === undefined) return void request.socket.destroy()
    response.writeHead(given.status ?? 200, given.etag === undefined ? {} : { etag: given.etag })
    response.end(given.json === undefined ? '' : JSON.stringify(given.json))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/items`, asked }
}

function folder(): string {
  const at = mkdtempSync(join(tmpdir(), 'belay-poll-'))
  onTestFinished(() => rmSync(at, { recursive: true, force: true }))
  return join(at, 'own')
}

async function source(own: string, config: Partial<HttpPollConfig>, state?: Uint8Array, allowed = ['127.0.0.1']): Promise<OperatorHarness> {
  const h = await createOperatorHarness(module, {
    config: { ...httpPoll.defaultConfig, columns, intervalMs: 100, ...config },
    inputs: {},
    outputs: { out: columns },
    own,
    allowedAddresses: allowed,
    ...(state === undefined ? {} : { state }),
  })
  onTestFinished(() => h.close())
  return h
}

/** Reads until `count` rows have come. */
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

const untilAsked = async (h: OperatorHarness, asked: readonly unknown[], count: number): Promise<void> => {
  await expect
    .poll(
      () => {
        h.read()
        return asked.length
      },
      { interval: 2, timeout: 10_000 },
    )
    .toBeGreaterThanOrEqual(count)
}

test('H9 a cursor of the answer asks for the next page at once, and a restore goes on behind what is kept', async () => {
  const pages = (after: number): { items: { id: number }[]; next: number | null } => ({
    items: [1, 2].map((i) => ({ id: after + i })),
    next: after < 6 ? after + 2 : null,
  })
  const { url, asked } = await api(({ query }) => ({ json: { data: pages(Number(query.get('after') ?? 0)) } }))
  const config = {
    url,
    rowsPath: 'data.items',
    cursorFrom: 'answer' as const,
    cursorPath: 'data.next',
    cursorParameter: 'after',
    key: 'id',
  }
  const own = folder()
  let h = await source(own, config)
  expect(await ids(h, 2)).toEqual([1, 2])
  h.checkpoint(1)
  const state = h.snapshot()
  expect(await ids(h, 6)).toEqual([3, 4, 5, 6, 7, 8])
  h.close()
  const before = asked.length
  h = await source(own, config, state)
  expect(await ids(h, 6)).toEqual([3, 4, 5, 6, 7, 8])
  await untilAsked(h, asked, before + 2)
  // It asks from the newest page that it has kept on, and knows the keys of all.
  for (const { query } of asked.slice(before)) expect(query.get('after')).toBe('6')
  expect(h.takeRows()).toEqual([])
})

test('H9 rows with a key that came before are left out, also over a restore; a cursor may come from the last row', async () => {
  const { url, asked } = await api((_asked, number) => ({ json: [number, number + 1].map((id) => ({ id, text: 'x' })) }))
  const config = { url, key: 'id', cursorFrom: 'last-row' as const, cursorPath: 'id', cursorParameter: 'since', intervalMs: 1 }
  const own = folder()
  let h = await source(own, config)
  expect((await ids(h, 5)).slice(0, 5)).toEqual([1, 2, 3, 4, 5])
  h.checkpoint(1)
  const state = h.snapshot()
  h.close()
  h = await source(own, config, state)
  const more = await ids(h, 3)
  const first = Number(more[0])
  expect(first).toBeGreaterThan(5)
  expect(more).toEqual(more.map((_, i) => first + i))
  expect(asked[0]?.query.get('since')).toBeNull()
  expect(Number(asked.at(-1)?.query.get('since'))).toBeGreaterThan(5)
})

test('what is not new is not sent again, and what fails is asked for again', async () => {
  const { url, asked } = await api(({ ifNoneMatch }, number) => {
    if (number === 1) return { status: 500 }
    if (number === 2) return undefined
    if (number === 3) return { json: { no: 'rows' } }
    return ifNoneMatch === '"v1"' ? { status: 304 } : { etag: '"v1"', json: { rows: [{ id: 1 }, { id: 'x' }, 7] } }
  })
  const h = await source(folder(), { url, rowsPath: 'rows', intervalMs: 1 })
  expect(await ids(h, 1)).toEqual([1])
  await untilAsked(h, asked, 6)
  expect(h.waits.filter((code) => code !== null)).toEqual(['POLL_REFUSED', 'HTTP_UNREACHABLE', 'POLL_REFUSED'])
  expect(h.waits.at(-1)).toBeNull()
  expect(h.takeRows()).toEqual([])
  expect(h.rowErrors.map(({ code }) => code)).toEqual(['FIELD_INVALID', 'LINE_INVALID'])
})

test('addresses of this machine fail the source unless they are allowed', async () => {
  const { url, asked } = await api(() => ({ json: [] }))
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
  expect(asked).toEqual([])
})

test('typing: address, columns, key and cursor are whole', () => {
  const codes = (config: Partial<HttpPollConfig>) =>
    httpPoll
      .typing({ config: { ...httpPoll.defaultConfig, url: 'https://example.org', columns, ...config }, inputs: {} })
      .problems.map(({ code }) => code)
  expect(codes({})).toEqual([])
  expect(codes({ url: 'x' })).toEqual(['URL_INVALID'])
  expect(codes({ columns: [] })).toEqual(['SOURCE_SCHEMA_UNKNOWN'])
  expect(codes({ key: 'idd' })).toEqual(['COLUMN_UNKNOWN'])
  expect(codes({ cursorFrom: 'answer', cursorPath: 'next' })).toEqual(['CURSOR_INCOMPLETE'])
})
