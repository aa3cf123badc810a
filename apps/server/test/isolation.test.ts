/**
 * Runs try to get out at every level of isolation: as an operator of one's own, which may import and wait, and as a
 * Script. What is open and what is closed is the table of docs/isolation.md, which `BELAY_WRITE_ISOLATION=1` writes.
 */
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { createRequire } from 'node:module'
import { tmpdir, totalmem } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chooseIsolation } from '@belay/engine'
import type { OperatorNode, PipelineDocument } from '@belay/pipeline'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { recordOf, startServer, startRun, testHome, untilState, type TestServer } from './support/belay.ts'

/** A copy, since the server lets the folder find the kit. */
const OPERATORS = join(mkdtempSync(join(tmpdir(), 'belay-escape-')), 'escape')
cpSync(fileURLToPath(new URL('./fixtures/escape', import.meta.url)), OPERATORS, { recursive: true })
afterAll(() => rmSync(OPERATORS, { recursive: true }))
const DOCS = fileURLToPath(new URL('../../../docs/isolation.md', import.meta.url))
const LEVELS = ['none', 'process', 'namespace'] as const
const BEGIN = '<!-- attempts: written by apps/server/test/isolation.test.ts -->'
const END = '<!-- end -->'

interface Attempt {
  readonly sync?: boolean
  readonly run: (...parameters: readonly unknown[]) => unknown
}

const { attempts } = (await import(pathToFileURL(join(OPERATORS, 'escapes', 'attempts.js')).href)) as {
  readonly attempts: Readonly<Record<string, Attempt>>
}

type Results = Readonly<Record<string, { readonly open: boolean; readonly why: string }>>

function pipeline(
  id: string,
  operators: readonly (Partial<OperatorNode> & { id: string; type: string; config: object })[],
): PipelineDocument {
  return {
    format: 1,
    id,
    name: id,
    parameters: {},
    settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432 },
    operators: operators.map((one) => ({ typeVersion: 1, name: one.id, ...one, config: { ...one.config } })),
    streams: operators.slice(1).map(({ id: to }, i) => ({
      id: `s${i}`,
      from: { operator: operators[i].id, port: 'out' },
      to: [{ operator: to, port: 'in' }],
    })),
    layout: {},
  }
}

const generator = (rows: number) => ({ id: 'made', type: 'generator', config: { rows, rowsPerSecond: 100, seed: 1, keys: 5 } })
const nowhere = { id: 'gone', type: 'null-sink', config: {} }

/** As the body of a Script: the attempts that need not wait, at the first row. */
function scriptOf(at: object): string {
  const sync = Object.entries(attempts).filter(([, { sync: may }]) => may === true)
  return `
    const get = process.getBuiltinModule
    const at = { ...${JSON.stringify(at)}, run: process.cwd() }
    const attempts = { ${sync.map(([name, { run }]) => `${JSON.stringify(name)}: ${run.toString()}`).join(',\n')} }
    const results = {}
    for (const [name, run] of Object.entries(attempts)) {
      try {
        const got = run(get, at)
        results[name] = got === false ? { open: false, why: 'nothing' } : { open: true, why: String(got).slice(0, 80) }
      } catch (error) { results[name] = { open: false, why: String(error.code ?? error.message).slice(0, 80) } }
    }
    get('fs').writeFileSync(at.run + '/script.json', JSON.stringify(results))
    return row`
}

function listening(server: Server, at: number | string): Promise<Server> {
  onTestFinished(() => void server.close())
  return new Promise((resolve) => server.listen(at as number, () => resolve(server)))
}

/** What there is to reach, outside the run. */
async function surroundings(server: TestServer): Promise<{ at: object; readonly fresh: () => void }> {
  const outside = testHome()
  const victim = spawn('sleep', ['300'], { detached: true, stdio: 'ignore', env: { PATH: process.env['PATH'], SECRET: 'x' } })
  onTestFinished(() => void victim.kill('SIGKILL'))
  const other = await startRun(server, pipeline('other', [generator(0), nowhere]))
  await untilState(server, other, 'running')
  const otherRun = join(server.home, 'runs', other)
  const { socket: otherSocket } = JSON.parse(readFileSync(join(otherRun, 'process.json'), 'utf8')) as { socket: string }
  const tcp = await listening(
    createServer((socket) => void socket.on('error', () => undefined).end('HTTP/1.1 204 No Content\r\n\r\n')),
    0,
  )
  const udp = createSocket('udp4')
  udp.on('message', (_text, from) => {
    udp.send('here', from.port, from.address)
  })
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve))
  onTestFinished(() => void udp.close())
  const abstract = `belay-test-${process.pid}-${Date.now()}`
  await listening(createServer(), `\0${abstract}`)
  await listening(createServer(), join(outside, 'socket'))
  const secret = join(server.home, 'secrets.key')
  const fresh = (): void => {
    for (const name of ['moved', 'kept', 'deleted']) writeFileSync(join(outside, name), 'x')
    writeFileSync(join(outside, 'data.json'), '{}')
    writeFileSync(join(outside, 'module.mjs'), 'export const gone = 1')
    writeFileSync(secret, 'the key', { mode: 0o600 })
  }
  return {
    fresh,
    at: {
      home: server.home,
      secret,
      outside,
      temporary: join(outside, '..'),
      temporaryName: basename(outside),
      json: join(outside, 'data.json'),
      module: pathToFileURL(join(outside, 'module.mjs')).href,
      otherRun,
      otherSocket,
      otherRoot: join(server.home, 'files'),
      program: fileURLToPath(new URL('../dist/run/process/runProcess.js', import.meta.url)),
      native: nativeModule(),
      pid: victim.pid,
      variable: 'BELAY_TEST_CANARY',
      port: (tcp.address() as { port: number }).port,
      datagramPort: udp.address().port,
      abstract,
      memoryBytes: totalmem(),
    },
  }
}

/** libsql's, which is there on each machine that Belay runs on. */
function nativeModule(): string {
  const folder = join(createRequire(import.meta.url).resolve('libsql'), '..', '..', '@libsql')
  const load = createRequire(import.meta.url)
  const found = readdirSync(folder)
    .map((name) => join(folder, name, 'index.node'))
    .find((path) => {
      try {
        // Beside the one of this system's C library may lie another's.
        return existsSync(path) && load(path) !== undefined
      } catch {
        return false
      }
    })
  if (found === undefined) throw new Error(`There is no native module in ${folder}.`)
  return found
}

async function resultsAt(level: (typeof LEVELS)[number]): Promise<{ readonly operator: Results; readonly script: Results }> {
  const home = testHome()
  mkdirSync(join(home, 'files'), { recursive: true })
  const server = await startServer(home, ['--operators', OPERATORS, '--isolation', level])
  onTestFinished(() => server.end('SIGKILL'))
  const { at, fresh } = await surroundings(server)
  fresh()
  const operatorRun = await startRun(server, pipeline('operator', [{ id: 'escapes', type: 'escapes', config: { at } }, nowhere]))
  await untilState(server, operatorRun, 'finished')
  fresh()
  const scriptRun = await startRun(
    server,
    pipeline('script', [
      generator(1),
      { id: 'code', type: 'script', config: { code: scriptOf(at), columns: [], keys: [], changelogAware: false } },
      nowhere,
    ]),
  )
  await untilState(server, scriptRun, 'finished')
  const record = await recordOf(server, operatorRun)
  expect(record.isolation).toEqual({ level, network: level !== 'namespace' })
  const read = (path: string): Results => JSON.parse(readFileSync(join(home, 'runs', path), 'utf8')) as Results
  return { operator: read(`${operatorRun}/ingest/escapes/results.json`), script: read(`${scriptRun}/script.json`) }
}

const best = process.platform === 'linux' ? chooseIsolation('auto') : null
const text = readFileSync(DOCS, 'utf8')

/** attempt → open by level, as the docs have it. */
function documented(): Record<string, boolean[]> {
  const table = text.slice(text.indexOf(BEGIN), text.indexOf(END))
  return Object.fromEntries(
    [...table.matchAll(/^\| (.+?) \| (\w+) \| (\w+) \| (\w+) \|$/gm)]
      .filter(([, name]) => Object.hasOwn(attempts, name))
      .map(([, name, ...levels]) => [name, levels.map((word) => word === 'open')]),
  )
}

describe.skipIf(best?.level !== 'namespace')(
  `run isolation${best?.level === 'namespace' ? '' : ` (skipped: ${best?.reason ?? 'not Linux'})`}`,
  { timeout: 180_000 },
  () => {
    const found: Record<string, boolean[]> = {}

    it.each(LEVELS.map((level, i) => [level, i] as const))('at %s what runs try is open and closed as the docs say', async (level, i) => {
      const { operator, script } = await resultsAt(level)
      expect(Object.keys(operator).length).toBeGreaterThanOrEqual(60)
      for (const [name, { open }] of Object.entries(operator)) (found[name] ??= [])[i] = open
      // A Script gets no further.
      expect(Object.entries(script).filter(([name, { open }]) => open && !operator[name].open)).toEqual([])
      if (process.env['BELAY_WRITE_ISOLATION'] === undefined) {
        const open = (of: (name: string) => boolean): string[] => Object.keys(attempts).filter(of)
        expect(open((name) => operator[name].open)).toEqual(open((name) => documented()[name]?.[i] === true))
      } else
        console.log(
          level,
          Object.entries(operator)
            .filter(([, { open }]) => !open)
            .map(([name, { why }]) => `${name}: ${why}`)
            .join('\n'),
        )
    })

    it('the table in the docs is whole', () => {
      if (process.env['BELAY_WRITE_ISOLATION'] !== undefined) {
        const rows = Object.entries(found).map(
          ([name, open]) => `| ${name} | ${open.map((one) => (one ? 'open' : 'closed')).join(' | ')} |`,
        )
        const table = ['| A run tries to | none | process | namespace |', '|---|---|---|---|', ...rows].join('\n')
        writeFileSync(DOCS, `${text.slice(0, text.indexOf(BEGIN))}${BEGIN}\n\n${table}\n\n${text.slice(text.indexOf(END))}`)
        return
      }
      expect(Object.keys(documented())).toEqual(Object.keys(attempts))
    })
  },
)
