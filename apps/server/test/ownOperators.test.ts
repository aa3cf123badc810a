/** Operators of one's own: begun from the example, proven by its contract, loaded, shown, run and killed; what is not whole is refused. */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { contract } from '@belay/operator-kit/testing'
import { manifests } from '@belay/operators/manifests'
import type { OperatorManifest, PipelineDocument } from '@belay/pipeline'
import { afterAll, describe, expect, it } from 'vitest'
import { belay, PROCESSES, startRun, startServer, temporaryHome, untilState } from './support/belay.ts'

const EXAMPLE = new URL('../../../examples/operators/mask', import.meta.url).pathname
const home = temporaryHome()
afterAll(() => home.remove())

const folderFor = (name: string): string => mkdtempSync(join(home.path, `${name}-`))

/** Generator → the operator → table, with a test that kills it. */
function masked(type: string): PipelineDocument {
  const time = '2024-01-01T00:00:00Z'
  return {
    format: 1,
    id: 'masked',
    name: 'Masked',
    parameters: {},
    settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432 },
    operators: [
      { id: 'made', type: 'generator', typeVersion: 1, name: 'made', config: { rows: 500, rowsPerSecond: 0, seed: 1, keys: 5 } },
      { id: 'hide', type, typeVersion: 1, name: 'hide', config: { column: 'key', keep: 1 } },
      { id: 'seen', type: 'table-view', typeVersion: 1, name: 'seen', config: { rows: 10, key: [] } },
    ],
    streams: [
      { id: 's1', from: { operator: 'made', port: 'out' }, to: [{ operator: 'hide', port: 'in' }] },
      { id: 's2', from: { operator: 'hide', port: 'out' }, to: [{ operator: 'seen', port: 'in' }] },
    ],
    layout: {},
    tests: [
      {
        name: 'masked, also after a kill',
        steps: [
          { rows: { made: [{ id: 1, key: 'abc', value: 1, time }] } },
          { rows: { made: [{ id: 2, key: 'xyz', value: 1, time }] }, kill: 'hide' },
        ],
        expected: { seen: [{ key: 'a**' }, { key: 'x**' }] },
      },
    ],
  }
}

function npmTest(folder: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env
  const child = spawn(process.execPath, ['--test'], { cwd: folder, env })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })))
}

describe.concurrent('an operator of one’s own', PROCESSES, () => {
  it('begins as one that keeps its contract, and runs on the engine with a kill', async () => {
    const folder = folderFor('begun')
    expect((await belay(['operator', 'new', 'hide-most', '--dir', folder])).code).toBe(0)
    const contractRun = await npmTest(join(folder, 'hide-most'))
    expect(contractRun.code, contractRun.output).toBe(0)
    expect(contractRun.output).toMatch(/pass 4\b/)
    const pipeline = join(folder, 'masked.json')
    writeFileSync(pipeline, JSON.stringify(masked('hide-most')))
    const { code, stdout } = await belay(['test', pipeline, '--operators', folder])
    expect([code, stdout]).toEqual([0, expect.stringContaining('1 passed, 0 failed')])
    const without = await belay(['validate', pipeline])
    expect([without.code, without.stdout]).toEqual([2, expect.stringMatching(/UNKNOWN_OPERATOR_TYPE.*--operators/)])
  })

  it('breaks its contract visibly: rows that are lost are told with their columns', async () => {
    const folder = folderFor('broken')
    await belay(['operator', 'new', 'lossy', '--dir', folder])
    const runtime = join(folder, 'lossy', 'runtime.js')
    writeFileSync(runtime, readFileSync(runtime, 'utf8').replace('let row = 0;', 'let row = from === 0 ? 1 : 0;'))
    const { code, output } = await npmTest(join(folder, 'lossy'))
    expect([code, output]).toEqual([1, expect.stringMatching(/1 rows missing.*- \{"id":1,"name":"An\*"\}/s)])
  })

  it.each<[string, (folder: string) => void, RegExp]>([
    [
      'a type that Belay has',
      (folder) => rewrite(folder, 'manifest.js', "type: 'mask'", "type: 'filter'"),
      /the type filter is one of Belay's own/,
    ],
    [
      'a manifest that imports',
      (folder) => rewrite(folder, 'manifest.js', 'export const', "import 'node:fs'\nexport const"),
      /its manifest imports something/,
    ],
    [
      'a manifest that is not whole',
      (folder) => rewrite(folder, 'manifest.js', "category: 'transform'", "category: 'mine'"),
      /category: one of sources/,
    ],
    [
      'a default that its schema refuses',
      (folder) => rewrite(folder, 'manifest.js', 'keep: 1 }', "keep: 'one' }"),
      /defaultConfig: \/keep/,
    ],
    [
      'a runtime without a module',
      (folder) => rewrite(folder, 'runtime.js', 'export const module', 'export const other'),
      /exports no `module`/,
    ],
    ['a runtime that does not load', (folder) => rewrite(folder, 'runtime.js', 'class Mask {', 'class Mask ('), /it cannot be loaded/],
    [
      'a package that names no runtime',
      (folder) => rewrite(folder, 'package.json', '"runtime": "./runtime.js"', '"other": ""'),
      /does not name its runtime/,
    ],
    [
      'a file outside it',
      (folder) => rewrite(folder, 'package.json', './runtime.js', '../../secret.js'),
      /no \.\.\/\.\.\/secret\.js|lies outside/,
    ],
  ])('with %s is refused with what to do', async (_what, spoil, words) => {
    const folder = folderFor('spoilt')
    cpSync(EXAMPLE, join(folder, 'mask'), { recursive: true })
    spoil(join(folder, 'mask'))
    const { code, stderr } = await belay(['operator', 'check', '--dir', folder])
    expect([code, stderr]).toEqual([2, expect.stringMatching(words)])
    expect(stderr).toContain('OPERATOR_INVALID')
  })

  it('is served to the page, and a run goes on with it after the server was killed and started without it', async () => {
    const folder = folderFor('served')
    const own = join(folder, 'home')
    mkdirSync(own)
    cpSync(EXAMPLE, join(folder, 'operators', 'mask'), { recursive: true })
    const server = await startServer(own, ['--operators', join(folder, 'operators')])
    const endless = masked('mask')
    endless.operators[0].config = { rows: 0, rowsPerSecond: 500, seed: 1, keys: 5 }
    let runId: string
    try {
      const listed = await server.call('GET', '/api/operators')
      expect(listed.body).toMatchObject([{ type: 'mask', title: 'Mask', typeVersion: 1 }])
      const manifest = await server.call('GET', '/api/operators/mask/manifest.js')
      expect([manifest.type, manifest.body]).toEqual(['text/javascript; charset=utf-8', expect.stringContaining('export const manifest')])
      expect((await server.call('GET', '/api/operators/filter/manifest.js')).status).toBe(404)
      expect((await server.call('POST', '/api/validate', { document: endless })).body.problems).toEqual([])
      runId = await startRun(server, endless)
      await untilState(server, runId, 'running')
    } finally {
      await server.end('SIGKILL')
    }
    const later = await startServer(own)
    try {
      expect((await later.call('GET', '/api/operators')).body).toEqual([])
      await later.call('POST', `/api/runs/${runId}/kill`, { commandId: 'kill-it' })
      await untilState(later, runId, 'running')
      await later.call('POST', `/api/runs/${runId}/stop`, { mode: 'abort', commandId: 'end-it' })
      await untilState(later, runId, 'stopped')
    } finally {
      await later.end('SIGKILL')
    }
  })
})

function rewrite(folder: string, file: string, from: string, to: string): void {
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  expect(text).toContain(from)
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
}

it('a name that is taken or is none is refused before anything is written', async () => {
  const folder = folderFor('named')
  for (const name of ['filter', 'Not A Name']) expect((await belay(['operator', 'new', name, '--dir', folder])).code).toBe(2)
  expect(existsSync(join(folder, 'filter'))).toBe(false)
}, 60_000)

it('every operator of Belay has a manifest that would be taken', async () => {
  for (const manifest of Object.values<OperatorManifest>(manifests)) {
    const [whole] = contract({ manifest, module: { create: () => Promise.reject(new Error('never made')) }, examples: [] })
    await whole.check()
  }
})
