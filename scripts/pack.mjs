// `npm run pack`: one installable tarball, dist/belay-stream-<version>.tgz, with the command `belay`.
// Server, page, engine and operators are inside; packages of others are dependencies with exact versions.
// The folders keep their places (apps/server/dist/command, apps/web/dist, examples): what finds its way by them in the
// workspace finds it in the package.
//   --built   what is built is taken as it is, for others run from it now
// Progress on stderr, one line of JSON last on stdout: {file, sizeBytes, unpackedBytes, files}.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'
import { copyTypes } from './pack/types.mjs'

const UNPACKED_LIMIT_BYTES = 25 * 1024 * 1024

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const staged = join(root, 'dist', 'package')
const from = (...path) => join(root, ...path)
const to = (...path) => join(staged, ...path)

function run(command, args, cwd) {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  })
  if (result.status === 0) return result.stdout
  process.stderr.write(`${result.stdout ?? ''}\n${command} ${args.join(' ')} failed\n`)
  process.exit(1)
}

function copy(...path) {
  cpSync(from(...path), to(...path), { recursive: true, filter: (file) => !file.endsWith('.map') && !file.endsWith('.d.ts') })
}

if (!process.argv.includes('--built')) {
  process.stderr.write('Building …\n')
  run(from('node_modules', '.bin', 'turbo'), ['run', 'build', '--output-logs=errors-only'], root)
}

rmSync(staged, { recursive: true, force: true })
mkdirSync(staged, { recursive: true })

const server = JSON.parse(readFileSync(from('apps', 'server', 'package.json'), 'utf8'))
const workspace = JSON.parse(readFileSync(from('package.json'), 'utf8'))
const dependencies = Object.fromEntries(Object.entries(server.dependencies).filter(([name]) => !name.startsWith('@belay/')))
for (const [name, version] of Object.entries(dependencies)) {
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`${name} is ${version}: dependencies of the package have exact versions`)
}

// What `import … from 'belay-stream'` and `from 'belay-stream/client'` give.
for (const name of ['program', 'client']) {
  await build({
    input: { index: from('packages', name, 'dist', 'index.js') },
    platform: 'neutral',
    logLevel: 'warn',
    external: Object.keys(dependencies).map((name) => new RegExp(`^${name}(/|$)`)),
    output: {
      dir: to('packages', name, 'dist'),
      format: 'esm',
      minify: { mangle: false, compress: false, codegen: { removeWhitespace: true } },
    },
  })
}
copyTypes(root, staged, [
  'packages/program/dist/index.d.ts',
  'packages/client/dist/index.d.ts',
  'packages/operator-kit/dist/operator.d.ts',
  'packages/operator-kit/dist/testing.d.ts',
])
copy('apps', 'server', 'dist', 'run')
copy('apps', 'server', 'dist', 'command')
copy('apps', 'server', 'bin', 'belay.js')
chmodSync(to('apps', 'server', 'bin', 'belay.js'), 0o755)
copy('apps', 'web', 'dist')
copy('apps', 'docs', 'dist', 'site')
copy('examples')
copy('LICENSE')
cpSync(from('scripts', 'pack', 'README.md'), to('README.md'))
writeFileSync(to('apps', 'server', 'package.json'), `${JSON.stringify({ version: server.version, private: true, type: 'module' })}\n`)
writeFileSync(
  to('package.json'),
  `${JSON.stringify(
    {
      name: 'belay-stream',
      version: server.version,
      description: 'Draw a stream pipeline in the browser, run it, kill any part of it, and watch it lose nothing.',
      license: server.license,
      type: 'module',
      bin: { belay: 'apps/server/bin/belay.js' },
      exports: {
        '.': { types: './packages/program/dist/index.d.ts', default: './packages/program/dist/index.js' },
        './client': { types: './packages/client/dist/index.d.ts', default: './packages/client/dist/index.js' },
        './operator': { types: './packages/operator-kit/dist/operator.d.ts', default: './apps/server/dist/run/kit/operator.js' },
        './operator-testing': { types: './packages/operator-kit/dist/testing.d.ts', default: './apps/server/dist/run/kit/testing.js' },
        './package.json': './package.json',
      },
      files: ['apps', 'packages', 'examples'],
      engines: workspace.engines,
      dependencies,
    },
    null,
    2,
  )}\n`,
)
for (const part of [
  'apps/server/dist/run/process/runProcess.js',
  'apps/web/dist/index.html',
  'packages/program/dist/index.d.ts',
  'apps/docs/dist/site/index.html',
  'examples/flights.json',
]) {
  if (!existsSync(to(part))) throw new Error(`${part} is missing in the package`)
}
const left = readdirSync(to('apps', 'server', 'dist', 'command')).filter((name) =>
  /from ?["']@belay\//.test(readFileSync(to('apps', 'server', 'dist', 'command', name), 'utf8')),
)
if (left.length > 0) throw new Error(`${left.join(', ')} still import packages of the workspace`)

const [packed] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', from('dist')], staged))
if (packed.unpackedSize > UNPACKED_LIMIT_BYTES) throw new Error(`the package has ${packed.unpackedSize} bytes unpacked, more than 25 MB`)
console.log(
  JSON.stringify({
    file: join('dist', packed.filename),
    sizeBytes: packed.size,
    unpackedBytes: packed.unpackedSize,
    files: packed.entryCount,
  }),
)
