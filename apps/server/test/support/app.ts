/** The HTTP application in this process, on a home of its own; no run is started in it. */
import { join } from 'node:path'
import { createLocalRunner } from '@belay/engine'
import type { RouteOptions } from 'fastify'
import { Access } from '../../src/access/access.ts'
import type { OidcConfig } from '../../src/access/oidc/config.ts'
import { OidcSignIn } from '../../src/access/oidc/oidcSignIn.ts'
import { AccountStore } from '../../src/access/accountStore.ts'
import { AuditLog } from '../../src/audit/auditLog.ts'
import { createWatch } from '../../src/alerts/watch.ts'
import { createApp, type App, type Services } from '../../src/http/app.ts'
import { FigureHistory } from '../../src/history/figureHistory.ts'
import type { ServerError } from '../../src/http/problems.ts'
import { LOOPBACK } from '../../src/http/origin.ts'
import { KeyRing } from '../../src/secrets/keyRing.ts'
import { SecretStore } from '../../src/secrets/secretStore.ts'
import { RunService } from '../../src/runs/runService.ts'
import { SourceAccesses } from '../../src/runs/sourceAccess.ts'
import { Tries } from '../../src/runs/tries.ts'
import { CommandStore } from '../../src/storage/commandStore.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { auditPath, openHome, type Home } from '../../src/storage/home.ts'
import { PipelineStore } from '../../src/storage/pipelineStore.ts'
import { standardRoots } from '../../src/storage/roots.ts'
import { Tests } from '../../src/tests/tests.ts'
import { temporaryHome } from './belay.ts'

export interface TestApp {
  readonly app: App
  readonly services: Services
  readonly routes: readonly RouteOptions[]
  readonly home: Home
  close(): Promise<void>
}

export async function testApp(
  options: {
    readonly signIn?: boolean
    readonly now?: () => number
    readonly oidc?: OidcConfig
    readonly signInRefused?: (problem: ServerError) => void
  } = {},
): Promise<TestApp> {
  const folder = temporaryHome()
  const home = openHome(folder.path)
  const database = openDatabase(home.database)
  const roots = standardRoots(home)
  const runner = createLocalRunner({ home: home.path, operators: { manifestsUrl: '', runtimeUrl: '' } })
  const runs = new RunService({ runner, home: home.path, roots, commands: new CommandStore(database) })
  const defect = (error: unknown): void => {
    throw error
  }
  const access = new Access({
    accounts: new AccountStore(database),
    signIn: options.signIn ?? false,
    reach: LOOPBACK,
    now: options.now ?? Date.now,
  })
  const secrets = new SecretStore(database, new KeyRing(home.path))
  const secret = (name: string): string | null => secrets.values([name])[name] ?? null
  const services: Services = {
    version: '0.0.0',
    roots,
    runs,
    watch: createWatch({ database, runs, allowedAddresses: [], secret, changed: () => undefined, defect }),
    history: new FigureHistory(home.path),
    sourceAccesses: new SourceAccesses({ documentOf: async (runId) => (await runs.snapshot(runId)).document, secret, now: Date.now }),
    tries: new Tries(runs),
    secrets,
    tests: new Tests({ runner, home: join(home.path, 'tests'), manifests: {} }),
    ownOperators: [],
    pipelines: new PipelineStore(database),
    examples: join(import.meta.dirname, '..', '..', '..', '..', 'examples'),
    access,
    oidc: options.oidc === undefined ? null : new OidcSignIn({ config: options.oidc, access, now: options.now ?? Date.now, secret }),
    signInRefused: options.signInRefused ?? (() => undefined),
    auditLog: new AuditLog(auditPath(home.path), database),
    tls: null,
    behindProxy: false,
    probes: { notReady: () => [], metrics: () => '' },
    defect,
  }
  const routes: RouteOptions[] = []
  const app = await createApp(services, (route) => routes.push(route))
  await app.ready()
  return {
    app,
    services,
    routes,
    home,
    async close() {
      services.watch.close()
      runs.close()
      await app.close()
      await services.oidc?.close()
      database.close()
      folder.remove()
    },
  }
}

export interface Asked {
  readonly status: number
  readonly type: string
  readonly headers: Readonly<Record<string, unknown>>
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into field by field, and checked against their schemas apart.
  readonly body: any
}

/** One request, as a program on this machine sends it unless `headers` say otherwise. */
export async function ask(
  app: App,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD',
  url: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const answer = await app.inject({
    method,
    url,
    headers: { host: '127.0.0.1:4600', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const type = String(answer.headers['content-type'] ?? '')
  return {
    status: answer.statusCode,
    type,
    headers: answer.headers,
    body: /[/+]json/.test(type) && answer.body !== '' ? JSON.parse(answer.body) : answer.body,
  }
}
