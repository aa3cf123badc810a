/** A run as one file: bounded, without rows unless wanted, and closed in itself. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { RunEvent, RunHistory, SessionFile } from '@belay/run'
import { pointsFor, sessionOf, sessionPage, spansOf, type SessionParts } from '../src/session/sessionFile.ts'
import { belay, PROCESSES, startRun, testHome, testServer, untilEvent, untilState } from './support/belay.ts'
import { numbers } from './support/documents.ts'

const HISTORY: RunHistory = {
  stepMs: 1000,
  times: [1000],
  run: { rowsInPerSecond: [1], windowsBehind: [0], sharedBytes: [1], residentBytes: [1] },
  operators: {},
}

function parts(more: Partial<SessionParts> = {}): SessionParts {
  const document = { ...numbers(), name: '</script><script>alert(1)</script>' }
  const events: RunEvent[] = [
    {
      type: 'row-error',
      operator: 'some',
      window: 1,
      code: 'X',
      message: 'm',
      row: 'SECRET-ROW',
      action: 'skip',
      count: 1,
      seq: 1,
      atMs: 1,
    },
  ]
  const figures = {
    state: 'finished' as const,
    lineage: 1,
    attempt: 1,
    targetWindow: 1,
    committedWindow: 1,
    uptimeMs: 1,
    sharedBytes: 1,
    memoryBytes: 1,
    residentBytes: 1,
    operators: {},
    streams: {},
  }
  const table = { columns: [{ name: 'a', type: 'string' }], rows: [['SECRET-ROW']], total: 1, window: 1, version: 1 }
  return {
    version: '1',
    exportedAtMs: 2000,
    exportedBy: 'ana',
    record: {
      runId: 'r',
      pipelineId: 'numbers',
      pipelineName: 'n',
      startedAtMs: 0,
      startedBy: 'ana',
      endedAtMs: 2000,
      state: 'finished',
      reason: null,
    },
    snapshot: {
      runId: 'r',
      pipelineId: 'numbers',
      document,
      parameters: {},
      startedAtMs: 0,
      seq: 1,
      figures,
      checkpoints: [],
      events,
      tables: { table },
      containers: [],
    },
    checkpoints: [],
    events,
    histories: [HISTORY],
    rows: false,
    ...more,
  }
}

test('no row is in it unless it was wanted', () => {
  const without = sessionPage(sessionOf(parts()), '')
  expect(without).not.toContain('SECRET-ROW')
  expect(sessionOf(parts()).leftOut.join(' ')).toContain('Rows')
  expect(sessionPage(sessionOf(parts({ rows: true })), '')).toContain('SECRET-ROW')
})

test('what was typed into a pipeline is text: it ends no script, and only the viewer may run', () => {
  const viewer = 'console.log("</script>")'
  const page = sessionPage(sessionOf(parts()), viewer)
  expect(page.match(/<script/g)).toHaveLength(2)
  expect(page.match(/<\/script/g)).toHaveLength(2)
  const script = /<script>(.*)<\/script>\n<\/body>/s.exec(page)?.[1] ?? ''
  const policy = /content="([^"]*)">/.exec(page)?.[1] ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain(`'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  const data = /id="session">(.*?)<\/script>/s.exec(page)?.[1] ?? ''
  expect((JSON.parse(data) as SessionFile).snapshot.document.name).toBe('</script><script>alert(1)</script>')
})

test('it is bounded, and says what it leaves out', () => {
  const events = [{ ...parts().events[0], seq: 501 }]
  expect(sessionOf(parts({ events })).leftOut[0]).toContain('The first 500 events')
  const rows = Array.from({ length: 1500 }, () => ['x'])
  const { snapshot } = parts()
  const large = { ...snapshot, tables: { table: { ...snapshot.tables['table'], rows } } }
  const session = sessionOf(parts({ rows: true, snapshot: large }))
  expect(session.snapshot.tables['table'].rows).toHaveLength(1000)
  expect(session.leftOut.join(' ')).toContain('1000 of 1500')
  expect(pointsFor(5)).toBe(1000)
  expect(2 * pointsFor(500) * (4 + 6 * 500)).toBeLessThanOrEqual(1_000_000)
  expect(spansOf(0, 100_000)).toEqual([{ fromMs: 0, toMs: 100_000 }])
  expect(spansOf(0, 1_000_000)).toEqual([
    { fromMs: 0, toMs: 110_000 },
    { fromMs: 110_000, toMs: 1_000_000 },
  ])
})

test('a run that has ended is exported by the command line', PROCESSES, async () => {
  const home = testHome()
  const server = await testServer(home)
  const runId = await startRun(server, numbers({ rows: 2000 }))
  await untilEvent(server, runId, 0, ({ type }) => type === 'committed')
  await untilState(server, runId, 'finished')
  const output = `${home}/session.html`
  const exported = await belay(['export-run', runId, '--output', output, '--home', home, '--json'])
  expect(exported).toMatchObject({ code: 0, stderr: '' })
  const { sizeBytes } = JSON.parse(exported.stdout) as { sizeBytes: number }
  expect(sizeBytes).toBeGreaterThan(20_000)
  expect(sizeBytes).toBeLessThan(1_000_000)
  const answer = await server.call('GET', `/api/runs/${runId}/export`)
  expect(answer.headers.get('content-disposition')).toContain(`belay-${runId}.html`)
  expect((await server.call('GET', '/api/runs/none/export')).status).toBe(404)
})
