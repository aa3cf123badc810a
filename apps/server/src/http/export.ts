/** A run as one file that opens without the server. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunEvent } from '@belay/run'
import { Type } from 'typebox'
import { MOST_EVENTS, pointsFor, sessionOf, sessionPage, spansOf } from '../session/sessionFile.ts'
import type { App, Services } from './app.ts'
import { ServerError } from './problems.ts'
import { may, neededFor } from './rights.ts'
import { RunParams } from './runCommands.ts'
import { answers } from './schemas/answers.ts'
import { webFolder } from './webFolder.ts'

const EVENTS_AT_ONCE = 10_000

export function exportRoutes(app: App, { runs, history, version }: Services): void {
  const response = answers(200, null, 'The file', [403, 404, 503])
  app.get(
    '/runs/:id/export',
    {
      config: { right: 'read-runs' },
      schema: {
        operationId: 'exportRun',
        summary: 'The run as one HTML file that opens without a server: graph over time, incidents, checkpoints, charts, settings',
        params: RunParams,
        querystring: Type.Object({
          rows: Type.Optional(Type.Boolean({ default: false, description: 'With rows of tables and errors; needs `see-data`' })),
        }),
        response: { ...response, 200: { description: 'The file', content: { 'text/html': { schema: { type: 'string' } } } } },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const rows = request.query.rows ?? false
      if (rows && !may(request.principal, 'see-data'))
        throw new ServerError(
          'RIGHT_MISSING',
          `For a file with rows you need ${neededFor('see-data')}. Export without them, or ask an administrator.`,
        )
      const record = await runs.record(id)
      const snapshot = await runs.snapshot(id)
      const events: RunEvent[] = []
      for (let after = Math.max(0, snapshot.seq - MOST_EVENTS); ;) {
        const page = await runs.events(id, after, EVENTS_AT_ONCE)
        events.push(...page)
        after = page.at(-1)?.seq ?? after
        if (page.length < EVENTS_AT_ONCE) break
      }
      const exportedAtMs = Date.now()
      const points = pointsFor(snapshot.document.operators.length)
      const session = sessionOf({
        version,
        exportedAtMs,
        exportedBy: request.principal?.name ?? '',
        record,
        snapshot,
        checkpoints: await runs.checkpoints(id),
        events,
        histories: spansOf(record.startedAtMs, record.endedAtMs ?? exportedAtMs).map((span) =>
          history.read(id, { ...span, points, operator: null }),
        ),
        rows,
      })
      void reply.header('content-disposition', `attachment; filename="belay-${id}.html"`)
      return reply.type('text/html; charset=utf-8').send(sessionPage(session, viewer()))
    },
  )
}

/** Throws NOT_BUILT. */
function viewer(): string {
  const path = join(webFolder(), 'session', 'viewer.js')
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ServerError('NOT_BUILT', `The viewer of session files is not there (${path}). Run npm run build.`, { cause: error })
  }
}
