// What isolation costs a run: the same rows with the best level of this machine and with none.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { option } from '../proof/figures.mjs'
import { measuredRun } from './measuredRun.mjs'
import { inPairs } from './pairs.mjs'
import { passing } from './passing.mjs'

export async function isolation() {
  const rows = Number(option('rows', '20000000'))
  const home = mkdtempSync(join(tmpdir(), 'belay-isolation-'))
  const file = join(home, 'isolation.json')
  writeFileSync(file, JSON.stringify(passing('isolation', rows)))
  const way = (/** @type {string} */ level) => ({
    name: level,
    measure: () => {
      const run = measuredRun(home, file, ['--isolation', level])
      return { rowsPerSecond: rows / run.wallSeconds, rowsPerCpuSecond: rows / run.resources.cpuSeconds }
    },
  })
  try {
    const { taken: _, ...figures } = await inPairs(Number(option('pairs', '5')), way('none'), way('auto'))
    console.log(JSON.stringify({ rows, ...figures, marks: { lossPercent: 3 } }))
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
