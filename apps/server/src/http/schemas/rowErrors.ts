/** Bad rows of a run as JSON Schema; the interfaces are those of packages/run. */
import type { OnRowError, RowErrorGroup, RowErrorRule, RowErrors } from '@belay/run'
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
    Type.Object({
      window: Type.Integer(),
      atMs: Type.Number(),
      row: Type.String({ description: 'JSON; a long one is cut off' }),
      mark: Type.String({ description: 'Names rows that are equal, for a rule' }),
    }),
    {
      description: 'The newest 20 at most, newest first; none without see-data',
    },
  ),
})

true satisfies Same<Static<typeof RowErrorGroupSchema>, RowErrorGroup>

export const RowErrorRuleSchema = Type.Union([
  Type.Object({ kind: Type.Literal('error'), code: Type.String({ maxLength: 100 }), shape: Type.String({ maxLength: 500 }) }),
  Type.Object({ kind: Type.Literal('row'), row: Type.String({ maxLength: 64, description: 'The mark of the row' }) }),
])

true satisfies Same<Static<typeof RowErrorRuleSchema>, RowErrorRule>

export const RowErrorsSchema = Type.Object({
  groups: Type.Array(RowErrorGroupSchema, { description: 'The one of the newest row first' }),
  rules: Type.Array(Type.Object({ operator: Type.String(), rule: RowErrorRuleSchema }), {
    description: 'What is left out although the operator fails on other rows; those of single rows only with see-data',
  }),
})

true satisfies Same<Static<typeof RowErrorsSchema>, RowErrors>
