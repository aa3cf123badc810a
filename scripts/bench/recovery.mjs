// Recovery time: kills of a keyed operator with some 10 MB of state that passes a row for each row,
// under 200,000 rows a second, with the engine's one spare thread. Behind it, beside the sink that is measured, every row
// is counted and summed up by minutes of event time into an exactly-once file, which tells what was lost or came twice
// (the numbers of the rows go on one by one) and when something can be seen outside again. The same sums are printed: how
// much later than usual the first of them comes, counted from the end of its window, is a figure of its own.
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { BelayServer } from '../proof/belayServer.mjs'
import { option, percentilesMs, progress } from '../proof/figures.mjs'

const ROWS_PER_SECOND = 200_000
/** The generator's rows are a millisecond apart by event time: so many keys are remembered. */
const KEYS_REMEMBERED = 335_000
/** How often the printed sums are looked for. */
const LOOK_MS = 5
/** Sums before a failure that tell how late they usually are. */
const USUAL_SUMS = 5

const document = {
  format: 1,
  id: 'recovery',
  name: 'Recovery',
  parameters: {},
  settings: { windowMs: 100, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 },
  operators: [
    {
      id: 'rows',
      type: 'generator',
      typeVersion: 1,
      name: 'rows',
      config: { rows: 0, rowsPerSecond: ROWS_PER_SECOND, seed: 1, keys: 1000 },
    },
    { id: 'keyed', type: 'dedup', typeVersion: 1, name: 'keyed', config: { keys: ['id'], withinMs: KEYS_REMEMBERED } },
    {
      id: 'sums',
      type: 'window-aggregate',
      typeVersion: 1,
      name: 'sums',
      config: {
        sizeMs: 60_000,
        keys: [],
        aggregates: [
          { name: 'rows', function: 'count', column: null },
          { name: 'first', function: 'min', column: 'id' },
          { name: 'last', function: 'max', column: 'id' },
          { name: 'ids', function: 'sum', column: 'id' },
        ],
      },
    },
    {
      id: 'ledger',
      type: 'file-sink',
      typeVersion: 1,
      name: 'ledger',
      config: { folder: 'home:recovery', name: 'ledger', format: 'json-lines', layout: 'parts' },
    },
    { id: 'told', type: 'console', typeVersion: 1, name: 'told', config: { rows: 1000, most: 0 } },
    { id: 'sink', type: 'null-sink', typeVersion: 1, name: 'sink', config: {}, isolate: true },
  ],
  streams: [
    { id: 's1', from: { operator: 'rows', port: 'out' }, to: [{ operator: 'keyed', port: 'in' }] },
    {
      id: 's2',
      from: { operator: 'keyed', port: 'out' },
      to: [
        { operator: 'sink', port: 'in' },
        { operator: 'sums', port: 'in' },
      ],
    },
    {
      id: 's3',
      from: { operator: 'sums', port: 'out' },
      to: [
        { operator: 'ledger', port: 'in' },
        { operator: 'told', port: 'in' },
      ],
    },
  ],
  layout: {},
}

/** @param {BelayServer} server @param {string} runId @param {number} after @param {(event: any) => boolean} wanted */
async function eventAfter(server, runId, after, wanted) {
  for (;;) {
    const { body } = await server.call('GET', `/runs/${runId}/events?after=${after}&limit=10000`)
    const found = Array.isArray(body) ? body.find(wanted) : undefined
    if (found !== undefined) return found
    await delay(5)
  }
}

/** Notes when each window's sum is printed for the first time. */
class Sums {
  /** @type {{atMs: number, last: number}[]} */
  told = []
  #file
  #timer
  #rest = ''
  #at = 0

  /** @param {string} path of the run's log */
  constructor(path) {
    this.#file = openSync(path, 'r')
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  #look() {
    const chunk = Buffer.alloc(65_536)
    for (let count = readSync(this.#file, chunk, 0, chunk.length, this.#at); count > 0;) {
      this.#at += count
      const lines = (this.#rest + chunk.toString('utf8', 0, count)).split('\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) {
        const last = Number(/^told .*"last":(\d+)/.exec(line)?.[1] ?? -1)
        // After a failure some are printed again.
        if (last > (this.told.at(-1)?.last ?? -1)) this.told.push({ atMs: Date.now(), last })
      }
      count = readSync(this.#file, chunk, 0, chunk.length, this.#at)
    }
  }

  /**
   * How much later than usual the first new sum after the failure was printed, from the end of its window on; null = none was.
   * @param {number} failedAtMs
   */
  delayMs(failedAtMs) {
    const late = ({ atMs, last }) => atMs - (last / ROWS_PER_SECOND) * 1000
    const before = this.told.filter(({ atMs }) => atMs < failedAtMs).slice(-USUAL_SUMS)
    const next = this.told.find(({ atMs }) => atMs >= failedAtMs)
    if (before.length === 0 || next === undefined) return null
    const usual = before.map(late).sort((a, b) => a - b)[Math.floor(before.length / 2)]
    return Math.max(0, late(next) - usual)
  }

  close() {
    clearInterval(this.#timer)
    closeSync(this.#file)
  }
}

/** Rows that are missing in the ledger and rows that are in it too often. @param {string} folder */
function judged(folder) {
  const windows = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .sort((a, b) => a.first - b.first)
  let lost = 0
  let duplicated = 0
  let next = 0
  for (const { rows, last, ids } of windows) {
    const expected = last + 1 - next
    lost += Math.max(0, expected - rows)
    duplicated += Math.max(0, rows - expected)
    // As many as there should be, but not those.
    if (rows === expected && ids !== ((next + last) * expected) / 2) {
      lost += 1
      duplicated += 1
    }
    next = last + 1
  }
  return { rowsSeen: next, lost, duplicated }
}

export async function recovery() {
  const kills = Number(option('kills', '200'))
  const processKills = Number(option('process-kills', '20'))
  const home = mkdtempSync(join(tmpdir(), 'belay-recovery-'))
  const server = new BelayServer(home)
  await server.start()
  const durations = []
  const processMs = []
  const visibleMs = []
  const failedAtMs = []
  /** @type {Sums | null} */
  let sums = null
  let stateMb = 0
  let ledger = { rowsSeen: 0, lost: 0, duplicated: 0 }
  try {
    await server.call('POST', '/pipelines', { document })
    const { body } = await server.call('POST', '/runs', { pipelineId: 'recovery', commandId: 'recovery' })
    const { runId } = body
    sums = new Sums(join(home, 'runs', runId, 'log', 'out.log'))
    await delay(4000)
    let seq = 0
    const newest = async () => (await server.call('GET', `/runs/${runId}/events?after=${seq}&limit=10000`)).body.at(-1)?.seq ?? seq
    for (let n = 1; n <= kills; n += 1) {
      seq = await newest()
      await eventAfter(server, runId, seq, (event) => event.type === 'committed')
      await delay((n * 137) % 700)
      await server.call('POST', `/runs/${runId}/operators/keyed/kill`, { commandId: `kill-${n}`, hold: false })
      const back = await eventAfter(server, runId, seq, (event) => event.type === 'recovered')
      durations.push(back.durations)
      const failure = await eventAfter(server, runId, seq, (event) => event.type === 'failure')
      const committed = await eventAfter(server, runId, back.seq, (event) => event.type === 'committed')
      visibleMs.push(committed.atMs - failure.atMs)
      failedAtMs.push(failure.atMs)
      if (n % 20 === 0) progress(`${n} of ${kills} kills`)
    }
    stateMb = (await server.call('GET', `/runs/${runId}/snapshot`)).body.figures.operators.keyed.stateSizeBytes / 1_048_576
    for (let n = 1; n <= processKills; n += 1) {
      seq = await newest()
      await eventAfter(server, runId, seq, (event) => event.type === 'committed')
      const at = Date.now()
      process.kill(server.processOf(runId) ?? 0, 'SIGKILL')
      const back = await eventAfter(server, runId, seq, (event) => event.type === 'recovered' && event.atMs >= at)
      processMs.push(back.atMs - at)
    }
    await server.call('POST', `/runs/${runId}/stop`, { commandId: 'stop', mode: 'drain' })
    await eventAfter(server, runId, seq, (event) => event.type === 'run-state' && ['finished', 'stopped', 'failed'].includes(event.state))
    ledger = judged(join(home, 'files', 'recovery'))
  } finally {
    sums?.close()
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
  const sumDelays = failedAtMs.map((at) => sums?.delayMs(at) ?? null).filter((delayed) => delayed !== null)
  const phase = (pick) => percentilesMs(durations.map(pick).filter((value) => value !== null))
  console.log(
    JSON.stringify({
      kills,
      stateMb: Math.round(stateMb * 10) / 10,
      rowsPerSecond: ROWS_PER_SECOND,
      recoveryMs: phase((entry) => entry.firstNewRowMs ?? entry.caughtUpMs),
      phasesMs: {
        detectAndEmpty: phase((entry) => entry.undeployedMs),
        load: phase((entry) => (entry.restoredMs === null ? null : entry.restoredMs - (entry.undeployedMs ?? 0))),
        replay: phase((entry) => (entry.restoredMs === null ? null : entry.caughtUpMs - entry.restoredMs)),
        caughtUp: phase((entry) => entry.caughtUpMs),
      },
      // Sums of windows have their own clock: from the end of the window on, against how late they were before the failure.
      windowAggregateMs: percentilesMs(sumDelays),
      // From the failure to the next commit, which is when an exactly-once sink shows something again.
      visibleMs: percentilesMs(visibleMs),
      processKills,
      processRecoveryMs: percentilesMs(processMs),
      ...ledger,
    }),
  )
}
