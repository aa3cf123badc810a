/** A webhook whose receiver fails now and then, with the run's process and its sink killed meanwhile (engine-spec H8). */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { eventsOf, pidOf, PROCESSES, seqOf, startRun, testHome, testServer, until, untilEvent, untilState } from './support/belay.ts'

const document = (url: string, rows: number) => ({
  format: 1,
  id: 'hooked',
  name: 'Hooked',
  parameters: {},
  settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432 },
  operators: [
    { id: 'rows', type: 'generator', typeVersion: 1, name: 'rows', config: { rows, rowsPerSecond: 6000, seed: 1, keys: 50 } },
    {
      id: 'hook',
      type: 'webhook',
      typeVersion: 1,
      name: 'hook',
      config: { url, body: 'json', batchRows: 400, timeoutMs: 5000, attempts: 0, onGiveUp: 'fail', deadLetters: '' },
    },
  ],
  streams: [{ id: 's1', from: { operator: 'rows', port: 'out' }, to: [{ operator: 'hook', port: 'in' }] }],
  layout: {},
})

it('H8 a receiver that keeps keys has each row once, whatever is killed and however it answers', PROCESSES, async () => {
  const taken = new Map<string, string>()
  const different: string[] = []
  let requests = 0
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      requests += 1
      if (requests % 9 === 3) return void response.writeHead(503, { 'retry-after': '0' }).end()
      const key = String(request.headers['idempotency-key'])
      const body = Buffer.concat(chunks).toString()
      if ((taken.get(key) ?? body) !== body) different.push(key)
      taken.set(key, body)
      // It took the rows, and nobody hears of it.
      if (requests % 9 === 5) return void request.socket.destroy()
      response.end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    receiver.closeAllConnections()
    receiver.close()
  })
  const home = testHome()
  const server = await testServer(home, ['--allow-address', '127.0.0.1'])
  const rows = 9000
  const runId = await startRun(server, document(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, rows))
  for (const blow of ['process', 'hook', 'process'] as const) {
    const before = requests
    await until('requests', () => requests > before + 2)
    const seq = await seqOf(server, runId)
    if (blow === 'process') process.kill(pidOf(home, runId), 'SIGKILL')
    else await server.call('POST', `/api/runs/${runId}/operators/hook/kill`, { commandId: 'kill', hold: false })
    await untilEvent(server, runId, seq, ({ type }) => type === 'recovered')
  }
  await untilState(server, runId, 'finished')
  expect(different).toEqual([])
  const ids = [...taken.values()].flatMap((body) => (JSON.parse(body) as { id: number }[]).map(({ id }) => id))
  expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => ids[0] + i))
})

it('an address of this machine that nobody allowed ends the run, with what to do', PROCESSES, async () => {
  const home = testHome()
  const server = await testServer(home)
  const runId = await startRun(server, document('http://localhost:1/', 100))
  const record = await untilState(server, runId, 'failed')
  expect(record.reason).toContain('--allow-address')
  expect((await eventsOf(server, runId)).some(({ type }) => type === 'process-started')).toBe(true)
})
