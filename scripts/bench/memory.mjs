// Memory of a run whose sink is far slower than its source: 100 rows a second are taken of a source that could make a
// million. The streams between them fill and hold it back; resident memory of the run process has to stay as it is.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { BelayServer } from '../proof/belayServer.mjs'
import { option, progress } from '../proof/figures.mjs'

const SINK_ROWS_PER_SECOND = 100
const LOOK_EVERY_MS = 500
/** Until the logs are full and the code is compiled. */
const WARM_UP_SECONDS = 10
/** What makes the source's own speed known. */
const SPEED_SECONDS = 3
const MARK_MB_PER_MINUTE = 2
const mb = (sizeBytes) => Math.round((sizeBytes / 1_048_576) * 10) / 10

/** @param {number | null} sinkRowsPerSecond null = as fast as they come */
function pipeline(sinkRowsPerSecond) {
  const operator = (id, type, config, more = {}) => ({ id, type, typeVersion: 1, name: id, config, ...more })
  const stream = (id, from, to) => ({ id, from: { operator: from, port: 'out' }, to: [{ operator: to, port: 'in' }] })
  const slow = sinkRowsPerSecond === null ? [] : [operator('slow', 'rate-limit', { rowsPerSecond: sinkRowsPerSecond })]
  return {
    format: 1,
    id: 'memory',
    name: 'Memory',
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 },
    operators: [
      operator('made', 'generator', { rows: 0, rowsPerSecond: 0, seed: 1, keys: 1000 }),
      ...slow,
      operator('gone', 'null-sink', {}, { fuse: slow.length > 0 }),
    ],
    streams: slow.length > 0 ? [stream('s1', 'made', 'slow'), stream('s2', 'slow', 'gone')] : [stream('s1', 'made', 'gone')],
    layout: {},
  }
}

/** Least squares of the values over the times. @param {readonly { seconds: number, residentMb: number }[]} looks */
function slopePerMinute(looks) {
  const mean = (/** @type {readonly number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const x = mean(looks.map(({ seconds }) => seconds))
  const y = mean(looks.map(({ residentMb }) => residentMb))
  const over = looks.reduce((sum, look) => sum + (look.seconds - x) * (look.residentMb - y), 0)
  const under = looks.reduce((sum, look) => sum + (look.seconds - x) ** 2, 0)
  return (over / under) * 60
}

/** What the run shows while it goes on. @param {BelayServer} server @param {unknown} document @param {number} seconds */
async function watch(server, document, seconds) {
  const { status, body } = await server.call('POST', '/runs', { document, parameters: {} })
  if (status !== 201) throw new Error(JSON.stringify(body))
  const { runId } = body
  const looks = []
  const figuresOf = async () => (await server.call('GET', `/runs/${runId}/snapshot`)).body.figures
  while ((await figuresOf()).operators.gone.rowsIn === 0) await delay(100)
  const startedAt = performance.now()
  for (let elapsed = 0; elapsed < seconds; elapsed = (performance.now() - startedAt) / 1000) {
    const { residentBytes, sharedBytes, memoryBytes, operators } = await figuresOf()
    looks.push({ seconds: elapsed, residentMb: residentBytes / 1_048_576, sharedBytes, memoryBytes, rows: operators.gone.rowsIn })
    await delay(LOOK_EVERY_MS)
  }
  await server.call('POST', `/runs/${runId}/stop`, { commandId: `end-${runId}`, mode: 'abort' })
  while ((await server.call('GET', `/runs/${runId}`)).body.endedAtMs === null) await delay(100)
  const [first, last] = [looks[0], looks[looks.length - 1]]
  return { looks, rowsPerSecond: Math.round((last.rows - first.rows) / (last.seconds - first.seconds)) }
}

export async function memory() {
  const seconds = Number(option('seconds', '60'))
  const home = mkdtempSync(join(tmpdir(), 'belay-memory-'))
  const server = new BelayServer(home)
  try {
    await server.start()
    const free = await watch(server, pipeline(null), SPEED_SECONDS)
    progress(`the source makes ${free.rowsPerSecond} rows/s where nobody holds it back`)
    const { looks, rowsPerSecond } = await watch(server, pipeline(SINK_ROWS_PER_SECOND), WARM_UP_SECONDS + seconds)
    const kept = looks.filter((look) => look.seconds >= WARM_UP_SECONDS)
    const resident = kept.map(({ residentMb }) => residentMb)
    const slope = Math.round(slopePerMinute(kept) * 100) / 100
    console.log(
      JSON.stringify({
        seconds,
        sourceRowsPerSecond: free.rowsPerSecond,
        sinkRowsPerSecond: rowsPerSecond,
        looks: kept.length,
        residentMb: { first: Math.round(resident[0]), least: Math.round(Math.min(...resident)), most: Math.round(Math.max(...resident)) },
        residentMbPerMinute: slope,
        sharedMb: mb(Math.max(...looks.map(({ sharedBytes }) => sharedBytes))),
        sharedBoundMb: mb(looks[0].memoryBytes),
        withinBound: looks.every(({ sharedBytes, memoryBytes }) => sharedBytes <= memoryBytes),
        isFlat: slope <= MARK_MB_PER_MINUTE,
        marks: { residentMbPerMinute: MARK_MB_PER_MINUTE },
      }),
    )
  } finally {
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}
