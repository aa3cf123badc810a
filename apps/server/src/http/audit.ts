/** The audit log: every request for a right that changes something is in it, with its result. */
import { createReadStream, existsSync } from 'node:fs'
import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import type { AuditLog } from '../audit/auditLog.ts'
import type { App, Services } from './app.ts'
import { changesSomething } from './rights.ts'
import { answers } from './schemas/answers.ts'

/** What routes tell the log beyond the request itself. */
export interface Audited {
  who?: string
  before?: string
  after?: string
  /** Instead of the request's address, where that holds what is nobody's business. */
  target?: string
  /** Of a problem that the answer does not tell as one. */
  code?: string
  /** It has no effect after all. */
  untold?: boolean
}

/** Parts of bodies that say what was asked, and hold neither data nor secrets. */
const TOLD = [
  'commandId',
  'mode',
  'hold',
  'pin',
  'manifest',
  'verbs',
  'pipelineId',
  'name',
  'role',
  'seeData',
  'useSecrets',
  'label',
  'days',
  'condition',
  'severity',
  'enabled',
  'intervalMs',
  'level',
  'action',
] as const

function toldOf(body: unknown): Record<string, unknown> {
  if (typeof body !== 'object' || body === null) return {}
  return Object.fromEntries(TOLD.flatMap((name) => (Object.hasOwn(body, name) ? [[name, (body as Record<string, unknown>)[name]]] : [])))
}

function codeOf(payload: unknown): string | null {
  try {
    return String((JSON.parse(String(payload)) as { code?: unknown }).code)
  } catch {
    return null
  }
}

/** What strangers are refused is not written down: they could fill the disk. Tries to sign in are, and are few. */
const OF_STRANGERS = new Set(['SIGN_IN_FAILED', 'SETUP_REFUSED', 'OIDC_REFUSED', 'OIDC_NO_ROLE'])

export function audit(log: AuditLog, request: FastifyRequest, status: number, payload: unknown): void {
  const { right } = request.routeOptions.config
  if (right === undefined || !changesSomething(right) || request.audited.untold === true) return
  const code = request.audited.code ?? (status < 400 ? null : codeOf(payload))
  if (code !== null && request.principal === null && !OF_STRANGERS.has(code)) return
  const { who, before, after, target } = request.audited
  const { name } = (request.body ?? {}) as { name?: unknown }
  log.append(
    {
      who: who ?? request.principal?.name ?? (typeof name === 'string' ? name : ''),
      via: request.principal?.via ?? 'sign-in',
      address: request.ip,
      action: (request.routeOptions.schema as { operationId?: string } | undefined)?.operationId ?? request.method,
      target: target ?? request.url.replace(/^\/api/, ''),
      request: toldOf(request.body),
      before: before ?? null,
      after: code === null ? (after ?? null) : null,
      status,
      code,
    },
    Date.now(),
  )
}

export function auditRoutes(app: App, { auditLog }: Services): void {
  const config = { right: 'read-audit' as const }
  const lines: Record<string, unknown> = {
    200: { description: 'The log', content: { 'application/x-ndjson': { schema: { type: 'string' } } } },
  }
  app.get(
    '/audit',
    {
      config,
      schema: {
        operationId: 'listAudit',
        summary: 'Who changed what, newest first',
        querystring: Type.Object({
          text: Type.Optional(Type.String({ maxLength: 200, description: 'Only entries that contain it' })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200 })),
        }),
        response: answers(200, ['AuditEntry'], 'Entries'),
      },
    },
    async (request) => auditLog.list({ text: request.query.text ?? '', limit: request.query.limit ?? 200 }),
  )
  app.get(
    '/audit/export',
    {
      config,
      schema: {
        operationId: 'exportAudit',
        summary: 'The whole log as JSON lines, as `belay audit verify` reads it',
        response: lines,
      },
    },
    async (_request, reply) => {
      void reply.type('application/x-ndjson').header('content-disposition', 'attachment; filename="belay-audit.jsonl"')
      return reply.send(existsSync(auditLog.path) ? createReadStream(auditLog.path) : '')
    },
  )
}
