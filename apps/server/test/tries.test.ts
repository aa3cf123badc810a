/** Tries with a real server and real run processes: nothing is written, they end by themselves, and none is left. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PipelineDocument } from '@belay/pipeline'
import { TRY_MS, type RunRecord, type RunSnapshot } from '@belay/run'
import { manifests } from '@belay/operators/manifests'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { withCapturedSinks } from '../src/runs/tries.ts'
import { startServer, temporaryHome, untilEvent, untilState, type TestServer } from './support/belay.ts'

function pipeline(rows: number): PipelineDocument {
  return {
    format: 1,
    id: 'tried',
    name: 'Tried',
    parameters: {},
    settings: { windowMs: 100, checkpointIntervalMs: 200, memoryBytes: 33_554_432 },
    operators: [
      { id: 'rows', type: 'generator', typeVersion: 1, name: 'rows', config: { rows, rowsPerSecond: 2000, seed: 1, keys: 5 } },
      { id: 'some', type: 'filter', typeVersion: 1, name: 'some', config: { condition: 'value > 50' } },
      {
        id: 'out',
        type: 'file-sink',
        typeVersion: 1,
        name: 'out',
        config: { folder: 'home:out', name: 'rows', format: 'json-lines', layout: 'parts', mode: 'append' },
      },
    ],
    streams: [
      { id: 's1', from: { operator: 'rows', port: 'out' }, to: [{ operator: 'some', port: 'in' }] },
      { id: 's2', from: { operator: 'some', port: 'true' }, to: [{ operator: 'out', port: 'in' }] },
    ],
    layout: {},
  }
}

test('every sink of a try is one that only shows; streams lead where they led', () => {
  const document = withCapturedSinks(pipeline(10), manifests)
  for (const { type } of document.operators) if (manifests[type]?.outputs.length === 0) expect(type).toBe('table-view')
  expect(document.operators.map(({ id }) => id)).toEqual(['rows', 'some', 'out'])
  expect(document.streams.at(-1)?.to).toEqual([{ operator: 'out', port: 'in' }])
})

describe('a try', { timeout: 120_000 }, () => {
  let home: ReturnType<typeof temporaryHome>
  let server: TestServer

  beforeAll(async () => {
    home = temporaryHome()
    server = await startServer(home.path)
  })

  afterAll(async () => {
    await server.end('SIGKILL')
    home.remove()
  })

  const start = (document: PipelineDocument) => server.call('POST', '/api/tries', { document })

  it('of a draft that was never saved shows what the sink would have got, writes nothing and is in no list', async () => {
    const { status, body } = await start(pipeline(3000))
    expect(status).toBe(201)
    const { runId } = body as { runId: string }
    await untilState(server, runId, 'finished')
    const snapshot = (await server.call('GET', `/api/runs/${runId}/snapshot`)).body as RunSnapshot
    expect(snapshot.figures.operators['out']?.rowsIn).toBeGreaterThan(1000)
    expect(JSON.stringify(snapshot.tables['out'])).toContain('value')
    expect(readdirSync(join(home.path, 'files'))).toEqual([])
    expect((await server.call('GET', '/api/runs')).body as RunRecord[]).toEqual([])
  })

  it('makes room for the next one of its pipeline, and ends by itself after a server was killed and started again', async () => {
    const first = (await start(pipeline(0))).body as { runId: string }
    await untilEvent(server, first.runId, 0, (event) => event.type === 'committed')
    const second = (await start(pipeline(0))).body as { runId: string; endsAtMs: number }
    expect(existsSync(join(home.path, 'runs', first.runId))).toBe(false)
    expect(second.endsAtMs - Date.now()).toBeLessThanOrEqual(TRY_MS)
    await untilEvent(server, second.runId, 0, (event) => event.type === 'committed')
    await server.end('SIGKILL')
    // As if nobody had started the server again for most of the try's time.
    const file = join(home.path, 'runs', second.runId, 'run.json')
    const run = JSON.parse(readFileSync(file, 'utf8')) as { startedAtMs: number }
    writeFileSync(file, JSON.stringify({ ...run, startedAtMs: run.startedAtMs - TRY_MS + 5000 }))
    server = await startServer(home.path)
    await untilState(server, second.runId, 'stopped')
  })

  it('of a pipeline with errors is refused with them', async () => {
    const { operators, ...rest } = pipeline(10)
    const broken = {
      ...rest,
      operators: operators.map((one) => (one.id === 'some' ? { ...one, config: { condition: 'nothing > 1' } } : one)),
    }
    const { status, body } = await start(broken)
    expect([status, (body as { code: string }).code]).toEqual([422, 'PIPELINE_HAS_ERRORS'])
  })
})
