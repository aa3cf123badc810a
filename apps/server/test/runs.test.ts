import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CheckpointSummary, KillPreview, RunRecord } from '@belay/run'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  eventsOf,
  recordOf,
  runProcesses,
  seqOf,
  startRun,
  startServer,
  temporaryHome,
  testHome,
  testServer,
  until,
  untilEvent,
  untilState,
  type Answer,
  type TestServer,
  PROCESSES,
} from './support/belay.ts'
import { numbers } from './support/documents.ts'
import { wrongWith, type OpenApi } from './support/openApi.ts'

let home: ReturnType<typeof temporaryHome>
let server: TestServer
let openApi: OpenApi
let commands = 0

beforeAll(async () => {
  home = temporaryHome()
  server = await startServer(home.path)
  openApi = (await server.call('GET', '/api/openapi.json')).body as OpenApi
})

afterAll(async () => {
  await server.end('SIGTERM')
  home.remove()
})

function commandId(): string {
  commands += 1
  return `test-${commands}`
}

/** A command, whose answer must be as documented. `path` is below the run. */
async function send(runId: string, path: string, body: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
  const answer = await server.call('POST', `/api/runs/${runId}${path}`, { commandId: commandId(), ...body })
  const documented = `/api/runs/{id}${path.replace(/^\/operators\/[^/]+/, '/operators/{operator}')}`
  expect(wrongWith(openApi, 'POST', documented, answer)).toEqual([])
  return answer
}

async function abort(runId: string): Promise<void> {
  await send(runId, '/stop', { mode: 'abort' })
  await untilState(server, runId, 'stopped')
}

async function untilRunning(runId: string): Promise<void> {
  await untilEvent(server, runId, 0, (event) => event.type === 'committed')
}

describe('a run', () => {
  test('is started, looked at, finishes, and is deleted', PROCESSES, async () => {
    const runId = await startRun(server, numbers({ rows: 3000, folder: 'home:finished' }), { speed: 0 })
    const record = await untilState(server, runId, 'finished')
    expect(record).toMatchObject({ pipelineId: 'numbers', pipelineName: 'Numbers', reason: null })
    const asked: readonly [string, string][] = [
      ['/api/runs', '/api/runs'],
      ['/api/runs/{id}', `/api/runs/${runId}`],
      ['/api/runs/{id}/snapshot', `/api/runs/${runId}/snapshot`],
      ['/api/runs/{id}/events', `/api/runs/${runId}/events`],
      ['/api/runs/{id}/checkpoints', `/api/runs/${runId}/checkpoints`],
      ['/api/runs/{id}/preview', `/api/runs/${runId}/preview?operator=some`],
      ['/api/runs/{id}/history', `/api/runs/${runId}/history`],
    ]
    for (const [path, url] of asked) expect(wrongWith(openApi, 'GET', path, await server.call('GET', url))).toEqual([])
    const { body: snapshot } = await server.call('GET', `/api/runs/${runId}/snapshot`)
    expect(snapshot.figures.operators.source.rowsOut).toBe(3000)
    expect(snapshot.outputs.length).toBeGreaterThan(0)
    const written = readdirSync(join(home.path, 'files', 'finished')).filter((name) => name.endsWith('.jsonl'))
    const rows = written.flatMap((name) =>
      readFileSync(join(home.path, 'files', 'finished', name), 'utf8')
        .trim()
        .split('\n'),
    )
    expect(rows).toHaveLength(1500)

    const kept = (await server.call('GET', `/api/runs/${runId}/checkpoints`)).body as CheckpointSummary[]
    // Operators that have ended take no part in a checkpoint that comes after their last.
    const { phases = [] } = kept.findLast((checkpoint) => (checkpoint.phases ?? []).length > 0) ?? kept[0]
    expect(phases.map(({ instance }) => instance)).toContain('file')
    for (const { endMs, workedMs, copiedMs, writingMs, storedMs } of phases) {
      const ends = [endMs, workedMs, copiedMs, writingMs, storedMs]
      expect(ends).toEqual([...ends].sort((a, b) => a - b))
    }
    const state = `/api/runs/${runId}/checkpoints/${kept[kept.length - 1].manifest}/state`
    const told: Answer[] = []
    for (const [path, query] of [
      ['', ''],
      ['/keys', '?instance=source'],
      ['/changes', `?instance=source&since=${kept[0].manifest}`],
    ]) {
      const answer = await server.call('GET', `${state}${path}${query}`)
      expect(wrongWith(openApi, 'GET', `/api/runs/{id}/checkpoints/{manifest}/state${path}`, answer)).toEqual([])
      told.push(answer)
    }
    expect(told[0].body.operators.map(({ instance }: { instance: string }) => instance)).toContain('source')
    expect(told[1].body).toMatchObject({ state: 'position', entries: [{ key: [], rows: [['{"id":3000}']] }] })
    const unknown = await server.call('GET', `${state}/keys?instance=source&state=none`)
    expect([unknown.status, unknown.body.code]).toEqual([404, 'STATE_UNKNOWN'])

    const refused = await send(runId, '/pause')
    expect([refused.status, refused.body.code]).toEqual([409, 'RUN_ENDED'])
    expect((await server.call('DELETE', `/api/runs/${runId}`)).status).toBe(204)
    expect((await server.call('GET', `/api/runs/${runId}`)).status).toBe(404)
    expect(readdirSync(join(home.path, 'files', 'finished')).filter((name) => name.endsWith('.jsonl'))).toEqual(written)
  })

  test('that lives answers as documented, and events are numbered without gaps', PROCESSES, async () => {
    const runId = await startRun(server, numbers())
    await untilRunning(runId)
    for (const path of ['snapshot', 'events', 'checkpoints'])
      expect(wrongWith(openApi, 'GET', `/api/runs/{id}/${path}`, await server.call('GET', `/api/runs/${runId}/${path}`))).toEqual([])
    const preview = await server.call('GET', `/api/runs/${runId}/preview?operator=some`)
    expect(wrongWith(openApi, 'GET', '/api/runs/{id}/preview', preview)).toEqual([])
    expect(preview.body.restart.map((entry: { operator: string }) => entry.operator).sort()).toEqual(['file', 'some', 'table'])
    const unknown = await server.call('GET', `/api/runs/${runId}/preview?operator=nobody`)
    expect([unknown.status, unknown.body.code]).toEqual([404, 'OPERATOR_UNKNOWN'])
    const refused = await server.call('DELETE', `/api/runs/${runId}`)
    expect([refused.status, refused.body.code]).toEqual([409, 'RUN_NOT_ENDED'])

    const events = await eventsOf(server, runId)
    expect(events.map((event) => event.seq)).toEqual(events.map((_event, i) => i + 1))
    const { body: page } = await server.call('GET', `/api/runs/${runId}/events?after=2&limit=3`)
    expect(page.map((event: { seq: number }) => event.seq)).toEqual([3, 4, 5])
    const sent = async (): Promise<number[]> => {
      const answer = await server.call('GET', `/api/runs/${runId}/history?operator=source`)
      expect(wrongWith(openApi, 'GET', '/api/runs/{id}/history', answer)).toEqual([])
      return answer.body.operators.source?.rowsOutPerSecond.filter((value: number | null) => value !== null && value > 0) ?? []
    }
    await until('two seconds of figures', async () => (await sent()).length >= 2)
    await abort(runId)
    expect((await sent()).length).toBeGreaterThanOrEqual(2)
  })

  test('is paused, goes on, and stops with what it has read', PROCESSES, async () => {
    const runId = await startRun(server, numbers({ folder: 'home:stopped' }))
    await untilRunning(runId)
    expect((await send(runId, '/pause')).status).toBe(202)
    await untilState(server, runId, 'paused')
    const again = await send(runId, '/pause')
    expect([again.status, again.body.code]).toEqual([409, 'NOT_RUNNING'])
    expect((await send(runId, '/resume')).status).toBe(202)
    await untilState(server, runId, 'running')
    expect((await send(runId, '/resume')).body.code).toBe('NOT_PAUSED')
    expect((await send(runId, '/stop', { mode: 'stop' })).status).toBe(202)
    await untilState(server, runId, 'stopped')
    const { body: snapshot } = await server.call('GET', `/api/runs/${runId}/snapshot`)
    const rows = readdirSync(join(home.path, 'files', 'stopped'))
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) =>
        readFileSync(join(home.path, 'files', 'stopped', name), 'utf8')
          .trim()
          .split('\n'),
      )
    expect(rows).toHaveLength(snapshot.figures.operators.file.rowsIn)
  })

  test('is killed whole and comes back', PROCESSES, async () => {
    const runId = await startRun(server, numbers())
    await untilRunning(runId)
    const seq = await seqOf(server, runId)
    const [before] = runProcesses(home.path)
    expect((await send(runId, '/kill')).status).toBe(202)
    await untilEvent(server, runId, seq, (event) => event.type === 'process-started')
    await untilEvent(server, runId, seq, (event) => event.type === 'committed')
    const after = runProcesses(home.path)
    expect(after).toHaveLength(1)
    expect(after).not.toContain(before)
    await abort(runId)
  })
})

describe('operators', () => {
  test('a kill restarts exactly what the preview said, and an old preview is refused with the new one', PROCESSES, async () => {
    const runId = await startRun(server, numbers())
    await untilRunning(runId)
    const seq = await seqOf(server, runId)
    const wrong = await send(runId, '/operators/some/kill', { expect: ['some'] })
    expect([wrong.status, wrong.body.code]).toEqual([409, 'PREVIEW_CHANGED'])
    const preview = wrong.body.preview as KillPreview
    const foretold = preview.restart.map((entry) => entry.operator).sort()
    expect(foretold).toEqual(['file', 'some', 'table'])
    expect((await eventsOf(server, runId, seq)).some((event) => event.type === 'failure')).toBe(false)

    expect((await send(runId, '/operators/some/kill', { expect: foretold })).status).toBe(202)
    const planned = await untilEvent(server, runId, seq, (event) => event.type === 'recovery-planned')
    expect(planned.type === 'recovery-planned' && [...planned.restart].sort()).toEqual(foretold)
    await untilEvent(server, runId, seq, (event) => event.type === 'recovered')
    await abort(runId)
  })

  test('one that is held stays down until it is restored; killing it again is refused', PROCESSES, async () => {
    const runId = await startRun(server, numbers())
    await untilRunning(runId)
    expect((await send(runId, '/operators/some/kill', { hold: true })).status).toBe(202)
    await untilState(server, runId, 'degraded')
    const again = await send(runId, '/operators/some/kill')
    expect([again.status, again.body.code]).toEqual([409, 'OPERATOR_DOWN'])
    expect(again.body.detail).toMatch(/held down already\. Restore it instead\./)
    expect((await send(runId, '/stop')).body.code).toBe('OPERATOR_HELD')
    const seq = await seqOf(server, runId)
    expect((await send(runId, '/operators/some/restore')).status).toBe(202)
    await untilEvent(server, runId, seq, (event) => event.type === 'committed')
    const idle = await send(runId, '/operators/some/restore')
    expect([idle.status, idle.body.code]).toEqual([409, 'OPERATOR_NOT_HELD'])
    for (const [name, what] of [
      ['nobody', 'kill'],
      ['nobody', 'restore'],
      ['constructor', 'restore'],
    ]) {
      const unknown = await send(runId, `/operators/${name}/${what}`)
      expect([unknown.status, unknown.body.code]).toEqual([404, 'OPERATOR_UNKNOWN'])
    }
    await abort(runId)
  })

  test('a restore of the run needs a verb for each sink that has published', PROCESSES, async () => {
    const runId = await startRun(server, numbers({ folder: 'home:restored' }))
    const checkpoints = await until('three checkpoints', async () => {
      const { body } = await server.call('GET', `/api/runs/${runId}/checkpoints`)
      const found = body as CheckpointSummary[]
      return found.length >= 3 && found
    })
    const [{ manifest }] = checkpoints
    const missing = await send(runId, '/restore', { manifest, verbs: {} })
    expect([missing.status, missing.body.code]).toEqual([400, 'VERB_MISSING'])
    const unknown = await send(runId, '/restore', { manifest: 999_999, verbs: { file: 'rewind' } })
    expect([unknown.status, unknown.body.code]).toEqual([404, 'CHECKPOINT_UNKNOWN'])
    const seq = await seqOf(server, runId)
    expect((await send(runId, '/restore', { manifest, verbs: { file: 'rewind' } })).status).toBe(202)
    const restored = await untilEvent(server, runId, seq, (event) => event.type === 'restored')
    expect(restored).toMatchObject({ manifest, lineage: 2, verbs: { file: 'rewind' } })
    await untilEvent(server, runId, restored.seq, (event) => event.type === 'committed')
    await abort(runId)
  })
})

describe('the same command id', () => {
  test('starts one run, sent five times at once and again after a restart of the server', PROCESSES, async () => {
    const body = { document: numbers({ id: 'once' }), commandId: commandId() }
    const start = (): Promise<Answer> => server.call('POST', '/api/runs', body)
    const answers = await Promise.all([start(), start(), start(), start(), start()])
    expect(new Set(answers.map((answer) => JSON.stringify([answer.status, answer.body]))).size).toBe(1)
    expect(answers[0].status).toBe(201)
    await server.end('SIGKILL')
    server = await startServer(home.path)
    expect((await start()).body).toEqual(answers[0].body)
    const { body: runs } = await server.call('GET', '/api/runs')
    expect((runs as RunRecord[]).filter((run) => run.pipelineId === 'once')).toHaveLength(1)
    await untilRunning(answers[0].body.runId as string)
    await abort(answers[0].body.runId as string)
    // Also when the run has ended.
    expect((await start()).body).toEqual(answers[0].body)
  })

  test('has one effect on a run and one answer, sent five times at once, after a restart, and after the end', PROCESSES, async () => {
    const runId = await startRun(server, numbers())
    await untilRunning(runId)
    const id = commandId()
    const seq = await seqOf(server, runId)
    const kill = (): Promise<Answer> => send(runId, '/operators/some/kill', { commandId: id })
    const answers = await Promise.all([kill(), kill(), kill(), kill(), kill()])
    expect(answers.map((answer) => [answer.status, answer.body])).toEqual(answers.map(() => [202, { type: 'accepted', commandId: id }]))
    await untilEvent(server, runId, seq, (event) => event.type === 'recovered')
    await server.end('SIGKILL')
    server = await startServer(home.path)
    await untilState(server, runId, 'running')
    expect((await kill()).body).toEqual(answers[0].body)
    await abort(runId)
    expect((await kill()).body).toEqual(answers[0].body)
    const events = await eventsOf(server, runId, seq)
    expect(events.filter((event) => event.type === 'command-accepted' && event.commandId === id)).toHaveLength(1)
    expect(events.filter((event) => event.type === 'failure')).toHaveLength(1)
  })

  test('is refused the same way again, even when it would be accepted now', PROCESSES, async () => {
    const runId = await startRun(server, numbers())
    await untilRunning(runId)
    const id = commandId()
    const first = await send(runId, '/resume', { commandId: id })
    expect([first.status, first.body.code]).toEqual([409, 'NOT_PAUSED'])
    await send(runId, '/pause')
    await untilState(server, runId, 'paused')
    const again = await send(runId, '/resume', { commandId: id })
    expect([again.status, again.body]).toEqual([first.status, first.body])
    expect((await recordOf(server, runId)).state).toBe('paused')
    await abort(runId)
  })

  test('of a start that was refused may be used for a right one', PROCESSES, async () => {
    const id = commandId()
    const refused = await server.call('POST', '/api/runs', { document: { ...numbers(), streams: [] }, commandId: id })
    expect(refused.status).toBe(422)
    const started = await server.call('POST', '/api/runs', { document: numbers(), commandId: id })
    expect(started.status).toBe(201)
    await untilRunning(started.body.runId as string)
    await abort(started.body.runId as string)
  })
})

describe('a failed run', () => {
  test('is refused everything but to go on, which it does from its last checkpoint', PROCESSES, async () => {
    const input = join(home.path, 'files', 'broken.jsonl')
    writeFileSync(input, '{"n":1}\n{"n":2}\nnot json\n{"n":4}\n')
    const document = numbers({ id: 'failing', folder: 'home:failing' })
    document.parameters = {}
    document.operators = [
      {
        id: 'source',
        type: 'json-lines-source',
        typeVersion: 1,
        name: 'source',
        config: {
          file: 'home:broken.jsonl',
          columns: [{ name: 'n', type: 'int64', nullable: false }],
          eventTime: null,
          outOfOrderMs: 0,
          rowsPerSecond: 0,
          follow: false,
        },
        onRowError: 'fail',
      },
      { ...document.operators[1], config: { condition: 'n > 0' } },
      ...document.operators.slice(2),
    ]
    const runId = await startRun(server, document)
    const failed = await untilState(server, runId, 'failed')
    expect(failed.reason).toMatch(/line 3/)
    expect((await send(runId, '/pause')).body.code).toBe('RUN_ENDED')
    writeFileSync(input, '{"n":1}\n{"n":2}\n{"n": 3 }\n{"n":4}\n')
    const id = commandId()
    const answers = await Promise.all([1, 2, 3].map(() => send(runId, '/resume', { commandId: id })))
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202])
    await untilState(server, runId, 'finished')
    const folder = join(home.path, 'files', 'failing')
    const rows = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
    expect(rows.map((name) => readFileSync(join(folder, name), 'utf8')).join('')).toBe('{"n":1}\n{"n":2}\n{"n":3}\n{"n":4}\n')
    const events = await eventsOf(server, runId)
    expect(events.map((event) => event.seq)).toEqual(events.map((_event, i) => i + 1))
  })
})

describe('damage', () => {
  test('a run folder that cannot be read is shown as failed with the reason, and the others are listed', PROCESSES, async () => {
    const folder = join(home.path, 'runs', 'damaged-run')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'run.json'), '{"format":1,"requ')
    const { status, body } = await server.call('GET', '/api/runs')
    expect(status).toBe(200)
    expect((body as RunRecord[]).length).toBeGreaterThan(1)
    expect((body as RunRecord[]).find((run) => run.runId === 'damaged-run')).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/cannot be read.*Restore the run folder from a backup, or delete it/),
    })
    expect((await server.call('DELETE', '/api/runs/damaged-run')).status).toBe(204)
  })
})

test(
  'a run shows where an operator is and what it spends its time on, one profile at a time, without a path of this machine',
  PROCESSES,
  async () => {
    // Isolated runs may not look into themselves.
    const server = await testServer(testHome(), ['--isolation', 'none'])
    const openApi = (await server.call('GET', '/api/openapi.json')).body as OpenApi
    const runId = await startRun(server, numbers())
    await untilState(server, runId, 'running')
    const at = `/api/runs/${runId}/operators`
    const stack = await server.call('POST', `${at}/some/stack`)
    expect(wrongWith(openApi, 'POST', '/api/runs/{id}/operators/{operator}/stack', stack)).toEqual([])
    expect(stack.body).toMatchObject({ instance: 'some', container: expect.stringMatching(/^c-/) as string })
    const [profile, busy] = await Promise.all([
      server.call('POST', `${at}/some/profile`, { forMs: 1500 }),
      delay(300).then(() => server.call('POST', `${at}/source/profile`, { forMs: 100 })),
    ])
    expect(wrongWith(openApi, 'POST', '/api/runs/{id}/operators/{operator}/profile', profile)).toEqual([])
    expect([busy.status, busy.body.code]).toEqual([409, 'PROFILE_BUSY'])
    expect(profile.body.profile.nodes.length).toBeGreaterThan(1)
    for (const body of [stack.body, profile.body]) expect(JSON.stringify(body)).not.toMatch(/file:|"\/|node_modules/)
    const nobody = await server.call('POST', `${at}/nobody/stack`)
    expect([nobody.status, nobody.body.code]).toEqual([404, 'OPERATOR_UNKNOWN'])
    expect((await server.call('POST', `${at}/some/profile`, { forMs: 60_000 })).status).toBe(400)
  },
)
