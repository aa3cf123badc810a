/** An address that is polled page by page, with the run's process and its source killed meanwhile (engine-spec H9). */
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { pidOf, PROCESSES, seqOf, startRun, testHome, testServer, until, untilEvent, untilState } from './support/belay.ts'

const ITEMS = 3000
const PAGE = 40

const document = (url: string) => ({
  format: 1,
  id: 'polled',
  name: 'Polled',
  parameters: {},
  settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432 },
  operators: [
    {
      id: 'poll',
      type: 'http-poll',
      typeVersion: 1,
      name: 'poll',
      config: {
        url,
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
  streams: [{ id: 's1', from: { operator: 'poll', port: 'out' }, to: [{ operator: 'file', port: 'in' }] }],
  layout: {},
})

it('H9 each item of an address with a cursor comes once, whatever is killed while pages are asked for', PROCESSES, async () => {
  let asked = 0
  const api = createServer((request, response) => {
    asked += 1
    if (asked % 9 === 4) return void request.socket.destroy()
    const after = Number(new URL(request.url ?? '/', 'http://x').searchParams.get('after') ?? 0)
    const items = Array.from({ length: Math.min(PAGE, ITEMS - after) }, (_, i) => ({ id: after + i + 1 }))
    response.end(JSON.stringify({ items, next: after + items.length }))
  })
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    api.closeAllConnections()
    api.close()
  })
  const home = testHome()
  const server = await testServer(home, ['--allow-address', '127.0.0.1'])
  const runId = await startRun(server, document(`http://127.0.0.1:${(api.address() as AddressInfo).port}/`))
  for (const blow of ['process', 'poll', 'process'] as const) {
    const before = asked
    await until('requests', () => asked > before + 8)
    const seq = await seqOf(server, runId)
    if (blow === 'process') process.kill(pidOf(home, runId), 'SIGKILL')
    else await server.call('POST', `/api/runs/${runId}/operators/poll/kill`, { commandId: 'kill', hold: false })
    await untilEvent(server, runId, seq, ({ type }) => type === 'recovered')
  }
  const output = (): number[] => {
    const folder = join(home, 'files', 'out')
    return readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
      .map((line) => (JSON.parse(line) as { id: number }).id)
  }
  await until('all items', () => output().length >= ITEMS)
  await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop', mode: 'stop' })
  await untilState(server, runId, 'stopped', 'finished')
  expect(output().sort((a, b) => a - b)).toEqual(Array.from({ length: ITEMS }, (_, i) => i + 1))
})
