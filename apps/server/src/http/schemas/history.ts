/** Figures of a run over time as JSON Schema; the interface is that of packages/run. */
import type { RunHistory } from '@belay/run'
import { Type, type Static } from 'typebox'
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

true satisfies Same<Static<typeof RunHistorySchema>, RunHistory>
