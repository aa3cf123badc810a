// `npm run chaos -- --kills N --seed S [--scenario flights|ledger|brisk|all] [--only KIND,KIND] [--speed R] [--disk MB]`
//
// Runs a pipeline again and again on a real server until N blows have been dealt to it: container
// threads (also while a checkpoint or a recovery is under way), the run process (kill -9, or stopped
// and continued; again as soon as its successor works; together with the server), the server (kill -9), a full disk (with
// `--disk`, where a tmpfs can be mounted), syncs that fail and calls for which there is no room (where there is strace).
// `--suspend MS` is how long `process-suspended-long` lasts, which is dealt only where `--only` names it.
// `--only server` deals blows of that kind alone; `brisk` has few rows and many commits, for many blows in little time.
// Every run's published output is judged against that of an undisturbed run. The last line is JSON
// {kills, byKind, callsFailed, runs, lost, duplicated, identical, orphans, leaked, recoveryMs}.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { scenarios } from './chaos/scenarios.mjs'
import { KINDS, TRACED, Tormentor } from './chaos/tormentor.mjs'
import { tracingProblem } from './chaos/tracing.mjs'
import { BelayServer } from './proof/belayServer.mjs'
import { option, percentilesMs, progress } from './proof/figures.mjs'
import { seeded } from './proof/random.mjs'

const wantedKills = Number(option('kills', '50'))
const seed = Number(option('seed', String(Date.now() % 1_000_000)))
const speed = Number(option('speed', '0'))
const diskMb = Number(option('disk', '0'))
const suspendMs = Number(option('suspend', '30000'))
const only = option('only', '')
const wanted = option('scenario', 'flights')
const names = wanted === 'all' ? Object.keys(scenarios) : [wanted]
for (const name of names) {
  if (name in scenarios) continue
  console.error(`There is no scenario ${name}. There are: ${Object.keys(scenarios).join(', ')}, all.`)
  process.exit(2)
}

const kinds = only === '' ? KINDS : only.split(',')
for (const kind of kinds) {
  if (KINDS.includes(kind)) continue
  console.error(`There is no blow ${kind}. There are: ${KINDS.join(', ')}.`)
  process.exit(2)
}

const noTracing = kinds.some((kind) => TRACED.includes(kind)) ? tracingProblem() : null
if (noTracing !== null) progress(`Skipped: ${TRACED.join(', ')}, because ${noTracing}.`)
const usable = kinds.filter((kind) => (noTracing === null || !TRACED.includes(kind)) && (kind !== 'full-disk' || diskMb > 0))
if (usable.length === 0) process.exit(0)

const random = seeded(seed)
const totals = { kills: 0, runs: 0, lost: 0, duplicated: 0, identical: true, orphans: 0, leaked: 0, callsFailed: 0 }
/** @type {Record<string, number>} */
const byKind = {}
/** @type {number[]} */
const recoveriesMs = []

/** Staged or half-written files that nobody will ever publish. @param {string} folder */
function leftovers(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && /\.(stage|new)$/.test(entry.name),
  ).length
}

/** @param {string} name @param {number} kills */
async function tormentScenario(name, kills) {
  const scenario = scenarios[name]
  const home = mkdtempSync(join(tmpdir(), 'belay-chaos-'))
  if (diskMb > 0) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMb}m`, 'belay-chaos', home])
  const server = new BelayServer(home)
  const files = join(home, 'files')
  const tormentor = new Tormentor({
    server,
    scenario,
    random,
    seed,
    suspendMs,
    traced: noTracing === null,
    smallDisk: diskMb > 0,
    wantedKinds: kinds,
  })
  let good = true
  await server.start()
  try {
    if (scenario.document === null) await server.call('POST', `/examples/${scenario.pipelineId}/open`, {})
    else await server.call('POST', '/pipelines', { document: scenario.document })
    const undisturbed = await tormentor.start('reference', 0)
    while (!(await tormentor.hasEnded(undisturbed))) await delay(50)
    let dealt = 0
    for (let run = 1; dealt < kills; run += 1) {
      const output = `run-${run}`
      const runId = await tormentor.start(output, speed)
      dealt += await tormentor.torture(runId, kills - dealt)
      const verdict = scenario.judge(files, output, 'reference')
      const leaked = leftovers(join(files, output))
      totals.runs += 1
      totals.lost += verdict.lost
      totals.duplicated += verdict.duplicated
      totals.identical &&= verdict.identical
      totals.leaked += leaked
      good &&= verdict.identical && leaked === 0
      for (const event of await tormentor.events(runId, 0))
        if (event.type === 'recovered' && event.durations.firstNewRowMs !== null) recoveriesMs.push(event.durations.firstNewRowMs)
      progress(
        `${name} run ${run}: ${dealt} of ${kills} blows, lost ${verdict.lost}, duplicated ${verdict.duplicated}, identical ${verdict.identical}, leaked ${leaked}`,
      )
      if (!good) throw new Error(`the output of ${runId} is wrong; its folder is kept: ${home}`)
      rmSync(join(files, output), { recursive: true })
      await server.call('DELETE', `/runs/${runId}`)
    }
    totals.kills += dealt
  } finally {
    await server.stop()
    totals.orphans += server.orphans().length
    recoveriesMs.push(...tormentor.recoveriesMs)
    totals.callsFailed += tormentor.callsFailed
    for (const [kind, count] of Object.entries(tormentor.byKind)) byKind[kind] = (byKind[kind] ?? 0) + count
  }
  if (diskMb > 0) execFileSync('umount', [home])
  rmSync(home, { recursive: true, force: true })
}

try {
  for (const name of names) await tormentScenario(name, Math.ceil(wantedKills / names.length))
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
console.log(JSON.stringify({ ...totals, byKind, seed, recoveryMs: percentilesMs(recoveriesMs) }))
if (!totals.identical || totals.orphans > 0 || totals.leaked > 0 || totals.kills < wantedKills) process.exitCode = 1
