// One run through the published command line, with what it used as the kernel counts it.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LAUNCHER } from '../proof/belayServer.mjs'

/**
 * @typedef {object} Measured
 * @property {string} runId
 * @property {number} rowsIn
 * @property {number} wallSeconds from the start of the run to its end
 * @property {number} processSeconds of the command, start included
 * @property {{ cpuSeconds: number, peakMemoryMb: number }} resources of the run process with all its threads
 * @property {readonly { durationMs: number }[]} checkpoints
 */

/** @param {string} home @param {string} file @param {readonly string[]} settings `--set` arguments @returns {Measured} */
export function measuredRun(home, file, settings) {
  const startedAt = performance.now()
  const result = spawnSync(process.execPath, [LAUNCHER, 'run', file, '--home', home, '--json', ...settings], { encoding: 'utf8' })
  const processSeconds = (performance.now() - startedAt) / 1000
  if (result.status !== 0) throw new Error(`belay run ${file} ended with ${result.status}: ${result.stderr}`)
  const summary = JSON.parse(result.stdout)
  const { resources, checkpoints } = JSON.parse(readFileSync(join(home, 'runs', summary.runId, 'final.json'), 'utf8'))
  return { ...summary, processSeconds, resources, checkpoints }
}
