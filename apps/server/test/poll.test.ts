/** An address that is polled page by page, with the run's process and its source killed meanwhile (engine-spec H9). */
import { it } from 'vitest'
import { PROCESSES } from './support/belay.ts'
import { eachComesOnce } from './support/remote.ts'

const ITEMS = 3000
const PAGE = 40

const config = (url: string) => ({
  url,
  intervalMs: 100,
  rowsPath: 'items',
  columns: [{ name: 'id', type: 'int64', nullable: false }],
  eventTime: null,
  key: null,
  cursorFrom: 'answer',
  cursorPath: 'next',
  cursorParameter: 'after',
  outOfOrderMs: 0,
  timeoutMs: 5000,
  logMb: 64,
})

it('H9 each item of an address with a cursor comes once, whatever is killed while pages are asked for', PROCESSES, async () => {
  let asked = 0
  await eachComesOnce({
    source: { type: 'http-poll', config },
    rows: ITEMS,
    asked: () => asked,
    between: 8,
    serve: (server) => {
      server.on('request', (request, response) => {
        asked += 1
        if (asked % 9 === 4) return void request.socket.destroy()
        const after = Number(new URL(request.url ?? '/', 'http://x').searchParams.get('after') ?? 0)
        const items = Array.from({ length: Math.min(PAGE, ITEMS - after) }, (_, i) => ({ id: after + i + 1 }))
        response.end(JSON.stringify({ items, next: after + items.length }))
      })
    },
  })
})
