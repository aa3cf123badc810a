/** Figures of a run over time as JSON Schema; the interface is that of packages/run. */
import type { RunHistory, RunStanding } from '@belay/run'
import { Type, type Static } from 'typebox'
import { OperatorStateSchema, RunStateSchema } from './events.ts'
import type { Same } from './same.ts'

const Values = Type.Array(Type.Union([Type.Number(), Type.Null()]))

export const RunHistorySchema = Type.Object({
  stepMs: Type.Number(),
  times: Type.Array(Type.Number(), { description: 'Beginnings of the steps, ms since the epoch' }),
  run: Type.Object(
    { rowsInPerSecond: Values, windowsBehind: Values, sharedBytes: Values, residentBytes: Values },
    { description: 'A mean for each time; null = nothing is known of it' },
  ),
  operators: Type.Record(
    Type.String(),
    Type.Object({
      rowsInPerSecond: Values,
      rowsOutPerSecond: Values,
      busy: Values,
      blocked: Values,
      stateSizeBytes: Values,
      windowsBehind: Values,
    }),
  ),
})

export const RunStandingSchema = Type.Object({
  atMs: Type.Number(),
  seq: Type.Integer({ description: 'Newest event up to the moment; 0 = none' }),
  state: Type.Union([RunStateSchema, Type.Null()], { description: 'null = no event tells' }),
  reason: Type.Union([Type.String(), Type.Null()]),
  committedWindow: Type.Integer(),
  checkpointWindow: Type.Integer({ description: 'Of the newest complete checkpoint' }),
  operators: Type.Record(
    Type.String(),
    Type.Object({ state: OperatorStateSchema, attempt: Type.Integer(), cause: Type.Union([Type.String(), Type.Null()]) }),
    { description: 'Those of which an event tells' },
  ),
})

true satisfies Same<Static<typeof RunHistorySchema>, RunHistory>
true satisfies Same<Static<typeof RunStandingSchema>, RunStanding>
