/** What operators had in their state at a kept checkpoint, and how it differs from another. */
import type { StateCell } from '@belay/run'
import { Type } from 'typebox'
import type { App, Services } from './app.ts'
import { RunParams } from './runCommands.ts'
import { answers } from './schemas/answers.ts'

const Params = Type.Object({ id: Type.String({ maxLength: 64 }), manifest: Type.Integer({ minimum: 1 }) })
const Query = {
  instance: Type.String({ maxLength: 100, description: 'As the checkpoint lists it: an operator, or operator#partition' }),
  state: Type.Optional(Type.String({ maxLength: 200, description: 'Which of its states; the one with the most keys by default' })),
  find: Type.Optional(Type.String({ maxLength: 200, default: '', description: 'Only keys that contain this, whatever the case' })),
  from: Type.Optional(Type.Integer({ minimum: 0, default: 0, description: '`next` of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
}

interface Asked {
  readonly instance: string
  readonly state?: string
  readonly find?: string
  readonly from?: number
  readonly limit?: number
}

const wanted = ({ instance, state, find, from, limit }: Asked) => ({
  instance,
  state: state ?? null,
  find: find ?? '',
  from: from ?? 0,
  limit: limit ?? 100,
})

/** A text that is no JSON array is the key as one reads it. */
function keyOf(text: string): readonly StateCell[] | string {
  try {
    const cells = JSON.parse(text) as unknown
    return Array.isArray(cells) ? (cells as StateCell[]) : text
  } catch {
    return text
  }
}

export function statesRoutes(app: App, { runs }: Services): void {
  app.get(
    '/runs/:id/state/key',
    {
      config: { right: 'see-data' },
      schema: {
        operationId: 'readKeyHistory',
        summary: 'What one key of an operator had at each kept checkpoint',
        params: RunParams,
        querystring: Type.Object({
          instance: Query.instance,
          state: Query.state,
          key: Type.String({
            minLength: 1,
            maxLength: 2000,
            description: 'The whole key: its cells as a JSON array, or as text joined by ", "',
          }),
        }),
        response: answers(200, 'KeyHistory', 'Oldest checkpoint first', [404, 413, 500, 503]),
      },
    },
    (request) => {
      const { instance, state, key } = request.query
      return runs.keyHistory(request.params.id, { instance, state: state ?? null, key: keyOf(key) })
    },
  )
  app.get(
    '/runs/:id/checkpoints/:manifest/state',
    {
      config: { right: 'read-runs' },
      schema: {
        operationId: 'readCheckpointState',
        summary: 'Which operators have state in a kept checkpoint, and how much',
        params: Params,
        response: answers(200, 'CheckpointState', 'Its operators', [404]),
      },
    },
    (request) => runs.checkpointState(request.params.id, request.params.manifest),
  )
  app.get(
    '/runs/:id/checkpoints/:manifest/state/keys',
    {
      config: { right: 'see-data' },
      schema: {
        operationId: 'listStateKeys',
        summary: 'A page of the keys of an operator in a kept checkpoint',
        params: Params,
        querystring: Type.Object(Query),
        response: answers(200, 'StatePage', 'Keys with their values', [404, 413, 500, 503]),
      },
    },
    (request) => runs.statePage(request.params.id, request.params.manifest, wanted(request.query)),
  )
  app.get(
    '/runs/:id/checkpoints/:manifest/state/changes',
    {
      config: { right: 'see-data' },
      schema: {
        operationId: 'listStateChanges',
        summary: 'Keys that were added, removed or changed since another kept checkpoint',
        params: Params,
        querystring: Type.Object({ ...Query, since: Type.Integer({ minimum: 1, description: 'Manifest number to compare with' }) }),
        response: answers(200, 'StateChanges', 'Changes with what was before and after', [404, 413, 500, 503]),
      },
    },
    (request) => runs.stateChanges(request.params.id, request.params.manifest, request.query.since, wanted(request.query)),
  )
}
