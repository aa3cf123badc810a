/** The disk below checkpoints stands still while real processes work. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalRunner } from '@belay/engine'
import type { RunEvent } from '@belay/run'
import { expect, test } from 'vitest'
import { openHome } from '../src/storage/home.ts'
import { standardRoots } from '../src/storage/roots.ts'
import { pidOf, PROCESSES, testHome, until } from './support/belay.ts'
import { numbers } from './support/documents.ts'
import { WITH_SLOW_DISK } from './support/programs.ts'

const WINDOWS = 20

test.skipIf(process.platform !== 'linux')(
  'D8 H22 a disk that does not answer stops no row and no window, only commits: they come when it does',
  PROCESSES,
  async () => {
    const home = openHome(testHome())
    const runner = createLocalRunner({ home: home.path, operators: WITH_SLOW_DISK })
    const runId = 'slow-1'
    const events: RunEvent[] = []
    let file = { rowsIn: 0, window: 0 }
    const run = await runner.start({ runId, document: numbers(), parameters: {}, roots: standardRoots(home), startedBy: 'test' })
    run.listen({
      event: (event) => events.push(event),
      delta: ({ figures }) => (file = figures.operators['file'] ?? file),
      closed: () => undefined,
    })
    const newest = (type: RunEvent['type']): number => events.findLast((event) => event.type === type)?.seq ?? 0
    await until('a commit', () => newest('committed') > 0)
    const held = join(home.path, 'runs', runId, 'disk.held')
    writeFileSync(held, '')
    const heldAt = events.at(-1)?.seq ?? 0
    // What was on its way may still have got through; the one after it cannot.
    await until('a checkpoint that hangs', () => newest('checkpoint-started') > Math.max(heldAt, newest('committed')))
    const committed = newest('committed')
    const before = file
    await until('work beside it', () => file.window >= before.window + WINDOWS && file.rowsIn > before.rowsIn)
    expect(newest('committed')).toBe(committed)
    expect(events.filter(({ type }) => type === 'failure')).toEqual([])
    rmSync(held)
    await until('a commit again', () => newest('committed') > committed)
    process.kill(pidOf(home.path, runId), 'SIGKILL')
  },
)
