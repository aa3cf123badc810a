/**
 * Secrets that are told apart by their values go through a run with everything that speaks of it: a receiver that
 * answers with what it was sent, an operator that does all that it must not, kills of an operator, of the run's process
 * and of the server, a value that is replaced. Then every place where words end up is searched for them.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { io } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import {
  belay,
  eventsOf,
  pidOf,
  runProcesses,
  seqOf,
  startRun,
  testHome,
  testServer,
  until,
  untilEvent,
  type TestServer,
} from './support/belay.ts'

const VALUES = {
  'poll-token': 'c4naryPollToken7fQx9',
  'poll-key': 'c4nary/Poll+Key=&"<x>',
  'hook-password': 'c4naryHookPassword: with a space',
  'hook-key': 'c4naryHookSigningKey55',
  'own-token': 'c4naryOwnOperator\nwith two lines of it',
} as const
const REPLACED = 'c4naryPollToken8gRy0'

/** Every way in which a value may have been written down; of Base64 what is sure wherever it begins. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8')
  const base64 = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(before + 1, -4),
  )
  return [
    value,
    ...value.split('\n'),
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ]
}

const FORMS = [...Object.values(VALUES), REPLACED].flatMap(formsOf)

function hitsIn(place: string, bytes: Buffer | string): string[] {
  const text = typeof bytes === 'string' ? bytes : bytes.toString('latin1')
  return FORMS.filter((form) => text.includes(Buffer.from(form, 'utf8').toString('latin1')) || text.includes(form)).map(
    (form) => `${place}: ${form}`,
  )
}

function hitsInFolder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const path = join(folder, name)
    return [
      ...hitsIn('a file name', name),
      ...(statSync(path, { throwIfNoEntry: false })?.isFile() === true ? hitsIn(path, readFileSync(path)) : []),
    ]
  })
}

/** Environments and arguments of every process that may be looked at. */
function hitsInProcesses(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) =>
      ['environ', 'cmdline'].flatMap((what) => {
        try {
          return hitsIn(`/proc/${pid}/${what}`, readFileSync(`/proc/${pid}/${what}`))
        } catch {
          // Gone, or somebody else's.
          return []
        }
      }),
    )
}

interface Remote {
  readonly url: string
  readonly asked: { readonly path: string; readonly headers: IncomingMessage['headers'] }[]
}

/** Gives items, takes posts, and each other time refuses, saying back all it was sent in as many ways as it knows. */
async function remote(): Promise<Remote> {
  const asked: Remote['asked'] = []
  const server = createServer((request, response) => {
    const body: Buffer[] = []
    request.on('data', (chunk: Buffer) => body.push(chunk))
    request.on('end', () => {
      const path = (request.url ?? '').split('?')[0]
      asked.push({ path, headers: request.headers })
      // By itself: who asks often must not decide what becomes of who asks seldom.
      const times = asked.filter((one) => one.path === path).length
      if (path === '/items' && times % 2 === 0) {
        const after = Number(new URL(request.url ?? '', 'http://x').searchParams.get('after') ?? 0)
        return void response.end(JSON.stringify({ items: Array.from({ length: 20 }, (_, i) => ({ id: after + i + 1 })), next: after + 20 }))
      }
      if (path === '/hook' && times % 3 === 0) return void response.end()
      const { authorization = '', 'x-key': key = '' } = request.headers
      const said = [authorization, String(key)].flatMap((text) => [
        Buffer.from(text).toString('base64'),
        text,
        encodeURIComponent(text),
        Buffer.from(text).toString('hex'),
        Buffer.from(authorization.replace('Basic ', ''), 'base64').toString('utf8'),
      ])
      response.writeHead(path === '/hook' && times % 3 === 1 ? 500 : 400)
      response.end(`no: ${said.join(' ')}`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const MANIFEST = `export const manifest = {
  type: 'leaky', typeVersion: 1, title: 'Leaky', category: 'transform', summary: 'Tells what it must not', keywords: ['a', 'b', 'c'],
  icon: 'M2 8h12', help: 'Tells.', inputs: [{ name: 'in', title: 'Rows', accepts: ['append'] }], outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: { type: 'object', required: ['token'], properties: { token: { type: 'object' } } },
  form: [{ path: '/token', label: 'Token', control: { kind: 'secret' } }],
  guarantee: { role: 'transform', sentence: 'Keeps no state.' }, flink: { support: 'no', reason: 'It is ours.' },
  container: 'compute', stateful: false, partitioning: { kind: 'any' }, defaultConfig: { token: { secret: '' } },
  summarise: () => '', typing: ({ inputs }) => ({ outputs: inputs.in === undefined ? {} : { out: inputs.in }, problems: [] }),
}
`
const RUNTIME = `class Leaky {
  role = 'transform'
  #context
  #seen = 0
  constructor(context) { this.#context = context }
  process(_port, batch, from, out) {
    const { secrets, config, attempt } = this.#context
    const value = secrets.value(config.token)
    const hex = Buffer.from(value).toString('hex')
    console.log('printed', value)
    process.stderr.write('written ' + JSON.stringify(value) + '\\n')
    this.#context.count('of ' + value, 1)
    this.#seen += 1
    this.#context.rowError({ code: 'LEAK', message: 'bad row, ' + value + ' ' + hex, row: { text: 'a row' } })
    this.#context.waits(this.#seen % 2 === 0 ? { code: 'LEAKS', message: 'waits for ' + encodeURIComponent(value) } : null)
    this.#context.waits(null)
    if (attempt % 4 === 1 && this.#seen > 1) throw new Error('failed with ' + value)
    if (attempt % 4 === 2 && this.#seen > 1) { setTimeout(() => {}, 0); throw Object.assign(new Error(hex), { code: 'LEAKED' }) }
    out.emit(0, batch)
    return batch.rows
  }
}
export const module = { create: (context) => new Leaky(context) }
`

function document(url: string) {
  const secret = (name: keyof typeof VALUES): { secret: string } => ({ secret: name })
  return {
    format: 1,
    id: 'canary',
    name: 'Canary',
    parameters: {},
    settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432 },
    operators: [
      {
        id: 'poll',
        type: 'http-poll',
        typeVersion: 1,
        name: 'poll',
        config: {
          url: `${url}/items`,
          intervalMs: 100,
          rowsPath: 'items',
          columns: [{ name: 'id', type: 'int64', nullable: false }],
          eventTime: null,
          key: null,
          cursorFrom: 'answer',
          cursorPath: 'next',
          cursorParameter: 'after',
          outOfOrderMs: 0,
          timeoutMs: 5000,
          logMb: 16,
          auth: 'bearer',
          authSecret: secret('poll-token'),
          headers: [{ name: 'X-Key', value: secret('poll-key') }],
        },
      },
      {
        id: 'leaky',
        type: 'leaky',
        typeVersion: 1,
        name: 'leaky',
        config: { token: secret('own-token') },
        onRowError: 'skip',
        isolate: true,
      },
      {
        id: 'hook',
        type: 'webhook',
        typeVersion: 1,
        name: 'hook',
        config: {
          url: `${url}/hook`,
          body: 'json',
          batchRows: 20,
          timeoutMs: 5000,
          attempts: 2,
          onGiveUp: 'dead-letters',
          deadLetters: 'home:dead',
          auth: 'basic',
          authUser: 'ada',
          authSecret: secret('hook-password'),
          signWith: secret('hook-key'),
        },
      },
      { id: 'table', type: 'table-view', typeVersion: 1, name: 'table', config: { rows: 10, key: [] } },
    ],
    streams: [
      { id: 's1', from: { operator: 'poll', port: 'out' }, to: [{ operator: 'leaky', port: 'in' }] },
      {
        id: 's2',
        from: { operator: 'leaky', port: 'out' },
        to: [
          { operator: 'hook', port: 'in' },
          { operator: 'table', port: 'in' },
        ],
      },
    ],
    layout: {},
  }
}

/** Bodies of every GET there is, with what the run gives for its parameters. */
async function hitsInAnswers(server: TestServer, runId: string): Promise<{ readonly hits: string[]; readonly asked: number }> {
  const { body: api } = await server.call('GET', '/api/openapi.json')
  const { body: checkpoints } = await server.call('GET', `/api/runs/${runId}/checkpoints`)
  const manifest = String(checkpoints.at(-1).manifest)
  const hits: string[] = []
  let asked = 0
  const paths = Object.entries(api.paths as Record<string, Record<string, unknown>>).flatMap(([path, methods]) =>
    'get' in methods ? [path] : [],
  )
  for (const path of [...paths, '/metrics', '/livez', '/readyz']) {
    const filled = path
      .replace('/runs/{id}', `/runs/${runId}`)
      .replace('/pipelines/{id}', '/pipelines/canary')
      .replace('{manifest}', manifest)
      .replace('{version}', '1')
      .replace('{type}', 'leaky')
      .replaceAll(/\{\w+\}/g, 'none')
    for (const query of ['', '?operator=poll', '?instance=poll', '?instance=hook', '?root=home&path=dead', '?limit=1000']) {
      const answer = await fetch(`${server.url}${filled}${query}`)
      hits.push(...hitsIn(`GET ${filled}${query}`, Buffer.from(await answer.arrayBuffer())))
      hits.push(...hitsIn(`GET ${filled}${query}`, JSON.stringify([...answer.headers])))
      asked += 1
    }
  }
  return { hits, asked }
}

test('H11 H34 no secret is told anywhere, whatever fails, is killed or says it back', { timeout: 240_000 }, async () => {
  const home = testHome()
  const ownOperators = testHome()
  const folder = join(ownOperators, 'leaky')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({
      name: 'leaky',
      version: '1.0.0',
      private: true,
      type: 'module',
      belay: { manifest: './manifest.js', runtime: './runtime.js' },
    }),
  )
  writeFileSync(join(folder, 'manifest.js'), MANIFEST)
  writeFileSync(join(folder, 'runtime.js'), RUNTIME)
  const options = ['--allow-address', '127.0.0.1', '--operators', ownOperators]
  const { url, asked } = await remote()
  const frames: string[] = []
  const watch = (server: TestServer, runId: string): void => {
    const client = io(server.url, { path: '/live', transports: ['websocket'], forceNew: true })
    client.onAny((...message: unknown[]) => frames.push(JSON.stringify(message)))
    client.on('connect', () => {
      for (const stream of ['s1', 's2']) client.emit('peek', { runId, stream }, (answer: unknown) => frames.push(JSON.stringify(answer)))
      client.emit('join', { runId, afterSeq: 0 }, (answer: unknown) => frames.push(JSON.stringify(answer)))
    })
    onTestFinished(() => void client.disconnect())
  }

  let server = await testServer(home, options)
  for (const [name, value] of Object.entries(VALUES)) expect((await server.call('PUT', `/api/secrets/${name}`, { value })).status).toBe(204)
  expect((await server.call('POST', '/api/pipelines', { document: document(url) })).status).toBe(201)
  const runId = await startRun(server, document(url))
  watch(server, runId)
  const askedWith = (path: string, header: string, wanted: string): Promise<unknown> => {
    const from = asked.length
    return until(`${path} with ${wanted}`, () => asked.slice(from).some((one) => one.path === path && one.headers[header] === wanted))
  }
  const basic = `Basic ${Buffer.from(`ada:${VALUES['hook-password']}`).toString('base64')}`
  await askedWith('/items', 'authorization', `Bearer ${VALUES['poll-token']}`)
  await askedWith('/items', 'x-key', VALUES['poll-key'])
  await askedWith('/hook', 'authorization', basic)
  // What it must not do it has done, and was stopped from telling.
  await untilEvent(server, runId, 0, (event) => event.type === 'failure' && event.message.includes('failed with [secret own-token]'))
  await untilEvent(server, runId, 0, (event) => event.type === 'row-error' && event.message.includes('[secret own-token]'))

  let seq = await seqOf(server, runId)
  await server.call('POST', `/api/runs/${runId}/operators/poll/kill`, { commandId: 'kill', hold: false })
  await untilEvent(server, runId, seq, ({ type }) => type === 'recovered')
  await askedWith('/items', 'authorization', `Bearer ${VALUES['poll-token']}`)
  seq = await seqOf(server, runId)
  process.kill(pidOf(home, runId), 'SIGKILL')
  await untilEvent(server, runId, seq, ({ type }) => type === 'recovered')
  await askedWith('/hook', 'authorization', basic)
  await server.end('SIGKILL')
  // With the server gone the run goes on with what it was given; then both die.
  await askedWith('/items', 'authorization', `Bearer ${VALUES['poll-token']}`)
  for (const pid of runProcesses(home)) process.kill(pid, 'SIGKILL')
  server = await testServer(home, options)
  watch(server, runId)
  await askedWith('/items', 'authorization', `Bearer ${VALUES['poll-token']}`)
  await server.call('PUT', '/api/secrets/poll-token', { value: REPLACED })
  await askedWith('/items', 'authorization', `Bearer ${REPLACED}`)
  await until('dead letters', () =>
    readdirSync(join(home, 'files'), { recursive: true, encoding: 'utf8' }).some((name) => /dead\/.*jsonl$/.test(name)),
  )
  await until('masked answers in what is kept', () =>
    readdirSync(join(home, 'files', 'dead')).some((name) =>
      readFileSync(join(home, 'files', 'dead', name), 'utf8').includes('[secret hook-password]'),
    ),
  )
  const logs = join(home, 'runs', runId, 'log')
  await until('masked output', () =>
    readdirSync(logs).some(
      (name) => name.startsWith('operators-') && readFileSync(join(logs, name), 'utf8').includes('printed [secret own-token]'),
    ),
  )

  const alive = hitsInProcesses()
  const answers = await hitsInAnswers(server, runId)
  const exported = await belay(['export', 'canary', '--home', home])
  const backup = join(home, '..', `canary-${runId}.backup`)
  expect((await belay(['backup', backup, '--home', home])).code).toBe(0)
  onTestFinished(() => rmSync(backup, { force: true }))
  const events = JSON.stringify(await eventsOf(server, runId))
  await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop', mode: 'abort' })
  await until('the end', async () => (await server.call('GET', `/api/runs/${runId}`)).body.endedAtMs)
  const after = await hitsInAnswers(server, runId)

  expect(alive).toEqual([])
  expect([...answers.hits, ...after.hits]).toEqual([])
  expect(answers.asked).toBeGreaterThan(100)
  expect(frames.length).toBeGreaterThan(50)
  expect(frames.flatMap((frame) => hitsIn('a frame', frame))).toEqual([])
  expect(hitsIn('events', events)).toEqual([])
  expect(hitsIn('belay export', exported.stdout + exported.stderr)).toEqual([])
  expect(hitsIn('a backup', gunzipSync(readFileSync(backup)))).toEqual([])
  expect(hitsInFolder(home)).toEqual([])

  // The search itself finds what is there.
  writeFileSync(join(home, 'files', 'planted'), `x${Buffer.from(`ab${VALUES['hook-password']}cd`).toString('base64')}`)
  expect(hitsInFolder(home).length).toBeGreaterThan(0)
})
