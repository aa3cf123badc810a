/** The typed client against real servers, also while they die; and the example of the docs, as a program of somebody else's. */
import { spawn } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync, copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { BelayClient, BelayProblem, BelayUnreachable, type RunEvent } from '@belay/client'
import { expect, expectTypeOf, it, vi } from 'vitest'
import { eventsOf, PROCESSES, startServer, testHome, testServer, until } from './support/belay.ts'
import { numbers } from './support/documents.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')

it('commands happen once, problems are typed, and events come each once over a crash of the server', PROCESSES, async () => {
  const home = testHome()
  let server = await startServer(home)
  const { port } = new URL(server.url)
  let lost = 0
  const belay = new BelayClient({
    url: server.url,
    // The first answers to commands are lost on the way.
    fetch: async (url, request) => {
      const response = await fetch(url, request)
      if (request?.method !== 'POST' || lost >= 2) return response
      lost += 1
      throw new TypeError('the connection broke')
    },
  })
  const document = numbers()
  const { runId } = await belay.command('startRun', { body: { document } })
  expectTypeOf(runId).toEqualTypeOf<string>()
  expect(lost).toBe(2)
  expect((await belay.call('listRuns')).map((run) => run.runId)).toEqual([runId])

  const problem = await belay.call('readRun', { path: { id: 'none' } }).catch((error: unknown) => error)
  expect(problem).toBeInstanceOf(BelayProblem)
  expect(problem).toMatchObject({ code: 'RUN_UNKNOWN', status: 404, message: expect.stringContaining('none') })
  // @ts-expect-error -- a run has an id.
  await expect(belay.call('readRun', { path: {} })).rejects.toMatchObject({ code: 'RUN_UNKNOWN' })

  const told: RunEvent[] = []
  const followed = (async () => {
    for await (const event of belay.events(runId)) told.push(event)
  })()
  await until('the first commit', () => told.some(({ type }) => type === 'committed'))
  await belay.command('killOperator', { path: { id: runId, operator: 'some' }, body: { hold: false } })
  await server.end('SIGKILL')
  await expect(belay.call('listRuns')).rejects.toBeInstanceOf(BelayUnreachable)
  server = await testServer(home, ['--port', port])
  await until('the recovery', () => told.some(({ type }) => type === 'recovered'))
  await belay.command('stopRun', { path: { id: runId }, body: { mode: 'stop' } })
  await followed
  expect(told).toEqual(await eventsOf(server, runId))
  expect(told.map(({ seq }) => seq)).toEqual(told.map((_, i) => i + 1))
  expect(told.filter(({ type }) => type === 'failure')).toHaveLength(1)
  expect(await belay.call('exportRun', { path: { id: runId } })).toContain('<html')

  const stop = new AbortController()
  stop.abort(new Error('enough'))
  await expect(belay.events(runId, { signal: stop.signal }).next()).rejects.toThrow('enough')
})

it('waits as long as the server asks, and gives up in the end', async () => {
  vi.useFakeTimers()
  let asked = 0
  const belay = new BelayClient({
    url: 'http://belay.invalid',
    fetch: async () => {
      asked += 1
      return new Response('{"code":"INGEST_FULL","detail":"full"}', {
        status: 429,
        headers: { 'content-type': 'application/problem+json', 'retry-after': '1' },
      })
    },
  })
  const command = expect(belay.command('pauseRun', { path: { id: 'r' } })).rejects.toMatchObject({
    code: 'INGEST_FULL',
    retryAfterSeconds: 1,
  })
  await vi.advanceTimersByTimeAsync(999)
  expect(asked).toBe(1)
  await vi.advanceTimersByTimeAsync(60_000)
  await command
  expect(asked).toBe(6)
  vi.useRealTimers()
})

it('the example of the docs runs as a program beside an installed belay-stream', PROCESSES, async () => {
  const server = await testServer(testHome())
  const folder = testHome()
  const installed = join(folder, 'node_modules', 'belay-stream')
  mkdirSync(installed, { recursive: true })
  symlinkSync(join(ROOT, 'packages', 'client', 'dist'), join(installed, 'dist'))
  writeFileSync(join(installed, 'package.json'), '{"name":"belay-stream","type":"module","exports":{"./client":"./dist/index.js"}}')
  copyFileSync(join(ROOT, 'examples', 'client', 'follow.mjs'), join(folder, 'follow.mjs'))
  const child = spawn(process.execPath, ['follow.mjs'], { cwd: folder, env: { ...process.env, BELAY_URL: server.url } })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()))
  expect(await new Promise((resolve) => child.once('exit', resolve)), out).toBe(0)
  expect(out).toMatch(/^recovered after event \d+\n(?:.*\n)*.* is stopped\n$/)
})
