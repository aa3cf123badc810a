import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { folderAt } from '../store/runFolder.ts'
import { ownerAlive, ownerOf } from './claim.ts'

const CLAIM = fileURLToPath(new URL('../../dist/runner/claim.js', import.meta.url))
const FOLDER = fileURLToPath(new URL('../../dist/store/runFolder.js', import.meta.url))

let root: string

beforeEach(() => {
  if (!existsSync(CLAIM)) throw new Error('The engine is not built. Run `npm run build` first.')
  root = mkdtempSync(join(tmpdir(), 'belay-claim-'))
})

afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

interface Claimant {
  readonly child: ChildProcess
  readonly taken: boolean
}

/** A process that takes the run, says whether it got it, and then keeps it. */
function claimant(): Promise<Claimant> {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { claimRun } = await import(${JSON.stringify(CLAIM)})
       const { folderAt } = await import(${JSON.stringify(FOLDER)})
       const got = claimRun(folderAt(${JSON.stringify(root)}))
       process.stdout.write(got ? 'got' : 'taken')
       if (got) setInterval(() => {}, 1000)`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  return new Promise((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve({ child, taken: chunk.toString() === 'taken' })))
}

test('H11 of many processes that want a run at once exactly one gets it, and the next one only when that is dead', async () => {
  const folder = folderAt(root)
  expect(ownerOf(folder)).toBeNull()
  for (let round = 1; round <= 3; round += 1) {
    const claimants = await Promise.all(Array.from({ length: 6 }, claimant))
    const owners = claimants.filter((one) => !one.taken)
    expect(owners).toHaveLength(1)
    expect(ownerOf(folder)?.pid).toBe(owners[0].child.pid)
    expect(ownerAlive(ownerOf(folder))).toBe(true)
    expect((await claimant()).taken).toBe(true)
    const gone = new Promise((resolve) => owners[0].child.once('exit', resolve))
    owners[0].child.kill('SIGKILL')
    await gone
    expect(ownerAlive(ownerOf(folder))).toBe(false)
    expect(readdirSync(join(root, 'claims'))).toEqual([String(round)])
  }
})
