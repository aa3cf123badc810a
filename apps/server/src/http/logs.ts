/** What operators and the engine wrote down while a run worked. */
import { LOG_LEVELS, type LogLevel } from '@belay/run'
import { Type } from 'typebox'
import type { App, Services } from './app.ts'
import { may } from './rights.ts'
import { RunParams } from './runCommands.ts'
import { answers } from './schemas/answers.ts'

const LINES = 200
const MOST_LINES = 1000
const place = (description: string) => Type.Optional(Type.Integer({ minimum: 0, description }))

export function logsRoutes(app: App, { runs }: Services): void {
  app.get(
    '/runs/:id/logs',
    {
      config: { right: 'read-runs' },
      schema: {
        operationId: 'listLogLines',
        summary:
          'The newest lines of the log, or those from or before a place; also of a run that has ended. Without `see-data` only what the engine says: operators may have written down rows.',
        params: RunParams,
        querystring: Type.Object({
          operator: Type.Optional(Type.String({ maxLength: 64 })),
          level: Type.Optional(
            Type.Unsafe<LogLevel>({ type: 'string', enum: LOG_LEVELS, default: 'debug', description: 'And the more important ones' }),
          ),
          text: Type.Optional(Type.String({ maxLength: 200, default: '', description: 'In text or fields, whatever the case' })),
          sinceMs: Type.Optional(Type.Number({ minimum: 0, default: 0, description: 'ms since the epoch' })),
          from: place('`next` of a page: what has come since'),
          before: place('`previous` of a page: what is older'),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_LINES, default: LINES })),
        }),
        response: answers(200, 'LogPage', 'Lines, oldest first', [404]),
      },
    },
    async (request) => {
      const { operator, level, text, sinceMs, from, before, limit } = request.query
      const seesData = may(request.principal, 'see-data')
      const page = await runs.logs(request.params.id, {
        operator: operator ?? null,
        level: level ?? 'debug',
        text: text ?? '',
        sinceMs: sinceMs ?? 0,
        engineOnly: !seesData,
        from: from ?? null,
        before: before ?? null,
        limit: limit ?? LINES,
      })
      return { ...page, engineOnly: !seesData }
    },
  )
}
