// npm run golden -- NAME     a run that is killed on its way, with today's formats, as apps/server/test/testdata/golden/NAME
//
// One folder a format, kept for ever: apps/server/test/golden.test.ts opens each and lets the run go on to its end.
// A change of a format adds a folder and leaves the old ones as they are. `expected/` is what a run writes that nobody
// kills; the folder `home` is a BELAY_HOME at the moment of the kill, with `{{home}}` and `{{programs}}` for its paths.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const ROOT = join(import.meta.dirname, '..')
const { createLocalRunner } = await import(pathToFileURL(join(ROOT, 'packages/engine/dist/index.js')).href)
const operators = {
  manifestsUrl: pathToFileURL(join(ROOT, 'packages/operators/dist/manifests.js')).href,
  runtimeUrl: pathToFileURL(join(ROOT, 'packages/operators/dist/runtime.js')).href,
}
const RUN = 'golden-1'

const operator = (id, type, config, more = {}) => ({ id, type, typeVersion: 1, name: id, config, ...more })
const sink = (id, config = {}) =>
  operator(id, 'file-sink', { folder: `home:out/${id}`, name: id, format: 'json-lines', layout: 'parts', ...config })
const stream = (id, from, to, port = 'out') => ({
  id,
  from: { operator: from, port },
  to: to.map((end) => ({ operator: end.split('.')[0], port: end.split('.')[1] ?? 'in' })),
})

/** Keyed state in two partitions, state with retractions, event time, watermarks of two inputs, three kinds of files. */
const document = {
  format: 1,
  id: 'golden',
  name: 'Golden',
  parameters: { rows: { type: 'number', default: 1600 } },
  settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 67_108_864, keepCheckpoints: 3 },
  operators: [
    operator('rows', 'generator', { rows: '${rows}', rowsPerSecond: 1000, seed: 7, keys: 20 }),
    operator('even', 'filter', { condition: 'MOD(id, 2) = 0' }),
    operator('both', 'union', {}),
    operator(
      'sums',
      'window-aggregate',
      {
        sizeMs: 500,
        keys: ['key'],
        aggregates: [
          { name: 'rows', function: 'count', column: null },
          { name: 'worst', function: 'max', column: 'value' },
        ],
      },
      { partitions: 2 },
    ),
    operator('totals', 'aggregate', { keys: ['key'], aggregates: [{ name: 'rows', function: 'count', column: null }], ttlMs: 0 }),
    sink('all'),
    sink('windows', { layout: 'single' }),
    sink('table', { layout: 'single', mode: 'final' }),
  ],
  streams: [
    stream('s1', 'rows', ['even', 'both.in1']),
    stream('s2', 'even', ['both.in2'], 'true'),
    stream('s3', 'both', ['all', 'sums', 'totals']),
    stream('s4', 'sums', ['windows']),
    stream('s5', 'totals', ['table']),
  ],
  layout: {},
}

const linesOf = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1))
    .sort()

async function start(home) {
  for (const folder of ['runs', 'files']) mkdirSync(join(home, folder), { recursive: true })
  const runner = createLocalRunner({ home, operators })
  const roots = { home: { path: join(home, 'files'), writable: true } }
  return runner.start({ runId: RUN, document, parameters: {}, roots, startedBy: 'golden' })
}

const closed = (handle, event = () => {}) => new Promise((resolve) => handle.listen({ event, delta: () => {}, closed: resolve }))

const name = process.argv[2]
if (name === undefined) throw new Error('Say under which name it is to be kept: npm run golden -- format-2')
const target = join(ROOT, 'apps/server/test/testdata/golden', name)
if (existsSync(target)) throw new Error(`${target} is there already. Old ones stay as they are.`)

const whole = mkdtempSync(join(tmpdir(), 'belay-golden-'))
await closed(await start(whole))
for (const sinkName of ['all', 'windows', 'table']) {
  mkdirSync(join(target, 'expected'), { recursive: true })
  writeFileSync(join(target, 'expected', `${sinkName}.jsonl`), linesOf(join(whole, 'files/out', sinkName)).join('\n') + '\n')
}

const cut = mkdtempSync(join(tmpdir(), 'belay-golden-'))
const handle = await start(cut)
let committed = 0
const ask = (body) => handle.command({ ...body, commandId: body.type, by: 'golden' })
await closed(handle, (event) => {
  if (event.type === 'committed') committed += 1
  // The journal holds what a recovery and a command leave in it.
  if (event.type === 'committed' && committed === 1) void ask({ type: 'take-checkpoint', pin: true })
  if (event.type === 'committed' && committed === 2) void ask({ type: 'kill-operator', operator: 'totals', hold: false })
  const { pid } = JSON.parse(readFileSync(join(cut, 'runs', RUN, 'process.json'), 'utf8'))
  if (committed === 4) process.kill(pid, 'SIGKILL')
})
cpSync(cut, join(target, 'home'), { recursive: true, filter: (path) => !path.endsWith('/log') && !path.endsWith('process.json') })
const runFile = join(target, 'home/runs', RUN, 'run.json')
const file = JSON.parse(readFileSync(runFile, 'utf8'))
const kept = {
  ...file,
  request: { ...file.request, roots: { home: { path: '{{home}}/files', writable: true } } },
  operators: { manifestsUrl: '{{programs}}', runtimeUrl: '{{programs}}' },
}
writeFileSync(runFile, JSON.stringify(kept, null, 2))
for (const folder of [whole, cut]) rmSync(folder, { recursive: true })
console.error(`${target}: ${committed} checkpoints`)
