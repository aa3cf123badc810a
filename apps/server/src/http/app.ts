/**
 * The HTTP server: security headers, checks that hold for every request, routes, the page.
 *
 * Every route names its right; one without is a defect that stops the start.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import swagger from '@fastify/swagger'
import { TypeBoxValidatorCompiler, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
  type RouteOptions,
} from 'fastify'
import type { Access } from '../access/access.ts'
import type { OidcSignIn } from '../access/oidc/oidcSignIn.ts'
import type { Watch } from '../alerts/watch.ts'
import type { FigureHistory } from '../history/figureHistory.ts'
import type { OwnOperator } from '../operators/ownOperators.ts'
import type { RunService } from '../runs/runService.ts'
import type { SourceAccesses } from '../runs/sourceAccess.ts'
import type { Tries } from '../runs/tries.ts'
import type { SecretStore } from '../secrets/secretStore.ts'
import type { Tests } from '../tests/tests.ts'
import type { PipelineStore } from '../storage/pipelineStore.ts'
import type { Roots } from '../storage/roots.ts'
import type { AuditLog } from '../audit/auditLog.ts'
import { accountsRoutes } from './accounts.ts'
import { alertsRoutes } from './alerts.ts'
import { audit, auditRoutes, type Audited } from './audit.ts'
import { filesRoutes } from './files.ts'
import { oidcCallbackRoute, oidcRoutes } from './oidc.ts'
import { operatorsRoutes } from './operators.ts'
import { checkSender } from './origin.ts'
import { pipelinesRoutes } from './pipelines.ts'
import { probesRoutes, type Probes } from './probes.ts'
import { problemBody, problemOf, type ServerError } from './problems.ts'
import { checkRight, may, type Principal, type Right } from './rights.ts'
import { runCommandsRoutes } from './runCommands.ts'
import { runsRoutes } from './runs.ts'
import { exportRoutes } from './export.ts'
import { logsRoutes } from './logs.ts'
import { historyRoutes } from './history.ts'
import { leftoverRead } from './leftover.ts'
import { statesRoutes } from './states.ts'
import { threadsRoutes } from './threads.ts'
import { ANSWERS } from './schemas/answers.ts'
import { testsRoutes } from './tests.ts'
import { peeksRoutes } from './peeks.ts'
import { rowErrorsRoutes } from './rowErrors.ts'
import { rowsRoutes } from './rows.ts'
import { secretsRoutes } from './secrets.ts'
import { triesRoutes } from './tries.ts'
import { versionsRoutes } from './versions.ts'
import { webFolder } from './webFolder.ts'
import { webhooksRoutes } from './webhooks.ts'

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

export interface Services {
  /** Of this installation. */
  readonly version: string
  readonly roots: Roots
  readonly pipelines: PipelineStore
  readonly runs: RunService
  readonly history: FigureHistory
  /** Alert rules and webhooks. */
  readonly watch: Watch
  readonly sourceAccesses: SourceAccesses
  readonly tries: Tries
  readonly tests: Tests
  readonly secrets: SecretStore
  /** Those that were loaded at the start. */
  readonly ownOperators: readonly OwnOperator[]
  /** Folder with the example documents. */
  readonly examples: string
  /** Who asks. */
  readonly access: Access
  /** A service where people sign in as well; null = there is none. */
  readonly oidc: OidcSignIn | null
  /** Is told why somebody who came back from there was not let in. */
  readonly signInRefused: (problem: ServerError) => void
  readonly auditLog: AuditLog
  readonly tls: TlsFiles | null
  /** A proxy of the same machine or net ends TLS and says who asks. */
  readonly behindProxy: boolean
  readonly probes: Probes
  /** Is told of errors that no caller can have caused. */
  readonly defect: (error: unknown) => void
}

/** PEM, as read. */
export interface TlsFiles {
  readonly cert: Buffer
  readonly key: Buffer
}

declare module 'fastify' {
  interface FastifyRequest {
    /** null = nobody has signed in. */
    principal: Principal | null
    audited: Audited
  }
  interface FastifyContextConfig {
    right?: Right
    /** The route lets in whoever has the right, and others by what it knows better. */
    checksSenders?: true
  }
}

const BODY_LIMIT_BYTES = 1_048_576
/** Long enough for a large file over a slow line; everything else is small. */
const REQUEST_TIMEOUT_MS = 600_000
const RETRY_AFTER_SECONDS = '1'

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** The built docs site, beside this package in the workspace. */
function docsFolder(): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'docs', 'dist', 'site')
}

/** Paths that programs ask for; everything else is the page. */
function isForPrograms(url: string): boolean {
  return /^\/(?:api|live|assets|livez|readyz|metrics)(?:[/?#]|$)/.test(url)
}

/** What is served outside /api is the page and its parts. */
function requireRight(route: RouteOptions): void {
  const { right } = route.config ?? {}
  if (right !== undefined) return
  const reads = [route.method].flat().every((method) => method === 'GET' || method === 'HEAD')
  if (!reads || isForPrograms(route.url)) throw new Error(`the route ${String(route.method)} ${route.url} has no right`)
  route.config = { ...route.config, right: 'open' }
}

/** `onRoute` is told of every route, with its right. */
export async function createApp(services: Services, onRoute?: (route: RouteOptions) => void): Promise<App> {
  const app: App = Fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    logger: false,
    forceCloseConnections: true,
    // The proxy's own entry is the last one; what stands before it anybody could have written.
    trustProxy: services.behindProxy ? 1 : false,
    ...(services.tls === null ? {} : { https: services.tls }),
  } as FastifyServerOptions<RawServerDefault>).withTypeProvider<TypeBoxTypeProvider>()
  // Bodies are taken as they are: the text "5" is no number, and 0 no text.
  app.setValidatorCompiler(TypeBoxValidatorCompiler)
  // Schemas of answers describe them; they cut nothing off.
  app.setSerializerCompiler(() => JSON.stringify)
  // What a form of another page can send without asking is refused: only JSON is read.
  app.removeContentTypeParser('text/plain')

  const { access } = services
  app.decorateRequest('principal', null)
  app.decorateRequest('audited')
  app.addHook('onRoute', requireRight)
  if (onRoute !== undefined) app.addHook('onRoute', onRoute)
  app.addHook('onRequest', async (request, reply) => {
    request.audited = {}
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) void reply.header(name, value)
    checkSender(request.headers, request.method === 'GET' && !isForPrograms(request.url), access.reach)
    const { right } = request.routeOptions.config
    // Nothing answers there; that is not a matter of rights, and tells nobody anything.
    if (right === undefined) return
    const needsNobody = may(null, right)
    request.principal = needsNobody && !request.url.startsWith('/api/') ? null : access.principalOf(request.headers)
    if (request.url.startsWith('/api/')) access.checkRate(request.principal?.name ?? request.ip)
    // Rows may be for a source that says itself who sends them.
    if (request.routeOptions.config.checksSenders !== true) checkRight(request.principal, right)
  })
  app.addHook('onSend', async (request, reply, payload) => {
    try {
      audit(services.auditLog, request, reply.statusCode, payload)
    } catch (error) {
      // What was done is done; that it could not be written down is for whoever runs the server.
      services.defect(error)
    }
    return payload
  })
  app.setErrorHandler(async (error, request, reply) => {
    const problem = problemOf(error)
    // What the catalogue knows is told to the caller; only what it does not know is a defect worth a stack.
    if (problem.code === 'INTERNAL') services.defect(error)
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer')
    if (problem.status === 503 || problem.status === 429) void reply.header('retry-after', RETRY_AFTER_SECONDS)
    if (problem.status === 413) await leftoverRead(request.raw)
    return reply.status(problem.status).type('application/problem+json').send(problem)
  })

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Belay',
        description:
          'Pipelines, runs and files of one Belay server. Commands are accepted (202); what comes of them are events. Problems are RFC 9457 with a stable `code`.',
        version: '0.1.0',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
    },
    refResolver: { buildLocalReference: ({ $id }, _base, _fragment, i) => (typeof $id === 'string' ? $id : `Schema${i}`) },
  })
  for (const [name, schema] of Object.entries(ANSWERS)) app.addSchema({ ...schema, $id: name })
  await app.register(
    async (api) => {
      const typed = api.withTypeProvider<TypeBoxTypeProvider>()
      accountsRoutes(typed, services)
      oidcRoutes(typed, services)
      auditRoutes(typed, services)
      pipelinesRoutes(typed, services)
      filesRoutes(typed, services)
      runsRoutes(typed, services)
      runCommandsRoutes(typed, services)
      statesRoutes(typed, services)
      threadsRoutes(typed, services)
      logsRoutes(typed, services)
      rowErrorsRoutes(typed, services)
      peeksRoutes(typed, services)
      historyRoutes(typed, services)
      exportRoutes(typed, services)
      alertsRoutes(typed, services)
      webhooksRoutes(typed, services)
      rowsRoutes(typed, services)
      secretsRoutes(typed, services)
      triesRoutes(typed, services)
      testsRoutes(typed, services)
      operatorsRoutes(typed, services)
      versionsRoutes(typed, services)
      typed.get('/openapi.json', { config: { right: 'read-pipelines' }, schema: { hide: true } }, () => app.swagger())
    },
    { prefix: '/api' },
  )
  oidcCallbackRoute(app, services)
  probesRoutes(app, services.probes)

  const web = webFolder()
  const hasPage = existsSync(join(web, 'index.html'))
  if (hasPage) {
    await app.register(fastifyStatic, {
      root: web,
      setHeaders: (response, path) => {
        response.setHeader('cache-control', path.startsWith(join(web, 'assets')) ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
  }
  const docs = docsFolder()
  const hasDocs = existsSync(join(docs, 'index.html'))
  if (hasDocs)
    await app.register(fastifyStatic, { root: docs, prefix: '/docs', redirect: true, decorateReply: !hasPage, cacheControl: false })
  app.setNotFoundHandler(async (request, reply) => {
    if (hasDocs && request.method === 'GET' && request.url.startsWith('/docs/'))
      return reply.status(404).type('text/html').sendFile('404.html', docs)
    if (hasPage && request.method === 'GET' && !isForPrograms(request.url)) return reply.type('text/html').sendFile('index.html')
    return reply
      .status(404)
      .type('application/problem+json')
      .send(problemBody('NOT_FOUND', `Nothing answers ${request.method} ${request.url}. See /api/openapi.json for what does.`))
  })
  return app
}
