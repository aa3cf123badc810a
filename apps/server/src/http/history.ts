/** A run over time: its figures, and how it stood at a moment. */
import { Type } from 'typebox'
import { standingAt } from '../history/standing.ts'
import type { App, Services } from './app.ts'
import { RunParams } from './runCommands.ts'
import { answers } from './schemas/answers.ts'

const QUARTER_MS = 900_000
const DAY_MS = 86_400_000

export function historyRoutes(app: App, { runs, history }: Services): void {
  app.get(
    '/runs/:id/history',
    {
      config: { right: 'read-runs' },
      schema: {
        operationId: 'readRunHistory',
        summary: 'Figures over time: each second of the last 15 minutes, each 10 s of 24 hours; also of a run that has ended',
        params: RunParams,
        querystring: Type.Object({
          from: Type.Optional(Type.Number({ minimum: 0, description: 'ms since the epoch; 15 minutes before `to` by default' })),
          to: Type.Optional(Type.Number({ minimum: 0, description: 'ms since the epoch; now, or the end of the run, by default' })),
          points: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 300, description: 'At most so many steps' })),
          operator: Type.Optional(Type.String({ maxLength: 64, description: 'Only this one' })),
        }),
        response: answers(200, 'RunHistory', 'Means of each step; null where nothing is known', [404]),
      },
    },
    async (request) => {
      const { id } = request.params
      const { from, to, points, operator } = request.query
      const { endedAtMs } = await runs.record(id)
      const toMs = to ?? endedAtMs ?? Date.now()
      // What is older has been written over.
      const fromMs = Math.max(from ?? toMs - QUARTER_MS, toMs - DAY_MS)
      return history.read(id, { fromMs, toMs: Math.max(fromMs, toMs), points: points ?? 300, operator: operator ?? null })
    },
  )
  app.get(
    '/runs/:id/standing',
    {
      config: { right: 'read-runs' },
      schema: {
        operationId: 'readRunStanding',
        summary: 'States and windows at a past moment, from the events up to it',
        params: RunParams,
        querystring: Type.Object({ at: Type.Number({ minimum: 0, description: 'ms since the epoch' }) }),
        response: answers(200, 'RunStanding', 'How the run stood', [404]),
      },
    },
    async (request) => {
      const { id } = request.params
      const { document, seq } = await runs.snapshot(id)
      const read = (after: number, limit: number) => runs.events(id, after, limit)
      return standingAt(
        { newest: seq, read },
        document.operators.map((operator) => operator.id),
        request.query.at,
      )
    },
  )
}
