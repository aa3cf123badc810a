// `node scripts/canvas-bench.mjs [--nodes 100,500,1000] [--seconds 10] [--physical]`: how smoothly the live canvas
// draws wide graphs; `--physical`: operators as 50 partitions each, by their instances. The built page, fed over its own socket with made-up figures four times a second;
// progress to stderr, one line of JSON to stdout.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '100,500,1000' },
    seconds: { type: 'string', default: '10' },
    physical: { type: 'boolean', default: false },
  },
})
const SECONDS = Number(values.seconds)
const RATE_HZ = 4
const WEB = join(import.meta.dirname, '../apps/web/dist')
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
const RUN = 'canvas-bench'

const server = createServer((request, response) => {
  const path = join(WEB, new URL(request.url, 'http://x').pathname)
  const file = path.startsWith(WEB) && existsSync(path) && statSync(path).isFile() ? path : join(WEB, 'index.html')
  response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
  response.end(readFileSync(file))
})
const { Server } = createRequire(new URL('../apps/server/package.json', import.meta.url))('socket.io')
const live = new Server(server, { path: '/live', serveClient: false, pingInterval: 600_000, pingTimeout: 600_000 })
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${server.address().port}`
const executablePath = [process.env.BELAY_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path !== undefined && existsSync(path),
)
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--enable-precise-memory-info'] })

/** Columns of ten, each operator reading from the one to its left. */
function documentOf(nodes) {
  const id = (i) => `op-${i}`
  return {
    format: 1,
    id: 'wide',
    name: 'Wide',
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 },
    operators: Array.from({ length: nodes }, (_, i) => ({
      id: id(i),
      type: i < 10 ? 'generator' : 'filter',
      typeVersion: 1,
      name: id(i),
      config: {},
    })),
    streams: Array.from({ length: Math.max(0, nodes - 10) }, (_, i) => ({
      id: `s${i}`,
      from: { operator: id(i), port: i < 10 ? 'out' : 'true' },
      to: [{ operator: id(i + 10), port: 'in' }],
    })),
    layout: Object.fromEntries(Array.from({ length: nodes }, (_, i) => [id(i), { x: Math.floor(i / 10) * 280, y: (i % 10) * 130 }])),
  }
}

const PARTITIONS = 50

/** A chain of operators with 50 partitions each: rows are shared out by key behind every other one, and stay in the thread behind the others. */
function sharedOut(nodes) {
  const operators = Math.max(2, Math.round(nodes / PARTITIONS))
  const document = documentOf(operators)
  const each = (make) => Array.from({ length: PARTITIONS }, (_, k) => make(k))
  const ids = document.operators.map(({ id }) => id)
  const streams = ids
    .slice(1)
    .map((id, i) => ({ id: `s${i}`, from: { operator: ids[i], port: i === 0 ? 'out' : 'true' }, to: [{ operator: id, port: 'in' }] }))
  return {
    document: {
      ...document,
      operators: document.operators.map((operator, i) => ({ ...operator, type: i === 0 ? 'generator' : 'filter', partitions: PARTITIONS })),
      streams,
    },
    plan: {
      instances: ids.flatMap((operator, i) =>
        each((k) => ({
          id: `${operator}#${k}`,
          operator,
          part: 'partition',
          container: `c-${ids[i - (i % 2)]}#${k}`,
          keyGroups: { first: 2 * k, last: 2 * k + 1 },
        })),
      ),
      streams: streams.flatMap(({ id: edge, from, to }, i) =>
        each((k) => ({
          id: `${edge}#${k}`,
          edge,
          from: `${from.operator}#${k}`,
          ...(i % 2 === 0
            ? { to: [`${to[0].operator}#${k}`], share: 'all' }
            : { to: each((other) => `${to[0].operator}#${other}`), share: 'key', columns: ['key'] }),
        })),
      ),
    },
  }
}

function figuresOf({ document, plan }, tick) {
  const figures = logicalFigures(document, tick)
  if (plan === undefined) return figures
  const wave = (i) => (Math.sin(tick / 3 + i) + 1) / 2
  for (const [id, operator] of Object.entries(figures.operators))
    operator.partitions = plan.instances
      .filter((instance) => instance.operator === id)
      .map((instance, k) => {
        const { partitions: _, ...own } = operator
        return {
          ...own,
          id: instance.id,
          container: instance.container,
          queue: wave(k),
          rowsInPerSecond: 10_000 * wave(k),
          activity: { busy: wave(k), blocked: 0, starved: 1 - wave(k), idle: 0 },
        }
      })
  figures.planStreams = Object.fromEntries(
    plan.streams.map(({ id }, i) => [id, { rowsPerSecond: Math.round(9_000 * wave(i)), fill: wave(i) }]),
  )
  return figures
}

function logicalFigures(document, tick) {
  const wave = (i) => (Math.sin(tick / 3 + i) + 1) / 2
  return {
    state: 'running',
    lineage: 1,
    attempt: 1,
    targetWindow: 100 + tick,
    committedWindow: 98 + tick - (tick % 2),
    uptimeMs: 60_000 + tick * 250,
    sharedBytes: 1e8,
    memoryBytes: 268_435_456,
    residentBytes: 3e8,
    operators: Object.fromEntries(
      document.operators.map((operator, i) => [
        operator.id,
        {
          state: 'running',
          attempt: 1,
          container: `c${i}`,
          activity: { busy: wave(i), blocked: 0.1, starved: 0.9 - wave(i) * 0.9, idle: 0 },
          rowsIn: tick * 1000 + i,
          rowsOut: tick * 900 + i,
          rowsInPerSecond: 10_000 * wave(i),
          rowsOutPerSecond: 9_000 * wave(i),
          window: 100 + tick,
          checkpointWindow: 98 + tick,
          watermark: null,
          stateSizeBytes: 1000 * i,
          rowErrors: 0,
        },
      ]),
    ),
    streams: Object.fromEntries(
      document.streams.map((stream, i) => [stream.id, { rowsPerSecond: 9_000 * wave(i), fill: wave(i), pinned: false }]),
    ),
  }
}

/** Of a person at the machine itself. */
const SESSION = {
  signIn: false,
  setupNeeded: false,
  oidc: null,
  user: { name: 'you', role: 'admin', seeData: true, useSecrets: true, issuer: null },
  rights: ['see-data', 'use-secrets', 'write-pipelines', 'start-runs', 'command-runs'],
}

/** Answers the page in the server's place, over a socket of its own as there: one that Playwright hands on holds the page up itself. */
async function feed(page, wide) {
  const { document, plan } = wide
  let tick = 0
  await page.route('**/api/**', (route) => route.fulfill({ contentType: 'application/json', body: '[]' }))
  await page.route('**/api/session', (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify(SESSION) }))
  live.removeAllListeners('connection')
  live.on('connection', (socket) => {
    let timer
    socket.on('disconnect', () => clearInterval(timer))
    socket.on('join', (_request, answer) => {
      const figures = figuresOf(wide, tick)
      const snapshot = {
        runId: RUN,
        pipelineId: 'wide',
        document,
        parameters: {},
        startedAtMs: Date.now() - figures.uptimeMs,
        seq: 0,
        figures,
        checkpoints: [],
        events: [],
        tables: {},
        containers: [],
        ...(plan === undefined ? {} : { plan }),
      }
      answer({ ok: true, snapshot, missed: [] })
      clearInterval(timer)
      timer = setInterval(() => {
        tick += 1
        const delta = { runId: RUN, tick, atMs: Date.now(), figures: figuresOf(wide, tick), tables: {} }
        // A page that does not keep up misses figures; they do not pile up before it.
        socket.volatile.emit('delta', { seq: 0, delta })
      }, 1000 / RATE_HZ)
    })
  })
}

async function measure(nodes, view) {
  const context = await browser.newContext({ viewport: { width: 1600, height: 1000 } })
  const page = await context.newPage()
  await page.addInitScript(() => {
    window.longTasks = []
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((entry) => entry.duration))).observe({
      type: 'longtask',
      buffered: true,
    })
  })
  await feed(page, values.physical ? sharedOut(nodes) : { document: documentOf(nodes) })
  const startedAt = Date.now()
  await page.goto(`${url}/runs/${RUN}${values.physical ? '?level=physical' : ''}`)
  await page.locator('.rn-node').first().waitFor()
  const firstPaintMs = Date.now() - startedAt
  if (view === '100 %') await page.getByRole('button', { name: /^Zoom \d+/ }).click()
  await page.waitForTimeout(2000)
  const result = await page.evaluate(async (ms) => {
    window.longTasks.length = 0
    const frames = []
    const until = performance.now() + ms
    await new Promise((resolve) => {
      const frame = (now) => {
        frames.push(now)
        if (now < until) requestAnimationFrame(frame)
        else resolve()
      }
      requestAnimationFrame(frame)
    })
    const gaps = frames.slice(1).map((now, i) => now - frames[i])
    gaps.sort((a, b) => a - b)
    return {
      fps: Math.round((gaps.length / (frames.at(-1) - frames[0])) * 10_000) / 10,
      frameP95Ms: Math.round(gaps[Math.floor(gaps.length * 0.95)]),
      longTasks: window.longTasks.length,
      longTaskMs: Math.round(window.longTasks.reduce((sum, duration) => sum + duration, 0)),
      heapMb: Math.round(performance.memory.usedJSHeapSize / 1e5) / 10,
      drawn: document.querySelectorAll('.rn-node').length,
    }
  }, SECONDS * 1000)
  await context.close()
  const measured = { nodes, view, firstPaintMs, ...result }
  console.error(JSON.stringify(measured))
  return measured
}

const results = []
try {
  for (const nodes of values.nodes.split(',').map(Number))
    for (const view of ['whole graph', '100 %']) results.push(await measure(nodes, view))
} finally {
  await browser.close()
  await live.close()
}
console.log(JSON.stringify({ rateHz: RATE_HZ, seconds: SECONDS, results }))
