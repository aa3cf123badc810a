/**
 * Scripts with real run processes (engine-spec §6, 3 and 7): one that never returns for a row, and one
 * whose rows are other ones each time they are made, with its operator, its source and its process killed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalRunner } from '@belay/engine'
import type { PipelineDocument } from '@belay/pipeline'
import type { RunCommandBody, RunEvent, RunHandle } from '@belay/run'
import { expect, it } from 'vitest'
import { openHome } from '../src/storage/home.ts'
import { standardRoots } from '../src/storage/roots.ts'
import { testHome } from './support/belay.ts'
import { WITH_FAULT } from './support/programs.ts'

const PATIENT = { timeout: 180_000 } as const

interface Scripted {
  readonly code: string
  readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[]
  /** 0 = without end. */
  readonly rows: number
}

function document({ code, columns, rows }: Scripted): PipelineDocument {
  return {
    format: 1,
    id: 'scripted',
    name: 'Scripted',
    parameters: {},
    settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432, stuckAfterMs: 1000 },
    operators: [
      { id: 'rows', type: 'generator', typeVersion: 1, name: 'rows', config: { rows, rowsPerSecond: 5000, seed: 1, keys: 50 } },
      {
        id: 'own',
        type: 'script',
        typeVersion: 1,
        name: 'own',
        config: { code, columns, keys: [], changelogAware: false, ttlMs: 0 },
        onRowError: 'skip',
      },
      {
        id: 'file',
        type: 'file-sink',
        typeVersion: 1,
        name: 'file',
        config: { folder: 'home:out', name: 'rows', format: 'json-lines', layout: 'parts' },
      },
    ],
    streams: [
      { id: 's1', from: { operator: 'rows', port: 'out' }, to: [{ operator: 'own', port: 'in' }] },
      { id: 's2', from: { operator: 'own', port: 'out' }, to: [{ operator: 'file', port: 'in' }] },
    ],
    layout: {},
  }
}

type Blow = 'own' | 'rows' | 'process'

interface Outcome {
  readonly state: string
  readonly reason: string | null
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly events: readonly RunEvent[]
}

/**
 * Runs it to its end, starting its process again as a supervisor would. Each blow falls when two commits
 * have come since all were well; after the last one a run without end is drained.
 */
async function outcomeOf(pipeline: PipelineDocument, blows: readonly Blow[]): Promise<Outcome> {
  const home = openHome(testHome())
  const runner = createLocalRunner({ home: home.path, operators: WITH_FAULT })
  const runId = 'scripted-1'
  const left = [...blows]
  const endless = pipeline.operators[0]?.config['rows'] === 0
  const roots = standardRoots(home)
  let handle: RunHandle | null = await runner.start({ runId, document: pipeline, parameters: {}, roots, startedBy: 'test' })
  for (let commands = 0; handle !== null;) {
    const current: RunHandle = handle
    await new Promise<void>((resolve) => {
      let commits = 0
      current.listen({
        event(event) {
          if (event.type === 'recovered') commits = 0
          if (event.type !== 'committed') return
          commits += 1
          if (commits !== 2) return
          const blow = left.shift() ?? (endless ? 'drain' : null)
          const command = commandOf(blow)
          if (blow === null || command === null) return
          commits = Number.NEGATIVE_INFINITY
          const tell = current.command({ ...command, commandId: `blow-${(commands += 1)}`, by: 'test' })
          tell
            .then((answer) => {
              if (answer.type === 'accepted') return
              if (blow !== 'drain') left.unshift(blow)
              commits = 0
            })
            // The process that was to answer is the one that was killed.
            .catch(() => undefined)
        },
        delta: () => undefined,
        closed: resolve,
      })
    })
    const found = await runner.adopt(runId)
    handle = 'command' in found ? found : null
  }
  const record = (await runner.list())[0]
  const events = await (await runner.open(runId)).events(0, 10_000)
  const folder = join(home.path, 'files', 'out')
  const rows = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  return { state: record.state, reason: record.reason, rows, events }
}

function commandOf(blow: Blow | 'drain' | null): RunCommandBody | null {
  switch (blow) {
    case null:
      return null
    case 'drain':
      return { type: 'stop', mode: 'drain' }
    case 'process':
      return { type: 'kill-process' }
    case 'own':
    case 'rows':
      return { type: 'kill-operator', hold: false, operator: blow }
  }
}

const idsOf = (rows: Outcome['rows']): number[] => rows.map(({ id }) => Number(id)).sort((a, b) => a - b)

it('H18 a script that never returns for one row is ended, the row found and left out, every other row comes once', PATIENT, async () => {
  const code = 'if (row.id === 1234) for (;;);\nreturn { id: row.id }'
  const columns = [{ name: 'id', type: 'int64', nullable: false }]
  const { state, reason, rows, events } = await outcomeOf(document({ code, columns, rows: 3000 }), [])
  expect({ state, reason }).toEqual({ state: 'finished', reason: null })
  expect(idsOf(rows)).toEqual(Array.from({ length: 3000 }, (_, id) => id).filter((id) => id !== 1234))
  const stuck = events.filter((event) => event.type === 'failure' && event.code === 'OPERATOR_STUCK')
  expect(stuck.length).toBeGreaterThanOrEqual(3)
  expect(events.filter((event) => event.type === 'row-error')).toMatchObject([{ operator: 'own', code: 'POISON_ROW', action: 'skip' }])
})

it(
  'H1 a script that adds randomness to each row, killed again and again: each id comes exactly once, and its state counts right',
  PATIENT,
  async () => {
    const code = `
const seen = (ctx.state.get(row.key) ?? 0) + 1
ctx.state.set(row.key, seen)
return { id: row.id, key: row.key, seen, random: Math.random() }`
    const columns = [
      { name: 'id', type: 'int64', nullable: false },
      { name: 'key', type: 'string', nullable: false },
      { name: 'seen', type: 'int64', nullable: false },
      { name: 'random', type: 'float64', nullable: false },
    ]
    const blows: Blow[] = ['own', 'process', 'rows', 'own', 'process', 'own']
    const { state, reason, rows, events } = await outcomeOf(document({ code, columns, rows: 0 }), blows)
    expect({ state, reason }).toEqual({ state: 'finished', reason: null })
    expect(events.filter((event) => event.type === 'recovered').length).toBeGreaterThanOrEqual(blows.length)
    expect(rows.length).toBeGreaterThan(0)
    expect(idsOf(rows)).toEqual(Array.from(rows, (_, id) => id))
    const counts = new Map<unknown, number>()
    for (const { key, seen } of [...rows].sort((a, b) => Number(a['id']) - Number(b['id']))) {
      counts.set(key, (counts.get(key) ?? 0) + 1)
      expect(seen).toBe(counts.get(key))
    }
  },
)
