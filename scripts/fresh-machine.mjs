// What a stranger does with the tarball: empty folder → npm install → `belay start` → the demo runs to a commit.
// Also what the package promises: at most 150 packages, no install scripts, nothing of the workspace needed.
//   --built   for scripts/pack.mjs
// Progress on stderr, one line of JSON last on stdout; ends with 0 when all of it holds.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BelayServer } from './proof/belayServer.mjs'
import { progress } from './proof/figures.mjs'

const PACKAGES_LIMIT = 150
const COMMIT_LIMIT_MS = 60_000
const POLL_MS = 100
const root = join(import.meta.dirname, '..')

/** @param {string} command @param {readonly string[]} args @param {string} cwd */
function run(command, args, cwd) {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${result.status}: ${result.stdout}`)
  return result.stdout
}

const packed = JSON.parse(
  run(process.execPath, [join('scripts', 'pack.mjs'), ...process.argv.slice(2)], root)
    .trim()
    .split('\n')
    .at(-1),
)
// Outside the workspace: nothing above this folder can stand in for what the package lacks.
const machine = mkdtempSync(join(tmpdir(), 'belay-fresh-'))
const folder = join(machine, 'empty')
const server = new BelayServer(join(machine, 'home'), join(folder, 'node_modules', 'belay-stream', 'apps', 'server', 'bin', 'belay.js'))
try {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const startedAt = performance.now()
  progress('npm install …')
  run('npm', ['install', '--no-audit', '--no-fund', '--no-progress', join(root, packed.file)], folder)
  const installSeconds = (performance.now() - startedAt) / 1000

  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
  const installed = Object.entries(lock.packages).filter(([path]) => path !== '')
  const scripted = installed.filter(([, entry]) => entry.hasInstallScript === true).map(([path]) => path)
  if (installed.length > PACKAGES_LIMIT) throw new Error(`${installed.length} packages, more than ${PACKAGES_LIMIT}`)
  if (scripted.length > 0) throw new Error(`install scripts in ${scripted.join(', ')}`)

  const version = run('npx', ['--no-install', 'belay', '--version'], folder).trim()
  writeFileSync(
    join(folder, 'program.ts'),
    "import { pipeline } from 'belay-stream'\nconst id: string = 'made'\nexport default pipeline('p').source(id, 'generator', { rows: 10 }).table('seen')\n",
  )
  const document = JSON.parse(run('npx', ['--no-install', 'belay', 'export', 'program.ts', '--json'], folder))
  if (document.operators?.length !== 2) throw new Error('a program does not make its document')
  run('npx', ['--no-install', 'belay', 'operator', 'new', 'own', '--dir', 'operators'], folder)
  run('npm', ['test', '--prefix', join('operators', 'own')], folder)
  progress(`belay ${version}: start and demo …`)
  await server.start()
  const page = await fetch(server.url)
  if (page.status !== 200 || !(await page.text()).includes('<title>Belay')) throw new Error('the page is not served')
  const opened = await server.call('POST', '/examples/flights/open', {})
  const started = await server.call('POST', '/runs', { pipelineId: opened.body.pipeline?.id ?? opened.body.id ?? 'flights' })
  if (started.status !== 201) throw new Error(`the demo does not start: ${JSON.stringify(started.body)}`)
  const { runId } = started.body
  const limitAt = performance.now() + COMMIT_LIMIT_MS
  let figures
  for (;;) {
    figures = (await server.call('GET', `/runs/${runId}/snapshot`)).body?.figures
    if (figures?.committedWindow > 0 && figures.operators.flights.rowsOut > 0) break
    if (performance.now() > limitAt) throw new Error(`the demo commits nothing: ${JSON.stringify(figures)}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  const demoSeconds = (performance.now() - startedAt) / 1000
  await server.call('POST', `/runs/${runId}/stop`, { mode: 'abort', commandId: 'fresh-machine-abort' })
  while (server.orphans().length > 0 && performance.now() < limitAt) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  if (server.orphans().length > 0) throw new Error('the run process stays after abort')
  console.log(
    JSON.stringify({
      packages: installed.length,
      unpackedMb: Math.round(packed.unpackedBytes / 1024 / 102.4) / 10,
      installSeconds: Math.round(installSeconds * 10) / 10,
      demoSeconds: Math.round(demoSeconds * 10) / 10,
      committedWindow: figures.committedWindow,
    }),
  )
} finally {
  await server.stop()
  rmSync(machine, { recursive: true, force: true })
}
