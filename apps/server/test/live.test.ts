import { createServer, type Server as HttpServer } from 'node:http'
import { connect as connectTcp, type AddressInfo, type Socket as TcpSocket } from 'node:net'
import { randomBytes } from 'node:crypto'
import type { ClientMessages, JoinAnswer, PeekAnswer, PeekedRows, PeekRequest, RunEvent, RunSnapshot, ServerMessages } from '@belay/run'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createLive, type Live } from '../src/live/gateway.ts'
import { RunService } from '../src/runs/runService.ts'
import { CommandStore } from '../src/storage/commandStore.ts'
import { openDatabase } from '../src/storage/database.ts'
import { seqOf, startRun, startServer, temporaryHome, untilEvent, until, untilState, type TestServer, PROCESSES } from './support/belay.ts'
import { numbers } from './support/documents.ts'
import { MemoryRun, memoryRunner } from './support/memoryRunner.ts'

type Client = Socket<ServerMessages, ClientMessages>

function connect(url: string, headers: Readonly<Record<string, string>> = {}): Client {
  const client: Client = io(url, { path: '/live', transports: ['websocket'], reconnection: false, forceNew: true, extraHeaders: headers })
  onTestFinished(() => {
    client.disconnect()
  })
  return client
}

function join(client: Client, runId: string, afterSeq?: number): Promise<JoinAnswer> {
  return new Promise((resolve) => client.emit('join', { runId, ...(afterSeq === undefined ? {} : { afterSeq }) }, resolve))
}

async function joined(client: Client, runId: string, afterSeq?: number): Promise<Extract<JoinAnswer, { ok: true }>> {
  const answer = await join(client, runId, afterSeq)
  if (!answer.ok) throw new Error(`${answer.code}: ${answer.message}`)
  return answer
}

function failure(client: Client): Promise<Error> {
  return new Promise((resolve, reject) => {
    client.once('connect_error', resolve)
    client.once('connect', () => reject(new Error('it was let in')))
  })
}

function gone(client: Client): Promise<string> {
  return new Promise((resolve) => client.once('disconnect', resolve))
}

describe('a viewer of a real run', () => {
  let home: ReturnType<typeof temporaryHome>
  let server: TestServer

  beforeAll(async () => {
    home = temporaryHome()
    server = await startServer(home.path)
  })

  afterAll(async () => {
    await server.end('SIGKILL')
    home.remove()
  })

  test('gets a snapshot, then events at once and figures four times a second, each with the sequence number', PROCESSES, async () => {
    const runId = await startRun(server, numbers())
    const client = connect(server.url)
    const events: RunEvent[] = []
    const deltas: { seq: number; atMs: number; tick: number }[] = []
    client.on('event', (message) => {
      expect(message.seq).toBe(message.event.seq)
      events.push(message.event)
    })
    const { snapshot, missed } = await joined(client, runId)
    client.on('delta', ({ seq, delta }) => deltas.push({ seq, atMs: delta.atMs, tick: delta.tick }))
    expect(snapshot).toMatchObject({ runId, pipelineId: 'numbers' })
    expect(snapshot.events.at(-1)?.seq).toBe(snapshot.seq)
    expect(missed).toEqual([])
    await until('twelve deltas', () => deltas.length >= 12)
    // Made four times a second, whenever they arrive.
    const ticks = deltas.map(({ tick }) => tick)
    expect(ticks).toEqual(ticks.map((_tick, i) => ticks[0] + i))
    expect((deltas[11].atMs - deltas[0].atMs) / 11).toBeGreaterThan(150)
    const fresh = events.filter((event) => event.seq > snapshot.seq).map((event) => event.seq)
    expect(fresh).toEqual(fresh.map((_seq, i) => snapshot.seq + 1 + i))
    for (const { seq } of deltas) expect(seq).toBeGreaterThanOrEqual(snapshot.seq)

    // Left: nothing more comes of this run.
    client.emit('leave', { runId })
    await joined(client, runId)
    client.emit('leave', { runId })
    expect((await join(client, 'none')).ok).toBe(false)
    const seen = deltas.length
    const other = connect(server.url)
    let others = 0
    other.on('delta', () => {
      others += 1
    })
    await joined(other, runId)
    await until('deltas for another viewer', () => others >= 3)
    expect(deltas.length).toBe(seen)
    await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop-1', mode: 'abort' })
  })

  test('looks at rows on their way: marked by window, one in so many, also after a kill, until nobody looks', PROCESSES, async () => {
    const runId = await startRun(server, numbers())
    const client = connect(server.url)
    const rows: PeekedRows[] = []
    client.on('peeked', (message) => {
      expect(message.runId).toBe(runId)
      rows.push(message.rows)
    })
    await joined(client, runId)
    const peek = (request: PeekRequest): Promise<PeekAnswer> => new Promise((resolve) => client.emit('peek', request, resolve))
    const answer = await peek({ runId, stream: 's2' })
    expect(answer).toMatchObject({ ok: true, stream: 's2' })
    expect(answer.ok && answer.columns[0]).toEqual({ name: 'id', type: 'int64' })
    expect(await peek({ runId, stream: 'none' })).toMatchObject({ ok: false, code: 'STREAM_UNKNOWN' })
    const seen = (): number => rows.reduce((sum, told) => sum + told.seen, 0)
    await until('three tellings with rows', () => rows.filter((told) => told.rows.length > 0).length >= 3)
    for (const { stream, instance, every, seen: passed, rows: sample } of rows) {
      expect([stream, instance]).toEqual(['s2', 'some'])
      expect(sample.length).toBeLessThanOrEqual(Math.ceil(passed / every) + 1)
      for (const { window, kind, cells } of sample) expect([window > 0, kind, Number(cells[0]) % 2]).toEqual([true, 'insert', 0])
    }

    const before = await seqOf(server, runId)
    await server.call('POST', `/api/runs/${runId}/operators/some/kill`, { commandId: 'kill-some', hold: false })
    await untilEvent(server, runId, before, (event) => event.type === 'recovered')
    const atRecovery = seen()
    await until('rows after the recovery', () => seen() > atRecovery)

    const other = connect(server.url)
    await new Promise<PeekAnswer>((resolve) => other.emit('peek', { runId, stream: 's1' }, resolve))
    client.emit('unpeek', { runId, stream: 's2' })
    await joined(client, runId)
    rows.length = 0
    const others: string[] = []
    other.on('peeked', ({ rows: told }) => others.push(told.stream))
    await until('rows for another viewer', () => others.length >= 3)
    expect([rows, new Set(others)]).toEqual([[], new Set(['s1'])])
    await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop-peeked', mode: 'abort' })
    await untilState(server, runId, 'stopped')
    expect(await peek({ runId, stream: 's2' })).toMatchObject({ ok: false, code: 'RUN_ENDED' })
  })

  test('resumes by sequence after it was away: nothing is missing, nothing comes twice', PROCESSES, async () => {
    const runId = await startRun(server, numbers())
    const first = connect(server.url)
    const { snapshot } = await joined(first, runId)
    first.disconnect()
    const seq = await seqOf(server, runId)
    await untilEvent(server, runId, seq, (event) => event.type === 'committed')
    const client = connect(server.url)
    const later: number[] = []
    client.on('event', ({ seq: one }) => later.push(one))
    const back = await joined(client, runId, snapshot.seq)
    const missed = back.missed.map((event) => event.seq)
    expect(missed[0]).toBe(snapshot.seq + 1)
    expect(missed).toEqual(missed.map((_seq, i) => missed[0] + i))
    expect(missed.at(-1)).toBeGreaterThanOrEqual(back.snapshot.seq)
    const pushed = await until('a pushed event', () => later.filter((one) => one > back.snapshot.seq).length >= 3 && later)
    const fresh = pushed.filter((one) => one > back.snapshot.seq)
    expect(fresh[0]).toBe(back.snapshot.seq + 1)
    await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop-2', mode: 'abort' })
  })

  test('sees the run process die and come back: a snapshot again, and events without a gap', PROCESSES, async () => {
    const runId = await startRun(server, numbers())
    await untilEvent(server, runId, 0, (event) => event.type === 'committed')
    const client = connect(server.url)
    const events: RunEvent[] = []
    const snapshots: RunSnapshot[] = []
    client.on('event', ({ event }) => events.push(event))
    client.on('snapshot', (message) => snapshots.push(message.snapshot))
    const { snapshot } = await joined(client, runId)
    await server.call('POST', `/api/runs/${runId}/kill`, { commandId: 'kill-1' })
    const started = await until('the new process', () => events.find((event) => event.type === 'process-started'))
    await until('a commit after it', () => events.find((event) => event.type === 'committed' && event.seq > started.seq))
    expect(snapshots).toHaveLength(1)
    const seqs = events.filter((event) => event.seq > snapshot.seq).map((event) => event.seq)
    expect(seqs).toEqual(seqs.map((_seq, i) => snapshot.seq + 1 + i))
    await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop-3', mode: 'abort' })
  })

  test('is told that the list of runs changes', PROCESSES, async () => {
    const client = connect(server.url)
    let told = 0
    client.on('runs', () => {
      told += 1
    })
    await new Promise<void>((resolve) => client.once('connect', resolve))
    const runId = await startRun(server, numbers({ rows: 100 }), { speed: 0 })
    await until('news', () => told > 0)
    await untilState(server, runId, 'finished')
  })

  test.each<[string, Record<string, string>]>([
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['a sandboxed page', { origin: 'null' }],
    ['a foreign host', { host: 'evil.example' }],
    ['a rebound host with its own origin', { host: 'evil.example:4600', origin: 'http://evil.example:4600' }],
    ['a page of another port', { 'sec-fetch-site': 'same-site' }],
  ])('D11 %s is refused at the upgrade', async (_who, headers) => {
    expect((await failure(connect(server.url, headers))).message).toMatch(/websocket error/)
  })

  test('our own page is let in', PROCESSES, async () => {
    const client = connect(server.url, { origin: server.url })
    expect(await join(client, 'none')).toMatchObject({ ok: false, code: 'RUN_UNKNOWN' })
  })

  test('a pipeline that is saved is told to everybody, with its version; one that is refused is not', PROCESSES, async () => {
    const client = connect(server.url)
    await new Promise<void>((resolve) => client.once('connect', resolve))
    const told: unknown[] = []
    client.on('saved', (message) => told.push(message))
    const document = numbers({ id: 'told' })
    await server.call('POST', '/api/pipelines', { document })
    const save = (version: number, name: string): Promise<{ status: number }> =>
      server.call('PUT', '/api/pipelines/told', { document: { ...document, name } }, { 'if-match': `"${version}"` })
    expect((await save(1, 'one')).status).toBe(200)
    expect((await save(1, 'late')).status).toBe(412)
    expect((await save(2, 'two')).status).toBe(200)
    await until('both saves', () => told.length >= 2)
    expect(told).toEqual([
      { pipelineId: 'told', version: 2, by: 'you' },
      { pipelineId: 'told', version: 3, by: 'you' },
    ])
  })

  test('long polling is not offered', PROCESSES, async () => {
    const { status } = await server.call('GET', '/live/?EIO=4&transport=polling')
    expect(status).toBe(400)
  })
})

describe('limits', () => {
  let http: HttpServer
  let live: Live
  let runs: RunService
  let run: MemoryRun
  let url: string
  let home: ReturnType<typeof temporaryHome>

  beforeAll(async () => {
    home = temporaryHome()
    run = new MemoryRun('flood')
    runs = new RunService({
      runner: memoryRunner(run),
      home: home.path,
      roots: {},
      commands: new CommandStore(openDatabase(':memory:')),
    })
    http = createServer()
    live = createLive(http, runs)
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
    await runs.adoptAll()
  })

  afterAll(async () => {
    runs.close()
    await live.close()
    home.remove()
  })

  test('a message that is too large ends the connection', PROCESSES, async () => {
    const client = connect(url)
    await new Promise<void>((resolve) => client.once('connect', resolve))
    const ended = gone(client)
    client.emit('leave', { runId: 'x'.repeat(100_000) })
    expect(await ended).toBe('transport close')
  })

  test('too many messages end the connection', PROCESSES, async () => {
    const client = connect(url)
    await new Promise<void>((resolve) => client.once('connect', resolve))
    const ended = gone(client)
    for (let i = 0; i < 200; i += 1) client.emit('leave', { runId: 'x' })
    expect(await ended).toBe('io server disconnect')
  })

  test.each<unknown>([
    undefined,
    null,
    7,
    'flood',
    {},
    { runId: 7 },
    { runId: '' },
    { runId: 'flood', afterSeq: -1 },
    { runId: 'flood', afterSeq: 'x' },
  ])('a join that is none is answered so: %j', async (request) => {
    const client = connect(url)
    const answer = await new Promise((resolve) => client.emit('join', request as { runId: string }, resolve))
    expect(answer).toMatchObject({ ok: false, code: 'REQUEST_INVALID' })
  })

  test('unknown messages and joins without an answer have no effect', PROCESSES, async () => {
    const client = connect(url)
    const raw = client as unknown as { emit(name: string, ...rest: unknown[]): void }
    raw.emit('command', { type: 'kill-process', runId: 'flood' }, () => expect.unreachable())
    raw.emit('join', { runId: 'flood' })
    raw.emit('leave')
    raw.emit('__proto__', {})
    expect((await joined(client, 'flood')).snapshot.runId).toBe('flood')
  })

  test('one viewer watches fifty runs at most', PROCESSES, async () => {
    const client = connect(url)
    await joined(client, 'flood')
    const viewer = live.sockets.sockets.get(client.id ?? '')
    for (let i = 0; i < 60; i += 1) void viewer?.join(`run:other-${i}`)
    expect(await join(client, 'flood')).toMatchObject({ ok: false, code: 'TOO_MANY_MESSAGES' })
  })

  test('who was away for very long gets the newest events, up to the snapshot', PROCESSES, async () => {
    for (let i = 0; i < 12_000; i += 1) run.say({ type: 'checkpoint-started', window: i })
    const { missed, snapshot } = await joined(connect(url), 'flood', 1)
    expect(missed).toHaveLength(10_000)
    expect(missed.at(-1)?.seq).toBe(snapshot.seq)
  })

  test('a viewer that does not read loses figures, then its place, and costs no memory; others miss nothing', PROCESSES, async () => {
    const good = connect(url)
    const seen: number[] = []
    good.on('event', ({ seq }) => seen.push(seq))
    const { snapshot } = await joined(good, 'flood')

    const stuck = await rawViewer(url, 'flood')
    await until('both to be in the room', () => live.of('/').adapter.rooms.get('run:flood')?.size === 2)
    const viewer = [...live.sockets.sockets.values()].find((one) => one.id !== good.id)
    if (viewer === undefined) throw new Error('no second viewer')
    const { conn } = viewer as unknown as { conn: { writeBuffer: unknown[] } }
    stuck.pause()

    const text = 'x'.repeat(2000)
    let most = 0
    for (let i = 0; i < 20_000 && viewer.connected; i += 1) {
      run.say({ type: 'notice', level: 'info', code: 'FLOOD', message: text })
      run.show({ table: { columns: [], rows: [[text]], total: 1, window: 1, version: i } })
      most = Math.max(most, conn.writeBuffer.length)
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(viewer.connected).toBe(false)
    expect(most).toBeLessThan(1200)
    const last = run.log.length
    await until('the other viewer to have everything', () => seen.at(-1) === last)
    expect(seen).toEqual(Array.from({ length: last - snapshot.seq }, (_, i) => snapshot.seq + 1 + i))
    stuck.destroy()
  })
})

/** A viewer on a bare TCP connection, so that its reading can be stopped. */
async function rawViewer(url: string, runId: string): Promise<TcpSocket> {
  const { hostname, port, host } = new URL(url)
  const socket = connectTcp(Number(port), hostname)
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  socket.write(
    `GET /live/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  )
  // `0` = engine.io has opened, `40` = socket.io has.
  let text = ''
  await new Promise<void>((resolve) => {
    const read = (chunk: Buffer): void => {
      text += chunk.toString('latin1')
      if (text.includes('0{"sid"') && !text.includes('40{"sid"') && !asked) {
        asked = true
        socket.write(frame('40'))
      }
      if (text.includes('40{"sid"')) {
        socket.off('data', read)
        resolve()
      }
    }
    let asked = false
    socket.on('data', read)
  })
  socket.write(frame(`421["join",{"runId":"${runId}"}]`))
  return socket
}

/** A masked text frame of less than 126 bytes. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text)
  const mask = randomBytes(4)
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, payload.map((byte, i) => byte ^ mask[i % 4])])
}
