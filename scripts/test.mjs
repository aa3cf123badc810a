// `npm test`: static checks first, then the suites; ends with the plain line `N passed, N failed`.
//   --verify         also formatting and dead code
//   --suites a,b     only these of: static, unit, unit-core, e2e, e2e-smoke (unit-core: the engine, and one of run processes)
// BELAY_E2E=required makes a missing browser a failure instead of a line.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', ...(process.env.CI === undefined ? {} : { NO_COLOR: '1' }) }
const chosen = process.argv.includes('--suites') ? process.argv[process.argv.indexOf('--suites') + 1].split(',') : ['static', 'unit', 'e2e']
let passed = 0
let failed = 0

function bin(name) {
  return join('node_modules', '.bin', name)
}

function check(name, command, args) {
  const startedAt = performance.now()
  const result = spawnSync(command, args, { stdio: 'inherit', env })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (result.status === 0) passed += 1
  else failed += 1
  console.log(`${result.status === 0 ? 'ok' : 'FAILED'} ${name} (${seconds} s)`)
  return result.status === 0
}

function count(name, passedHere, failedHere, status, startedAt) {
  passed += passedHere
  failed += failedHere
  if (status !== 0 && failedHere === 0) failed += 1
  console.log(`${name}: ${passedHere} passed, ${failedHere} failed (${((performance.now() - startedAt) / 1000).toFixed(0)} s)`)
}

function withReport(run) {
  const folder = mkdtempSync(join(tmpdir(), 'belay-test-'))
  const report = join(folder, 'report.json')
  const status = run(report)
  let figures = null
  try {
    figures = JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    console.error(`${report} was not written`)
  }
  rmSync(folder, { recursive: true, force: true })
  return { status, figures }
}

/** A test that never ends must not keep the rest from being told. */
const UNIT_TIMEOUT_MS = 1_200_000

function vitest(paths) {
  return withReport(
    (report) =>
      spawnSync(
        process.execPath,
        [join('node_modules', 'vitest', 'vitest.mjs'), 'run', ...paths, '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`],
        { stdio: 'inherit', env, timeout: UNIT_TIMEOUT_MS, killSignal: 'SIGKILL' },
      ).status,
  )
}

/**
 * In CI, on a machine of unknown load, a file of tests that run servers and processes is run once more by itself
 * when it fails; what then passes is told by name. Everything else is deterministic and gets no second try.
 */
function repeatable(figures) {
  if (process.env.CI === undefined || figures === null) return []
  const failedFiles = figures.testResults.filter(({ status }) => status !== 'passed').map(({ name }) => relative(process.cwd(), name))
  return failedFiles.length <= 3 && failedFiles.every((name) => name.startsWith(join('apps', 'server', 'test'))) ? failedFiles : []
}

/** Where the time goes; those that are always here belong into `scripts/proof/longestFirst.ts`. */
function tellLongest(figures) {
  const files = figures.testResults.map(({ name, startTime, endTime }) => ({ name, seconds: (endTime - startTime) / 1000 }))
  const longest = files.toSorted((one, other) => other.seconds - one.seconds).slice(0, 8)
  console.log(`longest: ${longest.map(({ name, seconds }) => `${relative(process.cwd(), name)} ${seconds.toFixed(0)} s`).join(', ')}`)
}

function unit(paths = []) {
  const startedAt = performance.now()
  const { status, figures } = vitest(paths)
  if (figures !== null) tellLongest(figures)
  const name = 'unit, simulation and integration'
  const again = repeatable(figures)
  if (again.length === 0) return count(name, figures?.numPassedTests ?? 0, figures?.numFailedTests ?? 1, status, startedAt)
  for (const { assertionResults } of figures.testResults)
    for (const one of assertionResults) if (one.status === 'failed') console.log(`UNSTEADY, run once more: ${one.fullName}`)
  const second = vitest(again)
  const stillFailed = second.figures?.numFailedTests ?? 1
  count(name, figures.numPassedTests + figures.numFailedTests - stillFailed, stillFailed, second.status, startedAt)
}

function e2e(args) {
  const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', process.env.BELAY_CHROMIUM].find(
    (path) => path !== undefined && existsSync(path),
  )
  if (browser === undefined) {
    console.log('e2e: skipped, no Chromium found (apt-get install chromium, or set BELAY_CHROMIUM to its path)')
    if (process.env.BELAY_E2E === 'required') failed += 1
    return
  }
  const startedAt = performance.now()
  const { status, figures } = withReport(
    (report) =>
      spawnSync(
        process.execPath,
        [
          join('node_modules', '@playwright', 'test', 'cli.js'),
          'test',
          '--config',
          'e2e/playwright.config.mjs',
          '--reporter=line,json',
          ...args,
        ],
        {
          stdio: 'inherit',
          env: { ...env, BELAY_CHROMIUM: browser, PLAYWRIGHT_JSON_OUTPUT_NAME: report },
        },
      ).status,
  )
  count('e2e', (figures?.stats.expected ?? 0) + (figures?.stats.flaky ?? 0), figures?.stats.unexpected ?? 1, status, startedAt)
  if ((figures?.stats.flaky ?? 0) > 0) console.log(`UNSTEADY: ${figures.stats.flaky} end-to-end tests passed at the second try only`)
}

/** What hangs on the Node it runs on: threads, shared memory, files and processes of the engine. */
const CORE = ['packages/engine/', 'packages/columns/', 'apps/server/test/supervision.test.ts']
/** Plain computing says nothing about a Node that it has not said of the other; one that `npx` fetched lies where only root may look. */
const NOT_CORE = [
  'packages/engine/test/logExploration.test.ts',
  'packages/engine/test/mutants.test.ts',
  'packages/engine/test/partitions.test.ts',
  'packages/engine/test/simulation.test.ts',
  'packages/engine/test/transition.test.ts',
  'packages/engine/src/runner/isolation.test.ts',
]

const suites = {
  static: () => {
    check('types and build', bin('turbo'), ['run', 'build', 'typecheck', '--output-logs=errors-only'])
    check('types of the end-to-end tests', bin('tsc'), ['-p', 'e2e'])
    check('lint', bin('oxlint'), ['--type-aware', '--deny-warnings'])
    if (process.argv.includes('--verify')) {
      check('format', bin('oxfmt'), ['--check'])
      check('dead code', bin('knip'), [])
    }
  },
  unit: () => unit(),
  'unit-core': () => unit([...CORE, ...NOT_CORE.map((path) => `--exclude=${path}`)]),
  e2e: () => e2e([]),
  'e2e-smoke': () => e2e(['--grep', '@smoke']),
}

for (const name of chosen) suites[name]()

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
