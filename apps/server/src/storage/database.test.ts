import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { problemOf } from '../http/problems.ts'
import { atOnce, openDatabase } from './database.ts'

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return null
}

test('a full disk takes all of it back, is told as what it is, and the next one goes on', () => {
  const folder = mkdtempSync(join(tmpdir(), 'belay-database-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const database = openDatabase(join(folder, 'belay.db'))
  database.exec('CREATE TABLE kept (text TEXT)')
  const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number }
  database.exec(`PRAGMA max_page_count = ${pages + 4}`)
  const put = (text: string) => database.prepare('INSERT INTO kept VALUES (?)').run(text)
  const error = thrownBy(() =>
    atOnce(database, () => {
      put('first')
      put('x'.repeat(1_000_000))
    }),
  )
  expect(problemOf(error)).toMatchObject({
    code: 'DISK_FULL',
    status: 507,
    detail: expect.stringContaining('nothing was changed') as string,
  })
  expect(database.inTransaction).toBe(false)
  atOnce(database, () => put('second'))
  expect(database.prepare('SELECT text FROM kept').all()).toEqual([{ text: 'second' }])
  database.close()
})

test.each(['ENOSPC', 'EDQUOT'])('%s of the file system is a full disk', (code) => {
  expect(problemOf(Object.assign(new Error(`${code}: write`), { code }))).toMatchObject({ code: 'DISK_FULL', status: 507 })
})
