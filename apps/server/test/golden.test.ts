/**
 * Runs that older versions have left on their way (`npm run golden`): this one reads what they wrote and takes
 * them to the right end. A change that breaks this needs a migration, never another fixture in the old one's place.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalRunner } from '@belay/engine'
import type { RunEvent } from '@belay/run'
import { expect, test } from 'vitest'
import { openHome } from '../src/storage/home.ts'
import { PROCESSES, testHome } from './support/belay.ts'
import { PROGRAMS } from './support/programs.ts'

const GOLDEN = join(import.meta.dirname, 'testdata/golden')
const RUN = 'golden-1'

/** A copy of the fixture's home, as if it had always been here. */
function homeOf(name: string): string {
  const home = openHome(testHome()).path
  cpSync(join(GOLDEN, name, 'home'), home, { recursive: true })
  // Git keeps no empty folders.
  for (const folder of ['log', 'files']) mkdirSync(join(home, 'runs', RUN, folder), { recursive: true })
  const path = join(home, 'runs', RUN, 'run.json')
  const run = JSON.parse(readFileSync(path, 'utf8').replaceAll('{{home}}', home)) as object
  writeFileSync(path, JSON.stringify({ ...run, operators: PROGRAMS }))
  return home
}

function sortedLines(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1))
    .toSorted()
}

/** Lets the run go on to its end; what happened from now on. */
async function finish(home: string): Promise<readonly RunEvent[]> {
  const runner = createLocalRunner({ home, operators: PROGRAMS })
  const handle = await runner.adopt(RUN)
  if (!('command' in handle)) throw new Error(`it has ended already: ${handle.state} (${handle.reason})`)
  await new Promise<void>((resolve) => {
    const event = (one: RunEvent): void => {
      // It would wait for a person for ever.
      if (one.type === 'decision-needed') void handle.command({ type: 'stop', mode: 'abort', commandId: 'give-up', by: 'test' })
    }
    handle.listen({ event, delta: () => undefined, closed: resolve })
  })
  const record = await runner.find(RUN)
  expect([record?.state, record?.reason]).toEqual(['finished', null])
  return (await runner.open(RUN)).events(0, 10_000)
}

for (const name of readdirSync(GOLDEN)) {
  test(`H26 a run left by an older version goes on from its newest checkpoint to the right end: ${name}`, PROCESSES, async () => {
    const home = homeOf(name)
    const kept = readdirSync(join(home, 'runs', RUN, 'manifests')).map((file) => Number.parseInt(file, 10))
    const events = await finish(home)
    const restarted = events.findLastIndex((event) => event.type === 'process-started')
    const planned = events.slice(restarted).find((event) => event.type === 'recovery-planned')
    const newest = JSON.parse(readFileSync(join(GOLDEN, name, 'home/runs', RUN, 'manifests', `${Math.max(...kept)}.json`), 'utf8')) as {
      readonly window: number
    }
    expect(planned?.type === 'recovery-planned' ? planned.cut : null).toBe(newest.window)
    expect(events.filter((event) => event.type === 'notice' && event.level === 'error')).toEqual([])
    for (const sink of readdirSync(join(GOLDEN, name, 'expected'))) {
      const [expected] = sink.split('.')
      expect(sortedLines(join(home, 'files/out', expected)), sink).toEqual(
        readFileSync(join(GOLDEN, name, 'expected', sink), 'utf8')
          .split('\n')
          .slice(0, -1),
      )
    }
  })
}
