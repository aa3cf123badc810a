/** A sample of rows on their way as JSON Schema; the interfaces are those of packages/run. */
import type { PeekedRow, PeekSample } from '@belay/run'
import { Type, type Static } from 'typebox'
import type { Same } from './same.ts'

export const PeekSampleSchema = Type.Object({
  stream: Type.String(),
  columns: Type.Array(Type.Object({ name: Type.String(), type: Type.String() })),
  rows: Type.Array(
    Type.Object({
      window: Type.Integer(),
      kind: Type.Unsafe<PeekedRow['kind']>({ type: 'string', enum: ['insert', 'update-before', 'update-after', 'delete'] }),
      cells: Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])),
    }),
    { description: 'Oldest first; not committed. Long texts are cut off and end in …' },
  ),
  every: Type.Union([Type.Integer(), Type.Null()], { description: 'At the coarsest one row in so many was taken; null = none passed' }),
  seen: Type.Integer({ description: 'Rows that went by, the taken ones included' }),
})

true satisfies Same<Static<typeof PeekSampleSchema>, PeekSample>
