/** Real Belay processes for tests: the built server and command line, each in a home of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { RunEvent, RunRecord } from '@belay/run'
import { onTestFinished } from 'vitest'

const MAIN = fileURLToPath(new URL('../../dist/command/main.js', import.meta.url))
if (!existsSync(MAIN)) throw new Error('The server is not built. Run `npm run build` first.')

/** Options of tests that start real processes, on a machine that may have much else to do. */
export const PROCESSES = { timeout: 90_000 } as const

const LIMIT_MS = 60_000

/** A new folder that is removed after `keeper`'s life, with every run process that lives in it. */
export function temporaryHome(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'belay-server-test-'))
  return {
    path,
    remove() {
      for (const pid of runProcesses(path)) kill(pid)
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** `temporaryHome` that ends with the test. */
export function testHome(): string {
  const home = temporaryHome()
  onTestFinished(() => home.remove())
  return home.path
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}

/** Living processes of runs in that home, whoever knows of them. */
export function runProcesses(home: string): number[] {
  const runs = `${join(home, 'runs')}/`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        // What makes a namespace has the same arguments, and ends with it.
        const isNode = command.slice(0, command.indexOf('\0')).endsWith('node')
        return isNode && command.includes(runs) && !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
      } catch {
        return false
      }
    })
}

export interface Answer {
  readonly status: number
  readonly type: string
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into field by field, and checked against their schemas apart.
  readonly body: any
}

export interface TestServer {
  readonly home: string
  readonly url: string
  readonly pid: number
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Sends the signal and waits for the end. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** `belay start` on any free port. */
export async function startServer(home: string, more: readonly string[] = []): Promise<TestServer> {
  const child = spawn(process.execPath, [MAIN, 'start', '--home', home, '--port', '0', '--json', ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, BELAY_OPEN: '0' },
  })
  const noted = await firstLine(child)
  const { url, pid } = JSON.parse(noted) as { url: string; pid: number }
  return {
    home,
    url,
    pid,
    call: (method, path, body, headers = {}) => call(`${url}${path}`, method, body, headers),
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill(signal)
      await ended
    },
  }
}

/** A server that ends with the test. */
export async function testServer(home: string, more: readonly string[] = []): Promise<TestServer> {
  const server = await startServer(home, more)
  onTestFinished(() => server.end('SIGKILL'))
  return server
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = ''
    let errors = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      const end = out.indexOf('\n')
      if (end >= 0) resolve(out.slice(0, end))
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      errors += chunk.toString()
    })
    child.once('exit', (code) => reject(new Error(`the process ended with ${String(code)}: ${errors}`)))
  })
}

async function call(url: string, method: string, body: unknown, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  return { status: response.status, type, headers: response.headers, body: type.includes('json') ? JSON.parse(text) : text }
}

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  stderr(): string
}

/** `belay …` in a folder. */
export function spawnBelay(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly stdin?: string } = {},
): Running {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, BELAY_OPEN: '0', ...options.env },
  })
  child.stdin.end(options.stdin ?? '')
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const finished = new Promise<Finished>((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
  return { child, finished, stderr: () => stderr }
}

export function belay(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Finished> {
  return spawnBelay(args, options).finished
}

/** Asks again and again until the answer is there. */
export async function until<T>(what: string, ask: () => Promise<T | null | undefined | false> | T | null | undefined | false): Promise<T> {
  const limit = performance.now() + LIMIT_MS
  for (;;) {
    const found = await ask()
    if (found !== null && found !== undefined && found !== false) return found
    if (performance.now() > limit) throw new Error(`waited ${LIMIT_MS / 1000} s for ${what}`)
    await delay(20)
  }
}

export async function startRun(server: TestServer, document: unknown, parameters: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const { status, body } = await server.call('POST', '/api/runs', { document, parameters })
  if (status !== 201) throw new Error(JSON.stringify(body))
  return (body as { runId: string }).runId
}

export function recordOf(server: TestServer, runId: string): Promise<RunRecord> {
  return server.call('GET', `/api/runs/${runId}`).then(({ body }) => body as RunRecord)
}

export async function untilState(server: TestServer, runId: string, ...states: readonly string[]): Promise<RunRecord> {
  return until(`${runId} to be ${states.join(' or ')}`, async () => {
    const record = await recordOf(server, runId)
    return states.includes(record.state) && record
  })
}

export async function eventsOf(server: TestServer, runId: string, after = 0): Promise<readonly RunEvent[]> {
  const { body } = await server.call('GET', `/api/runs/${runId}/events?after=${after}&limit=10000`)
  return body as readonly RunEvent[]
}

export function untilEvent(server: TestServer, runId: string, after: number, wanted: (event: RunEvent) => boolean): Promise<RunEvent> {
  return until('an event', async () => (await eventsOf(server, runId, after)).find(wanted))
}

export async function seqOf(server: TestServer, runId: string): Promise<number> {
  return (await eventsOf(server, runId)).at(-1)?.seq ?? 0
}

/** The process that has the run, by what it wrote down itself. */
export function pidOf(home: string, runId: string): number {
  return (JSON.parse(readFileSync(join(home, 'runs', runId, 'process.json'), 'utf8')) as { pid: number }).pid
}
