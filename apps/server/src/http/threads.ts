/** Looks into the thread that runs an operator: where it is now, and what it spends its time on. */
import { MOST_PROFILE_MS } from '@belay/run'
import { Type } from 'typebox'
import type { App, Services } from './app.ts'
import { answers } from './schemas/answers.ts'

const USUAL_PROFILE_MS = 5000

const Params = Type.Object({
  id: Type.String({ maxLength: 64 }),
  operator: Type.String({ maxLength: 100, description: 'Or one of its instances, such as `hourly#1`' }),
})

export function threadsRoutes(app: App, { runs }: Services): void {
  // Both hold the thread up, if only for a moment: whoever may kill it may do that.
  const config = { right: 'command-runs' as const }
  app.post(
    '/runs/:id/operators/:operator/stack',
    {
      config,
      schema: {
        operationId: 'readStack',
        summary: "Where an operator's thread is now; it stands still for a few milliseconds",
        params: Params,
        response: answers(200, 'ThreadStack', 'Its stack', [404, 409, 503]),
      },
    },
    (request) => runs.stack(request.params.id, request.params.operator),
  )
  app.post(
    '/runs/:id/operators/:operator/profile',
    {
      config,
      schema: {
        operationId: 'profileOperator',
        summary: "What an operator's thread spends its time on: a CPU profile, one at a time in a run",
        params: Params,
        body: Type.Object({ forMs: Type.Optional(Type.Integer({ minimum: 100, maximum: MOST_PROFILE_MS, default: USUAL_PROFILE_MS })) }),
        response: answers(200, 'ThreadProfile', 'The profile, when it is done', [404, 409, 503]),
      },
    },
    (request) => runs.profile(request.params.id, request.params.operator, request.body.forMs ?? USUAL_PROFILE_MS),
  )
}
