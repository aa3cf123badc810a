/** Rows that operators could not process, by group; and those that are kept of them, for a dead-letter file. */
import { Readable } from 'node:stream'
import type { RowErrors } from '@belay/run'
import { Type } from 'typebox'
import { receiveFile } from '../storage/upload.ts'
import type { App, Services } from './app.ts'
import { checkRight, may } from './rights.ts'
import { RunParams } from './runCommands.ts'
import { answers } from './schemas/answers.ts'

export function rowErrorsRoutes(app: App, { runs, roots }: Services): void {
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
      const errors = await runs.rowErrors(request.params.id)
      const groups = groupsOf(errors, request.query)
      const rules = errors.rules.filter(({ operator }) => request.query.operator === undefined || operator === request.query.operator)
      if (may(request.principal, 'see-data')) return { groups, rules }
      return { groups: groups.map((group) => ({ ...group, rows: [] })), rules: rules.filter(({ rule }) => rule.kind !== 'row') }
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
      const lines = linesOf(groupsOf(await runs.rowErrors(request.params.id), request.query))
      return reply
        .type('application/x-ndjson')
        .header('content-disposition', `attachment; filename="${request.params.id}-dead-letters.jsonl"`)
        .send(lines.join(''))
    },
  )
  app.post(
    '/runs/:id/row-errors/file',
    {
      config: { right: 'write-files' },
      schema: {
        operationId: 'writeRowErrors',
        summary: 'Writes the kept rows of the groups into a root, as JSON lines; also of a run that has ended',
        description:
          'On the disk, and whole, when it is answered. It holds what is kept now: the newest 20 rows of each group. Where the name is taken it gets a number: nothing is written over. For every bad row, once, give the operator’s output `errors` a file sink. Needs `see-data` as well.',
        params: RunParams,
        body: Type.Object({
          file: Type.String({ minLength: 3, maxLength: 1024, description: 'root:path' }),
          operator: Type.Optional(Type.String({ maxLength: 64 })),
          group: Type.Optional(Type.String({ maxLength: 40, description: 'Only this one' })),
        }),
        response: answers(201, 'WrittenRows', 'Where they lie now', [400, 403, 404]),
      },
    },
    async (request, reply) => {
      // Rows are data.
      checkRight(request.principal, 'see-data')
      const lines = linesOf(groupsOf(await runs.rowErrors(request.params.id), request.body))
      const { file } = await receiveFile(roots, request.body.file, Readable.from(lines))
      return reply.status(201).send({ file, rows: lines.length })
    },
  )
}

function linesOf(groups: RowErrors['groups']): readonly string[] {
  return groups.flatMap(({ operator, code, message, rows }) =>
    rows.map(({ window, atMs, row }) => `${JSON.stringify({ operator, code, message, window, atMs, row: parsed(row) })}\n`),
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
