/**
 * Rows that an operator fails on (engine-spec H18), with real run processes: it throws, it never
 * returns, it takes all memory. The row goes the configured way once, every other row arrives once.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalRunner } from '@belay/engine'
import type { PipelineDocument } from '@belay/pipeline'
import type { RunEvent, RunHandle, Runner } from '@belay/run'
import { describe, expect, it } from 'vitest'
import { standardRoots } from '../src/storage/roots.ts'
import { openHome } from '../src/storage/home.ts'
import { testHome } from './support/belay.ts'
import { WITH_FAULT } from './support/programs.ts'

const ROWS = 3000

type Kind = 'throw' | 'loop' | 'memory' | 'abort' | 'hang' | 'start'

function document(kind: Kind, ids: readonly number[], onRowError: 'fail' | 'skip', path = ''): PipelineDocument {
  return {
    format: 1,
    id: 'faulty',
    name: 'Faulty',
    parameters: {},
    settings: {
      windowMs: 100,
      checkpointIntervalMs: 300,
      memoryBytes: 33_554_432,
      stuckAfterMs: kind === 'loop' || kind === 'hang' || kind === 'start' ? 2000 : 60_000,
    },
    operators: [
      { id: 'rows', type: 'generator', typeVersion: 1, name: 'rows', config: { rows: ROWS, rowsPerSecond: 2000, seed: 1, keys: 3 } },
      { id: 'fault', type: 'fault', typeVersion: 1, name: 'fault', config: { ids, kind, path }, onRowError, isolate: true },
      {
        id: 'file',
        type: 'file-sink',
        typeVersion: 1,
        name: 'file',
        config: { folder: 'home:out', name: 'rows', format: 'json-lines', layout: 'parts' },
      },
    ],
    streams: [
      { id: 's1', from: { operator: 'rows', port: 'out' }, to: [{ operator: 'fault', port: 'in' }] },
      { id: 's2', from: { operator: 'fault', port: 'out' }, to: [{ operator: 'file', port: 'in' }] },
    ],
    layout: {},
  }
}

interface Outcome {
  readonly state: string
  readonly reason: string | null
  readonly ids: readonly number[]
  readonly events: readonly RunEvent[]
}

/** Runs it to its end, and starts its process again as a supervisor would. */
async function outcomeOf(pipeline: PipelineDocument): Promise<Outcome> {
  const home = openHome(testHome())
  const runner: Runner = createLocalRunner({ home: home.path, operators: WITH_FAULT })
  const runId = 'faulty-1'
  const roots = standardRoots(home)
  let handle: RunHandle | null = await runner.start({ runId, document: pipeline, parameters: {}, roots, startedBy: 'test' })
  while (handle !== null) {
    const current: RunHandle = handle
    await new Promise<void>((resolve) => {
      current.listen({ event: () => undefined, delta: () => undefined, closed: resolve })
    })
    const found = await runner.adopt(runId)
    handle = 'command' in found ? found : null
  }
  const record = (await runner.list())[0]
  const events = await (await runner.open(runId)).events(0, 10_000)
  const folder = join(home.path, 'files', 'out')
  const ids = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { id: number }).id)
  return { state: record.state, reason: record.reason, ids: ids.sort((a, b) => a - b), events }
}

const allBut = (left: readonly number[]): number[] => Array.from({ length: ROWS }, (_, id) => id).filter((id) => !left.includes(id))

describe('H18 a row that kills', { timeout: 120_000 }, () => {
  it.each([
    ['throwing', 'throw'],
    ['never returning', 'loop'],
    ['filling its heap', 'memory'],
    ['taking the process with it', 'abort'],
  ] as const)('H18 is found and left out when the operator dies by %s', async (_how, kind) => {
    const { state, reason, ids, events } = await outcomeOf(document(kind, [1234], 'skip'))
    expect({ state, reason }).toEqual({ state: 'finished', reason: null })
    expect(ids).toEqual(allBut([1234]))
    const failures = events.filter((event) => event.type === 'failure')
    expect(failures.length).toBe(3)
    for (const failure of failures) expect(failure.operators).toContain('fault')
    for (const failure of failures.slice(1))
      expect(failure).toMatchObject({ operators: ['fault'], row: expect.stringContaining('"id":1234') as string })
    // A loop is ended by force, and its stack says where it was: on a machine that is very busy not each time.
    if (kind === 'loop') {
      const stacks = failures.flatMap(({ stack }) => stack ?? [])
      expect(stacks.length).toBeGreaterThan(0)
      for (const stack of stacks) expect(stack).toMatch(/^ {4}at failOn \(fixtures\/operatorsWithFault\.mjs:\d+:\d+\)\n {4}at process /)
      for (const { message, stack } of failures) if (stack !== undefined) expect(message).toContain('It was in failOn of fault (fixtures/')
    }
    const rowErrors = events.filter((event) => event.type === 'row-error')
    expect(rowErrors[0]).toMatchObject({ operator: 'fault', code: 'POISON_ROW', action: 'skip', count: 1 })
  })

  it('H4 a read that never ends is told with what the kernel has it wait in, takes the process along, and all rows come once', async () => {
    const path = join(testHome(), 'nobody-writes')
    execFileSync('mkfifo', [path])
    const { state, reason, ids, events } = await outcomeOf(document('hang', [1234], 'fail', path))
    expect({ state, reason }).toEqual({ state: 'finished', reason: null })
    expect(ids).toEqual(allBut([]))
    const failures = events.filter((event) => event.type === 'failure')
    expect(failures).toMatchObject([
      {
        operators: ['fault'],
        code: 'OPERATOR_STUCK',
        message: expect.stringMatching(/It was inside a system call \(the kernel has it wait in \w+\), so there is no stack\.$/) as string,
      },
    ])
    expect(events.filter((event) => event.type === 'process-started').length).toBe(2)
  })

  it('H4 an operator that hangs while it is made is ended, with its stack, and made again; all rows come once', async () => {
    const { state, reason, ids, events } = await outcomeOf(document('start', [], 'fail', join(testHome(), 'start')))
    expect({ state, reason }).toEqual({ state: 'finished', reason: null })
    expect(ids).toEqual(allBut([]))
    expect(events.filter((event) => event.type === 'failure')).toMatchObject([
      {
        operators: ['fault'],
        code: 'OPERATOR_STUCK',
        message: expect.stringMatching(/^fault did not get through its start for \d+ s/) as string,
        stack: expect.stringMatching(/^ {4}at made \(fixtures\/operatorsWithFault\.mjs:/) as string,
      },
    ])
    expect(events.filter((event) => event.type === 'process-started').length).toBe(1)
  })

  it('H18 two of them are found one after the other', async () => {
    const { state, ids } = await outcomeOf(document('throw', [700, 1900], 'skip'))
    expect(state).toBe('finished')
    expect(ids).toEqual(allBut([700, 1900]))
  })

  it('H18 fails the run with the row in the reason where rows may not be left out', async () => {
    const { state, reason, ids } = await outcomeOf(document('throw', [50], 'fail'))
    expect(state).toBe('failed')
    expect(reason).toMatch(/fault failed 3 times .* The row is \{"id":50,/)
    expect(ids).not.toContain(50)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
