/** Tries of a draft (runs/tries.ts). */
import type { ParameterValue } from '@belay/pipeline'
import { manifests } from '@belay/operators/manifests'
import { Type } from 'typebox'
import { checkLaunch, parsedDocument } from '../pipelines/preparation.ts'
import { checkSecretsRight } from '../pipelines/secretProblems.ts'
import { withCapturedSinks } from '../runs/tries.ts'
import type { App, Services } from './app.ts'
import { Parameters } from './runs.ts'
import { answers } from './schemas/answers.ts'

export function triesRoutes(app: App, services: Services): void {
  const { tries, roots, secrets } = services
  app.post(
    '/tries',
    {
      // What is tried is a document of one's own, with code in it.
      config: { right: 'write-pipelines' },
      schema: {
        operationId: 'startTry',
        summary: 'Run a draft for 30 s with its sinks captured: nothing is written',
        description: 'The try is a run under /api/runs/{runId}; it ends by itself and is deleted when the next one of its pipeline starts.',
        body: Type.Object({ document: Type.Unknown(), parameters: Type.Optional(Parameters) }),
        response: answers(201, 'TryStarted', 'It runs', [422, 500]),
      },
    },
    async (request, reply) => {
      const document = withCapturedSinks(parsedDocument(request.body.document), manifests)
      const parameters: Readonly<Record<string, ParameterValue>> = request.body.parameters ?? {}
      checkSecretsRight(document, request.principal)
      await checkLaunch(document, parameters, roots, (name) => secrets.has(name))
      const started = await tries.start(document, parameters, request.principal?.name ?? '')
      return reply.status(201).header('location', `/api/runs/${started.runId}`).send(started)
    },
  )
}
