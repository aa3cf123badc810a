// `npm run load -- [--seconds 600] [--viewers 50] [--runs 20] [--rows 200] [--isolation auto]`
//
// A real server with running pipelines and people who watch them: each viewer is a socket that has joined one run, as
// the monitor does. Beside it the API is asked four times a second. Printed every ten seconds: resident memory and CPU
// of the server; every half minute the memory that it still holds after a collection, whose slope has a mark: resident
// memory climbs in steps as long as the heap has room, and says little in ten minutes.
// The last line is JSON; it ends with 1 if a mark is missed.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { io } from 'socket.io-client'
import { BelayServer, LAUNCHER } from './proof/belayServer.mjs'
import { option, percentilesMs, progress } from './proof/figures.mjs'
import { freePort, inspectHeap } from './proof/liveHeap.mjs'

const seconds = Number(option('seconds', '600'))
const viewers = Number(option('viewers', '50'))
const runs = Number(option('runs', '20'))
const rowsPerSecond = Number(option('rows', '200'))
const MARKS = { apiP99Ms: 100, bytesPerSecondPerViewer: 20_000, liveSlopeMbPerMinute: 0.5 }
const ASK_EVERY_MS = 250
const LOOK_EVERY_MS = 10_000
const COLLECT_EVERY_MS = 30_000
/** Shorter than this a slope says nothing. */
const SLOPE_SECONDS = 300
const TICKS_PER_SECOND = 100

/** Generator → filter → count by key → nowhere, with a table beside it. @param {number} i */
function pipeline(i) {
  /** @param {string} id @param {string} type @param {object} config */
  const operator = (id, type, config) => ({ id, type, typeVersion: 1, name: id, config })
  return {
    format: 1,
    id: `load-${i}`,
    name: `Load ${i}`,
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 2000, memoryBytes: 33_554_432 },
    operators: [
      operator('made', 'generator', { rows: 0, rowsPerSecond, seed: i, keys: 50 }),
      operator('kept', 'filter', { condition: 'value >= 0' }),
      operator('shown', 'table-view', { rows: 20, key: [] }),
      operator('gone', 'null-sink', {}),
    ],
    streams: [
      { id: 's1', from: { operator: 'made', port: 'out' }, to: [{ operator: 'kept', port: 'in' }] },
      {
        id: 's2',
        from: { operator: 'kept', port: 'true' },
        to: [
          { operator: 'shown', port: 'in' },
          { operator: 'gone', port: 'in' },
        ],
      },
    ],
    layout: {},
  }
}

/** Seconds of CPU that the process has used. @param {number} pid */
function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** @param {number} pid */
function residentMb(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

/** Of a straight line through the points, by minute. @param {readonly { atMs: number, mb: number }[]} points */
function slope(points) {
  const mean = (/** @type {readonly number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  const x = mean(points.map(({ atMs }) => atMs))
  const y = mean(points.map(({ mb }) => mb))
  const over = points.reduce((sum, { atMs, mb }) => sum + (atMs - x) * (mb - y), 0)
  const under = points.reduce((sum, { atMs }) => sum + (atMs - x) ** 2, 0)
  return under === 0 ? 0 : (over / under) * 60_000
}

/** A page that watches one run; resolves when it has its first picture. @param {string} url @param {string} runId */
async function watch(url, runId) {
  const socket = io(url, { path: '/live', transports: ['websocket'], reconnection: false, forceNew: true })
  const seen = { deltas: 0, lost: false }
  socket.on('delta', () => (seen.deltas += 1))
  socket.on('disconnect', () => (seen.lost = true))
  await new Promise((resolve, reject) => {
    socket.once('connect_error', reject)
    socket.once('connect', () =>
      socket.emit('join', { runId }, (/** @type {{ok: boolean, message?: string}} */ answer) =>
        answer.ok ? resolve(null) : reject(new Error(answer.message)),
      ),
    )
  })
  return {
    seen,
    close: () => socket.close(),
    /** As they came over the wire. */
    bytes: () => /** @type {any} */ (socket.io.engine).transport.ws?._socket?.bytesRead ?? 0,
  }
}

const home = mkdtempSync(join(tmpdir(), 'belay-load-'))
const inspectorPort = await freePort()
const server = new BelayServer(home, LAUNCHER, { NODE_OPTIONS: `--inspect=127.0.0.1:${inspectorPort}` })
/** Runs outlive their server, and would outlive this script as well. */
function endRuns() {
  for (const pid of server.orphans()) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    server.child?.kill('SIGKILL')
    endRuns()
    rmSync(home, { recursive: true, force: true })
    process.exit(1)
  })
let ok = false
try {
  await server.start()
  const pid = server.child?.pid ?? 0
  /** @type {string[]} */
  const ids = []
  for (let i = 0; i < runs; i += 1) {
    const { status, body } = await server.call('POST', '/runs', { document: pipeline(i), parameters: {} })
    if (status !== 201) throw new Error(JSON.stringify(body))
    ids.push(body.runId)
    progress(`${i + 1} of ${runs} runs are started`)
  }
  const watching = []
  for (let i = 0; i < viewers; i += 1) watching.push(await watch(server.url, ids[i % ids.length]))
  progress(`${viewers} viewers watch`)

  const paths = [
    '/runs',
    `/runs/${ids[0]}`,
    `/runs/${ids[0]}/events?after=0&limit=100`,
    '/pipelines',
    `/runs/${ids[1 % ids.length]}/checkpoints`,
  ]
  /** @type {number[]} */
  const answersMs = []
  let refused = 0
  const beganAt = performance.now()
  const bytesBefore = watching.reduce((sum, viewer) => sum + viewer.bytes(), 0)
  const cpuBefore = cpuSeconds(pid)
  const heap = await inspectHeap(inspectorPort)
  /** @type {{ atMs: number, mb: number }[]} */
  const memory = []
  /** @type {{ atMs: number, mb: number }[]} */
  const live = []
  let looked = Number.NEGATIVE_INFINITY
  let collected = Number.NEGATIVE_INFINITY
  for (let i = 0; performance.now() - beganAt < seconds * 1000; i += 1) {
    const askedAt = performance.now()
    const response = await fetch(`${server.url}/api${paths[i % paths.length]}`)
    await response.arrayBuffer()
    answersMs.push(performance.now() - askedAt)
    if (!response.ok) refused += 1
    if (askedAt - looked >= LOOK_EVERY_MS) {
      looked = askedAt
      memory.push({ atMs: askedAt - beganAt, mb: residentMb(pid) })
      const used = (cpuSeconds(pid) - cpuBefore) / Math.max(0.001, (askedAt - beganAt) / 1000)
      progress(`${Math.round((askedAt - beganAt) / 1000)} s: ${residentMb(pid).toFixed(0)} MB, ${used.toFixed(2)} cores`)
    }
    if (askedAt - collected >= COLLECT_EVERY_MS) {
      collected = askedAt
      live.push({ atMs: askedAt - beganAt, mb: await heap.liveMb() })
    }
    await delay(Math.max(0, ASK_EVERY_MS - (performance.now() - askedAt)))
  }
  heap.close()
  const tookSeconds = (performance.now() - beganAt) / 1000
  const bytes = watching.reduce((sum, viewer) => sum + viewer.bytes(), 0) - bytesBefore
  const { p50, p99 } = percentilesMs(answersMs)
  // The first third is rings and tables that fill up to their bounds.
  const settled = live.filter(({ atMs }) => atMs > (seconds * 1000) / 3)
  const result = {
    seconds: Math.round(tookSeconds),
    viewers,
    runs,
    apiP50Ms: p50,
    apiP99Ms: p99,
    asked: answersMs.length,
    refused,
    bytesPerSecondPerViewer: Math.round(bytes / tookSeconds / viewers),
    deltasPerSecondPerViewer: Math.round((watching.reduce((sum, { seen }) => sum + seen.deltas, 0) / tookSeconds / viewers) * 10) / 10,
    viewersLost: watching.filter(({ seen }) => seen.lost).length,
    serverCores: Math.round(((cpuSeconds(pid) - cpuBefore) / tookSeconds) * 1000) / 1000,
    memoryMb: memory.map(({ mb }) => Math.round(mb)),
    liveMemoryMb: live.map(({ mb }) => Math.round(mb * 10) / 10),
    liveSlopeMbPerMinute: Math.round(slope(settled) * 100) / 100,
  }
  const stillRunning = await Promise.all(ids.map(async (id) => (await server.call('GET', `/runs/${id}`)).body.state === 'running'))
  ok =
    result.apiP99Ms <= MARKS.apiP99Ms &&
    result.bytesPerSecondPerViewer <= MARKS.bytesPerSecondPerViewer &&
    (seconds < SLOPE_SECONDS || result.liveSlopeMbPerMinute <= MARKS.liveSlopeMbPerMinute) &&
    refused === 0 &&
    result.viewersLost === 0 &&
    stillRunning.every(Boolean)
  for (const viewer of watching) viewer.close()
  for (const id of ids) await server.call('POST', `/runs/${id}/commands`, { type: 'abort', commandId: `end-${id}` })
  console.log(JSON.stringify({ ...result, marks: MARKS, ok }))
} finally {
  await server.stop()
  endRuns()
  rmSync(home, { recursive: true, force: true })
}
process.exitCode = ok ? 0 : 1
