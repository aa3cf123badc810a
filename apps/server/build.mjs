// Bundles what a run is made of into dist/run: its process, its threads and the operators, as one module graph
// with common chunks, so that an error class or a state table is the same thing on all sides.
// Then the command line and the server into dist/command: a thousand small files take longer to read than most
// commands take to run.
// Names stay as they are: stacks of operators are shown to people.
import { readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'

const dist = new URL('./dist/run', import.meta.url)
const command = new URL('./dist/command', import.meta.url)
const engine = new URL('../../packages/engine/dist/', import.meta.url)
const of = (/** @type {string} */ path) => fileURLToPath(new URL(path, engine))

rmSync(dist, { recursive: true, force: true })
await build({
  input: {
    'process/runProcess': of('process/runProcess.js'),
    'container/containerMain': of('container/containerMain.js'),
    'store/storeThread': of('store/storeThread.js'),
    'store/syncThread': of('store/syncThread.js'),
    'runner/stateThread': of('runner/stateThread.js'),
    'operators/manifests': fileURLToPath(import.meta.resolve('@belay/operators/manifests')),
    'operators/runtime': fileURLToPath(import.meta.resolve('@belay/operators/runtime')),
    // What operators of one's own import: the same classes as in the run.
    'kit/operator': fileURLToPath(import.meta.resolve('@belay/operator-kit/operator')),
    'kit/testing': fileURLToPath(import.meta.resolve('@belay/operator-kit/testing')),
  },
  platform: 'node',
  logLevel: 'warn',
  output: {
    dir: fileURLToPath(dist),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    minify: { mangle: false, compress: false, codegen: { removeWhitespace: true } },
  },
})

/** What consists of very many small files, and is needed for almost every command, goes in as well. */
const WITHIN = ['typebox', '@fastify/type-provider-typebox']
const { dependencies } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'))
const outside = Object.keys(dependencies).filter((name) => !name.startsWith('@belay/') && !WITHIN.includes(name))

rmSync(command, { recursive: true, force: true })
await build({
  // The hooks that load programs run in a thread of their own.
  input: Object.fromEntries(
    ['main', 'programHooks'].map((name) => [name, fileURLToPath(new URL(`./dist/cli/${name}.js`, import.meta.url))]),
  ),
  platform: 'node',
  logLevel: 'warn',
  checks: { ineffectiveDynamicImport: false },
  external: outside.map((name) => new RegExp(`^${name}(/|$)`)),
  output: {
    dir: fileURLToPath(command),
    format: 'esm',
    // Chunks lie beside the entry: modules find the page, the examples and dist/run relative to themselves.
    chunkFileNames: '[name]-[hash].js',
    minify: { mangle: false, compress: false, codegen: { removeWhitespace: true } },
  },
})
