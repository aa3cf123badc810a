/** Rows for running pipelines: handed to the run process, answered when they are durable (engine-spec H9). */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { App, Services } from './app.ts'
import { ServerError } from './problems.ts'
import { checkRight, may, type Right } from './rights.ts'
import type { SourceAccess } from '../runs/sourceAccess.ts'
import { answers } from './schemas/answers.ts'

const MAX_POST_BYTES = 4 * 1_048_576
const MAX_KEY_LENGTH = 200
const CONTENT_TYPES: Readonly<Record<string, 'json' | 'json-lines'>> = {
  'application/json': 'json',
  'application/x-ndjson': 'json-lines',
  'application/jsonl': 'json-lines',
}

const RIGHT: Right = 'send-rows'

export function rowsRoutes(app: App, services: Services): void {
  const { runs, sourceAccesses } = services
  void app.register(async (scope) => {
    // Rows stay bytes: a number that JavaScript cannot hold must not be changed on the way.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(Object.keys(CONTENT_TYPES), { parseAs: 'buffer', bodyLimit: MAX_POST_BYTES }, (_request, body, done) =>
      done(null, body),
    )
    scope.withTypeProvider<TypeBoxTypeProvider>().post(
      '/runs/:id/operators/:operator/rows',
      {
        config: { right: RIGHT, checksSenders: true },
        bodyLimit: MAX_POST_BYTES,
        onRequest: async (request) => {
          const { id, operator } = request.params as { id: string; operator: string }
          let access: SourceAccess
          try {
            access = await sourceAccesses.of(id, operator)
          } catch (error) {
            // Which runs there are is not for strangers.
            if (!may(request.principal, RIGHT)) checkRight(request.principal, RIGHT)
            throw error
          }
          if (access.kind === 'role') checkRight(request.principal, RIGHT)
          await sourceAccesses.checkHead(access, request.headers)
        },
        schema: {
          operationId: 'postRows',
          summary: 'Give rows to an HTTP ingest source of a running pipeline',
          description:
            'The body is a JSON array of objects (application/json) or one object a line (application/x-ndjson), at most 4 MB. 200 = the rows are on the disk and go through whatever dies. All are taken or none. With the same Idempotency-Key the same rows are taken once. 429 = the log of received rows is full, 503 = the source is down or paused: send again after Retry-After. A source can have a token of its own (Authorization: Bearer) or a signing key (Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature) instead of the right to send rows; 401 tells what it takes. Of a signed post webhook-id is the key.',
          params: Type.Object({ id: Type.String({ maxLength: 64 }), operator: Type.String({ maxLength: 64 }) }),
          headers: Type.Object({
            'idempotency-key': Type.Optional(
              Type.String({ minLength: 1, maxLength: MAX_KEY_LENGTH, description: 'Chosen by the sender, one for each set of rows' }),
            ),
          }),
          response: answers(200, 'RowsKept', 'They are kept', [401, 404, 409, 413, 415, 422, 429, 503]),
        },
      },
      async (request) => {
        const { id, operator } = request.params
        const [type] = (request.headers['content-type'] ?? '').split(';')
        const contentType = CONTENT_TYPES[type.trim().toLowerCase()]
        if (contentType === undefined || !Buffer.isBuffer(request.body))
          throw new ServerError('CONTENT_TYPE_REFUSED', 'Send rows as application/json or application/x-ndjson.')
        const { body, headers } = request
        const key = await sourceAccesses.keyOf(await sourceAccesses.of(id, operator), headers, body)
        return runs.postRows(id, operator, { contentType, body, key })
      },
    )
  })
}
