/** Bad rows of a run as JSON Schema; the interfaces are those of packages/run. */
import type { OnRowError, RowErrorGroup, RowErrors } from '@belay/run'
import { Type, type Static } from 'typebox'
import type { Same } from './same.ts'

export const OnRowErrorSchema = Type.Unsafe<OnRowError>({ type: 'string', enum: ['fail', 'skip'] })

const PlaceSchema = Type.Object({ window: Type.Integer(), atMs: Type.Number() })

const RowErrorGroupSchema = Type.Object({
  id: Type.String(),
  operator: Type.String(),
  code: Type.String(),
  shape: Type.String({ description: 'What the messages have in common: numbers are #, texts in quotes …' }),
  message: Type.String({ description: 'Of the newest one' }),
  action: Type.Unsafe<RowErrorGroup['action']>({
    type: 'string',
    enum: ['skip', 'error-output', 'fail'],
    description: 'fail: the operator failed on it',
  }),
  count: Type.Integer({ description: 'Rows; for fail failures. What is replayed counts once' }),
  first: PlaceSchema,
  last: PlaceSchema,
  rows: Type.Array(
    Type.Object({ window: Type.Integer(), atMs: Type.Number(), row: Type.String({ description: 'JSON; a long one is cut off' }) }),
    {
      description: 'The newest 20 at most, newest first; none without see-data',
    },
  ),
})

true satisfies Same<Static<typeof RowErrorGroupSchema>, RowErrorGroup>

export const RowErrorsSchema = Type.Object({ groups: Type.Array(RowErrorGroupSchema, { description: 'The one of the newest row first' }) })

true satisfies Same<Static<typeof RowErrorsSchema>, RowErrors>
