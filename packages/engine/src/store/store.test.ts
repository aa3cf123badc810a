import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDurably, writeDurably } from './durableFile.ts'
import { EventLog } from './eventLog.ts'
import { frameParts, readFrame } from './frame.ts'
import { Journal } from './journal.ts'
import { deleteManifest, listManifests, MANIFEST_FORMAT, readState, verifyManifest, writeManifest, type Manifest } from './manifest.ts'

/** A small file system of its own needs the right to mount one. */
const canMount = (() => {
  const probe = mkdtempSync(join(tmpdir(), 'belay-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'belay-test', probe], { stdio: 'ignore' })
    execFileSync('umount', [probe], { stdio: 'ignore' })
    return true
  } catch {
    console.log('the tests with a full disk are skipped: this user cannot mount a tmpfs')
    return false
  } finally {
    rmSync(probe, { recursive: true, force: true })
  }
})()

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-store-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const header = { runId: 'r1', instance: 'hourly', window: 60, lineage: 1, attempt: 3 }

function manifest(seq: number, file: string | null, sha256: string | null): Manifest {
  return {
    format: MANIFEST_FORMAT,
    seq,
    runId: 'r1',
    planHash: 'p',
    window: 60,
    lineage: 1,
    attempt: 3,
    atMs: 0,
    durationMs: 1,
    pinned: false,
    operators: [{ instance: 'hourly', window: 60, attempt: 3, file, sizeBytes: 10, sha256, finished: false }],
    sinks: {},
    parent: null,
  }
}

describe('D8 durable files', () => {
  it('D8 the second writer of one name is refused and changes nothing', () => {
    const path = join(folder, '1.json')
    expect(createDurably(path, [Buffer.from('first')])).toBe(true)
    expect(createDurably(path, [Buffer.from('second')])).toBe(false)
    expect(readFileSync(path, 'utf8')).toBe('first')
    expect(readdirSync(folder)).toEqual(['1.json'])
  })

  it('D8 a replaced file holds the new contents and leaves no temporary file', () => {
    const path = join(folder, 'run.json')
    writeDurably(path, [Buffer.from('a')])
    writeDurably(path, [Buffer.from('b'), Buffer.from('c')])
    expect(readFileSync(path, 'utf8')).toBe('bc')
    expect(readdirSync(folder)).toEqual(['run.json'])
  })
})

describe('D8 frames', () => {
  it('D8 every flipped bit, every truncation and an added byte is refused', () => {
    const { parts, sha256 } = frameParts(header, [Buffer.from('state of '), Buffer.from('twenty bytes')])
    const bytes = Buffer.concat(parts)
    expect(readFrame(bytes, 'f')).toMatchObject({ header, sha256 })
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const damaged = Buffer.from(bytes)
      damaged[bit >> 3] ^= 1 << (bit & 7)
      expect(() => readFrame(damaged, 'f')).toThrow(/checkpoint file f/)
    }
    for (let length = 0; length < bytes.length; length += 1)
      expect(() => readFrame(bytes.subarray(0, length), 'f')).toThrow(/checkpoint file f/)
    expect(() => readFrame(Buffer.concat([bytes, Buffer.from([0])]), 'f')).toThrow(/checkpoint file f/)
  })
})

describe('D8 journal', () => {
  const path = () => join(folder, 'journal')

  function write(entries: readonly unknown[]): void {
    const { journal } = Journal.open(path())
    for (const entry of entries) journal.append(entry)
    journal.close()
  }

  it('D8 gives back what was appended, over several openings', () => {
    write([{ a: 1 }, { b: 'zwölf' }])
    write([{ c: 3 }])
    expect(Journal.open(path()).entries).toEqual([{ a: 1 }, { b: 'zwölf' }, { c: 3 }])
  })

  it('D8 cuts a torn tail at any length and goes on from there', () => {
    write([{ a: 1 }, { b: 2 }])
    const whole = readFileSync(path())
    const first = lengthAt(whole, 0)
    const second = lengthAt(whole, first)
    for (let length = first + 1; length < first + second; length += 1) {
      // The reserve is there or not, depending on what the file system had made of it.
      for (const torn of [whole.subarray(0, length), Buffer.concat([whole.subarray(0, length), Buffer.alloc(whole.length - length)])]) {
        writeFileSync(path(), torn)
        const { journal, entries } = Journal.open(path())
        expect(entries).toEqual([{ a: 1 }])
        journal.append({ c: 3 })
        journal.close()
        expect(Journal.open(path()).entries).toEqual([{ a: 1 }, { c: 3 }])
      }
    }
  })

  it('D8 refuses damage that has good entries behind it', () => {
    write([{ a: 1 }, { b: 2 }, { c: 3 }])
    const bytes = readFileSync(path())
    bytes[14] ^= 1
    writeFileSync(path(), bytes)
    expect(() => Journal.open(path())).toThrow(/damaged at byte 0/)
  })
})

function lengthAt(bytes: Buffer, at: number): number {
  return 12 + bytes.readUInt32LE(at)
}

describe('H11 manifests', () => {
  it('H11 the second process to write a number is told that it lost', () => {
    expect(writeManifest(folder, manifest(7, null, null)).stored).toBe(true)
    expect(writeManifest(folder, { ...manifest(7, null, null), attempt: 9 }).stored).toBe(false)
    expect(listManifests(folder).manifests.map((entry) => entry.manifest.attempt)).toEqual([3])
    expect(listManifests(folder).nextSeq).toBe(8)
  })

  it('H6 damaged manifests and files are named, not used', () => {
    const { parts, sha256 } = frameParts(header, [Buffer.from('abc')])
    writeDurably(join(folder, 'hourly-60'), parts)
    const good = manifest(1, 'hourly-60', sha256)
    expect(() => verifyManifest(folder, good)).not.toThrow()
    expect(Buffer.from(readState(folder, good.operators[0]) ?? []).toString()).toBe('abc')
    expect(() => verifyManifest(folder, manifest(1, 'hourly-60', 'another'))).toThrow(/not the one its manifest names/)
    expect(() => verifyManifest(folder, manifest(1, 'gone', sha256))).toThrow(/cannot be read/)
    writeFileSync(join(folder, '5.json'), '{"format":')
    writeManifest(folder, good)
    expect(listManifests(folder).damaged.map((entry) => entry.seq)).toEqual([5])
    deleteManifest(folder, folder, 1, ['hourly-60'])
    expect(readdirSync(folder)).toEqual(['5.json'])
  })
})

describe('D8 journal on a full disk', () => {
  it.skipIf(!canMount)('D8 takes entries from its reserved room, and refuses cleanly when that is used up', () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'belay-test', folder])
    try {
      const path = join(folder, 'journal')
      const { journal } = Journal.open(path)
      fill(join(folder, 'filler'))
      for (let attempt = 1; attempt <= 200; attempt += 1) journal.append({ type: 'attempt', attempt, why: 'a full disk' })
      expect(() => {
        for (;;) journal.append({ type: 'attempt', attempt: 0, why: 'x'.repeat(1000) })
      }).toThrow(/ENOSPC/)
      journal.close()
      const { journal: again, entries } = Journal.open(path)
      expect(entries.slice(0, 200)).toEqual(
        Array.from({ length: 200 }, (_, i) => ({ type: 'attempt', attempt: i + 1, why: 'a full disk' })),
      )
      again.close()
    } finally {
      execFileSync('umount', [folder])
    }
  })
})

describe('D10 event log', () => {
  it('D10 numbers events without gaps over restarts and cuts a torn line', () => {
    const path = join(folder, 'events.jsonl')
    const log = EventLog.open(path)
    for (let i = 0; i < 2000; i += 1) log.append({ type: 'run-state', state: 'running', reason: `№ ${i}` }, i)
    log.close()
    appendFileSync(path, '{"type":"run-st')
    const again = EventLog.open(path)
    expect(again.seq).toBe(2000)
    expect(again.append({ type: 'run-state', state: 'stopped' }, 1).seq).toBe(2001)
    expect(again.read(1998, 10).map((event) => event.seq)).toEqual([1999, 2000, 2001])
    expect(again.read(0, 2)).toMatchObject([{ seq: 1, reason: '№ 0' }, { seq: 2 }])
    expect(again.recent.at(-1)?.seq).toBe(2001)
    again.close()
  })

  it.skipIf(!canMount)('D10 keeps events in memory while the disk is full, and writes them when there is room', () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'belay-test', folder])
    try {
      const log = EventLog.open(join(folder, 'events.jsonl'))
      log.append({ type: 'run-state', state: 'running' }, 1)
      const filler = join(folder, 'filler')
      fill(filler)
      for (let i = 2; i <= 400; i += 1) log.append({ type: 'run-state', state: 'running', reason: 'x'.repeat(100) }, i)
      expect(log.seq).toBe(400)
      expect(log.read(0, 1000).map((event) => event.seq)).toEqual(Array.from({ length: 400 }, (_, i) => i + 1))
      expect(statSync(join(folder, 'events.jsonl')).size).toBeLessThan(400 * 100)
      rmSync(filler)
      log.append({ type: 'run-state', state: 'stopped' }, 401)
      log.close()
      const again = EventLog.open(join(folder, 'events.jsonl'))
      expect(again.read(0, 1000).map((event) => event.seq)).toEqual(Array.from({ length: 401 }, (_, i) => i + 1))
      again.close()
    } finally {
      execFileSync('umount', [folder])
    }
  })
})

/** Takes what room there is. */
function fill(path: string): void {
  const block = Buffer.alloc(4096)
  try {
    for (;;) appendFileSync(path, block)
  } catch {
    // Full.
  }
}
