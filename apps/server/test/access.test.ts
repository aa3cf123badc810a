import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ClientMessages, JoinAnswer, RunEvent, ServerMessages } from '@belay/run'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { Access } from '../src/access/access.ts'
import { AccountStore, SESSION_IDLE_MS, SESSION_MS } from '../src/access/accountStore.ts'
import { exposureOf } from '../src/cli/exposure.ts'
import { checkSender, LOOPBACK } from '../src/http/origin.ts'
import { SOCKET_RIGHTS, type Right, type Role } from '../src/http/rights.ts'
import { createLive } from '../src/live/gateway.ts'
import { RunService } from '../src/runs/runService.ts'
import { CommandStore } from '../src/storage/commandStore.ts'
import { openDatabase } from '../src/storage/database.ts'
import { ask, testApp, type TestApp } from './support/app.ts'
import { numbers } from './support/documents.ts'
import { MemoryRun, memoryRunner } from './support/memoryRunner.ts'

const PASSWORD = 'correct horse battery'
const HASH = 'scrypt-15-8-3.AAAA.AAAA'

/** Who asks, in the test: a role, and which grant. */
const ASKERS = ['anonymous', 'viewer', 'viewer+data', 'operator', 'designer', 'designer+data', 'designer+secrets', 'admin'] as const
type Asker = (typeof ASKERS)[number]

const EVERYBODY = ASKERS
const SIGNED_IN = ASKERS.filter((asker) => asker !== 'anonymous')
const OPERATORS: readonly Asker[] = ['operator', 'designer', 'designer+data', 'designer+secrets', 'admin']
const DESIGNERS: readonly Asker[] = ['designer', 'designer+data', 'designer+secrets', 'admin']

/** The documented table (docs/security.md), written down a second time on purpose. */
const MAY: Readonly<Record<Right, readonly Asker[]>> = {
  open: EVERYBODY,
  'sign-in': EVERYBODY,
  'read-account': SIGNED_IN,
  'use-account': SIGNED_IN,
  'read-pipelines': SIGNED_IN,
  'write-pipelines': DESIGNERS,
  'read-runs': SIGNED_IN,
  'start-runs': OPERATORS,
  'command-runs': OPERATORS,
  'send-rows': OPERATORS,
  'delete-runs': OPERATORS,
  'read-files': OPERATORS,
  'write-files': DESIGNERS,
  'see-data': ['viewer+data', 'designer+data', 'admin'],
  'read-alerts': SIGNED_IN,
  'write-alerts': OPERATORS,
  'write-webhooks': DESIGNERS,
  'use-secrets': ['designer+secrets', 'admin'],
  'manage-secrets': ['admin'],
  'read-metrics': SIGNED_IN,
  'read-users': ['admin'],
  'manage-users': ['admin'],
  'read-audit': ['admin'],
}

function addAskers(accounts: AccountStore): Readonly<Record<Asker, Record<string, string>>> {
  const headers = {} as Record<Asker, Record<string, string>>
  for (const asker of ASKERS) {
    if (asker === 'anonymous') {
      headers[asker] = {}
      continue
    }
    const [role] = asker.split('+') as [Role]
    const name = asker.replace('+', '-')
    const seeData = asker.endsWith('+data')
    const useSecrets = asker.endsWith('+secrets')
    accounts.addUser({ name, role, seeData, useSecrets }, HASH, 0)
    const { text } = accounts.createToken({ label: 'test', owner: name, role, seeData, useSecrets, expiresAtMs: 9e15 }, 0)
    headers[asker] = { authorization: `Bearer ${text}` }
  }
  return headers
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD'

describe('with sign-in, every route', () => {
  let own: TestApp
  let headers: Readonly<Record<Asker, Record<string, string>>>

  beforeAll(async () => {
    own = await testApp({ signIn: true })
    headers = addAskers(own.services.access.accounts)
  })

  afterAll(() => own.close())

  test.each(ASKERS)('answers %s as the table says', async (asker) => {
    let asked = 0
    for (const { method, url, config } of own.routes)
      for (const one of [method].flat() as Method[]) {
        const right = config?.right
        if (right === undefined) throw new Error(`${one} ${url} has no right`)
        const allowed = MAY[right].includes(asker)
        const body = one === 'POST' || one === 'PUT' ? {} : undefined
        const answer = await ask(own.app, one, url.replaceAll(/:\w+/g, 'none').replace('*', 'index.html'), body, headers[asker])
        const refused = answer.status === 401 || (answer.status === 403 && (one === 'HEAD' || answer.body.code === 'RIGHT_MISSING'))
        expect({ one, url, allowed: !refused }).toEqual({ one, url, allowed })
        if (!allowed && one !== 'HEAD')
          expect([answer.status, answer.body.code]).toEqual(asker === 'anonymous' ? [401, 'SIGN_IN_NEEDED'] : [403, 'RIGHT_MISSING'])
        asked += 1
      }
    expect(asked).toBeGreaterThan(45)
  })

  test('an operator runs what is stored, not what it brings along', async () => {
    const answer = await ask(own.app, 'POST', '/api/runs', { document: numbers() }, headers.operator)
    expect([answer.status, answer.body.code]).toEqual([403, 'RIGHT_MISSING'])
  })

  test.each([
    ['nonsense', 'Bearer belay_nonsense'],
    ['an empty one', 'Bearer '],
    ['another scheme', 'Basic YWRtaW46YWRtaW4='],
  ])('a token that is %s is nobody', async (_what, authorization) => {
    expect((await ask(own.app, 'GET', '/api/runs', undefined, { authorization })).status).toBe(401)
  })

  test('the database holds neither tokens nor session ids', () => {
    const [, text] = headers.admin['authorization'].split(' ')
    expect(text).toMatch(/^belay_[\w-]{43}$/)
    const id = own.services.access.accounts.openSession('admin', Date.now())
    const written = [own.home.database, `${own.home.database}-wal`].filter(existsSync).map((path) => readFileSync(path, 'latin1'))
    expect(written.join('')).toContain('viewer-data')
    for (const secret of [text, id]) expect(written.join('').includes(secret)).toBe(false)
  })
})

describe('signing in', () => {
  let own: TestApp
  let nowMs = 1_000_000
  const cookieOf = (answer: { readonly headers: Readonly<Record<string, unknown>> }): Record<string, string> => ({
    cookie: String(answer.headers['set-cookie']).split(';')[0],
  })
  const signIn = (name: string, password: string): ReturnType<typeof ask> => ask(own.app, 'POST', '/api/session', { name, password })

  beforeAll(async () => {
    own = await testApp({ signIn: true, now: () => nowMs })
  })

  afterAll(() => own.close())

  test('begins with a link that makes the first user, once', async () => {
    const { access } = own.services
    const before = await ask(own.app, 'GET', '/api/session')
    expect(before.body).toMatchObject({ signIn: true, setupNeeded: true, user: null })
    const wrong = await ask(own.app, 'POST', '/api/setup', { secret: 'guessed', name: 'ana', password: PASSWORD })
    expect([wrong.status, wrong.body.code]).toEqual([403, 'SETUP_REFUSED'])
    const weak = await ask(own.app, 'POST', '/api/setup', { secret: access.setupSecret, name: 'ana', password: 'short' })
    expect([weak.status, weak.body.code]).toEqual([400, 'PASSWORD_WEAK'])
    const made = await ask(own.app, 'POST', '/api/setup', { secret: access.setupSecret, name: 'ana', password: PASSWORD })
    expect(made.status).toBe(204)
    expect(String(made.headers['set-cookie'])).toMatch(/^belay-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    const after = await ask(own.app, 'GET', '/api/session', undefined, cookieOf(made))
    expect(after.body).toMatchObject({ setupNeeded: false, user: { name: 'ana', role: 'admin', seeData: true } })
    const again = await ask(own.app, 'POST', '/api/setup', { secret: access.setupSecret, name: 'eve', password: PASSWORD })
    expect([again.status, again.body.code]).toEqual([403, 'SETUP_REFUSED'])
  })

  test('gives a session that ends by signing out, by idling, and by age', async () => {
    const reads = async (headers: Record<string, string>): Promise<number> =>
      (await ask(own.app, 'GET', '/api/runs', undefined, headers)).status
    const first = cookieOf(await signIn('ana', PASSWORD))
    expect(await reads(first)).toBe(200)
    expect((await ask(own.app, 'DELETE', '/api/session', undefined, first)).status).toBe(204)
    expect(await reads(first)).toBe(401)

    const idle = cookieOf(await signIn('ana', PASSWORD))
    nowMs += SESSION_IDLE_MS
    expect(await reads(idle)).toBe(401)

    const old = cookieOf(await signIn('ana', PASSWORD))
    for (let passedMs = 0; passedMs + SESSION_IDLE_MS / 2 < SESSION_MS; passedMs += SESSION_IDLE_MS / 2) {
      expect(await reads(old)).toBe(200)
      nowMs += SESSION_IDLE_MS / 2
    }
    nowMs += SESSION_IDLE_MS / 2
    expect(await reads(old)).toBe(401)
  })

  test('rights change at once, and the last administrator stays', async () => {
    const { accounts } = own.services.access
    const id = accounts.openSession('ana', nowMs)
    const admin = { cookie: `belay-session=${id}` }
    expect((await ask(own.app, 'POST', '/api/users', { name: 'ben', password: PASSWORD, role: 'designer' }, admin)).status).toBe(201)
    const ben = { cookie: `belay-session=${accounts.openSession('ben', nowMs)}` }
    const token = await ask(own.app, 'POST', '/api/tokens', { label: 'ci', role: 'admin', days: 1 }, ben)
    expect(token.body).toMatchObject({ owner: 'ben', role: 'designer' })
    const bearer = { authorization: `Bearer ${token.body.text}` }
    expect((await ask(own.app, 'POST', '/api/pipelines', { document: numbers({ id: 'by-token' }) }, bearer)).status).toBe(201)
    expect((await ask(own.app, 'POST', '/api/tokens', { label: 'more', role: 'viewer', days: 1 }, bearer)).body.code).toBe('SESSION_NEEDED')
    await ask(own.app, 'PUT', '/api/users/ben', { role: 'viewer', seeData: false }, admin)
    for (const headers of [ben, bearer])
      expect((await ask(own.app, 'POST', '/api/pipelines', { document: numbers({ id: 'more' }) }, headers)).status).toBe(403)
    expect((await ask(own.app, 'PUT', '/api/users/ana', { role: 'viewer', seeData: false }, admin)).body.code).toBe('LAST_ADMIN')
    expect((await ask(own.app, 'DELETE', '/api/users/ana', undefined, admin)).body.code).toBe('LAST_ADMIN')
    expect((await ask(own.app, 'DELETE', '/api/users/ben', undefined, admin)).status).toBe(204)
    for (const headers of [ben, bearer]) expect((await ask(own.app, 'GET', '/api/runs', undefined, headers)).status).toBe(401)
  })

  test('is refused alike for a wrong password and an unknown name, and slowed down', async () => {
    const wrong = await signIn('ana', 'not the password')
    const unknown = await signIn('nobody', 'not the password')
    expect([wrong.status, unknown.status]).toEqual([401, 401])
    expect(unknown.body).toEqual(wrong.body)
    let tries = 1
    while ((await signIn('nobody', 'not the password')).status !== 429) {
      tries += 1
      expect(tries).toBeLessThanOrEqual(5)
    }
  })
})

describe('sockets', () => {
  type Client = Socket<ServerMessages, ClientMessages>
  let http: HttpServer
  let url: string
  let accounts: AccountStore
  let run: MemoryRun
  let runs: RunService
  let headers: Readonly<Record<Asker, Record<string, string>>>
  let close: () => Promise<void>

  beforeAll(async () => {
    const database = openDatabase(':memory:')
    accounts = new AccountStore(database)
    headers = addAskers(accounts)
    run = new MemoryRun('watched')
    runs = new RunService({ runner: memoryRunner(run), home: '/none', roots: {}, commands: new CommandStore(database) })
    http = createServer()
    const live = createLive(http, runs, new Access({ accounts, signIn: true, reach: LOOPBACK, now: Date.now }))
    close = async () => {
      runs.close()
      await live.close()
      database.close()
    }
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
    await runs.adoptAll()
  })

  afterAll(() => close())

  const connect = (extraHeaders: Record<string, string>): Promise<Client | null> =>
    new Promise((resolve) => {
      const client: Client = io(url, { path: '/live', transports: ['websocket'], reconnection: false, forceNew: true, extraHeaders })
      client.once('connect', () => resolve(client))
      client.once('connect_error', () => resolve(null))
      onTestFinished(() => void client.disconnect())
    })
  const join = (client: Client, runId: string): Promise<JoinAnswer> => new Promise((resolve) => client.emit('join', { runId }, resolve))

  test('the messages tested here are all there are', () => {
    expect(Object.keys(SOCKET_RIGHTS).sort()).toEqual(['join', 'leave', 'peek', 'unpeek'])
  })

  test.each(ASKERS)('%s joins and leaves only with the right', async (asker) => {
    const client = await connect(headers[asker])
    expect(client !== null).toBe(MAY[SOCKET_RIGHTS.join].includes(asker))
    if (client === null) return
    expect((await join(client, 'watched')).ok).toBe(true)
    client.emit('leave', { runId: 'watched' })
    expect((await join(client, 'watched')).ok).toBe(true)
  })

  test.each(SIGNED_IN)('%s gets rows only with see-data', async (asker) => {
    const client = await connect(headers[asker])
    if (client === null) throw new Error('not let in')
    await join(client, 'watched')
    const event = new Promise<RunEvent>((resolve) => client.once('event', ({ event: told }) => resolve(told)))
    const delta = new Promise<object>((resolve) => client.once('delta', ({ delta: told }) => resolve(told.tables)))
    run.say({ type: 'row-error', operator: 'some', code: 'X', message: 'wrong', row: '{"canary":1}', window: 1, action: 'skip', count: 1 })
    run.show({ board: { columns: [], rows: [['canary']], total: 1, window: 1, version: 1 } })
    const told = JSON.stringify([await event, await delta])
    expect(told.includes('canary')).toBe(MAY['see-data'].includes(asker))
    const answer = JSON.stringify(await join(client, 'watched'))
    expect(answer.includes('canary')).toBe(MAY['see-data'].includes(asker))
  })

  test.each(SIGNED_IN)('%s peeks only with see-data', async (asker) => {
    const client = await connect(headers[asker])
    if (client === null) throw new Error('not let in')
    const told: unknown[] = []
    client.on('peeked', (message) => told.push(message))
    // Without the right there is no answer at all; the join after it has one.
    const answers: boolean[] = []
    client.emit('peek', { runId: 'watched', stream: 's1' }, ({ ok }) => answers.push(ok))
    await new Promise((resolve) => setImmediate(resolve))
    await join(client, 'watched')
    const allowed = MAY['see-data'].includes(asker)
    await vi.waitFor(() => expect(answers).toEqual(allowed ? [true] : []))
    run.pass({ stream: 's1', instance: 'source', every: 1, seen: 1, rows: [{ window: 1, kind: 'insert', cells: ['canary'] }] })
    await new Promise<void>((resolve) => {
      client.once('event', () => resolve())
      run.say({ type: 'checkpoint-started', window: 2 })
    })
    expect(JSON.stringify(told).includes('canary')).toBe(allowed)
  })

  test('a socket ends when its user is removed', async () => {
    accounts.addUser({ name: 'gone', role: 'viewer', seeData: false, useSecrets: false }, HASH, 0)
    const client = await connect({ cookie: `belay-session=${accounts.openSession('gone', Date.now())}` })
    if (client === null) throw new Error('not let in')
    const ended = new Promise<string>((resolve) => client.once('disconnect', resolve))
    accounts.removeUser('gone')
    expect(await ended).toMatch(/transport|server/)
  })
})

describe('where it listens', () => {
  test.each(['0.0.0.0', '::', '192.168.0.7', 'belay.example.org', '127.0.0.1.example.org'])('%s without TLS is refused', (host) => {
    expect(() => exposureOf({ host })).toThrow(/--tls-cert/)
    expect(() => exposureOf({ host, 'sign-in': true })).toThrow(/--tls-cert/)
    expect(exposureOf({ host, 'behind-proxy': true })).toMatchObject({ signIn: true, reach: { secure: true } })
  })

  test('loopback needs nothing, and can have sign-in', () => {
    for (const host of ['127.0.0.1', 'localhost', '::1', undefined])
      expect(exposureOf(host === undefined ? {} : { host })).toMatchObject({ signIn: false, tls: null, reach: { secure: false } })
    expect(exposureOf({ 'sign-in': true }).signIn).toBe(true)
    expect(exposureOf({ 'behind-proxy': true }).signIn).toBe(true)
    expect(() => exposureOf({ 'tls-cert': 'only.pem' })).toThrow(/belong together/)
  })

  test('beyond loopback it answers to addresses and given names, under https only', () => {
    const { reach } = exposureOf({ host: '0.0.0.0', 'behind-proxy': true, name: ['belay.example.org'] })
    const refusal = (headers: Record<string, string>): string | null => {
      try {
        checkSender(headers, false, reach)
        return null
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    expect(refusal({ host: 'belay.example.org', origin: 'https://belay.example.org' })).toBeNull()
    expect(refusal({ host: '192.168.0.7:4600', origin: 'https://192.168.0.7:4600' })).toBeNull()
    expect(refusal({ host: 'belay.example.org', origin: 'http://belay.example.org' })).toBe('ORIGIN_REFUSED')
    expect(refusal({ host: 'rebound.example' })).toBe('HOST_REFUSED')
  })
})
