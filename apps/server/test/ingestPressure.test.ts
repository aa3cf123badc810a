/** Rows posted to a pipeline that is slower than its senders (engine-spec H9). */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { PROCESSES, startRun, testHome, testServer, until, untilState } from './support/belay.ts'
import { output, posted, rowsPath } from './support/ingest.ts'

it('H9 who sends faster than the pipeline commits is asked to wait, and nothing is lost', PROCESSES, async () => {
  const home = testHome()
  const server = await testServer(home)
  const slow = posted({ logMb: 1 })
  const runId = await startRun(server, {
    ...slow,
    operators: [...slow.operators, { id: 'slow', type: 'rate-limit', typeVersion: 1, name: 'slow', config: { rowsPerSecond: 80_000 } }],
    streams: [
      { id: 's1', from: { operator: 'posts', port: 'out' }, to: [{ operator: 'slow', port: 'in' }] },
      { id: 's2', from: { operator: 'slow', port: 'out' }, to: [{ operator: 'file', port: 'in' }] },
    ],
  })
  let next = 0
  let waits = 0
  await until('the log to be full', async () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => ({ n: next + i }))
    const { status, headers } = await server.call('POST', rowsPath(runId), rows)
    if (status === 200) next += rows.length
    else if (status === 429) {
      waits += 1
      expect(headers.get('retry-after')).toBe('1')
      await delay(100)
    } else expect(status).toBe(503)
    return waits >= 1 && next >= 100_000
  })
  await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop', mode: 'drain' })
  await untilState(server, runId, 'stopped', 'finished')
  expect(output(home).sort((a, b) => a - b)).toEqual(Array.from({ length: next }, (_, n) => n))
})

it('H9 what was taken and not yet read is read before a stop, also if the pipeline is far behind', PROCESSES, async () => {
  const home = testHome()
  const server = await testServer(home)
  const columns = [
    { name: 'n', type: 'int64', nullable: false },
    { name: 'wide', type: 'string', nullable: false },
  ]
  const slow = posted({ columns })
  const runId = await startRun(server, {
    ...slow,
    settings: { ...slow.settings, memoryBytes: 16_777_216 },
    operators: [...slow.operators, { id: 'slow', type: 'rate-limit', typeVersion: 1, name: 'slow', config: { rowsPerSecond: 4000 } }],
    streams: [
      { id: 's1', from: { operator: 'posts', port: 'out' }, to: [{ operator: 'slow', port: 'in' }] },
      { id: 's2', from: { operator: 'slow', port: 'out' }, to: [{ operator: 'file', port: 'in' }] },
    ],
  })
  const wide = 'x'.repeat(4000)
  let next = 0
  await until('26 MB to be taken', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => ({ n: next + i, wide }))
    const { status } = await server.call('POST', rowsPath(runId), rows)
    if (status === 200) next += rows.length
    return next >= 6500
  })
  await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop', mode: 'stop' })
  await untilState(server, runId, 'stopped', 'finished')
  expect(output(home).sort((a, b) => a - b)).toEqual(Array.from({ length: next }, (_, n) => n))
})
