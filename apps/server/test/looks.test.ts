/** Looks into a run from the command line, with real processes: rows on their way, and one key over checkpoints. */
import type { CheckpointSummary, KeyHistory, PeekSample, StatePage } from '@belay/run'
import { expect, test } from 'vitest'
import { belay, PROCESSES, startRun, testHome, testServer, until } from './support/belay.ts'
import { numbers } from './support/documents.ts'

const CODE = `ctx.state.set(row.key, (ctx.state.get(row.key) ?? 0) + 1)
return { id: row.id }`

test('H33 V1 rows that pass are sampled for a program, and a key is told at every kept checkpoint', PROCESSES, async () => {
  const home = testHome()
  const server = await testServer(home)
  const document = numbers({ rowsPerSecond: 1000, folder: 'home:looks' })
  const script = {
    ...document.operators[1],
    type: 'script',
    config: { code: CODE, columns: [{ name: 'id', type: 'int64', nullable: false }], keys: [], changelogAware: false, ttlMs: 0 },
  }
  const runId = await startRun(server, {
    ...document,
    operators: document.operators.map((operator) => (operator.id === 'some' ? script : operator)),
    streams: document.streams.map((stream) => (stream.id === 's2' ? { ...stream, from: { operator: 'some', port: 'out' } } : stream)),
  })
  await until('three checkpoints', async () => {
    const { body } = await server.call('GET', `/api/runs/${runId}/checkpoints`)
    return Array.isArray(body) && body.length >= 3
  })

  const peeked = await belay(['peek', runId, 's2', '--limit', '5', '--for', '9000', '--json', '--home', home])
  const sample = JSON.parse(peeked.stdout) as PeekSample
  expect(sample).toMatchObject({ stream: 's2', columns: [{ name: 'id', type: 'int64' }] })
  expect(sample.rows).toHaveLength(5)
  expect(sample.seen).toBeGreaterThanOrEqual(5)
  expect(sample.every).toBeGreaterThanOrEqual(1)
  const ids = sample.rows.map(({ cells }) => Number(cells[0]))
  expect(ids).toEqual(ids.toSorted((a, b) => a - b))
  expect((await server.call('GET', `/api/runs/${runId}/streams/nothing/peek`)).status).toBe(404)

  const kept = (await server.call('GET', `/api/runs/${runId}/checkpoints`)).body as CheckpointSummary[]
  const page = (await server.call('GET', `/api/runs/${runId}/checkpoints/${kept.at(-1)?.manifest ?? 0}/state/keys?instance=some`))
    .body as StatePage
  const [{ key }] = page.entries
  const about = ['--operator', 'some', '--state', page.state ?? '', '--key', JSON.stringify(key)]
  const told = await belay(['state', runId, ...about, '--over-checkpoints', '--json', '--home', home])
  const history = JSON.parse(told.stdout) as KeyHistory
  expect(history.checkpoints.length).toBeGreaterThanOrEqual(3)
  const counts = history.checkpoints.map(({ entry }) => Number(/\d+/.exec(JSON.stringify(entry?.rows))?.[0]))
  expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  expect(counts.at(-1)).toBeGreaterThan(counts[0])
  // As text it is the same key.
  const asText = (
    await server.call('GET', `/api/runs/${runId}/state/key?instance=some&key=${encodeURIComponent(key.map(String).join(', '))}`)
  ).body as KeyHistory
  expect(asText.checkpoints.at(-1)?.entry?.key).toEqual(key)
  const none = (await server.call('GET', `/api/runs/${runId}/state/key?instance=some&key=nobody`)).body as KeyHistory
  expect(none.checkpoints.every(({ entry }) => entry === null)).toBe(true)
  expect((await server.call('GET', `/api/runs/${runId}/state/key?instance=nobody&key=x`)).status).toBe(404)
})
