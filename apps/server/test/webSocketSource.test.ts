/** A sender that closes connections in the middle, with the run's process and its source killed meanwhile (engine-spec H9). */
import { it } from 'vitest'
import { WebSocketServer } from 'ws'
import { PROCESSES } from './support/belay.ts'
import { eachComesOnce } from './support/remote.ts'

const ITEMS = 540
/** Of one connection. */
const AT_ONCE = 60

const config = (url: string) => ({
  url: url.replace('http:', 'ws:'),
  protocols: '',
  subscribe: '{"after":0}',
  messageSecret: null,
  rowsPath: '',
  columns: [{ name: 'id', type: 'int64', nullable: false }],
  eventTime: null,
  idPath: 'id',
  resume: '{"after":{{id}}}',
  resumeParameter: '',
  outOfOrderMs: 0,
  pingMs: 1000,
  silenceMs: 10_000,
  timeoutMs: 5000,
  messageKb: 64,
  endOnClose: false,
  logMb: 64,
})

it('H9 each message of a sender that resumes comes once, whatever is killed while it sends', PROCESSES, async () => {
  let asked = 0
  await eachComesOnce({
    source: { type: 'web-socket', config },
    rows: ITEMS,
    asked: () => asked,
    between: 1,
    serve: (server) => {
      new WebSocketServer({ server }).on('connection', (socket) => {
        asked += 1
        socket.once('message', (data) => {
          const { after } = JSON.parse((data as Buffer).toString()) as { after: number }
          const last = Math.min(ITEMS, after + AT_ONCE)
          for (let id = after + 1; id <= last; id += 1) socket.send(JSON.stringify({ id }))
          if (last < ITEMS) socket.send('{"id":', { fin: false }, () => socket.terminate())
        })
      })
    },
  })
})
