/** State in checkpoints as JSON Schema; the interfaces are those of packages/run. */
import type { CheckpointState, KeyHistory, StateChanges, StateEntry, StatePage, StateShape } from '@belay/run'
import { Type, type Static } from 'typebox'
import type { Same } from './same.ts'

const Cells = Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]))
const Columns = Type.Array(Type.Object({ name: Type.String(), type: Type.String() }))

export const CheckpointStateSchema = Type.Object({
  manifest: Type.Integer(),
  window: Type.Integer(),
  atMs: Type.Number(),
  operators: Type.Array(
    Type.Object({
      operator: Type.String(),
      instance: Type.String({ description: 'hourly#0 where the operator has partitions' }),
      window: Type.Integer(),
      sizeBytes: Type.Number({ description: '0 = it has no state' }),
      finished: Type.Boolean(),
    }),
  ),
})

true satisfies Same<Static<typeof CheckpointStateSchema>, CheckpointState>

const ShapeSchema = Type.Object({
  name: Type.String(),
  kind: Type.Unsafe<'table' | 'multimap' | 'list' | 'value'>({ type: 'string', enum: ['table', 'multimap', 'list', 'value'] }),
  size: Type.Integer({ description: 'Keys of a table or multimap, entries of a list, 1 of a value' }),
  key: Columns,
  value: Columns,
})

true satisfies Same<Static<typeof ShapeSchema>, StateShape>

const EntrySchema = Type.Object({
  key: Cells,
  rows: Type.Array(Cells, { description: 'One row of values; of a multimap the first 20 of the key' }),
  more: Type.Integer({ description: 'Rows of the key beyond those' }),
})

true satisfies Same<Static<typeof EntrySchema>, StateEntry>

const Shown = {
  instance: Type.String(),
  states: Type.Array(ShapeSchema, { description: 'All that it has declared' }),
  state: Type.Union([Type.String(), Type.Null()], { description: 'The one shown; null = it has none' }),
}
const Next = Type.Union([Type.Integer(), Type.Null()], { description: '`from` of the next page; null = there is none' })

export const StatePageSchema = Type.Object({
  ...Shown,
  entries: Type.Array(EntrySchema, { description: 'In the order in which they are stored' }),
  next: Next,
})

true satisfies Same<Static<typeof StatePageSchema>, StatePage>

export const KeyHistorySchema = Type.Object({
  instance: Type.String(),
  state: Type.Union([Type.String(), Type.Null()]),
  key: Columns,
  value: Columns,
  checkpoints: Type.Array(
    Type.Object({
      manifest: Type.Integer(),
      window: Type.Integer(),
      lineage: Type.Integer(),
      atMs: Type.Number(),
      entry: Type.Union([EntrySchema, Type.Null()], { description: 'null = the key was not there' }),
    }),
    { description: 'Oldest first' },
  ),
})

true satisfies Same<Static<typeof KeyHistorySchema>, KeyHistory>

const EntryOrNull = Type.Union([EntrySchema, Type.Null()])

export const StateChangesSchema = Type.Object({
  ...Shown,
  added: Type.Integer(),
  removed: Type.Integer(),
  changed: Type.Integer(),
  changes: Type.Array(
    Type.Object({
      kind: Type.Unsafe<'added' | 'removed' | 'changed'>({ type: 'string', enum: ['added', 'removed', 'changed'] }),
      key: Cells,
      before: EntryOrNull,
      after: EntryOrNull,
    }),
    { description: 'Changed keys, then added ones, then removed ones' },
  ),
  next: Next,
})

true satisfies Same<Static<typeof StateChangesSchema>, StateChanges>
