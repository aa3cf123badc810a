/** Runs: start, list, look at, delete. */
import type { ParameterValue, PipelineDocument } from '@belay/pipeline'
import { isTry } from '@belay/run'
import { Type } from 'typebox'
import { checkLaunch, parsedDocument } from '../pipelines/preparation.ts'
import { checkSecretsRight } from '../pipelines/secretProblems.ts'
import { rowlessEvent, rowlessSnapshot } from '../runs/rowless.ts'
import type { App, Services } from './app.ts'
import { knownPipeline } from './pipelines.ts'
import { ServerError } from './problems.ts'
import { may, neededFor } from './rights.ts'
import { CommandId, RunParams } from './runCommands.ts'
import { answers } from './schemas/answers.ts'

/** A type list, not a union: a union's first member would turn the number 0 into the text "0". */
export const Parameters = Type.Record(Type.String(), Type.Unsafe<ParameterValue>({ type: ['string', 'number', 'boolean'] }), {
  description: "Values for the pipeline's parameters; missing ones take their default",
})

const read = { right: 'read-runs' as const }

export function runsRoutes(app: App, services: Services): void {
  const { runs, pipelines, roots, secrets } = services

  const documentOf = (body: { readonly pipelineId?: string; readonly document?: unknown }): PipelineDocument => {
    if ((body.pipelineId === undefined) === (body.document === undefined))
      throw new ServerError('REQUEST_INVALID', 'Say what to run: either `pipelineId` or `document`.')
    if (body.pipelineId === undefined) return parsedDocument(body.document)
    return knownPipeline(pipelines, body.pipelineId).document
  }

  app.get(
    '/runs',
    {
      config: read,
      schema: { operationId: 'listRuns', summary: 'All runs but tries, newest first', response: answers(200, ['RunRecord'], 'Runs') },
    },
    async () => (await runs.list()).filter(({ runId }) => !isTry(runId)),
  )
  app.post(
    '/runs',
    {
      config: { right: 'start-runs' },
      schema: {
        operationId: 'startRun',
        summary: 'Start a run; the same commandId starts one run only',
        body: Type.Object({
          pipelineId: Type.Optional(Type.String({ maxLength: 64 })),
          document: Type.Optional(Type.Unknown({ description: 'Instead of pipelineId: a document that is not stored' })),
          parameters: Type.Optional(Parameters),
          commandId: Type.Optional(CommandId),
        }),
        response: answers(201, 'Started', 'The run is there', [404, 422, 500]),
      },
    },
    async (request, reply) => {
      const { body } = request
      if (body.document !== undefined && !may(request.principal, 'write-pipelines'))
        throw new ServerError(
          'RIGHT_MISSING',
          `To run a document that is not stored you need ${neededFor('write-pipelines')}. Run a stored pipeline.`,
        )
      const runId = await runs.start(body.commandId, request.principal?.name ?? '', async () => {
        const document = documentOf(body)
        const parameters = body.parameters ?? {}
        checkSecretsRight(document, request.principal)
        await checkLaunch(document, parameters, roots, (name) => secrets.has(name))
        return { document, parameters }
      })
      request.audited.after = runId
      return reply.status(201).header('location', `/api/runs/${runId}`).send({ runId })
    },
  )
  app.get(
    '/runs/:id',
    {
      config: read,
      schema: { operationId: 'readRun', summary: 'One run', params: RunParams, response: answers(200, 'RunRecord', 'The run', [404]) },
    },
    (request) => runs.record(request.params.id),
  )
  app.delete(
    '/runs/:id',
    {
      config: { right: 'delete-runs' },
      schema: {
        operationId: 'deleteRun',
        summary: 'Delete a run that has ended, with its checkpoints; what its sinks wrote stays',
        params: RunParams,
        response: answers(204, null, 'It is gone', [404, 409]),
      },
    },
    async (request, reply) => {
      await runs.delete(request.params.id)
      return reply.status(204).send()
    },
  )
  app.get(
    '/runs/:id/snapshot',
    {
      config: read,
      schema: {
        operationId: 'readRunSnapshot',
        summary: 'Everything about a run now; of one that has ended, as it was at the end',
        params: RunParams,
        response: answers(200, 'RunSnapshot', 'The snapshot', [404, 503]),
      },
    },
    async (request) => {
      const snapshot = await runs.snapshot(request.params.id)
      return may(request.principal, 'see-data') ? snapshot : rowlessSnapshot(snapshot)
    },
  )
  app.get(
    '/runs/:id/events',
    {
      config: read,
      schema: {
        operationId: 'listRunEvents',
        summary: 'Events after a sequence number, oldest first',
        params: RunParams,
        querystring: Type.Object({
          after: Type.Optional(Type.Integer({ minimum: 0, default: 0 })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 1000 })),
        }),
        response: answers(200, ['RunEvent'], 'Events', [404]),
      },
    },
    async (request) => {
      const events = await runs.events(request.params.id, request.query.after ?? 0, request.query.limit ?? 1000)
      return may(request.principal, 'see-data') ? events : events.map(rowlessEvent)
    },
  )
  app.get(
    '/runs/:id/checkpoints',
    {
      config: read,
      schema: {
        operationId: 'listCheckpoints',
        summary: 'Kept checkpoints, oldest first',
        params: RunParams,
        response: answers(200, ['Checkpoint'], 'Checkpoints', [404, 503]),
      },
    },
    (request) => runs.checkpoints(request.params.id),
  )
  app.get(
    '/runs/:id/preview',
    {
      config: read,
      schema: {
        operationId: 'previewKill',
        summary: 'What a kill of an operator would do now',
        params: RunParams,
        querystring: Type.Object({ operator: Type.String({ maxLength: 64 }) }),
        response: answers(200, 'KillPreview', 'The preview', [404, 409, 503]),
      },
    },
    (request) => runs.preview(request.params.id, request.query.operator),
  )
}
