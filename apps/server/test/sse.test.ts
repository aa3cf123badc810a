/** An address that sends events and cuts connections, with the run's process and its source killed meanwhile (engine-spec H9). */
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { pidOf, PROCESSES, seqOf, startRun, testHome, testServer, until, untilEvent, untilState } from './support/belay.ts'

const ITEMS = 1200
/** Of one connection, before it is cut in the middle of an event. */
const AT_ONCE = 60

const document = (url: string) => ({
  format: 1,
  id: 'heard',
  name: 'Heard',
  parameters: {},
  settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432 },
  operators: [
    {
      id: 'listen',
      type: 'sse',
      typeVersion: 1,
      name: 'listen',
      config: {
        url,
        events: '',
        columns: [{ name: 'id', type: 'int64', nullable: false }],
        eventTime: null,
        outOfOrderMs: 0,
        silenceMs: 10_000,
        timeoutMs: 5000,
        logMb: 64,
      },
    },
    {
      id: 'file',
      type: 'file-sink',
      typeVersion: 1,
      name: 'file',
      config: { folder: 'home:out', name: 'rows', format: 'json-lines', layout: 'parts' },
    },
  ],
  streams: [{ id: 's1', from: { operator: 'listen', port: 'out' }, to: [{ operator: 'file', port: 'in' }] }],
  layout: {},
})

it('H9 each event of a sender with ids comes once, whatever is killed while it sends', PROCESSES, async () => {
  let asked = 0
  const api = createServer((request, response) => {
    asked += 1
    const after = Number(request.headers['last-event-id'] ?? 0)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const last = Math.min(ITEMS, after + AT_ONCE)
    const events = Array.from({ length: last - after }, (_, i) => `id: ${after + i + 1}\ndata: {"id":${after + i + 1}}\n\n`)
    response.write(events.join(''))
    if (last < ITEMS) response.write(`id: ${last + 1}\ndata: {"id":`, () => setTimeout(() => request.socket.destroy(), 5))
  })
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    api.closeAllConnections()
    api.close()
  })
  const home = testHome()
  const server = await testServer(home, ['--allow-address', '127.0.0.1'])
  const runId = await startRun(server, document(`http://127.0.0.1:${(api.address() as AddressInfo).port}/`))
  for (const blow of ['process', 'listen', 'process'] as const) {
    const before = asked
    await until('connections', () => asked > before + 2)
    const seq = await seqOf(server, runId)
    if (blow === 'process') process.kill(pidOf(home, runId), 'SIGKILL')
    else await server.call('POST', `/api/runs/${runId}/operators/listen/kill`, { commandId: 'kill', hold: false })
    await untilEvent(server, runId, seq, ({ type }) => type === 'recovered')
  }
  const output = (): number[] => {
    const folder = join(home, 'files', 'out')
    return readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
      .map((line) => (JSON.parse(line) as { id: number }).id)
  }
  await until('all events', () => output().length >= ITEMS)
  await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop', mode: 'stop' })
  await untilState(server, runId, 'stopped', 'finished')
  expect(output().sort((a, b) => a - b)).toEqual(Array.from({ length: ITEMS }, (_, i) => i + 1))
})
