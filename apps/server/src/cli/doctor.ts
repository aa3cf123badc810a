/** `belay doctor`: looks at the machine and the home folder, and says what to do about what it finds. */
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism, freemem, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { chooseIsolation, newSocketPath, removeSocket, runGroups } from '@belay/engine'
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
const FEW_FILES = 4096
/** No clock that is right is before it. */
const BUILT_AFTER_MS = Date.UTC(2026, 0, 1)

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
    else {
      const width = Math.max(...findings.map(({ check }) => check.length))
      for (const { check, result, message } of findings) process.stdout.write(`${result.padEnd(8)} ${check.padEnd(width)}  ${message}\n`)
    }
    return problems === 0 ? EXIT.done : EXIT.failed
  },
})

async function examine(givenHome: string | undefined): Promise<readonly Finding[]> {
  const findings = [machine(), node(), openFiles(), memory(), clock(), isolation(), controlGroups(), await sockets()]
  let home: Home
  try {
    home = openHome(givenHome)
  } catch (error) {
    return [...findings, { check: 'home', result: 'problem', message: textOf(error) }]
  }
  return [
    ...findings,
    rights(home),
    disk(home),
    sync(home),
    database(home),
    demo(home),
    await server(home),
    await port(home),
    ...(await runs(home)),
  ]
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

/** Lines of Node that are kept up, oldest first, with the month of their end. */
const NODE_ENDS: Readonly<Record<number, string>> = { 20: '2026-04', 22: '2027-04', 24: '2028-04' }

function node(): Finding {
  const line = Number(process.versions.node.split('.')[0])
  const end = NODE_ENDS[line]
  const ended = end !== undefined && new Date().toISOString().slice(0, 7) > end
  return ended
    ? finding(
        'node',
        'warning',
        `Node ${line} gets no more security fixes since ${end}. Belay runs on 22 and 24 as well: install one of them.`,
      )
    : finding('node', 'ok', `${process.version} at ${process.execPath}`)
}

/** Each run, stream, page and file of a sink takes some. */
function openFiles(): Finding {
  const line = /^Max open files\s+(\S+)/m.exec(readOr('/proc/self/limits'))
  const limit = line === null ? Number.POSITIVE_INFINITY : Number(line[1] === 'unlimited' ? Number.POSITIVE_INFINITY : line[1])
  return limit < FEW_FILES
    ? finding(
        'files',
        'warning',
        `only ${limit} files may be open at once: raise it before the start, e.g. ulimit -n 65536, or LimitNOFILE= of the systemd unit.`,
      )
    : finding('files', 'ok', Number.isFinite(limit) ? `${limit} may be open at once` : 'as many may be open as there is room for')
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Sessions, tokens and certificates go by it. */
function clock(): Finding {
  const now = new Date()
  return now.getTime() < BUILT_AFTER_MS
    ? finding(
        'clock',
        'problem',
        `it is ${now.toISOString()} here, which is before this version was made. Set the clock, e.g. timedatectl set-ntp true.`,
      )
    : finding('clock', 'ok', now.toISOString())
}

function isolation(): Finding {
  const { level, reason } = chooseIsolation('auto')
  return reason === null
    ? finding('isolation', 'ok', 'runs get a namespace of their own')
    : finding('isolation', 'warning', `runs are isolated by ${level}: ${reason}. See docs/isolation.md for what that leaves open.`)
}

function controlGroups(): Finding {
  const { reason } = runGroups()
  return reason === null
    ? finding('control groups', 'ok', 'each run gets one of its own, with limits of memory and tasks')
    : finding('control groups', 'ok', `runs get none, and keep their limits themselves: ${reason}`)
}

/** What only the user who runs Belay may read: tokens of runs, users, secrets. */
function rights(home: Home): Finding {
  if (process.platform === 'win32') return finding('rights', 'ok', 'not looked at on this system')
  const wide = ['', 'belay.db', 'audit.jsonl', ...readdirSync(home.path).filter((name) => name.endsWith('.key'))]
    .map((name) => join(home.path, name))
    .filter((path) => {
      const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
      // A folder that nobody else may enter keeps what is in it.
      return (mode & (path.endsWith('.key') ? 0o077 : 0o022)) !== 0 || (path === home.path && (mode & 0o077) !== 0)
    })
  return wide.length === 0
    ? finding('rights', 'ok', `nobody else reads ${home.path}`)
    : finding('rights', 'problem', `others may read or write ${wide.join(', ')}. Close it: chmod -R go= ${home.path}`)
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
  removeSocket(path)
  return failure === null
    ? finding('sockets', 'ok', dirname(dirname(path)))
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
  const records = await runnerOf(home, [], () => ({}), 'none').list()
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
