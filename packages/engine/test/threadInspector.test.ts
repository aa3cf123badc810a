/** Looking into real threads: one that spins, one that hangs in the kernel, one that works. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { CpuProfile, StackFrame } from '@belay/run'
import { expect, onTestFinished, test } from 'vitest'

const LOOKER = fileURLToPath(new URL('./support/looker.mjs', import.meta.url))
const PATIENT = { timeout: 90_000 } as const

async function seen<T>(scenario: string): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'belay-threads-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const { stdout } = await promisify(execFile)(process.execPath, [LOOKER, scenario, folder], { maxBuffer: 1e8 })
  expect(stdout).not.toContain(folder)
  return JSON.parse(stdout) as T
}

test('a thread that spins tells where, and for which instance; then it goes on', PATIENT, async () => {
  const { at, frames, waitsIn, text } = await seen<{ at: string; frames: StackFrame[]; waitsIn: null; text: string }>('spins')
  expect({ at, waitsIn }).toEqual({ at: 'own#1', waitsIn: null })
  expect(frames.map(({ name }) => name).slice(0, 2)).toEqual(['spin', 'step'])
  expect(frames[0]).toMatchObject({ file: expect.stringMatching(/^belay-threads-\w+\/spins\.mjs$/) as string, line: 9 })
  expect(text).toMatch(/^ {4}at spin \(belay-threads-\w+\/spins\.mjs:9:\d+\)\n {4}at step \(/)
})

test('a regular expression without end is interrupted as well', PATIENT, async () => {
  expect(await seen('matches')).toMatchObject({ name: 'matches' })
})

test('a thread in a read that never ends has no stack, and the kernel says what it waits in', PATIENT, async () => {
  expect(await seen('reads')).toEqual({
    sight: { at: null, frames: null, waitsIn: expect.stringMatching(/\w+/) as string },
    refused: 'THREAD_SILENT',
  })
})

test('a look that runs out of time leaves the thread as it was', PATIENT, async () => {
  expect(await seen('hurries')).toBeGreaterThan(0)
})

test('a profile names functions and files, and the thread goes on', PATIENT, async () => {
  const profile = await seen<CpuProfile>('works')
  // What it calls may have been compiled into it.
  const step = profile.nodes.find(({ callFrame }) => callFrame.functionName === 'step')
  expect(step?.callFrame.url).toMatch(/^belay-threads-\w+\/works\.mjs$/)
  expect(profile.samples.length).toBe(profile.timeDeltas.length)
  const ids = new Set(profile.nodes.map(({ id }) => id))
  expect(profile.samples.every((id) => ids.has(id))).toBe(true)
})

test('a thread that is gone is said to be', PATIENT, async () => {
  expect(await seen('goes')).toBe('THREAD_GONE')
})
