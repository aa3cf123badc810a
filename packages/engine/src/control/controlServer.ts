/**
 * The run process's end of its socket: checks the token, hands requests to the job, pushes events
 * and deltas to whoever listens. A slow listener loses deltas and sampled rows, never events; one that does
 * not read at all loses its connection.
 */
import { timingSafeEqual } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import type { PeekedRows, RunDelta, RunEvent } from '@belay/run'
import { EngineError } from '../operator/engineError.ts'
import { MAX_REQUEST_BYTES, type ControlMessage, type ControlRequest } from './controlProtocol.ts'
import { lineSplitter } from './lines.ts'

/** Beyond this a listener is skipped for deltas. */
const SLOW_LISTENER_BYTES = 1_048_576
/** Beyond this a listener is let go: it comes back and asks for the events it missed. */
const LOST_LISTENER_BYTES = 16 * 1_048_576

const CLOSE_TIMEOUT_MS = 1000

export type ControlHandler = (request: Exclude<ControlRequest, { type: 'hello' | 'listen' }>) => Promise<unknown>

export class ControlServer {
  readonly #server: Server
  readonly #listeners = new Set<Socket>()
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
  }

  static async listen(path: string, token: string, runId: string, handler: ControlHandler, seq: () => number): Promise<ControlServer> {
    const server = createServer()
    const control = new ControlServer(server)
    server.on('connection', (socket) => control.#connection(socket, token, runId, handler, seq))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, () => {
        server.off('error', reject)
        resolve()
      })
    })
    chmodSync(path, 0o600)
    return control
  }

  #connection(socket: Socket, token: string, runId: string, handler: ControlHandler, seq: () => number): void {
    let known = false
    this.#sockets.add(socket)
    const send = (message: ControlMessage): void => {
      if (socket.writable) socket.write(`${JSON.stringify(message)}\n`)
    }
    const handle = async (line: string): Promise<void> => {
      let request: ControlRequest & { id: number }
      try {
        request = JSON.parse(line) as ControlRequest & { id: number }
      } catch {
        socket.destroy()
        return
      }
      if (request.type === 'hello') {
        known = sameToken(request.token, token)
        if (known) send({ type: 'answer', id: request.id, value: { runId, pid: process.pid } })
        else send({ type: 'refused', id: request.id, code: 'TOKEN_WRONG', message: 'That is not the token of this run.' })
        return
      }
      if (!known) {
        send({ type: 'refused', id: request.id, code: 'TOKEN_MISSING', message: 'Say hello with the token of this run first.' })
        return
      }
      if (request.type === 'listen') {
        this.#listeners.add(socket)
        send({ type: 'answer', id: request.id, value: { seq: seq() } })
        return
      }
      try {
        send({ type: 'answer', id: request.id, value: await handler(request) })
      } catch (error) {
        const code = error instanceof EngineError ? error.code : 'INTERNAL'
        send({ type: 'refused', id: request.id, code, message: error instanceof Error ? error.message : String(error) })
      }
    }
    socket.on(
      'data',
      lineSplitter(
        MAX_REQUEST_BYTES,
        (line) => void handle(line),
        () => socket.destroy(),
      ),
    )
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#listeners.delete(socket)
      this.#sockets.delete(socket)
    })
  }

  event(event: RunEvent): void {
    const line = `${JSON.stringify({ type: 'event', event } satisfies ControlMessage)}\n`
    for (const socket of this.#listeners) {
      if (socket.writableLength > LOST_LISTENER_BYTES) socket.destroy()
      else socket.write(line)
    }
  }

  delta(delta: RunDelta): void {
    this.#tellSpeedy({ type: 'delta', delta })
  }

  peeked(rows: PeekedRows): void {
    this.#tellSpeedy({ type: 'peeked', rows })
  }

  /** What a listener can do without. */
  #tellSpeedy(message: ControlMessage): void {
    if (this.#listeners.size === 0) return
    const line = `${JSON.stringify(message)}\n`
    for (const socket of this.#listeners) if (socket.writableLength < SLOW_LISTENER_BYTES) socket.write(line)
  }

  /** Sends what is queued, then closes; a peer that does not read is not waited for longer than a second. */
  async close(): Promise<void> {
    this.#server.close()
    const ended = Promise.all([...this.#sockets].map((socket) => new Promise<void>((resolve) => socket.end(() => resolve()))))
    await Promise.race([ended, new Promise<void>((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS).unref())])
    for (const socket of this.#sockets) socket.destroy()
  }
}

function sameToken(given: unknown, token: string): boolean {
  const a = Buffer.from(String(given))
  const b = Buffer.from(token)
  return a.length === b.length && timingSafeEqual(a, b)
}
