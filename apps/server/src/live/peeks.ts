/**
 * Viewers who look at rows of a stream: a room for each stream. While somebody is in one its lease is
 * renewed; when the last one has gone, or this server has, the run stops sampling by itself.
 */
import { MOST_PEEKS, type PeekAnswer, type PeekedRows, type PeekRequest, type ServerMessages, type ClientMessages } from '@belay/run'
import type { Server, Socket } from 'socket.io'
import { problemOf, ServerError } from '../http/problems.ts'
import type { RunService } from '../runs/runService.ts'

/** Well within PEEK_LEASE_MS, so that one that fails costs nothing. */
const RENEW_EVERY_MS = 3000
const MOST_OF_A_VIEWER = 4
const PREFIX = 'peek:'

type Live = Server<ClientMessages, ServerMessages>
type Viewer = Socket<ClientMessages, ServerMessages>

/** Run ids have no colon. */
function roomOf({ runId, stream }: PeekRequest): string {
  return `${PREFIX}${runId}:${stream}`
}

export class Peeks {
  readonly #live: Live
  readonly #runs: RunService
  readonly #timer: NodeJS.Timeout

  constructor(live: Live, runs: RunService) {
    this.#live = live
    this.#runs = runs
    this.#timer = setInterval(() => this.#renew(), RENEW_EVERY_MS).unref()
    live.of('/').adapter.on('delete-room', (room: string) => {
      if (!room.startsWith(PREFIX)) return
      const [, runId] = room.split(':', 2)
      // Nobody is left: no need to wait for the end of the lease.
      void this.#ask(runId).catch(() => undefined)
    })
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async peek(viewer: Viewer, request: PeekRequest): Promise<PeekAnswer> {
    const room = roomOf(request)
    try {
      if (!viewer.rooms.has(room)) {
        if ([...viewer.rooms].filter((name) => name.startsWith(PREFIX)).length >= MOST_OF_A_VIEWER)
          throw new ServerError('PEEK_LIMIT', `You look at ${MOST_OF_A_VIEWER} streams already. Close one before you open another.`)
        const streams = this.#streamsOf(request.runId)
        if (!streams.includes(request.stream) && streams.length >= MOST_PEEKS)
          throw new ServerError(
            'PEEK_LIMIT',
            `${MOST_PEEKS} streams of this run are looked at already. Try again when somebody has closed one.`,
          )
        await viewer.join(room)
      }
      const peeked = (await this.#ask(request.runId)).find(({ stream }) => stream === request.stream)
      if (peeked === undefined) throw new ServerError('STREAM_UNKNOWN', `There is no stream ${request.stream} in this run.`)
      return { ok: true, ...peeked }
    } catch (error) {
      void viewer.leave(room)
      const { code, detail } = problemOf(error)
      return { ok: false, code, message: detail }
    }
  }

  unpeek(viewer: Viewer, request: PeekRequest): void {
    void viewer.leave(roomOf(request))
  }

  /** `slow`: viewers that go without, as they do not keep up. */
  show(runId: string, rows: PeekedRows, slow: readonly string[]): void {
    const room = roomOf({ runId, stream: rows.stream })
    if (this.#rooms().has(room))
      this.#live
        .to(room)
        .except([...slow])
        .emit('peeked', { runId, rows })
  }

  #rooms(): Map<string, Set<string>> {
    return this.#live.of('/').adapter.rooms
  }

  #streamsOf(runId: string): string[] {
    const prefix = `${PREFIX}${runId}:`
    return [...this.#rooms().keys()].filter((room) => room.startsWith(prefix)).map((room) => room.slice(prefix.length))
  }

  #ask(runId: string): ReturnType<RunService['peek']> {
    return this.#runs.peek(runId, this.#streamsOf(runId))
  }

  /** A run whose process is being started again is asked the next time. */
  #renew(): void {
    const runIds = new Set([...this.#rooms().keys()].filter((room) => room.startsWith(PREFIX)).map((room) => room.split(':', 2)[1]))
    for (const runId of runIds) void this.#ask(runId).catch(() => undefined)
  }
}
