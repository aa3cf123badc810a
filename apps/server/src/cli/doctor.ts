/** `belay doctor`: looks at the machine and the home folder, and says what to do about what it finds. */
import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism, freemem, totalmem } from 'node:os'
import { join } from 'node:path'
import { newSocketPath } from '@belay/engine'
import Database from 'libsql'
import { diskFull, freeBytes } from '../storage/disk.ts'
import { openHome, readServerNote, type Home } from '../storage/home.ts'
import { standardRoots } from '../storage/roots.ts'
import { defineCommand, HOME_OPTION, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'
import { runnerOf } from './runnerOf.ts'

interface Finding {
  readonly check: string
  readonly result: 'ok' | 'warning' | 'problem'
  /** What was found and, where it is not well, what to do. */
  readonly message: string
}

const GIGABYTE = 1_073_741_824
const LITTLE_DISK_BYTES = GIGABYTE
const LITTLE_MEMORY_BYTES = GIGABYTE / 2
const SLOW_SYNC_MS = 100
const PORT = 4600

export const doctorCommand: Command = defineCommand({
  name: 'doctor',
  summary: 'look at this machine and the home folder, and say what to do',
  usage: 'doctor [--home DIR] [--json]',
  examples: ['belay doctor', 'belay doctor --json | jq \'.findings[] | select(.result != "ok")\''],
  options: { ...HOME_OPTION, ...JSON_OPTION },
  async run(values) {
    const findings = await examine(values.home)
    const problems = findings.filter((finding) => finding.result === 'problem').length
    if (values.json === true) process.stdout.write(`${JSON.stringify({ findings })}\n`)
    else for (const { check, result, message } of findings) process.stdout.write(`${result.padEnd(8)} ${check.padEnd(10)} ${message}\n`)
    return problems === 0 ? EXIT.done : EXIT.failed
  },
})

async function examine(givenHome: string | undefined): Promise<readonly Finding[]> {
  const findings = [machine(), memory(), await sockets()]
  let home: Home
  try {
    home = openHome(givenHome)
  } catch (error) {
    return [...findings, { check: 'home', result: 'problem', message: textOf(error) }]
  }
  return [...findings, disk(home), sync(home), database(home), demo(home), await server(home), await port(home), ...(await runs(home))]
}

function finding(check: string, result: Finding['result'], message: string): Finding {
  return { check, result, message }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function size(bytes: number): string {
  return bytes >= GIGABYTE ? `${(bytes / GIGABYTE).toFixed(1)} GB` : `${Math.round(bytes / 1_048_576)} MB`
}

function machine(): Finding {
  const cores = availableParallelism()
  const text = `Node ${process.versions.node} on ${process.platform} ${process.arch}, ${cores} ${cores === 1 ? 'core' : 'cores'}`
  return cores < 2
    ? finding('machine', 'warning', `${text}. Operators run in parallel; give it a second core.`)
    : finding('machine', 'ok', text)
}

function memory(): Finding {
  const text = `${size(freemem())} of ${size(totalmem())} free`
  return freemem() < LITTLE_MEMORY_BYTES
    ? finding(
        'memory',
        'warning',
        `${text}. A run takes its shared memory (256 MB by default) and the heap of its operators; end something else first.`,
      )
    : finding('memory', 'ok', text)
}

/** Run processes are steered over Unix sockets in a folder of their own. */
async function sockets(): Promise<Finding> {
  let path: string
  try {
    path = newSocketPath()
  } catch (error) {
    return finding('sockets', 'problem', textOf(error))
  }
  const failure = await listens((server) => server.listen(path))
  rmSync(path, { force: true })
  return failure === null
    ? finding('sockets', 'ok', path.slice(0, path.lastIndexOf('/')))
    : finding('sockets', 'problem', `No socket can be made at ${path}: ${failure}. Set XDG_RUNTIME_DIR to a folder on a local disk.`)
}

/** null = it can be listened to. */
function listens(listen: (server: ReturnType<typeof createServer>) => void): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.once('listening', () => server.close(() => resolve(null)))
    listen(server)
  })
}

function disk(home: Home): Finding {
  const free = freeBytes(home.path)
  if (free === null) return finding('disk', 'ok', `${home.path}; the system does not tell how much is free`)
  const text = `${home.path}, ${size(free)} free`
  if (diskFull(home.path))
    return finding('disk', 'problem', `${text}. Nothing can be checkpointed there: free some space, or choose another folder with --home.`)
  return free < LITTLE_DISK_BYTES
    ? finding('disk', 'warning', `${text}. Checkpoints, events and output need room; delete runs that have ended, or free some space.`)
    : finding('disk', 'ok', text)
}

/** How long the disk takes to promise something: a checkpoint takes a few times as long. */
function sync(home: Home): Finding {
  const path = join(home.path, `.doctor-${process.pid}`)
  const block = Buffer.alloc(4096)
  const timesMs: number[] = []
  const file = openSync(path, 'wx', 0o600)
  try {
    for (let i = 0; i < 5; i += 1) {
      writeSync(file, block)
      const startedAt = performance.now()
      fsyncSync(file)
      timesMs.push(performance.now() - startedAt)
    }
  } finally {
    closeSync(file)
    rmSync(path, { force: true })
  }
  const medianMs = timesMs.sort((a, b) => a - b)[2]
  const text = `the disk syncs in ${medianMs.toFixed(1)} ms`
  return medianMs > SLOW_SYNC_MS
    ? finding(
        'sync',
        'warning',
        `${text}. Checkpoints wait for it several times; a home on a faster disk, or a longer checkpoint interval, helps.`,
      )
    : finding('sync', 'ok', text)
}

function database(home: Home): Finding {
  if (!existsSync(home.database)) return finding('database', 'ok', 'none yet; the server makes one')
  try {
    const opened = new Database(home.database, { readonly: true })
    const answer = opened.prepare('PRAGMA quick_check').get() as { quick_check?: string }
    const { count } = opened.prepare('SELECT count(*) AS count FROM pipelines').get() as { count: number }
    opened.close()
    if (answer.quick_check !== 'ok') throw new Error(answer.quick_check ?? 'it does not answer')
    return finding('database', 'ok', `${count} ${count === 1 ? 'pipeline' : 'pipelines'}`)
  } catch (error) {
    return finding(
      'database',
      'problem',
      `${home.database} is damaged: ${textOf(error)}. Restore it from a backup, or move it away; runs and files are not in it.`,
    )
  }
}

function demo(home: Home): Finding {
  const path = join(standardRoots(home)['demo'].path, 'flights-3m.parquet')
  return existsSync(path)
    ? finding('demo', 'ok', path)
    : finding('demo', 'problem', `${path} is missing, so the demo cannot run. Install again: npm install.`)
}

async function server(home: Home): Promise<Finding> {
  const note = readServerNote(home.path)
  if (note === null) return finding('server', 'ok', 'none is running on this home; start one with belay start')
  try {
    const { ready, reasons } = (await (await fetch(`${note.url}/readyz`)).json()) as { ready: boolean; reasons: readonly string[] }
    return ready
      ? finding('server', 'ok', `process ${note.pid} at ${note.url}`)
      : finding(
          'server',
          'warning',
          `process ${note.pid} at ${note.url} is not ready: ${reasons.join('; ')}. Wait, or look at ${join(home.path, 'log')}.`,
        )
  } catch {
    return finding(
      'server',
      'warning',
      `the last one (process ${note.pid}) ended without a word. Start it again with belay start; runs are taken up again.`,
    )
  }
}

async function port(home: Home): Promise<Finding> {
  const own = readServerNote(home.path)?.url.endsWith(`:${PORT}`) === true
  const failure = own ? null : await listens((listener) => listener.listen(PORT, '127.0.0.1'))
  return failure === null
    ? finding('port', 'ok', own ? `${PORT} is this server's` : `${PORT} is free`)
    : finding('port', 'warning', `${PORT} is taken (${failure}): belay start takes the next free one, or say which with --port.`)
}

async function runs(home: Home): Promise<Finding[]> {
  const records = await runnerOf(home, [], () => ({})).list()
  const open = records.filter((record) => record.endedAtMs === null)
  const dead = open.filter((record) => record.state === 'unreachable')
  const damaged = records.filter((record) => record.pipelineId === '')
  return [
    finding('runs', 'ok', `${records.length}, of which ${open.length} have not ended`),
    ...(dead.length === 0
      ? []
      : [
          finding(
            'runs',
            'warning',
            `${dead.map((record) => record.runId).join(', ')}: the process is gone. A server takes them up again (belay start), or belay run --resume RUNID.`,
          ),
        ]),
    ...damaged.map((record) => finding('runs', 'warning', record.reason ?? `${record.runId} is damaged`)),
  ]
}
