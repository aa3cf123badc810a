// Rows a second by their size and by where the operators run: a source, a transform that looks at every
// row, and a sink, in a real run with a checkpoint each second. A line of JSON for each.
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createLocalRunner } from '@belay/engine'
import { option, progress } from '../proof/figures.mjs'

const OPERATORS = new URL('./streamOperators.mjs', import.meta.url).href
const SIZES = [64, 128, 256, 512, 1024, 2048, 4096]

/**
 * Operators that join the container of the one before, where rows are handed over as they are; the others
 * head a container, which is a thread, of their own and get their rows through shared memory.
 */
const PLACEMENTS = { fused: ['look', 'drop'], 'two containers': ['drop'], 'three containers': [] }

/** @param {number} sizeBytes @param {readonly string[]} fused */
function documentOf(sizeBytes, fused) {
  const operator = (id, type, config = {}) => ({ id, type, typeVersion: 1, name: id, config, fuse: fused.includes(id) })
  const stream = (id, from, to) => ({ id, from: { operator: from, port: 'out' }, to: [{ operator: to, port: 'in' }] })
  return {
    format: 1,
    id: 'streams',
    name: 'Streams',
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 },
    operators: [operator('rows', 'sized-rows', { sizeBytes }), operator('look', 'look-at-rows'), operator('drop', 'drop-rows')],
    streams: [stream('s1', 'rows', 'look'), stream('s2', 'look', 'drop')],
    layout: {},
  }
}

/** The code is warm then, and rows come as they do from there on. */
const WARM_CHECKPOINTS = 2

/** `warm` when so many checkpoints are complete, `closed` when the run is over. @param {import('@belay/run').RunHandle} run */
function stagesOf(run) {
  const stages = new EventEmitter()
  let left = WARM_CHECKPOINTS
  run.listen({
    event({ type }) {
      if (type === 'checkpoint-completed') left -= 1
      if (left === 0) stages.emit('warm')
    },
    delta: () => undefined,
    closed: () => stages.emit('closed'),
  })
  const closed = once(stages, 'closed')
  const early = closed.then(() => {
    throw new Error('the run ended before it was warm')
  })
  return { warm: Promise.race([once(stages, 'warm'), early]), closed }
}

/** Rows that reached the sink, by its own count. @param {import('@belay/run').RunHandle} run */
async function rowsAt(run) {
  const { figures } = await run.snapshot()
  if (figures.state !== 'running') throw new Error(`the run is ${figures.state}: ${figures.reason ?? ''}`)
  return { atMs: performance.now(), rows: figures.operators.drop.rowsIn }
}

export async function streams() {
  const seconds = Number(option('seconds', '3'))
  const sizes = SIZES.filter((size) => option('size', '') === '' || size === Number(option('size', '')))
  const home = mkdtempSync(join(tmpdir(), 'belay-streams-'))
  const runner = createLocalRunner({ home, operators: { manifestsUrl: OPERATORS, runtimeUrl: OPERATORS } })
  try {
    for (const [placement, fused] of Object.entries(PLACEMENTS)) {
      for (const sizeBytes of sizes) {
        const runId = `streams-${sizeBytes}-${3 - fused.length}`
        progress(`${placement}, ${sizeBytes} bytes`)
        const run = await runner.start({ runId, document: documentOf(sizeBytes, fused), parameters: {}, roots: {}, startedBy: 'bench' })
        const { warm, closed } = stagesOf(run)
        await warm
        const from = await rowsAt(run)
        await delay(seconds * 1000)
        const to = await rowsAt(run)
        const containers = new Set(Object.values((await run.snapshot()).figures.operators).map(({ container }) => container)).size
        // The process may be gone before it has answered.
        await run.command({ type: 'stop', mode: 'abort', commandId: 'stop', by: 'bench' }).catch(() => undefined)
        await closed
        const tuplesPerSecond = ((to.rows - from.rows) * 1000) / (to.atMs - from.atMs)
        const megabytesPerSecond = Math.round((tuplesPerSecond * sizeBytes) / 1e6)
        console.log(JSON.stringify({ placement, containers, sizeBytes, tuplesPerSecond: Math.round(tuplesPerSecond), megabytesPerSecond }))
      }
    }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
