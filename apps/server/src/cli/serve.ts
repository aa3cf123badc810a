/** The server itself: everything that `belay start` needs and other commands do not load. */
import { accessSync, constants } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sweepSocketFolders, type IsolationChoice } from '@belay/engine'
import { manifests } from '@belay/operators/manifests'
import { Access } from '../access/access.ts'
import type { OidcConfig } from '../access/oidc/config.ts'
import { OidcSignIn } from '../access/oidc/oidcSignIn.ts'
import { createWatch } from '../alerts/watch.ts'
import { AccountStore } from '../access/accountStore.ts'
import { AuditLog } from '../audit/auditLog.ts'
import { createApp, type App } from '../http/app.ts'
import { ServerError } from '../http/problems.ts'
import { createLive, type Live } from '../live/gateway.ts'
import { openLog } from '../log/log.ts'
import { runLog } from '../log/runLog.ts'
import { Exposition } from '../metrics/exposition.ts'
import { FigureHistory } from '../history/figureHistory.ts'
import { RunMetrics } from '../metrics/runMetrics.ts'
import { ServerMetrics } from '../metrics/serverMetrics.ts'
import { loadOperators } from '../operators/ownOperators.ts'
import { RunService } from '../runs/runService.ts'
import { SourceAccesses } from '../runs/sourceAccess.ts'
import { Tries } from '../runs/tries.ts'
import { CommandStore } from '../storage/commandStore.ts'
import { openDatabase, type Database } from '../storage/database.ts'
import { diskFull } from '../storage/disk.ts'
import { auditPath, lockHome, openHome, type Home } from '../storage/home.ts'
import { PipelineStore } from '../storage/pipelineStore.ts'
import { standardRoots } from '../storage/roots.ts'
import { SecretHandOver } from '../secrets/handOver.ts'
import { KeyRing } from '../secrets/keyRing.ts'
import { SecretStore } from '../secrets/secretStore.ts'
import { Tests, testSecrets } from '../tests/tests.ts'
import { EXIT } from './exitCodes.ts'
import { urlOf, type Exposure } from './exposure.ts'
import { runnerOf } from './runnerOf.ts'
import { version } from './version.ts'

const DEFAULT_PORT = 4600
const PORTS_TRIED = 20
const STOP_LIMIT_MS = 9000

export interface ServeOptions {
  readonly home: string | undefined
  /** Absent: the default one, or the next that is free. */
  readonly port: number | undefined
  readonly exposure: Exposure
  /** A service where people sign in as well; null = there is none. */
  readonly oidc: OidcConfig | null
  /** A folder with operators of one's own. */
  readonly operators: string | undefined
  /** Ranges that pipelines may connect to beside the public internet. */
  readonly allowedAddresses: readonly string[]
  /** Of its runs. */
  readonly isolation: IsolationChoice
  /** `setupUrl`: where the first user is made; null = not needed. */
  readonly listening: (server: { readonly url: string; readonly home: string; readonly setupUrl: string | null }) => void
}

/** Resolves when it was told to end and has. Runs go on. */
export async function serve(options: ServeOptions): Promise<void> {
  const { exposure, isolation } = options
  const own = options.operators === undefined ? [] : await loadOperators(options.operators)
  const home = openHome(options.home)
  const lock = lockHome(home)
  process.on('exit', () => lock.release())
  sweepSocketFolders()
  const log = openLog(home.path)
  const database = openDatabase(home.database)
  const roots = standardRoots(home)
  const secrets = new SecretStore(database, new KeyRing(home.path))
  const secretOf = (name: string): string | null => secrets.values([name])[name] ?? null
  const runs = new RunService({
    runner: runnerOf(home, own, (names) => secrets.values(names), isolation.level),
    home: home.path,
    roots,
    commands: new CommandStore(database),
    allowedAddresses: options.allowedAddresses,
  })
  const tries = new Tries(runs)
  const testsHome = join(home.path, 'tests')
  const tests = new Tests({ runner: runnerOf({ ...home, path: testsHome }, own, testSecrets, isolation.level), home: testsHome, manifests })
  const runMetrics = new RunMetrics(runs)
  runs.observe(runMetrics)
  const history = new FigureHistory(home.path)
  runs.observe(history)
  runs.observe(runLog(log))
  const serverMetrics = new ServerMetrics(version(), () => live.engine.clientsCount, Date.now(), isolation.level)
  const defect = (error: unknown): void =>
    log.write('error', 'defect', { message: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  const watch = createWatch({
    database,
    runs,
    allowedAddresses: options.allowedAddresses,
    secret: secretOf,
    changed: () => live.emit('alerts'),
    defect,
  })
  const access = new Access({ accounts: new AccountStore(database), signIn: exposure.signIn, reach: exposure.reach, now: Date.now })
  const oidc = options.oidc === null ? null : new OidcSignIn({ config: options.oidc, access, now: Date.now, secret: secretOf })
  let stopping = false
  const pipelines = new PipelineStore(database)
  const app = await createApp({
    version: version(),
    roots,
    runs,
    history,
    watch,
    sourceAccesses: new SourceAccesses({
      documentOf: async (runId) => (await runs.snapshot(runId)).document,
      secret: secretOf,
      now: Date.now,
    }),
    tries,
    tests,
    secrets,
    ownOperators: own,
    pipelines,
    examples: join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..', 'examples'),
    access,
    oidc,
    signInRefused: ({ code, message }) => log.write('warn', 'sign-in-refused', { code, message }),
    auditLog: new AuditLog(auditPath(home.path), database),
    tls: exposure.tls,
    behindProxy: exposure.behindProxy,
    probes: {
      notReady: () => notReady({ home, database, runs, stopping }),
      metrics: () => {
        const exposition = new Exposition()
        const nowMs = Date.now()
        serverMetrics.expose(exposition, nowMs)
        runMetrics.expose(exposition, nowMs)
        return exposition.text()
      },
    },
    defect,
  })
  const handOver = new SecretHandOver(secrets, runs, defect)
  const live: Live = createLive(app.server, runs, access, pipelines)
  const port = await listen(app, exposure.host, options.port)
  const url = urlOf(exposure, port)
  lock.note(url)
  watch.reachedAt(url)
  log.write('info', 'server-started', {
    url,
    version: version(),
    node: process.version,
    isolation: isolation.level,
    isolationReason: isolation.reason,
  })
  const setupUrl = access.setupSecret === null ? null : `${url}/setup#${access.setupSecret}`
  options.listening({ url, home: home.path, setupUrl })
  const adopted = Promise.all([
    runs
      .adoptAll()
      .then(() => watch.begin())
      .then(() => tries.adopt('server')),
    tests.clear(),
  ])
  adopted.catch((error: unknown) => log.write('error', 'adoption-failed', { message: String(error) }))
  const signal = await told()
  const limit = setTimeout(() => process.exit(EXIT.done), STOP_LIMIT_MS)
  stopping = true
  handOver.close()
  tries.close()
  watch.close()
  runs.close()
  await live.close()
  await app.close()
  await oidc?.close()
  history.close()
  serverMetrics.close()
  database.close()
  log.write('info', 'server-stopped', { signal })
  log.close()
  clearTimeout(limit)
}

/** What keeps the server from doing all it is for. */
function notReady(of: {
  readonly home: Home
  readonly database: Database
  readonly runs: RunService
  readonly stopping: boolean
}): string[] {
  const reasons: string[] = []
  if (of.stopping) reasons.push('the server is stopping')
  if (!of.runs.adopted) reasons.push('runs are still being taken up')
  try {
    of.database.prepare('SELECT 1').get()
  } catch (error) {
    reasons.push(`the database does not answer: ${String(error)}`)
  }
  try {
    accessSync(of.home.files, constants.W_OK)
    if (diskFull(of.home.path)) reasons.push(`the disk of ${of.home.path} is full`)
  } catch {
    reasons.push(`${of.home.path} cannot be written to`)
  }
  return reasons
}

/** Until somebody wants the server to end; who asks twice means at once. */
function told(): Promise<string> {
  return new Promise((resolve) => {
    let times = 0
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.on(signal, () => {
        times += 1
        if (times > 1) process.exit(EXIT.done)
        resolve(signal)
      })
  })
}

/** The wanted port, or the next free one where nobody insisted. */
async function listen(app: App, host: string, wanted: number | undefined): Promise<number> {
  const first = wanted ?? DEFAULT_PORT
  for (let port = first; ; port += 1) {
    try {
      await app.listen({ host, port })
      return (app.server.address() as AddressInfo).port
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'EADDRINUSE' && wanted === undefined && port - first < PORTS_TRIED) continue
      throw new ServerError(
        'PORT_TAKEN',
        code === 'EADDRINUSE'
          ? `Port ${port} is taken. Choose another with --port.`
          : `Port ${port} cannot be used: ${message}. Choose another with --port.`,
        { cause: error },
      )
    }
  }
}
