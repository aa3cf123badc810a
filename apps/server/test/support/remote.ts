/** Sources that ask another server: it answers from this process, while theirs and their operator are killed. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { pidOf, seqOf, startRun, testHome, testServer, until, untilEvent, untilState } from './belay.ts'
import { numbersWritten } from './written.ts'

export interface RemoteRows {
  /** What the other server does. */
  readonly serve: (server: Server) => void
  /** The operator that asks it. */
  readonly source: { readonly type: string; readonly config: (url: string) => object }
  /** Ids are 1 to so many. */
  readonly rows: number
  /** Requests that have come. */
  readonly asked: () => number
  /** Of them between two kills. */
  readonly between: number
}

function pipeline(type: string, config: object) {
  const sink = { folder: 'home:out', name: 'rows', format: 'json-lines', layout: 'parts' }
  return {
    format: 1,
    id: 'heard',
    name: 'Heard',
    parameters: {},
    settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432 },
    operators: [
      { id: 'listen', type, typeVersion: 1, name: 'listen', config },
      { id: 'file', type: 'file-sink', typeVersion: 1, name: 'file', config: sink },
    ],
    streams: [{ id: 's1', from: { operator: 'listen', port: 'out' }, to: [{ operator: 'file', port: 'in' }] }],
    layout: {},
  }
}

/** Each of the rows comes once, over kills of the process, the operator, and the process again. */
export async function eachComesOnce({ serve, source, rows, asked, between }: RemoteRows): Promise<void> {
  const remote = createServer()
  serve(remote)
  await new Promise<void>((resolve) => remote.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    remote.closeAllConnections()
    remote.close()
  })
  const home = testHome()
  const server = await testServer(home, ['--allow-address', '127.0.0.1'])
  const runId = await startRun(server, pipeline(source.type, source.config(`http://127.0.0.1:${(remote.address() as AddressInfo).port}/`)))
  for (const blow of ['process', 'operator', 'process'] as const) {
    const before = asked()
    await until('requests', () => asked() > before + between)
    const seq = await seqOf(server, runId)
    if (blow === 'process') process.kill(pidOf(home, runId), 'SIGKILL')
    else await server.call('POST', `/api/runs/${runId}/operators/listen/kill`, { commandId: 'kill', hold: false })
    await untilEvent(server, runId, seq, ({ type }) => type === 'recovered')
  }
  await until('all rows', () => numbersWritten(home, 'id').length >= rows)
  await server.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop', mode: 'stop' })
  await untilState(server, runId, 'stopped', 'finished')
  expect(numbersWritten(home, 'id')).toEqual(Array.from({ length: rows }, (_, i) => i + 1))
}
