// `npm run chaos -- --kills N --seed S [--scenario flights|ledger|brisk|all] [--only KIND,KIND] [--speed R] [--disk MB] [--seconds T]`
//
// Runs a pipeline again and again on a real server until N blows have been dealt to it: container
// threads (also while a checkpoint or a recovery is under way), the run process (kill -9, or stopped
// and continued; again as soon as its successor works; together with the server), the server (kill -9), a full disk (with
// `--disk`, where a tmpfs can be mounted), syncs that fail and calls for which there is no room (where there is strace).
// `--suspend MS` is how long `process-suspended-long` lasts, which is dealt only where `--only` names it.
// `--only server` deals blows of that kind alone; `brisk` has few rows and many commits, for many blows in little time.
// With `--seconds` no more blows are dealt after that time, so the kills are how many there may be at most.
// Every run's published output is judged against that of an undisturbed run, and what the server and the runs' processes hold
// open (files, sockets, pipes) and leave among temporary files, shared memory (/dev/shm, System V) and control groups against
// what there was before. Two commands for what the usual one leaves out: a full disk, `--only full-disk --disk 200 --kills 20`
// (as root: it mounts a tmpfs), and failing calls, `--only sync-fails,no-space --kills 20` (with strace). The last line is JSON
// {kills, byKind, callsFailed, runs, lost, duplicated, identical, orphans, leaked, leakedDescriptors, recoveryMs}.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { leakedAmong, openDescriptors } from './chaos/descriptors.mjs'
import { leftBehind, namedResources } from './chaos/leftovers.mjs'
import { scenarios } from './chaos/scenarios.mjs'
import { KINDS, TRACED, Tormentor } from './chaos/tormentor.mjs'
import { tracingProblem } from './chaos/tracing.mjs'
import { BelayServer, LAUNCHER } from './proof/belayServer.mjs'
import { option, percentilesMs, progress } from './proof/figures.mjs'
import { seeded } from './proof/random.mjs'

const wantedKills = Number(option('kills', '50'))
const seed = Number(option('seed', String(Date.now() % 1_000_000)))
const speed = Number(option('speed', '0'))
const seconds = Number(option('seconds', 'Infinity'))
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
const totals = { kills: 0, runs: 0, lost: 0, duplicated: 0, identical: true, orphans: 0, leaked: 0, leakedDescriptors: 0, callsFailed: 0 }
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

/** Temporary files, of which none may be left. @param {string} folder */
function leftFiles(folder) {
  const left = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory())
  for (const { name } of left) progress(`a temporary file is left: ${name}`)
  return left.length
}

const SETTLE_MS = 10_000

/** What the server still holds open of a run that is gone, once idle connections have been closed. @param {BelayServer} server @param {ReadonlyMap<string, number>} before @param {readonly string[]} gone */
async function leakedByServer(server, before, gone) {
  const until = performance.now() + SETTLE_MS
  for (;;) {
    const leaked = leakedAmong(openDescriptors(server.child?.pid ?? 0), before, gone)
    if (Object.keys(leaked).length === 0 || performance.now() > until) return leaked
    await delay(200)
  }
}

/** @param {string} where @param {Record<string, number>} leaked */
function countDescriptors(where, leaked) {
  for (const [target, count] of Object.entries(leaked)) {
    progress(`${where} holds ${count} × ${target} open`)
    totals.leakedDescriptors += count
  }
}

/** Of others too, if they leave a name there meanwhile. @param {ReadonlySet<string>} before @returns {Promise<number>} */
async function leftNames(before) {
  const until = performance.now() + SETTLE_MS
  // The kernel empties the group of a process that was killed when it has buried it.
  while (leftBehind(before).length > 0 && performance.now() < until) await delay(200)
  const left = leftBehind(before)
  for (const name of left) progress(`left behind: ${name}`)
  return left.length
}

const PROGRESS_EVERY_MS = 30_000

/** How fast it gets on, now and then. @param {number} wantedMore @returns {(dealt: number) => void} */
function pace(wantedMore) {
  const startedAt = performance.now()
  let toldAt = startedAt
  return (dealt) => {
    const now = performance.now()
    if (now - toldAt < PROGRESS_EVERY_MS || dealt === 0) return
    toldAt = now
    const secondsEach = (now - startedAt) / 1000 / dealt
    const left = Math.round(((wantedMore - dealt) * secondsEach) / 60)
    progress(`${dealt} of ${wantedMore} blows, ${secondsEach.toFixed(2)} s each, some ${left} min left`)
  }
}

/** @param {string} name @param {number} kills @param {number} untilMs */
async function tormentScenario(name, kills, untilMs) {
  const scenario = scenarios[name]
  const named = namedResources()
  const told = pace(kills)
  const home = mkdtempSync(join(tmpdir(), 'belay-chaos-'))
  if (diskMb > 0) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMb}m`, 'belay-chaos', home])
  const temporary = mkdtempSync(join(tmpdir(), 'belay-chaos-tmp-'))
  const server = new BelayServer(home, LAUNCHER, { TMPDIR: temporary })
  const files = join(home, 'files')
  const tormentor = new Tormentor({
    server,
    scenario,
    random,
    seed,
    suspendMs,
    untilMs,
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
    const open = openDescriptors(server.child?.pid ?? 0)
    let dealt = 0
    for (let run = 1; dealt < kills && performance.now() < untilMs; run += 1) {
      const output = `run-${run}`
      const runId = await tormentor.start(output, speed)
      const before = dealt
      const blows = await tormentor.torture(runId, kills - dealt, (now) => told(before + now))
      dealt += blows
      totals.kills += blows
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
      countDescriptors('the server', await leakedByServer(server, open, [`/runs/${runId}/`, `/${output}/`]))
    }
  } finally {
    await server.stop()
    totals.orphans += server.orphans().length
    countDescriptors("a run's process", tormentor.descriptors.leaked())
    totals.leaked += leftFiles(temporary) + (await leftNames(named))
    recoveriesMs.push(...tormentor.recoveriesMs)
    totals.callsFailed += tormentor.callsFailed
    for (const [kind, count] of Object.entries(tormentor.byKind)) byKind[kind] = (byKind[kind] ?? 0) + count
  }
  rmSync(temporary, { recursive: true, force: true })
  if (diskMb > 0) execFileSync('umount', [home])
  rmSync(home, { recursive: true, force: true })
}

try {
  for (const [number, name] of names.entries())
    await tormentScenario(name, Math.ceil(wantedKills / names.length), (seconds * 1000 * (number + 1)) / names.length)
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
console.log(JSON.stringify({ ...totals, byKind, seed, recoveryMs: percentilesMs(recoveriesMs) }))
if (!totals.identical || totals.orphans > 0 || totals.leaked > 0 || totals.leakedDescriptors > 0) process.exitCode = 1
if (seconds === Infinity && totals.kills < wantedKills) process.exitCode = 1
