// What `.ci/run` does inside the fresh clone: install and test on this Node; then, side by side, what hangs on Node once
// more on Node 24, kills by `chaos`, and the server started and stopped as a person would, also from the tarball.
// Tells what each part takes and ends with `N passed, N failed`.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

let passed = 0
let failed = 0

function step(name, ok, startedAt) {
  if (ok) passed += 1
  else failed += 1
  console.log(`${ok ? 'ok' : 'FAILED'} ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`)
}

/** A command to its end: `{ status, text }` of what it printed, shown as it comes unless `quiet`. */
function run(command, args, { env = {}, quiet = false } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
    if (!quiet) process.stdout.write(chunk)
  })
  return new Promise((resolve) => {
    child.once('error', () => resolve({ status: 1, text }))
    child.once('close', (status) => resolve({ status, text }))
  })
}

/** Runs a command, shows its output, and adds the figures of its last line. */
async function counted(name, command, args, env) {
  const startedAt = performance.now()
  const { status, text } = await run(command, args, { env })
  const figures = /(\d+) passed, (\d+) failed\s*$/.exec(text)
  if (figures === null) return step(`${name}: no figures at its end`, false, startedAt)
  passed += Number(figures[1])
  failed += Number(figures[2])
  if (status !== 0 && Number(figures[2]) === 0) failed += 1
  console.log(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}

/** `npm start` until the page answers, then SIGTERM: it must leave by itself with code 0. */
async function startsAndStops() {
  const startedAt = performance.now()
  const home = mkdtempSync(join(tmpdir(), 'belay-gate-'))
  const child = spawn('npm', ['start'], { stdio: ['ignore', 'pipe', 'inherit'], detached: true, env: { ...process.env, BELAY_HOME: home } })
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  let text = ''
  const address = await new Promise((resolve) => {
    child.stdout.on('data', (chunk) => {
      text += chunk
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text)
      if (found !== null) resolve(found[0])
    })
    void ended.then(() => resolve(null))
    setTimeout(() => resolve(null), 120_000).unref()
  })
  let ok = false
  if (address !== null) {
    const page = await fetch(address)
    const body = await page.text()
    ok = page.status === 200 && body.includes('<title>Belay')
  }
  if (child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGTERM')
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), 15_000)
  const { signal } = await ended
  clearTimeout(timer)
  rmSync(home, { recursive: true, force: true })
  step(`npm start answers at ${address ?? 'no address'}, and stops on SIGTERM`, ok && signal !== 'SIGKILL', startedAt)
}

/** A proof that prints one line of JSON last and ends with 0 when it holds. */
async function proof(name, args) {
  const startedAt = performance.now()
  const { status, text } = await run('npm', ['run', '--silent', ...args], { quiet: true })
  console.log(text.trim().split('\n').at(-1))
  step(name, status === 0, startedAt)
}

async function onNewerNode() {
  const startedAt = performance.now()
  const { status, text } = await run('npx', ['-y', 'node@24', '-p', 'process.execPath'], { quiet: true })
  const binary = text.trim().split('\n').at(-1) ?? ''
  if (status !== 0 || binary === '') return step('Node 24 could not be fetched', false, startedAt)
  await counted('Node 24', binary, ['scripts/test.mjs', '--suites', 'unit-core,e2e-smoke'], {
    PATH: `${dirname(binary)}${delimiter}${process.env.PATH}`,
    BELAY_E2E: 'required',
  })
}

const chaos = () => proof('chaos: 50 kills of threads, processes and the server', ['chaos', '--', '--kills', '50', '--seed', '1'])

const serverKills = () =>
  proof('chaos: the server killed 20 times while pipelines run', [
    'chaos',
    '--',
    '--scenario',
    'brisk',
    '--only',
    'server',
    '--kills',
    '20',
    '--seed',
    '1',
  ])

/** With those of the unit tests more than 20,000 faults. */
const simulation = () => proof('simulation: 2,500 random runs with faults', ['simulate', '--', '--seed', '5', '--runs', '2500'])

const freshMachine = () =>
  proof('fresh machine: the tarball in an empty folder, until the demo commits', ['fresh-machine', '--', '--built'])

/** @param {readonly (() => Promise<void>)[]} steps */
async function inTurn(steps) {
  for (const one of steps) await one()
}

const begunAt = performance.now()
step('npm install', (await run('npm', ['install', '--no-progress'])).status === 0, begunAt)
await counted('npm test', 'npm', ['test'], { BELAY_E2E: 'required' })
// None measures time. Chaos waits for more than half of its time, so there is room for three.
await Promise.all([onNewerNode(), inTurn([chaos, simulation]), inTurn([startsAndStops, freshMachine, serverKills])])

console.log(`The gate took ${((performance.now() - begunAt) / 1000).toFixed(0)} s`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
