// What checkpoints cost: the same rows with one each second and with none before the end, at some 100 MB of keyed state
// of which new rows change a part all the time.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { option, percentilesMs } from '../proof/figures.mjs'
import { measuredRun } from './measuredRun.mjs'
import { inPairs } from './pairs.mjs'

/** So many keys are some 100 MB of a dedup's state; the generator's rows are a millisecond apart by event time. */
const KEYS_REMEMBERED = 2_500_000
const NEVER_MS = 3_600_000

/** @param {number} rows @param {number} checkpointIntervalMs */
function pipeline(rows, checkpointIntervalMs) {
  const operator = (id, type, config) => ({ id, type, typeVersion: 1, name: id, config })
  return {
    format: 1,
    id: 'safety',
    name: 'Safety',
    parameters: {},
    settings: { windowMs: 100, checkpointIntervalMs, memoryBytes: 1_073_741_824 },
    operators: [
      operator('rows', 'generator', { rows, rowsPerSecond: 0, seed: 1, keys: 1000 }),
      operator('keyed', 'dedup', { keys: ['id'], withinMs: KEYS_REMEMBERED }),
      operator('sink', 'null-sink', {}),
    ],
    streams: [
      { id: 's1', from: { operator: 'rows', port: 'out' }, to: [{ operator: 'keyed', port: 'in' }] },
      { id: 's2', from: { operator: 'keyed', port: 'out' }, to: [{ operator: 'sink', port: 'in' }] },
    ],
    layout: {},
  }
}

export async function safety() {
  const rows = Number(option('rows', '12000000'))
  const home = mkdtempSync(join(tmpdir(), 'belay-safety-'))
  const way = (/** @type {string} */ name, /** @type {number} */ intervalMs) => {
    const file = join(home, `${name}.json`)
    writeFileSync(file, JSON.stringify(pipeline(rows, intervalMs)))
    const measure = () => {
      const run = measuredRun(home, file, [])
      const speed = { rowsPerSecond: rows / run.wallSeconds, rowsPerCpuSecond: rows / run.resources.cpuSeconds }
      return { ...speed, checkpoints: run.checkpoints }
    }
    return { name, measure }
  }
  try {
    const { taken, ...figures } = await inPairs(Number(option('pairs', '5')), way('none', NEVER_MS), way('eachSecond', 1000))
    const taking = taken.flatMap(({ withIt }) => withIt.checkpoints)
    // What the operator stood still for; copying and storing go on beside its work.
    const pauses = taking.flatMap(({ sizeBytes, phases }) => {
      const keyed = phases.find(({ instance }) => instance === 'keyed')
      return keyed === undefined ? [] : [{ ms: keyed.stoodMs, copyMs: keyed.copiedMs - keyed.workedMs, changedMb: sizeBytes / 1_048_576 }]
    })
    console.log(
      JSON.stringify({
        rows,
        ...figures,
        checkpoints: taking.length,
        checkpointsWithoutInterval: taken.reduce((sum, { without }) => sum + without.checkpoints.length, 0),
        changedMb: percentilesMs(pauses.map(({ changedMb }) => changedMb)),
        pauseMs: percentilesMs(pauses.map(({ ms }) => ms)),
        copyMs: percentilesMs(pauses.map(({ copyMs }) => copyMs)),
        pauseMsPer10Mb: percentilesMs(pauses.map(({ ms, changedMb }) => (ms / changedMb) * 10)),
        marks: { lossPercent: 5, pauseMsPer10Mb: { p99: 5 } },
      }),
    )
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
