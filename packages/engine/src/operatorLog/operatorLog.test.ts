import { mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogPage, LogQuery } from '@belay/run'
import { expect, onTestFinished, test } from 'vitest'
import { LineAppender } from './appender.ts'
import { InstanceLog } from './instanceLog.ts'
import { readLogPage } from './reading.ts'
import { newSegmentWords, SEGMENT_BYTES, segmentPath, segmentsIn, trimSegments } from './segments.ts'

function folder(): string {
  const at = mkdtempSync(join(tmpdir(), 'belay-log-'))
  onTestFinished(() => rmSync(at, { recursive: true, force: true }))
  return at
}

function logIn(at: string, words = newSegmentWords(at)): { readonly log: InstanceLog; readonly clock: { nowMs: number } } {
  const clock = { nowMs: 0 }
  const log = new InstanceLog(new LineAppender(at, words), {
    operator: 'own',
    instance: 'own#1',
    attempt: 3,
    level: 'info',
    window: () => 7,
    nowMs: () => clock.nowMs,
    mask: (text) => text.replaceAll('hunter22', '[secret token]'),
  })
  return { log, clock }
}

const ALL: LogQuery = { operator: null, level: 'debug', text: '', sinceMs: 0, engineOnly: false, from: null, before: null, limit: 2000 }
const texts = ({ lines }: LogPage): string[] => lines.map(({ text }) => text)

test('V3 secrets are taken out of texts, fields and names, before anything is cut off', async () => {
  const at = folder()
  const { log } = logIn(at)
  log.info(`${'x'.repeat(1995)}hunter22`, { hunter22: 'of hunter22', list: ['hunter22'], n: 1, nothing: null })
  log.console('error', ['as %s', 'hunter22', { in: 'hunter22' }])
  const { lines } = await readLogPage(at, ALL)
  expect(JSON.stringify(lines)).not.toMatch(/hunte/)
  expect(lines[0]).toMatchObject({
    instance: 'own#1',
    window: 7,
    attempt: 3,
    fields: { '[secret token]': 'of [secret token]', n: 1, nothing: null },
  })
  expect(lines[1]).toMatchObject({ level: 'error', from: 'console', text: "as [secret token] { in: '[secret token]' }" })
})

test('V3 a flood is cut off and counted, hides no error, and is over when it is over', async () => {
  const at = folder()
  const { log, clock } = logIn(at)
  for (let i = 0; i < 5000; i += 1) log.info('flood')
  log.error('seen')
  log.debug('below the level')
  clock.nowMs = 1000
  log.turn()
  log.info('after it')
  const page = await readLogPage(at, ALL)
  expect(texts(page).filter((text) => text === 'flood')).toHaveLength(1000)
  expect(texts(page).slice(1000)).toEqual(['seen', '4,000 lines dropped: more than 200 a second are not kept.', 'after it'])
})

test('V3 files are bounded: the oldest go, pages on and back meet over their borders, and a page from what is gone begins with what is there', async () => {
  const at = folder()
  const words = newSegmentWords(at)
  // Two threads, one file.
  const writers = [logIn(at, words), logIn(at, words)]
  const long = 'y'.repeat(1900)
  const count = Math.ceil((SEGMENT_BYTES * 2.5) / 2000)
  for (let i = 0; i < count; i += 1) {
    const { log, clock } = writers[i % 2]
    clock.nowMs += 1000
    log.info(`${i} ${long}`)
  }
  const all = await readLogPage(at, { ...ALL, limit: 10_000 })
  expect(texts(all).map((text) => Number.parseInt(text, 10))).toEqual(Array.from({ length: count }, (_, i) => i))
  const back: string[] = []
  for (let before: number | null = all.next; before !== null;) {
    const page: LogPage = await readLogPage(at, { ...ALL, before, limit: 700 })
    back.unshift(...texts(page))
    before = page.previous
  }
  expect(back).toEqual(texts(all))
  const on: string[] = []
  for (let from = all.lines[0].at, more = true; more;) {
    const page: LogPage = await readLogPage(at, { ...ALL, from, limit: 700 })
    on.push(...texts(page))
    from = page.next
    more = page.lines.length > 0
  }
  expect(on).toEqual(texts(all))

  const [first] = segmentsIn(at)
  trimSegments(at, Date.now(), { bytes: SEGMENT_BYTES * 2, ms: 1e9 })
  expect(segmentsIn(at)).not.toContain(first)
  expect(texts(await readLogPage(at, { ...ALL, from: all.lines[0].at, limit: 1 }))[0]).not.toBe(texts(all)[0])
  const [second, newest] = segmentsIn(at)
  utimesSync(segmentPath(at, second), 1, 1)
  utimesSync(segmentPath(at, newest), 1, 1)
  trimSegments(at, Date.now())
  // The one that is written to stays.
  expect(segmentsIn(at)).toEqual([newest])
})
