import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunDelta, RunEvent } from '@belay/run'
import { expect, onTestFinished, test } from 'vitest'
import { EngineError } from '../operator/engineError.ts'
import { ControlClient } from './controlClient.ts'
import { MAX_REQUEST_BYTES } from './controlProtocol.ts'
import { ControlServer, type ControlHandler } from './controlServer.ts'
import { lineSplitter } from './lines.ts'

const TOKEN = 'a'.repeat(64)

function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'belay-ctl-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, `${randomBytes(4).toString('hex')}.sock`)
}

async function controlled(handler: ControlHandler): Promise<{ path: string; server: ControlServer }> {
  const path = socketPath()
  const server = await ControlServer.listen(path, TOKEN, 'r1', handler, () => 7)
  onTestFinished(() => server.close())
  return { path, server }
}

async function client(path: string): Promise<ControlClient> {
  const connected = await ControlClient.connect('r1', path, TOKEN, 2000)
  onTestFinished(() => connected.close())
  return connected
}

function event(seq: number, text = ''): RunEvent {
  return { type: 'notice', level: 'info', code: 'X', message: text, seq, atMs: 0 }
}

test('H11 the socket is only for its owner, and answers only who knows the token', async () => {
  let asked = 0
  const { path } = await controlled(async () => {
    asked += 1
    return []
  })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  await expect(ControlClient.connect('r1', path, 'b'.repeat(64), 2000)).rejects.toMatchObject({ code: 'TOKEN_WRONG' })
  await expect(ControlClient.connect('r1', path, '', 2000)).rejects.toMatchObject({ code: 'TOKEN_WRONG' })
  await expect(ControlClient.connect('r2', path, TOKEN, 2000)).rejects.toMatchObject({ code: 'RUN_FOREIGN' })

  const raw = connect(path)
  onTestFinished(() => void raw.destroy())
  const answers: string[] = []
  raw.on('data', (chunk: Buffer) => answers.push(chunk.toString()))
  raw.write(`${JSON.stringify({ type: 'events', after: 0, limit: 1, id: 1 })}\n${JSON.stringify({ type: 'listen', id: 2 })}\n`)
  await expect.poll(() => answers.join('')).toMatch(/TOKEN_MISSING.*\n.*TOKEN_MISSING/)
  expect(asked).toBe(0)
  await (await client(path)).events(0, 1)
  expect(asked).toBe(1)
})

test('answers find their questions whatever their order, and refusals keep their code', async () => {
  const { path } = await controlled(async (request) => {
    if (request.type === 'events') {
      await new Promise((resolve) => setTimeout(resolve, request.limit))
      return [request.limit]
    }
    throw new EngineError('OPERATOR_UNKNOWN', 'There is no operator x.')
  })
  const connected = await client(path)
  expect(await Promise.all([connected.events(0, 30), connected.events(0, 1), connected.events(0, 15)])).toEqual([[30], [1], [15]])
  await expect(connected.preview('x')).rejects.toMatchObject({ code: 'OPERATOR_UNKNOWN', message: 'There is no operator x.' })
})

test('nonsense and requests that are too long end the connection, and the server goes on', async () => {
  const { path } = await controlled(async () => [])
  for (const bytes of ['no json\n', Buffer.alloc(MAX_REQUEST_BYTES + 1, 120)]) {
    const raw = connect(path)
    const ended = new Promise((resolve) => raw.once('close', resolve))
    raw.on('error', () => undefined)
    raw.write(bytes)
    await ended
  }
  expect(await (await client(path)).events(0, 1)).toEqual([])
})

test('a server that talks nonsense does not harm its client', async () => {
  const path = socketPath()
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.write('no json\n')
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(path, resolve))
  await expect(ControlClient.connect('r1', path, TOKEN, 2000)).rejects.toMatchObject({ code: 'RUN_UNREACHABLE' })
})

test('who listens hears events and figures, and is told when the process is gone', async () => {
  const { path, server } = await controlled(async () => [])
  const connected = await client(path)
  const heard: (number | string)[] = []
  connected.listen({
    event: ({ seq }) => void heard.push(seq),
    delta: ({ tick }) => void heard.push(`delta ${tick}`),
    closed: () => void heard.push('closed'),
  })
  // Answered after the request to listen was.
  await connected.events(0, 1)
  server.event(event(8))
  server.delta({ runId: 'r1', tick: 1 } as RunDelta)
  server.event(event(9))
  await server.close()
  await expect.poll(() => heard).toEqual([8, 'delta 1', 9, 'closed'])
  await expect(connected.events(0, 1)).rejects.toMatchObject({ code: 'RUN_UNREACHABLE' })
  // Who comes too late is told at once.
  connected.listen({ event: () => undefined, delta: () => undefined, closed: () => void heard.push('closed again') })
  await expect.poll(() => heard.at(-1)).toBe('closed again')
})

test('D10 a listener that does not read loses figures first and then its place; memory stays bounded', async () => {
  const { path, server } = await controlled(async () => [])
  const raw = connect(path)
  onTestFinished(() => void raw.destroy())
  raw.on('error', () => undefined)
  let heard = ''
  raw.on('data', (chunk: Buffer) => {
    heard += chunk.toString()
  })
  raw.write(`${JSON.stringify({ type: 'hello', token: TOKEN, id: 1 })}\n${JSON.stringify({ type: 'listen', id: 2 })}\n`)
  await expect.poll(() => heard).toMatch(/"id":2/)
  raw.pause()
  const gone = new Promise((resolve) => raw.once('close', resolve))
  const text = 'x'.repeat(100_000)
  for (let seq = 1; seq <= 400; seq += 1) {
    server.event(event(seq, text))
    server.delta({ runId: text, tick: seq } as RunDelta)
  }
  raw.resume()
  await gone
  // 40 MB of events were said; what waited for it was let go at 16 MB, without figures beyond the first.
  expect(heard.length).toBeLessThan(24_000_000)
  expect(heard.split('"delta"').length).toBeLessThan(30)
})

test('lines are cut wherever the bytes are', () => {
  const text = `${JSON.stringify({ a: 'ä€𝄞' })}\n\n${'x'.repeat(300)}\nlast`
  const bytes = Buffer.from(text)
  for (let size = 1; size < 50; size += 1) {
    const lines: string[] = []
    const split = lineSplitter(
      1000,
      (line) => lines.push(line),
      () => lines.push('too long'),
    )
    for (let at = 0; at < bytes.length; at += size) split(bytes.subarray(at, at + size))
    expect(lines).toEqual([JSON.stringify({ a: 'ä€𝄞' }), 'x'.repeat(300)])
  }
})
