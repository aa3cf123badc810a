// `npm run deploy-check`: deploy/ as far as this machine can check it without Docker or a service manager that runs.
//
// The unit: `systemd-analyze verify`, where that is installed. The Dockerfile: each of its steps is done in an empty
// folder in place of the image, the last stage is made read-only, and what the container would start is started there
// until it answers over TLS. Instructions or commands that this does not know fail it: they would not be checked.
// Not checked is what only Docker does: the base image, users, capabilities, volumes.
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { progress } from './proof/figures.mjs'

const root = join(import.meta.dirname, '..')
const PORT = 25_871
const START_LIMIT_MS = 60_000

/** @param {string} file @param {readonly string[]} args @param {import('node:child_process').SpawnSyncOptions} [options] */
function run(file, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8', ...options })
  if (status !== 0)
    throw new Error(`${file} ${args.join(' ')} ended with ${String(status ?? error?.message)}: ${String(stderr)}${String(stdout)}`)
  return `${String(stdout)}${String(stderr)}`
}

/** Instructions with their text, continuation lines joined. @param {string} text */
function instructionsOf(text) {
  return text
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name, ...rest] = line.trim().split(/\s+/)
      return { name, rest }
    })
}

/** Files that a path names whose last part may have a `*`. @param {string} pattern */
function named(pattern) {
  const [head, tail] = basename(pattern).split('*')
  if (tail === undefined) return existsSync(pattern) ? [pattern] : []
  const folder = dirname(pattern)
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names.filter((name) => name.startsWith(head) && name.endsWith(tail)).map((name) => join(folder, name))
}

/** @param {boolean} holds @param {string} what */
function must(holds, what) {
  if (!holds) throw new Error(`Dockerfile: ${what}`)
}

/** The steps, in folders under `at`; what the container starts. @param {string} at @param {string} context */
function built(at, context) {
  /** @type {Map<string, string>} */
  const stages = new Map()
  let stage = ''
  let folder = '/'
  let user = 'root'
  /** @type {{ entrypoint: string[], command: string[], environment: Record<string, string> }} */
  const image = { entrypoint: [], command: [], environment: {} }
  /** @param {string} path @param {string} [of] */
  const inside = (path, of = stage) => join(of, path.startsWith('/') ? path : join(folder, path))
  for (const { name, rest } of instructionsOf(readFileSync(join(root, 'deploy', 'Dockerfile'), 'utf8'))) {
    switch (name) {
      case 'FROM': {
        must(/^[\w./-]+:(?!latest)[\w.-]+$/.test(rest[0]), `${rest[0]} is no image with a version`)
        stage = join(at, rest[1] === 'AS' ? rest[2] : 'final')
        stages.set(basename(stage), stage)
        mkdirSync(join(stage, 'tmp'), { recursive: true })
        folder = '/'
        user = 'root'
        break
      }
      case 'WORKDIR':
        folder = rest[0]
        mkdirSync(inside('.'), { recursive: true })
        break
      case 'COPY': {
        const from = rest[0].startsWith('--from=') ? stages.get(rest[0].slice(7)) : context
        must(from !== undefined, `no stage ${rest[0]}`)
        const [pattern, to] = rest.filter((word) => !word.startsWith('--'))
        const found = named(join(from ?? '', pattern))
        must(found.length > 0, `there is no ${pattern} to copy`)
        for (const path of found) cpSync(path, to.endsWith('/') ? join(inside(to), basename(path)) : inside(to), { recursive: true })
        break
      }
      case 'RUN':
        if (rest[0] === 'npm') {
          const files = rest.slice(1).flatMap((word) => (word.startsWith('/') ? named(inside(word)) : [word]))
          must(
            files.includes('--ignore-scripts') && files.includes('--omit=dev'),
            'npm install runs scripts, or brings what is only for development',
          )
          progress(`npm ${files.join(' ')} …`)
          run('npm', [...files, '--no-progress', '--prefix', inside('.')], { cwd: inside('.') })
        } else if (rest[0] === 'install' && rest[1] === '-d') {
          const path = rest.at(-1) ?? ''
          mkdirSync(inside(path), { recursive: true, mode: Number.parseInt(rest[rest.indexOf('-m') + 1], 8) })
        } else must(false, `this check cannot do RUN ${rest.join(' ')}`)
        break
      case 'ENV':
        for (const pair of rest) image.environment[pair.slice(0, pair.indexOf('='))] = pair.slice(pair.indexOf('=') + 1)
        break
      case 'USER':
        user = rest[0]
        break
      case 'VOLUME':
        must(existsSync(inside(rest[0])), `the volume ${rest[0]} is not made before, so it would belong to root`)
        break
      case 'EXPOSE':
        break
      case 'ENTRYPOINT':
        image.entrypoint = JSON.parse(rest.join(' '))
        break
      case 'CMD':
        image.command = JSON.parse(rest.join(' '))
        break
      default:
        must(false, `this check does not know ${name}`)
    }
  }
  must(user !== 'root', 'the container would be root')
  return { image, at: stage }
}

/** What the container starts, until it answers. @param {ReturnType<typeof built>} built @param {string} certificates */
async function answers({ image, at }, certificates) {
  /** Paths of the image lie in its folder, those of a mounted volume in theirs. @param {string} text */
  const mapped = (text) =>
    text.startsWith('/etc/belay/') ? join(certificates, basename(text)) : text.startsWith('/') ? join(at, text) : text
  const [file, ...args] = [...image.entrypoint, ...image.command].map(mapped)
  must(file === 'node', `it starts ${file}`)
  const port = args.indexOf('--port')
  must(port > 0, 'no --port')
  args[port + 1] = String(PORT)
  const env = Object.fromEntries(Object.entries(image.environment).map(([name, value]) => [name, mapped(value)]))
  run('chmod', ['-R', 'a-w', join(at, 'opt')])
  const child = spawn(process.execPath, args, { env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.on('data', (text) => (said += String(text)))
  child.stderr.on('data', (text) => (said += String(text)))
  try {
    for (const until = performance.now() + START_LIMIT_MS; ; await delay(100)) {
      if (child.exitCode !== null || performance.now() > until) throw new Error(`it does not answer: ${said}`)
      if ((await statusOf('/livez')) === 200) return (await statusOf('/api/pipelines')) ?? 0
    }
  } finally {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    if (child.exitCode === null) await gone
    run('chmod', ['-R', 'u+w', join(at, 'opt')])
  }
}

/** null = nobody answers. @param {string} path @returns {Promise<number | null>} */
function statusOf(path) {
  return new Promise((resolve) => {
    // The certificate is this check's own.
    request({ host: '127.0.0.1', port: PORT, path, rejectUnauthorized: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? null)
    })
      .on('error', () => resolve(null))
      .end()
  })
}

const work = mkdtempSync(join(tmpdir(), 'belay-deploy-'))
try {
  const analyze = spawnSync('systemd-analyze', ['--version']).status === 0
  const unit = analyze ? run('systemd-analyze', ['verify', join(root, 'deploy', 'belay.service')]) : 'systemd-analyze is not installed'
  // systemd before 254 does not know how a service gets a group of its own below its unit's: it goes without.
  const told = unit.split('\n').filter((line) => line.includes('belay.service') && !line.includes("'DelegateSubgroup'"))
  if (analyze && told.length > 0) throw new Error(`belay.service: ${told.join('\n')}`)
  progress('Packing …')
  run(process.execPath, [join('scripts', 'pack.mjs')], { cwd: root })
  const image = built(join(work, 'image'), join(root, 'dist'))
  const certificates = join(work, 'certificates')
  mkdirSync(certificates)
  run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=belay',
    '-keyout',
    join(certificates, 'key.pem'),
    '-out',
    join(certificates, 'cert.pem'),
  ])
  progress('Starting what the container starts …')
  const anonymous = await answers(image, certificates)
  if (anonymous !== 401) throw new Error(`without signing in /api/pipelines answers ${anonymous}, and not 401`)
  console.log(JSON.stringify({ unit: analyze ? 'verified' : 'not checked', dockerfile: 'steps done, started, answered', anonymous }))
} finally {
  rmSync(work, { recursive: true, force: true })
}
