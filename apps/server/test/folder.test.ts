/** A folder of logs that grow, come and are rotated, with the run's process and its source killed meanwhile (engine-spec H9). */
import { appendFileSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { pidOf, PROCESSES, seqOf, startRun, testHome, testServer, until, untilEvent, untilState } from './support/belay.ts'
import { numbersWritten } from './support/written.ts'

const DOCUMENT = {
  format: 1,
  id: 'folder',
  name: 'Folder',
  parameters: {},
  settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432 },
  operators: [
    {
      id: 'logs',
      type: 'json-lines-source',
      typeVersion: 1,
      name: 'logs',
      config: {
        file: 'home:in/*.jsonl*',
        columns: [{ name: 'n', type: 'int64', nullable: false }],
        eventTime: null,
        outOfOrderMs: 0,
        rowsPerSecond: 0,
        follow: true,
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
  streams: [{ id: 's1', from: { operator: 'logs', port: 'out' }, to: [{ operator: 'file', port: 'in' }] }],
  layout: {},
}

it('H9 each line of each file of a folder comes once, whatever is killed while files grow, come and are rotated', PROCESSES, async () => {
  const home = testHome()
  const server = await testServer(home)
  const input = join(home, 'files', 'in')
  mkdirSync(input, { recursive: true })
  const written: number[] = []
  const write = (file: string, count: number): void => {
    const rows = Array.from({ length: count }, (_, i) => written.length + i)
    written.push(...rows)
    appendFileSync(join(input, `${file}.jsonl`), rows.map((n) => `${JSON.stringify({ n })}\n`).join(''))
  }
  const runId = await startRun(server, DOCUMENT)
  const committed = (after: number) => untilEvent(server, runId, after, ({ type }) => type === 'committed')
  for (let round = 0; round < 4; round += 1) {
    write('a', 200)
    write(`new-${round}`, 300)
    const seen = await committed(await seqOf(server, runId))
    write('a', 500)
    renameSync(join(input, 'a.jsonl'), join(input, `a.jsonl.${round}`))
    write('a', 50)
    if (round % 2 === 0) {
      process.kill(pidOf(home, runId), 'SIGKILL')
      await untilEvent(server, runId, seen.seq, ({ type }) => type === 'process-started')
    } else await server.call('POST', `/api/runs/${runId}/operators/logs/kill`, { commandId: `kill-${round}`, hold: false })
    await untilEvent(server, runId, seen.seq, ({ type }) => type === 'recovered')
    write(`new-${round}`, 10)
  }
  await until('all rows', () => numbersWritten(home, 'n').length >= written.length)
  await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop', mode: 'drain' })
  await untilState(server, runId, 'stopped', 'finished')
  expect(numbersWritten(home, 'n')).toEqual(written)
})
