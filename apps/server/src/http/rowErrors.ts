/** Rows that operators could not process, by group; and those that are kept of them, for a dead-letter file. */
import type { RowErrors } from '@belay/run'
import { Type } from 'typebox'
import type { App, Services } from './app.ts'
import { may } from './rights.ts'
import { RunParams } from './runCommands.ts'
import { answers } from './schemas/answers.ts'

export function rowErrorsRoutes(app: App, { runs }: Services): void {
  app.get(
    '/runs/:id/row-errors',
    {
      config: { right: 'read-runs' },
      schema: {
        operationId: 'listRowErrors',
        summary: 'Rows that operators could not process, grouped by code and message; also of a run that has ended',
        params: RunParams,
        querystring: Type.Object({ operator: Type.Optional(Type.String({ maxLength: 64 })) }),
        response: answers(200, 'RowErrors', 'Groups', [404]),
      },
    },
    async (request) => {
      const groups = groupsOf(await runs.rowErrors(request.params.id), request.query)
      return { groups: may(request.principal, 'see-data') ? groups : groups.map((group) => ({ ...group, rows: [] })) }
    },
  )
  app.get(
    '/runs/:id/row-errors/rows',
    {
      config: { right: 'see-data' },
      schema: {
        operationId: 'downloadRowErrors',
        summary: 'The kept rows of the groups as JSON lines: operator, code, message, window, time, row',
        params: RunParams,
        querystring: Type.Object({
          operator: Type.Optional(Type.String({ maxLength: 64 })),
          group: Type.Optional(Type.String({ maxLength: 40, description: 'Only this one' })),
        }),
        response: {
          ...answers(200, null, 'The rows', [404]),
          200: { description: 'The rows', content: { 'application/x-ndjson': { schema: { type: 'string' } } } },
        },
      },
    },
    async (request, reply) => {
      const groups = groupsOf(await runs.rowErrors(request.params.id), request.query)
      const lines = groups.flatMap(({ operator, code, message, rows }) =>
        rows.map(({ window, atMs, row }) => `${JSON.stringify({ operator, code, message, window, atMs, row: parsed(row) })}\n`),
      )
      return reply
        .type('application/x-ndjson')
        .header('content-disposition', `attachment; filename="${request.params.id}-dead-letters.jsonl"`)
        .send(lines.join(''))
    },
  )
}

function groupsOf(
  { groups }: RowErrors,
  { operator, group }: { readonly operator?: string; readonly group?: string },
): RowErrors['groups'] {
  return groups.filter((one) => (operator === undefined || one.operator === operator) && (group === undefined || one.id === group))
}

/** One that was cut off stays text. */
function parsed(row: string): unknown {
  try {
    return JSON.parse(row)
  } catch {
    return row
  }
}
