import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Journal } from '../src/store/journal.ts'

test('H11 a process that was taken for dead cannot write the journal any more once its successor has', () => {
  const folder = mkdtempSync(join(tmpdir(), 'belay-journal-'))
  const path = join(folder, 'journal')
  try {
    const { journal: first } = Journal.open(path)
    first.append({ attempt: 1 })
    const { journal: second, entries } = Journal.open(path)
    expect(entries).toEqual([{ attempt: 1 }])
    second.append({ attempt: 2 })
    expect(() => first.append({ attempt: 2 })).toThrow(/replaced/)
    expect(() => first.append({ attempt: 2 })).toThrow(/takes nothing more/)
    second.append({ attempt: 3 })
    expect(Journal.open(path).entries).toEqual([{ attempt: 1 }, { attempt: 2 }, { attempt: 3 }])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
