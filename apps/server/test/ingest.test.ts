/** Rows posted to a running pipeline, with its process, its source and the server killed in the middle of posts (engine-spec H9). */
import { setTimeout as delay } from 'node:timers/promises'
import { signatureHeaders } from '@belay/operators/outgoing-http'
import { expect, it } from 'vitest'
import { AccountStore } from '../src/access/accountStore.ts'
import { KeyRing } from '../src/secrets/keyRing.ts'
import { SecretStore } from '../src/secrets/secretStore.ts'
import { openDatabase } from '../src/storage/database.ts'
import { openHome } from '../src/storage/home.ts'
import {
  pidOf,
  PROCESSES,
  seqOf,
  startRun,
  startServer,
  testHome,
  testServer,
  until,
  untilEvent,
  untilState,
  type TestServer,
} from './support/belay.ts'
import { output, posted, rowsPath } from './support/ingest.ts'

it('H9 what was answered 200 is in the output once, whatever is killed in the middle of posts', PROCESSES, async () => {
  const home = testHome()
  let server = await testServer(home)
  const runId = await startRun(server, posted())
  const kept: number[] = []
  let posting = true
  let answered = 0
  let tries = 0
  /** Sends each set of rows under one key until it is answered for. */
  const sender = async (first: number): Promise<void> => {
    for (let set = 0; posting; set += 1) {
      const rows = Array.from({ length: 20 }, (_, i) => ({ n: first + set * 20 + i }))
      for (;;) {
        tries += 1
        const answer = await server
          .call('POST', rowsPath(runId), rows, { 'idempotency-key': `${first}-${set}` })
          .catch(() => ({ status: 0, headers: new Headers(), body: null }))
        if (answer.status === 200) break
        // No server, a server that is being closed, a run that is being restored.
        if (answer.status !== 0) expect([429, 503]).toContain(answer.status)
        if (answer.status === 503) expect(answer.headers.get('retry-after')).toBe('1')
        await delay(5)
      }
      kept.push(...rows.map(({ n }) => n))
      answered += 1
    }
  }
  const senders = [0, 1_000_000, 2_000_000].map(sender)
  const sent = async (): Promise<void> => {
    const before = answered
    await until('posts to be answered', () => answered > before + 3)
  }
  for (const blow of ['process', 'operator', 'server', 'process'] as const) {
    await sent()
    const seq = await seqOf(server, runId)
    if (blow === 'process') process.kill(pidOf(home, runId), 'SIGKILL')
    else if (blow === 'operator') await server.call('POST', `/api/runs/${runId}/operators/posts/kill`, { commandId: 'kill', hold: false })
    else {
      await server.end('SIGKILL')
      server = await startServer(home)
    }
    if (blow !== 'server') await untilEvent(server, runId, seq, ({ type }) => type === 'recovered')
    await sent()
  }
  posting = false
  await Promise.all(senders)
  expect(tries).toBeGreaterThan(answered)
  // What was taken is read before the run ends.
  await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop', mode: 'stop' })
  await untilState(server, runId, 'stopped', 'finished')
  expect(output(home).sort((a, b) => a - b)).toEqual(kept.sort((a, b) => a - b))
  await server.end('SIGKILL')
})

it('posts are checked, repeated ones known, and refused where nothing can be taken', PROCESSES, async () => {
  const home = testHome()
  const server: TestServer = await testServer(home)
  const runId = await startRun(server, posted())
  const post = async (body: string, headers: Readonly<Record<string, string>> = {}, path = rowsPath(runId)) => {
    const { status, body: answer } = await server.call('POST', path, body, headers)
    const { code, rows, repeated } = answer as { code?: string; rows?: number; repeated?: boolean }
    return code === undefined ? [status, rows, repeated] : [status, code]
  }
  await until('the source', async () => (await post('[]'))[0] === 200)
  const lines = { 'content-type': 'application/x-ndjson' }
  expect(await post('[{"n":1}]')).toEqual([200, 1, false])
  expect(await post('{"n":2}\n{"n":3}\n', lines)).toEqual([200, 2, false])
  expect(await post('[{"n":4}]', { 'idempotency-key': 'k' })).toEqual([200, 1, false])
  expect(await post('[{"n":4}]', { 'idempotency-key': 'k' })).toEqual([200, 1, true])
  expect(await post('[{"n":5}]', { 'idempotency-key': 'k' })).toEqual([422, 'INGEST_KEY_REUSED'])
  expect(await post('[{"n":6},{"n":"x"}]')).toEqual([422, 'ROWS_INVALID'])
  expect(await post('n=1', { 'content-type': 'application/x-www-form-urlencoded' })).toEqual([415, 'CONTENT_TYPE_REFUSED'])
  expect(await post('[{"n":1}]', { 'content-type': 'text/plain' })).toEqual([415, 'CONTENT_TYPE_REFUSED'])
  expect(await post(`[${' '.repeat(4 * 1_048_576)}]`)).toEqual([413, 'BODY_TOO_LARGE'])
  expect(await post('[{"n":1}]', {}, rowsPath(runId, 'file'))).toEqual([409, 'NO_INGEST'])
  expect(await post('[{"n":1}]', {}, rowsPath(runId, 'none'))).toEqual([404, 'OPERATOR_UNKNOWN'])
  expect(await post('[{"n":1}]', {}, rowsPath('none'))).toEqual([404, 'RUN_UNKNOWN'])
  await server.call('POST', `/api/runs/${runId}/pause`, { commandId: 'pause' })
  await untilState(server, runId, 'paused')
  expect(await post('[{"n":7}]')).toEqual([503, 'INGEST_HELD'])
  await server.call('POST', `/api/runs/${runId}/resume`, { commandId: 'resume' })
  await until('it to go on', async () => (await post('[{"n":7}]', { 'idempotency-key': '7' }))[0] === 200)
  await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop', mode: 'drain' })
  await untilState(server, runId, 'stopped', 'finished')
  expect(await post('[{"n":8}]')).toEqual([409, 'RUN_ENDED'])
  expect(output(home).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 7])
})

it(
  'H9 a source with a token or a key of its own takes rows from whoever has it, signed in or not, and from nobody else',
  PROCESSES,
  async () => {
    const home = testHome()
    const { database: path } = openHome(home)
    const database = openDatabase(path)
    const accounts = new AccountStore(database)
    accounts.addUser({ name: 'ana', role: 'admin', seeData: true, useSecrets: true }, 'none', 0)
    const { text } = accounts.createToken(
      { label: 'test', owner: 'ana', role: 'admin', seeData: true, useSecrets: true, expiresAtMs: 9e15 },
      0,
    )
    const secrets = new SecretStore(database, new KeyRing(home))
    secrets.put('sender-token', 'token-of-the-source', 'test', 0)
    secrets.put('signing-key', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'test', 0)
    const server = await testServer(home, ['--sign-in'])
    const admin = { authorization: `Bearer ${text}` }
    const document = posted()
    const [source, file] = document.operators
    const sources = [
      source,
      { ...source, id: 'with-token', config: { ...source.config, access: 'token', accessSecret: { secret: 'sender-token' } } },
      { ...source, id: 'signed', config: { ...source.config, access: 'signature', accessSecret: { secret: 'signing-key' } } },
    ]
    const all = {
      ...document,
      operators: [...sources, ...sources.map(({ id }) => ({ ...file, id: `file-${id}`, config: { ...file.config, name: id } }))],
      streams: sources.map(({ id }) => ({
        id: `s-${id}`,
        from: { operator: id, port: 'out' },
        to: [{ operator: `file-${id}`, port: 'in' }],
      })),
    }
    const started = await server.call('POST', '/api/runs', { document: all }, admin)
    const { runId } = started.body as { runId: string }
    const post = async (operator: string, headers: Readonly<Record<string, string>>, body = '[{"n":1}]', run = runId) => {
      const { status, body: answer } = await server.call('POST', rowsPath(run, operator), body, headers)
      const { code, rows, repeated } = answer as { code?: string; rows?: number; repeated?: boolean }
      return code === undefined ? [status, rows, repeated] : [status, code]
    }
    const refused = [401, 'INGEST_SENDER_REFUSED']
    await until('the sources', async () => (await post('posts', admin, '[]'))[0] === 200)
    const token = { authorization: 'Bearer token-of-the-source' }
    for (const headers of [{}, admin, { authorization: 'Bearer token-of-the-sourc' }])
      expect(await post('with-token', headers)).toEqual(refused)
    expect(await post('with-token', token)).toEqual([200, 1, false])
    // It opens this one source, not the others, and tells nothing of other runs.
    for (const [operator, run] of [
      ['posts', runId],
      ['none', runId],
      ['with-token', 'none'],
    ] as const)
      expect(await post(operator, token, '[]', run)).toEqual([401, 'SIGN_IN_NEEDED'])
    expect((await server.call('GET', `/api/runs/${runId}`, undefined, token)).status).toBe(401)

    const body = '[{"n":2}]'
    const signed = (id: string, atMs = Date.now(), key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw') =>
      signatureHeaders(key, id, Buffer.from(body), atMs)
    expect(await post('signed', signed('a'), body)).toEqual([200, 1, false])
    // Sent again, also under another key: the signature says which one counts.
    expect(await post('signed', { ...signed('a'), 'idempotency-key': 'other' }, body)).toEqual([200, 1, true])
    for (const headers of [
      {},
      admin,
      signed('b', Date.now(), 'another key'),
      signed('b', Date.now() - 301_000),
      signed('b', Date.now() + 302_000),
      { ...signed('a'), 'webhook-id': 'b' },
    ])
      expect(await post('signed', headers, body)).toEqual(refused)
    expect(await post('signed', signed('b'), '[{"n":3}]')).toEqual(refused)
    expect(await post('signed', signed('b'), body)).toEqual([200, 1, false])
    await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop', mode: 'drain' }, admin)
    await until('the end', async () => (await server.call('GET', `/api/runs/${runId}`, undefined, admin)).body.endedAtMs !== null)
    expect(output(home).sort((a, b) => a - b)).toEqual([1, 2, 2])
    database.close()
  },
)
