/** Operators of one's own, for the page: their manifests are modules that it loads (operators/ownOperators.ts). */
import { Type } from 'typebox'
import type { App, Services } from './app.ts'
import { ServerError } from './problems.ts'
import { answers } from './schemas/answers.ts'

const config = { right: 'read-pipelines' as const }

export function operatorsRoutes(app: App, { ownOperators }: Services): void {
  app.get(
    '/operators',
    {
      config,
      schema: {
        operationId: 'listOwnOperators',
        summary: "Operators of one's own that were loaded at the start; those of Belay itself are in the page",
        response: answers(200, ['OwnOperator'], 'Operators'),
      },
    },
    () => ownOperators.map(({ manifest: { type, typeVersion, title }, version }) => ({ type, typeVersion, title, version })),
  )
  const code: Record<string, unknown> = {
    200: { description: 'The module, which exports `manifest`', content: { 'text/javascript': { schema: { type: 'string' } } } },
  }
  app.get(
    '/operators/:type/manifest.js',
    {
      config,
      schema: {
        operationId: 'readOwnManifest',
        summary: 'The manifest of one of them, as a module for browsers',
        params: Type.Object({ type: Type.String({ maxLength: 64 }) }),
        response: { ...code, ...answersOfProblems() },
      },
    },
    async (request, reply) => {
      const found = ownOperators.find(({ manifest }) => manifest.type === request.params.type)
      if (found === undefined)
        throw new ServerError('OPERATOR_UNKNOWN', `No operator ${request.params.type} was loaded at the start. Look at /api/operators.`)
      return reply.type('text/javascript; charset=utf-8').header('cache-control', 'no-cache').send(found.source)
    },
  )
}

function answersOfProblems(): Record<string, unknown> {
  const { 204: _none, ...problems } = answers(204, null, '', [404])
  return problems
}
