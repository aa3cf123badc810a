/** An address that is polled page by page, with the run's process and its source killed meanwhile (engine-spec H9). */
import { it } from 'vitest'
import { PROCESSES } from './support/belay.ts'
import { eachComesOnce } from './support/remote.ts'

const ITEMS = 3000
const PAGE = 40

const document = (url: string) => ({
  format: 1,
  id: 'polled',
  name: 'Polled',
  parameters: {},
  settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432 },
  operators: [
    {
      id: 'poll',
      type: 'http-poll',
      typeVersion: 1,
      name: 'poll',
      config: {
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
      },
    },
    {
      id: 'file',
      type: 'file-sink',
      typeVersion: 1,
      name: 'file',
      config: { folder: 'home:out', name: 'rows', format: 'json-lines', layout: 'parts' },
    },
  ],
  streams: [{ id: 's1', from: { operator: 'poll', port: 'out' }, to: [{ operator: 'file', port: 'in' }] }],
  layout: {},
})

it('H9 each item of an address with a cursor comes once, whatever is killed while pages are asked for', PROCESSES, async () => {
  let asked = 0
  await eachComesOnce({
    document,
    operator: 'poll',
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
