/** Commands to runs. An answer means *accepted*; what happens comes as events. */
import type { RunCommandBody, SinkVerb } from '@belay/run'
import { Type } from 'typebox'
import type { App, Services } from './app.ts'
import { isProblemCode, problemBody, type ProblemBody } from './problems.ts'
import type { Principal } from './rights.ts'
import { answers } from './schemas/answers.ts'
import { LogLevelSchema } from './schemas/logs.ts'
import { OnRowErrorSchema, RowErrorRuleSchema } from './schemas/rowErrors.ts'

export const RunParams = Type.Object({ id: Type.String({ maxLength: 64 }) })
export const CommandId = Type.String({
  minLength: 1,
  maxLength: 100,
  description: 'Chosen by the caller, one per intention: the same id again has no second effect and gets the first answer again',
})

const OperatorParams = Type.Object({ id: Type.String({ maxLength: 64 }), operator: Type.String({ maxLength: 64 }) })
const StopMode = Type.Unsafe<'stop' | 'drain' | 'abort'>({
  type: 'string',
  enum: ['stop', 'drain', 'abort'],
  description:
    'stop: cut at the next window, checkpoint, commit. drain: as if the sources had ended. abort: end at once, discard what is not committed.',
})

export function runCommandsRoutes(app: App, services: Services): void {
  const { runs } = services
  const config = { right: 'command-runs' as const }
  const response = answers(202, 'Accepted', 'Accepted; look at the events for what comes of it', [404, 409, 503])

  interface Asked {
    readonly params: { readonly id: string }
    readonly principal: Principal | null
  }
  interface Reply {
    status(code: number): { type(name: string): { send(body: unknown): unknown } }
  }
  const command = async (request: Asked, body: RunCommandBody, commandId: string, reply: Reply): Promise<unknown> => {
    // Also tells apart a run that is not there from one that does not answer.
    const runId = request.params.id
    await runs.record(runId)
    const answer = await runs.command(runId, body, commandId, request.principal?.name ?? '')
    if (answer.type === 'accepted') return reply.status(202).type('application/json').send(answer)
    const more = { commandId, ...(answer.preview === undefined ? {} : { preview: answer.preview }) }
    const problem: ProblemBody = isProblemCode(answer.code)
      ? problemBody(answer.code, answer.message, more, answer.status)
      : { ...problemBody('REQUEST_INVALID', answer.message, { ...more, refusal: answer.code }, answer.status), title: 'The run refuses' }
    return reply.status(problem.status).type('application/problem+json').send(problem)
  }

  app.post(
    '/runs/:id/stop',
    {
      config,
      schema: {
        operationId: 'stopRun',
        summary: 'End a run',
        params: RunParams,
        body: Type.Object({ commandId: CommandId, mode: Type.Optional(StopMode) }),
        response,
      },
    },
    (request, reply) => command(request, { type: 'stop', mode: request.body.mode ?? 'stop' }, request.body.commandId, reply),
  )
  app.post(
    '/runs/:id/pause',
    {
      config,
      schema: {
        operationId: 'pauseRun',
        summary: 'Read nothing until resumed',
        params: RunParams,
        body: Type.Object({ commandId: CommandId }),
        response,
      },
    },
    (request, reply) => command(request, { type: 'pause' }, request.body.commandId, reply),
  )
  app.post(
    '/runs/:id/resume',
    {
      config,
      schema: {
        operationId: 'resumeRun',
        summary: 'Go on after a pause; or, when its cause is gone, after a failure, from the last checkpoint',
        params: RunParams,
        body: Type.Object({ commandId: CommandId }),
        response,
      },
    },
    (request, reply) => command(request, { type: 'resume' }, request.body.commandId, reply),
  )
  app.post(
    '/runs/:id/kill',
    {
      config,
      schema: {
        operationId: 'killRun',
        summary: 'Kill the run process as SIGKILL would; it comes back. One that is down is tried again at once.',
        params: RunParams,
        body: Type.Object({ commandId: CommandId }),
        response,
      },
    },
    (request, reply) => command(request, { type: 'kill-process' }, request.body.commandId, reply),
  )
  app.post(
    '/runs/:id/checkpoints',
    {
      config,
      schema: {
        operationId: 'takeCheckpoint',
        summary: 'Take a checkpoint now; a pinned one is kept until the run is deleted',
        params: RunParams,
        body: Type.Object({ commandId: CommandId, pin: Type.Optional(Type.Boolean()) }),
        response,
      },
    },
    (request, reply) => command(request, { type: 'take-checkpoint', pin: request.body.pin ?? false }, request.body.commandId, reply),
  )
  app.post(
    '/runs/:id/checkpoint-interval',
    {
      config,
      schema: {
        operationId: 'setCheckpointInterval',
        summary: 'Another time between checkpoints while the run goes on; it is journaled',
        params: RunParams,
        body: Type.Object({ commandId: CommandId, intervalMs: Type.Integer({ minimum: 200, maximum: 3_600_000 }) }),
        response: answers(202, 'Accepted', 'Accepted; the event `checkpoint-interval-set` tells it', [404, 409, 503]),
      },
    },
    (request, reply) =>
      command(request, { type: 'set-checkpoint-interval', intervalMs: request.body.intervalMs }, request.body.commandId, reply),
  )
  app.post(
    '/runs/:id/restore',
    {
      config,
      schema: {
        operationId: 'restoreRun',
        summary: 'Go back to a checkpoint, with a verb for each sink that has published beyond it',
        params: RunParams,
        body: Type.Object({
          commandId: CommandId,
          manifest: Type.Integer({ minimum: 1, description: 'As the list of checkpoints names it' }),
          verbs: Type.Record(Type.String(), Type.Unsafe<SinkVerb>({ type: 'string', enum: ['rewind', 'fork', 'keep'] }), {
            description: 'By sink: undo its output, write elsewhere from now on, or leave it and accept duplicates',
          }),
        }),
        response,
      },
    },
    (request, reply) => {
      const { commandId, manifest, verbs } = request.body
      return command(request, { type: 'restore-run', manifest, verbs }, commandId, reply)
    },
  )
  app.post(
    '/runs/:id/operators/:operator/kill',
    {
      config,
      schema: {
        operationId: 'killOperator',
        summary: 'Kill an operator as a crash would; with `hold` it stays down until restored',
        params: OperatorParams,
        body: Type.Object({
          commandId: CommandId,
          hold: Type.Optional(Type.Boolean()),
          expect: Type.Optional(
            Type.Array(Type.String({ maxLength: 64 }), {
              maxItems: 2000,
              description: 'The restart set that the preview showed: 409 with the new preview if it no longer holds',
            }),
          ),
        }),
        response,
      },
    },
    (request, reply) => {
      const { commandId, hold, expect } = request.body
      return command(
        request,
        { type: 'kill-operator', operator: request.params.operator, hold: hold ?? false, ...(expect === undefined ? {} : { expect }) },
        commandId,
        reply,
      )
    },
  )
  app.post(
    '/runs/:id/operators/:operator/config',
    {
      config,
      schema: {
        operationId: 'setConfig',
        summary: 'Change live settings of a running operator, from the end of a window on; the value of the document ends the difference',
        params: OperatorParams,
        body: Type.Object({
          commandId: CommandId,
          values: Type.Record(
            Type.String({ maxLength: 64 }),
            Type.Union([Type.String({ maxLength: 10_000 }), Type.Number(), Type.Boolean()]),
            { minProperties: 1, maxProperties: 20, description: 'By config key, e.g. `{"rowsPerSecond": 500}`' },
          ),
        }),
        response: answers(202, 'Accepted', 'Accepted; the event `config-set` says from which window on', [400, 404, 409, 503]),
      },
    },
    (request, reply) => {
      const { commandId, values } = request.body
      return command(request, { type: 'set-config', operator: request.params.operator, values }, commandId, reply)
    },
  )
  app.post(
    '/runs/:id/operators/:operator/on-row-error',
    {
      config,
      schema: {
        operationId: 'setOnRowError',
        summary:
          'What happens to rows from now on that an operator cannot process and nobody takes from its errors output; it is journaled',
        params: OperatorParams,
        body: Type.Object({ commandId: CommandId, action: OnRowErrorSchema }),
        response: answers(202, 'Accepted', 'Accepted; the event `on-row-error-set` tells it', [404, 409, 503]),
      },
    },
    (request, reply) => {
      const { commandId, action } = request.body
      return command(request, { type: 'set-on-row-error', operator: request.params.operator, action }, commandId, reply)
    },
  )
  app.post(
    '/runs/:id/operators/:operator/row-error-rules',
    {
      config,
      schema: {
        operationId: 'setRowErrorRule',
        summary:
          'Leave out one kind of error, or one row, from now on although the operator fails on others; or no longer. It is journaled',
        params: OperatorParams,
        body: Type.Object({ commandId: CommandId, rule: RowErrorRuleSchema, skip: Type.Boolean() }),
        response: answers(202, 'Accepted', 'Accepted; the event `row-error-rule-set` tells it', [400, 404, 409, 503]),
      },
    },
    (request, reply) => {
      const { commandId, rule, skip } = request.body
      return command(request, { type: 'set-row-error-rule', operator: request.params.operator, rule, skip }, commandId, reply)
    },
  )
  app.post(
    '/runs/:id/operators/:operator/log-level',
    {
      config,
      schema: {
        operationId: 'setLogLevel',
        summary: 'Least important lines of an operator that are kept from now on; it is journaled',
        params: OperatorParams,
        body: Type.Object({ commandId: CommandId, level: LogLevelSchema }),
        response: answers(202, 'Accepted', 'Accepted; the event `log-level-set` tells it', [404, 409, 503]),
      },
    },
    (request, reply) => {
      const { commandId, level } = request.body
      return command(request, { type: 'set-log-level', operator: request.params.operator, level }, commandId, reply)
    },
  )
  app.post(
    '/runs/:id/operators/:operator/restore',
    {
      config,
      schema: {
        operationId: 'restoreOperator',
        summary: 'End a hold',
        params: OperatorParams,
        body: Type.Object({ commandId: CommandId }),
        response,
      },
    },
    (request, reply) => command(request, { type: 'restore-operator', operator: request.params.operator }, request.body.commandId, reply),
  )
}
