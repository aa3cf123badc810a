/** The wall clock is set while real processes work: it is a label, and nothing that is done depends on it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalRunner } from '@belay/engine'
import type { RunEvent, RunHandle } from '@belay/run'
import { expect, test } from 'vitest'
import { openHome } from '../src/storage/home.ts'
import { standardRoots } from '../src/storage/roots.ts'
import { pidOf, PROCESSES, runProcesses, testHome, until } from './support/belay.ts'
import { numbers } from './support/documents.ts'
import { WITH_CLOCK } from './support/programs.ts'
import { numbersWritten } from './support/written.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const ROWS = 8000

type Blow = 'nothing' | 'kill' | 'suspend'

/** Where the clock stands, and what the process suffers then. */
const STEPS: readonly (readonly [offsetMs: number, blow: Blow])[] = [
  [HOUR_MS, 'nothing'],
  [-HOUR_MS, 'kill'],
  [DAY_MS, 'suspend'],
  [-DAY_MS, 'kill'],
  [DAY_MS, 'nothing'],
  [0, 'nothing'],
]

test(
  'P8 H13 a clock set forth and back by an hour and a day, over kills and a standstill: nothing is repeated, nothing stuck',
  PROCESSES,
  async () => {
    const home = openHome(testHome())
    const runner = createLocalRunner({ home: home.path, operators: WITH_CLOCK })
    const runId = 'clock-1'
    const events: RunEvent[] = []
    let handle: RunHandle | null = null
    let over = false
    const connect = (found: RunHandle): void => {
      handle = found
      found.listen({
        event: (event) => events.push(event),
        delta: () => undefined,
        closed: () => void goOn(),
      })
    }
    const goOn = async (): Promise<void> => {
      const found = await runner.adopt(runId)
      if ('command' in found) connect(found)
      else over = true
    }
    const document = numbers({ rows: ROWS, rowsPerSecond: 2000, folder: 'home:clock' })
    connect(await runner.start({ runId, document, parameters: {}, roots: standardRoots(home), startedBy: 'test' }))
    const commits = (): number => events.filter(({ type }) => type === 'committed').length
    const moreCommits = async (): Promise<void> => {
      const before = commits()
      await until('two more commits', () => over || commits() >= before + 2)
    }
    await moreCommits()
    for (const [offsetMs, blow] of STEPS) {
      writeFileSync(join(home.path, 'clock'), String(offsetMs))
      const pid = pidOf(home.path, runId)
      if (blow === 'kill') process.kill(pid, 'SIGKILL')
      if (blow === 'suspend') {
        process.kill(pid, 'SIGSTOP')
        await new Promise((resolve) => setTimeout(resolve, 300))
        process.kill(pid, 'SIGCONT')
      }
      await moreCommits()
    }
    await until('the end', () => over)
    expect((await runner.find(runId))?.state).toBe('finished')
    expect(numbersWritten(home.path, 'id', 'clock', 'numbers-')).toEqual(Array.from({ length: ROWS / 2 }, (_, i) => i * 2))
    const all = await (await runner.open(runId)).events(0, 10_000)
    // The clock was really another one, and only the two kills are told as failures.
    const times = all.map(({ atMs }) => atMs)
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(2 * DAY_MS - HOUR_MS)
    expect(all.filter(({ type }) => type === 'failure').map((event) => (event.type === 'failure' ? event.process?.signal : null))).toEqual([
      'SIGKILL',
      'SIGKILL',
    ])
    const windows = all.flatMap((event) => (event.type === 'committed' ? [event.window] : []))
    expect(windows).toEqual([...windows].sort((a, b) => a - b))
    expect(runProcesses(home.path)).toEqual([])
    expect(handle).not.toBeNull()
  },
)
