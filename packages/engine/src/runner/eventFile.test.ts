import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { EventLog } from '../store/eventLog.ts'
import { lastEvents, readEvents } from './eventFile.ts'

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'belay-events-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'events.jsonl')
}

test('reads what the log has written, from any place, over the borders of chunks', () => {
  const path = file()
  const log = EventLog.open(path)
  for (let i = 1; i <= 3000; i += 1) log.append({ type: 'notice', level: 'info', code: 'N', message: 'ä'.repeat(i % 200) }, i)
  for (const [after, limit] of [
    [0, 1],
    [0, 3000],
    [1499, 7],
    [2990, 100],
    [3000, 10],
    [9999, 10],
    [5, 0],
  ])
    expect(readEvents(path, after, limit)).toEqual(log.read(after, limit))
  for (const count of [1, 300, 5000]) expect(lastEvents(path, count)).toEqual(log.read(Math.max(0, 3000 - count), count))
  log.close()
})

test('a line that is being written is not there yet, and is left alone', () => {
  const path = file()
  writeFileSync(path, '{"seq":1}\n{"seq":2}\n{"se')
  expect(readEvents(path, 0, 10)).toEqual([{ seq: 1 }, { seq: 2 }])
  expect(lastEvents(path, 1)).toEqual([{ seq: 2 }])
  expect(readFileSync(path, 'utf8')).toMatch(/\{"se$/)
  appendFileSync(path, 'q":3}\n')
  expect(readEvents(path, 2, 10)).toEqual([{ seq: 3 }])
})

test('a run that has said nothing has no events', () => {
  expect(readEvents(file(), 0, 10)).toEqual([])
})
