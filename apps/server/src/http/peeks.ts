/** Rows of a stream as they pass, for programs; the page looks over its socket. */
import { PEEK_LEASE_MS } from '@belay/run'
import { Type } from 'typebox'
import type { App, Services } from './app.ts'
import { answers } from './schemas/answers.ts'

const USUAL_MS = 2000
const USUAL_ROWS = 20

export function peeksRoutes(app: App, { runs }: Services): void {
  app.get(
    '/runs/:id/streams/:stream/peek',
    {
      config: { right: 'see-data' },
      schema: {
        operationId: 'peekStream',
        summary: 'A sample of the rows that pass on a stream, as soon as there are enough or the time is over',
        params: Type.Object({
          id: Type.String({ maxLength: 64 }),
          stream: Type.String({ maxLength: 100, description: 'Its id in the document' }),
        }),
        querystring: Type.Object({
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: USUAL_ROWS })),
          forMs: Type.Optional(Type.Integer({ minimum: 100, maximum: PEEK_LEASE_MS, default: USUAL_MS, description: 'At most so long' })),
        }),
        response: answers(200, 'PeekSample', 'Rows, not yet committed', [404, 409, 429, 503]),
      },
    },
    (request) => {
      const { limit, forMs } = request.query
      return runs.sample(request.params.id, request.params.stream, { limit: limit ?? USUAL_ROWS, forMs: forMs ?? USUAL_MS })
    },
  )
}
