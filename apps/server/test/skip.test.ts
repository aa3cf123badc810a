/** `onFailure: skip` with real run processes: what goes by while an operator is down never reaches it, and nothing comes twice. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventsOf, PROCESSES, seqOf, startRun, testHome, testServer, untilEvent, untilState } from './support/belay.ts'
import { numbers } from './support/documents.ts'

const ROWS = 6000

test('H16 a branch that skips goes on without what it missed, the source goes on, and no row comes twice', PROCESSES, async () => {
  const home = testHome()
  const server = await testServer(home)
  const document = numbers({ rows: ROWS, rowsPerSecond: 3000, folder: 'home:skipped' })
  const skipping = document.operators.map((operator) => (operator.id === 'source' ? operator : { ...operator, onFailure: 'skip' as const }))
  const runId = await startRun(server, { ...document, operators: skipping })
  await untilEvent(server, runId, 0, (event) => event.type === 'committed')
  const seq = await seqOf(server, runId)
  const preview = (await server.call('GET', `/api/runs/${runId}/preview?operator=some`)).body
  expect(preview.restart.map((entry: { operator: string }) => entry.operator)).toEqual(['some', 'file', 'table'])
  expect(preview.skipped.to).toBeGreaterThanOrEqual(preview.skipped.from)
  const kill = { commandId: 'kill', hold: false }
  expect((await server.call('POST', `/api/runs/${runId}/operators/some/kill`, kill)).status).toBe(202)
  const planned = await untilEvent(server, runId, seq, (event) => event.type === 'recovery-planned')
  if (planned.type !== 'recovery-planned' || planned.skipped === undefined) throw new Error('nothing was skipped')
  expect(planned.restart).toEqual(['some', 'file', 'table'])
  await untilState(server, runId, 'finished')
  const folder = join(home, 'files', 'skipped')
  const ids = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1))
    .map((line) => (JSON.parse(line) as { id: number }).id)
    .toSorted((a, b) => a - b)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.every((id) => id % 2 === 0)).toBe(true)
  // One range is missing: the windows that were skipped.
  const gaps = [-2, ...ids, ROWS].flatMap((id, at, all) => (at > 0 && id - all[at - 1] > 2 ? [id - all[at - 1]] : []))
  expect(gaps).toHaveLength(1)
  expect((gaps[0] - 2) / 2).toBeGreaterThanOrEqual(Math.floor(planned.skipped.rows / 2))
  const down = (await eventsOf(server, runId)).flatMap((event) =>
    event.type === 'operator-state' && event.state === 'down' ? [event.operator] : [],
  )
  expect(down).toEqual(['some'])
})
