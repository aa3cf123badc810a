/** Lines of a run's log as JSON Schema; the interfaces are those of packages/run. */
import { LOG_LEVELS, type LogLevel, type LogLine, type LogPage } from '@belay/run'
import { Type, type Static } from 'typebox'
import type { Same } from './same.ts'

export const LogLevelSchema = Type.Unsafe<LogLevel>({ type: 'string', enum: LOG_LEVELS })

const LogLineSchema = Type.Object({
  at: Type.Integer({ description: "Where it lies in the run's log: rises, not by one" }),
  atMs: Type.Number({ description: 'Wall clock, ms since the epoch' }),
  level: LogLevelSchema,
  from: Type.Unsafe<LogLine['from']>({
    type: 'string',
    enum: ['operator', 'console', 'engine'],
    description: 'operator: through ctx.log; engine: about the operator',
  }),
  operator: Type.String(),
  instance: Type.String({ description: 'hourly#1 where the operator has partitions' }),
  window: Type.Integer({ description: 'In work; one that is replayed writes again, with another attempt' }),
  attempt: Type.Integer(),
  text: Type.String({ description: 'A long one is cut off and ends in …; values of secrets are taken out' }),
  fields: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]))),
})

true satisfies Same<Static<typeof LogLineSchema>, LogLine>

export const LogPageSchema = Type.Object({
  lines: Type.Array(LogLineSchema, { description: 'Oldest first' }),
  next: Type.Integer({ description: '`from` for what comes later' }),
  previous: Type.Union([Type.Integer(), Type.Null()], { description: '`before` for what is older; null = nothing is' }),
  engineOnly: Type.Boolean({ description: 'What operators wrote is left out: it may hold rows, and the right see-data is missing' }),
})

true satisfies Same<Static<typeof LogPageSchema>, LogPage & { readonly engineOnly: boolean }>
