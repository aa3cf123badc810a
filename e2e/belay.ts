/** A real Belay server for each test worker: its own home, its own port, the built launcher, the example of an own operator. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base } from '@playwright/test'
import { Api } from './api.ts'

export const ROOT = join(import.meta.dirname, '..')
export const LAUNCHER = join(ROOT, 'apps/server/bin/belay.js')

export interface Belay {
  readonly home: string
  readonly url: string
  readonly process: ChildProcess
}

/** `port` 0 = any that is free. */
export async function startBelay(home: string, port = 0, more: readonly string[] = []): Promise<Belay> {
  const child = spawn(process.execPath, [LAUNCHER, 'start', '--home', home, '--port', String(port), ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, BELAY_OPEN: '0' },
  })
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text)
      if (found !== null) resolve(found[0])
    })
    child.once('exit', (code) => reject(new Error(`the server ended with ${String(code)}: ${text}`)))
  })
  return { home, url, process: child }
}

export async function stopBelay(belay: Belay, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  if (belay.process.exitCode !== null || belay.process.signalCode !== null) return
  const ended = new Promise((resolve) => belay.process.once('exit', resolve))
  belay.process.kill(signal)
  await ended
}

/** Run processes outlive the server, so a test's end has to end them too. */
export function killRuns(home: string): void {
  let runs: string[] = []
  try {
    runs = readdirSync(join(home, 'runs'))
  } catch {
    return
  }
  for (const run of runs) {
    try {
      const { pid } = JSON.parse(readFileSync(join(home, 'runs', run, 'process.json'), 'utf8')) as { pid: number }
      process.kill(pid, 'SIGKILL')
    } catch {
      // Ended by itself.
    }
  }
}

export function newHome(): string {
  return mkdtempSync(join(tmpdir(), 'belay-e2e-'))
}

export const test = base.extend<{ quiet: undefined }, { belay: Belay }>({
  /** Whatever still runs ends with its test: the next one has the machine to itself. */
  quiet: [
    async ({ belay }, use) => {
      await use(undefined)
      await new Api(belay.url).abortAll()
    },
    { auto: true },
  ],
  belay: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixture's first parameter.
    async ({}, use) => {
      const home = newHome()
      const belay = await startBelay(home, 0, ['--operators', join(ROOT, 'examples/operators')])
      await use(belay)
      await stopBelay(belay)
      killRuns(home)
      rmSync(home, { recursive: true, force: true })
    },
    { scope: 'worker' },
  ],
})

export { expect } from '@playwright/test'
