import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { IngestLog } from './ingestLog.ts'

const MB = 1_048_576
const payload = (text: string | number): Buffer => Buffer.from(String(text))
const textOf = (log: IngestLog, number: number): string | null => {
  const found = log.read(number)
  return found === null ? null : Buffer.from(found).toString()
}

function folder(): string {
  const at = mkdtempSync(join(tmpdir(), 'belay-ingest-'))
  onTestFinished(() => rmSync(at, { recursive: true, force: true }))
  return join(at, 'log')
}

function opened(at: string, from = 1, maxBytes = MB): IngestLog {
  const log = IngestLog.open(at, from, { maxBytes })
  onTestFinished(() => log.close())
  return log
}

test('H9 records are numbered without gaps, read only when they are durable, and found again', async () => {
  const at = folder()
  const log = opened(at, 5)
  const answers = [1, 2, 3].map((n) => log.append(payload(n)))
  expect(log.read(5)).toBeNull()
  expect(log.pending).toBe(3)
  expect(await Promise.all(answers)).toEqual([5, 6, 7])
  expect([5, 6, 7, 8].map((n) => textOf(log, n))).toEqual(['1', '2', '3', null])
  const again = opened(at, 1)
  expect([again.first, again.next]).toEqual([5, 8])
  expect(await again.append(payload('x'))).toBe(8)
  expect(textOf(opened(at), 8)).toBe('x')
})

test('H9 wherever the disk stopped in the last record, those before it are there and numbers go on', async () => {
  const at = folder()
  const log = opened(at)
  await Promise.all(['one', 'two', 'three'].map((text) => log.append(payload(text))))
  const [name = ''] = readdirSync(at)
  const whole = readFileSync(join(at, name))
  const size = 16 + 'three'.length
  for (let cut = 0; cut <= size; cut += 1) {
    const other = folder()
    const first = opened(other)
    await first.append(payload('zero'))
    rmSync(join(other, readdirSync(other)[0] ?? ''))
    writeFileSync(join(other, name), whole.subarray(0, whole.length - size + cut))
    const next = opened(other)
    expect(next.next).toBe(cut === size ? 4 : 3)
    await next.append(payload('after'))
    const last = opened(other)
    expect(Array.from({ length: last.next - 1 }, (_, i) => textOf(last, i + 1))).toEqual(
      cut === size ? ['one', 'two', 'three', 'after'] : ['one', 'two', 'after'],
    )
  }
})

test('H9 damage before records that were acknowledged is never passed over', async () => {
  const at = folder()
  const log = opened(at)
  await log.append(payload('one'))
  await log.append(payload('two'))
  await log.append(payload('three'))
  const [name = ''] = readdirSync(at)
  const path = join(at, name)
  const whole = readFileSync(path)
  for (let byte = 0; byte < 16 + 3 + 16 + 3; byte += 1) {
    const damaged = Buffer.from(whole)
    damaged[byte] = (damaged[byte] ?? 0) ^ 0x55
    writeFileSync(path, damaged)
    expect(() => IngestLog.open(at, 1, { maxBytes: MB }), `byte ${byte}`).toThrow(/damaged/)
  }
  writeFileSync(path, whole)
  const next = opened(at)
  await next.append(payload('four'))
  truncateSync(path, whole.length - 1)
  expect(() => IngestLog.open(at, 1, { maxBytes: MB })).toThrow(/damaged/)
})

test('H9 what no kept checkpoint needs goes, segment by segment, and makes room', async () => {
  const at = folder()
  const log = opened(at)
  const large = Buffer.alloc(100_000, 'x')
  let given = 0
  for (; ; given += 1) {
    try {
      await log.append(large)
    } catch (error) {
      expect(error).toMatchObject({ code: 'INGEST_FULL' })
      break
    }
  }
  expect(log.sizeBytes).toBeLessThanOrEqual(MB)
  log.trim(given - 2)
  expect(log.first).toBeGreaterThan(1)
  expect(log.first).toBeLessThanOrEqual(given - 2)
  expect(textOf(log, given)).toBe(large.toString())
  expect(() => log.read(1)).toThrow(expect.objectContaining({ code: 'INGEST_GAP' }))
  await log.append(payload('room'))
  // Numbers go on although all is trimmed.
  log.trim(log.next)
  const again = opened(at, log.next)
  expect(again.next).toBe(given + 2)
})

test('H9 a disk that fails takes nothing, says so, and what comes later is kept under the same numbers', async () => {
  const at = folder()
  const log = opened(at)
  await log.append(payload('one'))
  const probe = await open(join(at, readdirSync(at)[0] ?? ''), 'r')
  const handle = Object.getPrototypeOf(probe) as { sync(): Promise<void> }
  await probe.close()
  const sync = vi.spyOn(handle, 'sync').mockRejectedValue(Object.assign(new Error('full'), { code: 'ENOSPC' }))
  const lost = await Promise.allSettled([log.append(payload('two')), log.append(payload('three'))])
  expect(lost.map((outcome) => outcome.status === 'rejected' && (outcome.reason as { code: string }).code)).toEqual([
    'INGEST_DISK_FULL',
    'INGEST_DISK_FULL',
  ])
  sync.mockRestore()
  expect(log.read(2)).toBeNull()
  expect(await log.append(payload('four'))).toBe(2)
  const again = opened(at)
  expect([1, 2, 3].map((n) => textOf(again, n))).toEqual(['one', 'four', null])
})

test('H9 who closes the log acknowledges nothing any more: its successor may have begun to read', async () => {
  const at = folder()
  const log = opened(at)
  await log.append(payload('one'))
  const late = [log.append(payload('two')), log.append(payload('three'))]
  log.close()
  const next = opened(at)
  const outcomes = await Promise.allSettled([...late, log.append(payload('four'))])
  for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'INGEST_CLOSED' } })
  const number = await next.append(payload('new'))
  // Whatever of the old one reached the disk meanwhile, the new one's record has its number.
  expect(textOf(opened(at), number)).toBe('new')
  appendFileSync(join(at, 'note.txt'), 'not a segment')
  expect(opened(at).next).toBe(number + 1)
})
