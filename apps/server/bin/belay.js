#!/usr/bin/env node
// Launcher: checks Node, builds what is stale, then hands over. Plain JavaScript, so that it runs in a fresh clone.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Belay needs Node 20.19 or newer; this is ${process.versions.node}.`)
  process.exit(1)
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
const stamp = join(root, 'node_modules', '.belay-build')
const lock = join(root, 'node_modules', '.belay-build.lock')
const LOCK_POLL_MS = 200

/** @param {string} folder */
function newestUnder(folder) {
  let newest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    newest = Math.max(newest, entry.isDirectory() ? newestUnder(path) : statSync(path).mtimeMs)
  }
  return newest
}

function sourceFolders() {
  const folders = [join(root, 'docs')]
  for (const group of ['packages', 'apps']) {
    for (const name of readdirSync(join(root, group))) {
      const folder = join(root, group, name, 'src')
      if (existsSync(folder)) folders.push(folder)
    }
  }
  return folders
}

function isFresh() {
  const builtAt = existsSync(stamp) ? statSync(stamp).mtimeMs : 0
  return (
    existsSync(join(root, 'apps/server/dist/command/main.js')) &&
    existsSync(join(root, 'apps/web/dist/index.html')) &&
    existsSync(join(root, 'apps/docs/dist/site/index.html')) &&
    sourceFolders().every((folder) => newestUnder(folder) <= builtAt)
  )
}

/** Two launchers at once build once. `false` = somebody else has built meanwhile. */
function takeLock() {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      return true
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    let alive = true
    try {
      process.kill(Number(readFileSync(lock, 'utf8')), 0)
    } catch (error) {
      alive = error.code === 'EPERM'
    }
    if (!alive) rmSync(lock, { force: true })
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS)
    if (isFresh()) return false
  }
}

function build() {
  const turbo = join(root, 'node_modules', '.bin', 'turbo')
  if (!existsSync(turbo)) {
    console.error(`Belay is not installed yet. Run \`npm install\` in ${root} and try again.`)
    process.exit(1)
  }
  if (!takeLock()) return
  process.on('exit', () => rmSync(lock, { force: true }))
  process.stderr.write('Building Belay (once, about 10 s) …\n')
  const startedAt = new Date()
  const result = spawnSync(turbo, ['run', 'build', '--output-logs=errors-only', '--log-order=grouped'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  })
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}\nThe build failed. Run \`npm install\` in ${root} and try again.\n`)
    process.exit(1)
  }
  // Sources that were changed while it built are newer than this.
  writeFileSync(stamp, '')
  utimesSync(stamp, startedAt, startedAt)
  rmSync(lock, { force: true })
}

// An installed package has no sources beside it and nothing to build.
if (existsSync(join(root, 'turbo.json')) && !isFresh()) build()

await import('../dist/command/main.js')
