// What `.ci/run` does inside the fresh clone: install and test on this Node, start and stop the
// server as a person would, kill it all with `chaos`, then the core of the suites once more on Node 24. Ends with `N passed, N failed`.
import { spawn, spawnSync } from 'node:child_process'
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

/** Runs a command, shows its output, and adds the figures of its last line. */
function counted(name, command, args, env = {}) {
  const startedAt = performance.now()
  const result = spawnSync(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ...env },
  })
  process.stdout.write(result.stdout ?? '')
  const figures = /(\d+) passed, (\d+) failed\s*$/.exec(result.stdout ?? '')
  if (figures === null) return step(`${name}: no figures at its end`, false, startedAt)
  passed += Number(figures[1])
  failed += Number(figures[2])
  if (result.status !== 0 && Number(figures[2]) === 0) failed += 1
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

const installedAt = performance.now()
step('npm install', spawnSync('npm', ['install', '--no-progress'], { stdio: 'inherit' }).status === 0, installedAt)
counted('npm test', 'npm', ['test'], { BELAY_E2E: 'required' })
await startsAndStops()

/** A proof that prints one line of JSON last and ends with 0 when it holds. */
function proof(name, args) {
  const startedAt = performance.now()
  const result = spawnSync('npm', ['run', '--silent', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  console.log((result.stdout ?? '').trim().split('\n').at(-1))
  step(name, result.status === 0, startedAt)
}

proof('chaos: 50 kills of threads, processes and the server', ['chaos', '--', '--kills', '50', '--seed', '1'])
proof('fresh machine: the tarball in an empty folder, until the demo commits', ['fresh-machine'])

const newer = spawnSync('npx', ['-y', 'node@24', '-p', 'process.execPath'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
const binary = newer.stdout.trim().split('\n').at(-1) ?? ''
if (newer.status === 0 && binary !== '') {
  counted('Node 24', binary, ['scripts/test.mjs', '--suites', 'unit-core,e2e-smoke'], {
    PATH: `${dirname(binary)}${delimiter}${process.env.PATH}`,
    BELAY_E2E: 'required',
  })
} else {
  step('Node 24 could not be fetched', false, performance.now())
}

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
