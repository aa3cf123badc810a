// The demo at full speed; the median run by wall time.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { option, percentilesMs, progress } from '../proof/figures.mjs'
import { measuredRun } from './measuredRun.mjs'

const FLIGHTS = join(import.meta.dirname, '..', '..', 'examples', 'flights.json')

export function flights() {
  const repeat = Number(option('repeat', '5'))
  const home = mkdtempSync(join(tmpdir(), 'belay-bench-'))
  const runs = []
  for (let n = 0; n < repeat; n += 1) {
    const run = measuredRun(home, FLIGHTS, ['--set', 'speed=0', '--set', `output=home:bench-${n}`])
    progress(
      `run ${n + 1} of ${repeat}: ${run.wallSeconds} s in the run, ${run.processSeconds.toFixed(2)} s with start, ${run.resources.cpuSeconds} s of CPU`,
    )
    runs.push(run)
  }
  rmSync(home, { recursive: true, force: true })
  runs.sort((a, b) => a.wallSeconds - b.wallSeconds)
  const median = runs[Math.floor(runs.length / 2)]
  console.log(
    JSON.stringify({
      rows: median.rowsIn,
      rowsPerSecond: Math.round(median.rowsIn / median.wallSeconds),
      wallSeconds: median.wallSeconds,
      cpuSeconds: median.resources.cpuSeconds,
      peakMemoryMb: median.resources.peakMemoryMb,
      checkpointMs: percentilesMs(runs.flatMap((run) => run.checkpoints.map((checkpoint) => checkpoint.durationMs))),
      runs: runs.map((run) => run.wallSeconds),
    }),
  )
}
