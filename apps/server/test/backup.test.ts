/** Backup and restore, as a drill: under load, everything lost, and back. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { belay, PROCESSES, runProcesses, startRun, testHome, testServer, until, untilEvent, untilState } from './support/belay.ts'
import { numbers } from './support/documents.ts'

function idsIn(home: string): number[] {
  const path = join(home, 'files', 'drill')
  return readdirSync(path)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(path, name), 'utf8').split('\n').slice(0, -1))
    .map((row) => (JSON.parse(row) as { id: number }).id)
}

test(
  'a run that was backed up on its way goes on from the backup after everything is lost, to the undisturbed output',
  PROCESSES,
  async () => {
    const home = testHome()
    const file = join(testHome(), 'drill.backup')
    const first = await testServer(home)
    expect((await first.call('POST', '/api/pipelines', { document: numbers({ id: 'kept' }) })).status).toBe(201)
    const runId = await startRun(first, numbers({ rows: 6000, rowsPerSecond: 2000, folder: 'home:drill' }))
    await untilEvent(first, runId, 0, (event) => event.type === 'committed')

    const made = await belay(['backup', file, '--home', home, '--json'])
    expect(made.code, made.stderr).toBe(0)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const { seq } = (await first.call('GET', `/api/runs/${runId}/snapshot`)).body as { seq: number }
    // It moves again, in the same process.
    await untilEvent(first, runId, seq, (event) => event.type === 'committed')
    await first.end('SIGKILL')
    for (const pid of runProcesses(home)) process.kill(pid, 'SIGKILL')
    await until('the run to be dead', () => runProcesses(home).length === 0)
    rmSync(home, { recursive: true })

    const restored = await belay(['restore-backup', file, '--home', home, '--json'])
    expect(restored.code, restored.stderr).toBe(0)
    const second = await testServer(home)
    expect((await second.call('GET', '/api/pipelines/kept')).status).toBe(200)
    await untilState(second, runId, 'finished')
    expect(idsIn(home)).toEqual(Array.from({ length: 3000 }, (_, i) => i * 2))
  },
)

test('neither a file nor a home that holds something is written over', PROCESSES, async () => {
  const home = testHome()
  const file = join(testHome(), 'x.backup')
  expect((await belay(['backup', file, '--home', home])).code).toBe(0)
  const before = readFileSync(file)
  const again = await belay(['backup', file, '--home', home])
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('BACKUP_EXISTS') })
  expect(readFileSync(file).equals(before)).toBe(true)
  const nowhere = join(home, 'not there', 'x.backup')
  expect(await belay(['backup', nowhere, '--home', home])).toMatchObject({ code: 2, stderr: expect.stringContaining('BACKUP_FOLDER') })
  expect(await belay(['restore-backup', file, '--home', home])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('HOME_NOT_EMPTY'),
  })
})

test('a backup that is damaged or cut off anywhere is known as such and puts nothing in place', PROCESSES, async () => {
  const { readArchive } = await import('../src/backup/archive.ts')
  const home = testHome()
  const folder = testHome()
  const file = join(folder, 'x.backup')
  writeFileSync(join(home, 'audit.jsonl'), '{"a":1}\n'.repeat(2000))
  expect((await belay(['backup', file, '--home', home])).code).toBe(0)
  const bytes = readFileSync(file)
  await readArchive(file, null)
  const broken = join(folder, 'broken')
  for (let at = 12; at < bytes.length; at += Math.ceil(bytes.length / 40)) {
    const flipped = Buffer.from(bytes)
    flipped[at] ^= 0x10
    for (const text of [flipped, bytes.subarray(0, at)]) {
      writeFileSync(broken, text)
      await expect(readArchive(broken, null)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    }
  }
  const target = join(folder, 'target')
  expect((await belay(['restore-backup', broken, '--home', target])).code).toBe(2)
  expect(existsSync(target)).toBe(false)
  expect(readdirSync(folder).filter((name) => name.startsWith('.belay-'))).toEqual([])
})
