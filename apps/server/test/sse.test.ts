/** An address that sends events and cuts connections, with the run's process and its source killed meanwhile (engine-spec H9). */
import { it } from 'vitest'
import { PROCESSES } from './support/belay.ts'
import { eachComesOnce } from './support/remote.ts'

const ITEMS = 1200
/** Of one connection, before it is cut in the middle of an event. */
const AT_ONCE = 60

const config = (url: string) => ({
  url,
  events: '',
  columns: [{ name: 'id', type: 'int64', nullable: false }],
  eventTime: null,
  outOfOrderMs: 0,
  silenceMs: 10_000,
  timeoutMs: 5000,
  logMb: 64,
})

it('H9 each event of a sender with ids comes once, whatever is killed while it sends', PROCESSES, async () => {
  let asked = 0
  await eachComesOnce({
    source: { type: 'sse', config },
    rows: ITEMS,
    asked: () => asked,
    between: 2,
    serve: (server) => {
      server.on('request', (request, response) => {
        asked += 1
        const after = Number(request.headers['last-event-id'] ?? 0)
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        const last = Math.min(ITEMS, after + AT_ONCE)
        const events = Array.from({ length: last - after }, (_, i) => `id: ${after + i + 1}\ndata: {"id":${after + i + 1}}\n\n`)
        response.write(events.join(''))
        if (last < ITEMS) response.write(`id: ${last + 1}\ndata: {"id":`, () => setTimeout(() => request.socket.destroy(), 5))
      })
    },
  })
})
