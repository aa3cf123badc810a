// `npm test`: static checks first, then the suites; ends with the plain line `N passed, N failed`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }
let passed = 0
let failed = 0

function check(name, command, args) {
  const startedAt = performance.now()
  const result = spawnSync(command, args, { stdio: 'inherit', env })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (result.status === 0) passed += 1
  else failed += 1
  console.log(`${result.status === 0 ? 'ok' : 'FAILED'} ${name} (${seconds} s)`)
  return result.status === 0
}

function suite(name, args) {
  const folder = mkdtempSync(join(tmpdir(), 'belay-test-'))
  const report = join(folder, 'report.json')
  const result = spawnSync('npx', ['vitest', 'run', '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`, ...args], { stdio: 'inherit', env })
  let figures = { numPassedTests: 0, numFailedTests: 1 }
  try {
    figures = JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    console.error(`${name}: no report was written`)
  }
  rmSync(folder, { recursive: true, force: true })
  passed += figures.numPassedTests
  failed += figures.numFailedTests
  if (result.status !== 0 && figures.numFailedTests === 0) failed += 1
  console.log(`${name}: ${figures.numPassedTests} passed, ${figures.numFailedTests} failed`)
}

check('types and build', 'npx', ['turbo', 'run', 'build', 'typecheck', '--output-logs=errors-only'])
check('lint', 'npx', ['oxlint', '--type-aware', '--deny-warnings'])
suite('unit', [])

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
