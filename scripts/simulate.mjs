// npm run simulate -- --runs N --seed S      N random runs of the real core with faults, from one seed
//                     --seed S --run K --trace   the K-th of them again, told step by step
//                     --faults A-B               faults a run (default 1-12)
//                     --mutants [--only a,b]     plants each known bug and says in which run it was found;
//                                                survivors that docs/engine-proof.md explains are listed apart
// Progress to stderr; the last line to stdout is one line of JSON.
import { loadSimulator } from '../packages/engine/test/simulation/bundle.mjs'
import { MUTANTS } from '../packages/engine/test/simulation/mutants.mjs'

function option(name, otherwise) {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : process.argv[at + 1]
}

const has = (name) => process.argv.includes(`--${name}`)
const runs = Number(option('runs', '1000'))
const seed = Number(option('seed', '1'))
const faults = option('faults', '1-12').split('-').map(Number)

/** Every run has a seed of its own, made from the one given. */
function seedOf(run) {
  return (Math.imul(seed, 0x9e3779b1) + run) >>> 0
}

/** Of this process since then, all its threads: on a busy machine it says more than the clock. */
function cpuSecondsSince(before) {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

function count(table, what) {
  table[what] = (table[what] ?? 0) + 1
}

async function runAll() {
  const { simulate } = await loadSimulator()
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const total = { runs: 0, faults: 0, wrong: 0, stuck: 0, firstBadSeed: null }
  const met = { recovering: 0, operators: {}, faultsInARun: {}, kinds: {} }
  const first = Number(option('run', '0'))
  const last = has('run') ? first + 1 : runs
  for (let run = first; run < last; run += 1) {
    let result = await simulate({ seed: seedOf(run), faults, trace: has('trace') })
    total.runs += 1
    total.faults += result.faults
    count(met.operators, result.operators)
    count(met.faultsInARun, result.faults)
    for (const { type, recovering } of result.struck) {
      count(met.kinds, type)
      if (recovering) met.recovering += 1
    }
    if (has('trace')) process.stderr.write(`${result.trace.join('\n')}\n`)
    if (result.verdict !== 'ok') {
      total[result.verdict] += 1
      if (total.firstBadSeed === null) {
        total.firstBadSeed = result.seed
        if (!has('trace')) {
          result = await simulate({ seed: result.seed, faults, trace: true })
          process.stderr.write(`${result.trace.slice(-400).join('\n')}\n`)
        }
      }
      process.stderr.write(`run ${run} (--seed ${seed} --run ${run} --trace): ${result.verdict}: ${result.message}\n`)
    }
    if (total.runs % 500 === 0)
      process.stderr.write(
        `${total.runs} runs, ${total.faults} faults, ${Math.round(total.faults / ((performance.now() - startedAt) / 1000))} faults/s\n`,
      )
  }
  const seconds = (performance.now() - startedAt) / 1000
  const cpuSeconds = cpuSecondsSince(cpuBefore)
  process.stderr.write(
    `operators, faults in a run, kinds of faults, and how many while something was recovered from: ${JSON.stringify(met)}\n`,
  )
  console.log(
    JSON.stringify({
      seed,
      ...total,
      seconds: Number(seconds.toFixed(1)),
      faultsPerSecond: Math.round(total.faults / seconds),
      cpuSeconds: Number(cpuSeconds.toFixed(1)),
      faultsPerCpuSecond: Math.round(total.faults / cpuSeconds),
    }),
  )
  process.exitCode = total.wrong + total.stuck === 0 ? 0 : 1
}

/** The run in which the bug was found, counted from 1, and how; null = it was not. */
async function hunt(mutant) {
  const { simulate } = await loadSimulator(mutant.patches ?? [])
  for (let run = 0; run < mutant.within; run += 1) {
    const result = await simulate({ ...mutant.options, seed: seedOf(run), faults })
    if (result.verdict !== 'ok') return { run: run + 1, how: `${result.verdict}: ${result.message}` }
  }
  return null
}

async function runMutants() {
  const only = option('only', null)?.split(',') ?? null
  const chosen = MUTANTS.filter((mutant) => only === null || only.includes(mutant.id))
  const survivors = []
  const explained = []
  const runsNeeded = {}
  const cpuBefore = process.cpuUsage()
  for (const mutant of chosen) {
    const before = process.cpuUsage()
    const found = await hunt(mutant)
    const cpuSeconds = cpuSecondsSince(before).toFixed(1)
    if (found === null) (mutant.explained === undefined ? survivors : explained).push(mutant.id)
    else runsNeeded[mutant.id] = found.run
    process.stderr.write(
      `${mutant.id} (${mutant.pitfall}: ${mutant.says}): ${found === null ? `NOT FOUND in ${mutant.within} runs` : `found in run ${found.run} of ${mutant.within}, ${cpuSeconds} s of CPU; ${found.how.slice(0, 160)}`}\n`,
    )
  }
  console.log(
    JSON.stringify({
      mutants: chosen.length,
      found: chosen.length - survivors.length - explained.length,
      survivors,
      explained,
      cpuSeconds: Number(cpuSecondsSince(cpuBefore).toFixed(1)),
      runsNeeded,
    }),
  )
  process.exitCode = survivors.length === 0 ? 0 : 1
}

await (has('mutants') ? runMutants() : runAll())
