/** What watches a server: is it alive, is it ready, and its figures. At the root, where such programs look. */
import type { App } from './app.ts'

export interface Probes {
  /** Why the server is not ready; empty = it is. */
  notReady(): readonly string[]
  /** Prometheus' text format. */
  metrics(): string
}

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export function probesRoutes(app: App, probes: Probes): void {
  app.get('/livez', { config: { right: 'open' }, schema: { hide: true } }, () => ({ ok: true }))
  app.get('/readyz', { config: { right: 'open' }, schema: { hide: true } }, async (_request, reply) => {
    const reasons = probes.notReady()
    return reply.status(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons })
  })
  app.get('/metrics', { config: { right: 'read-metrics' }, schema: { hide: true } }, async (_request, reply) =>
    reply.type(METRICS_TYPE).send(probes.metrics()),
  )
}
