/** Rows posted to a running pipeline, with its process, its source and the server killed in the middle of posts (engine-spec H9). */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
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
