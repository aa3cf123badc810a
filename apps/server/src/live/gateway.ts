/**
 * The live side: a run is a room (architecture D10). Joining gives one snapshot and what was missed;
 * then events at once and figures four times a second. The same checks and rights as HTTP.
 *
 * Memory is bounded whatever a viewer does: figures are dropped for one that does not keep up, events
 * never; one that falls too far behind is let go, comes back, and resumes by sequence.
 */
import type { Server as HttpServer } from 'node:http'
import { OPEN_GATE, type Gate } from '../access/access.ts'
import type { ClientMessages, JoinAnswer, JoinRequest, RunEvent, RunSnapshot, ServerMessages } from '@belay/run'
import { Server, type Socket } from 'socket.io'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { checkSender } from '../http/origin.ts'
import { problemOf, ServerError } from '../http/problems.ts'
import { may, SOCKET_RIGHTS, type Principal } from '../http/rights.ts'
import type { RunService } from '../runs/runService.ts'
import { rowlessDelta, rowlessEvent, rowlessSnapshot } from '../runs/rowless.ts'
import type { PipelineStore } from '../storage/pipelineStore.ts'
import { MessageBudget } from './messageBudget.ts'
import { Peeks } from './peeks.ts'

const MAX_MESSAGE_BYTES = 16_384
const MAX_SOCKETS = 500
const MAX_ROOMS = 50
/** Packets that may wait for a viewer before figures are dropped for it: they are whole, the next ones tell the same. */
const SLOW_PACKETS = 8
/** Packets that may wait for a viewer before it is let go. */
const MAX_WAITING_PACKETS = 1000
const MISSED_LIMIT = 10_000
/** A run whose process is being started again is waited for this long. */
const JOIN_WAIT_MS = 10_000
/** The list of runs changes in bursts; it is told at most this often. */
const CHANGED_EVERY_MS = 250
/** What is revoked ends so soon. */
const CHECKED_EVERY_MS = 1000

export type Live = Server<ClientMessages, ServerMessages>
type Viewer = Socket<ClientMessages, ServerMessages>

const RunId = Type.String({ minLength: 1, maxLength: 64 })
const JoinSchema = Type.Object({ runId: RunId, afterSeq: Type.Optional(Type.Integer({ minimum: 0 })) })
const PeekSchema = Type.Object({
  runId: Type.String({ maxLength: 64, pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*$' }),
  stream: Type.String({ minLength: 1, maxLength: 100 }),
})
const LeaveSchema = Type.Object({ runId: RunId })

/** Sockets have rooms of their own under their ids; a run's must not be mixed up with those. */
function roomOf(runId: string): string {
  return `run:${runId}`
}

/** Those who may not see rows have a room of their own, and get the same without tables. */
function rowlessRoomOf(runId: string): string {
  return `rowless:${runId}`
}

export function createLive(http: HttpServer, runs: RunService, gate: Gate = OPEN_GATE, pipelines?: PipelineStore): Live {
  const live: Live = new Server(http, {
    path: '/live',
    serveClient: false,
    transports: ['websocket'],
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    allowRequest: (request, answer) => {
      try {
        checkSender(request.headers, false, gate.reach)
        if (gate.principalOf(request.headers) === null) return answer('sign in first', false)
        answer(live.engine.clientsCount < MAX_SOCKETS ? null : 'too many viewers', live.engine.clientsCount < MAX_SOCKETS)
      } catch {
        answer('this page may not use this server', false)
      }
    },
  })
  let changeTold = true
  /** Who each socket belongs to, as looked up last. */
  const principals = new Map<string, Principal>()
  const leave = (viewer: Viewer, runId: string): void => {
    void viewer.leave(roomOf(runId))
    void viewer.leave(rowlessRoomOf(runId))
  }
  /** Whoever has signed out, or may other things now, comes back with what is true now. */
  const check = setInterval(() => {
    for (const viewer of live.sockets.sockets.values()) {
      const before = principals.get(viewer.id)
      const now = gate.principalOf(viewer.request.headers)
      if (before === undefined || now === null || now.role !== before.role || now.seeData !== before.seeData) viewer.conn.close(true)
    }
  }, CHECKED_EVERY_MS).unref()
  const peeks = new Peeks(live, runs)
  http.once('close', () => {
    clearInterval(check)
    peeks.close()
  })

  const join = async (viewer: Viewer, request: JoinRequest): Promise<JoinAnswer> => {
    const { runId } = request
    try {
      if (viewer.rooms.size > MAX_ROOMS)
        throw new ServerError('TOO_MANY_MESSAGES', `You watch ${MAX_ROOMS} runs already. Leave one before you join another.`)
      // First the room, then the snapshot: nothing that happens in between is missed.
      const sees = may(principals.get(viewer.id) ?? null, 'see-data')
      await viewer.join(sees ? roomOf(runId) : rowlessRoomOf(runId))
      const snapshot = await reachable(() => runs.snapshot(runId))
      const events = await missed(request, snapshot)
      return sees
        ? { ok: true, snapshot, missed: events }
        : { ok: true, snapshot: rowlessSnapshot(snapshot), missed: events.map(rowlessEvent) }
    } catch (error) {
      leave(viewer, runId)
      const problem = problemOf(error)
      return { ok: false, code: problem.code, message: problem.detail }
    }
  }
  /** Everything after `afterSeq` that the snapshot does not bring, or the newest of it. */
  const missed = async ({ runId, afterSeq }: JoinRequest, snapshot: RunSnapshot): Promise<readonly RunEvent[]> => {
    if (afterSeq === undefined || afterSeq >= snapshot.seq) return []
    return runs.events(runId, Math.max(afterSeq, snapshot.seq - MISSED_LIMIT), MISSED_LIMIT)
  }

  live.on('connection', (viewer) => {
    const principal = gate.principalOf(viewer.request.headers)
    if (principal === null) return void viewer.disconnect(true)
    principals.set(viewer.id, principal)
    viewer.on('disconnect', () => principals.delete(viewer.id))
    const budget = new MessageBudget()
    viewer.on('error', () => viewer.disconnect(true))
    viewer.use(([name], next) => {
      if (!Object.hasOwn(SOCKET_RIGHTS, name)) return
      if (!budget.spend(performance.now())) {
        viewer.disconnect(true)
        return
      }
      if (may(principal, SOCKET_RIGHTS[name as keyof ClientMessages])) next()
    })
    viewer.on('join', (request, answer) => {
      if (typeof answer !== 'function') return
      if (!Value.Check(JoinSchema, request)) return answer({ ok: false, code: 'REQUEST_INVALID', message: 'Join with {runId, afterSeq?}.' })
      void join(viewer, request).then(answer)
    })
    viewer.on('leave', (request) => {
      if (Value.Check(LeaveSchema, request)) leave(viewer, request.runId)
    })
    viewer.on('peek', (request, answer) => {
      if (typeof answer !== 'function') return
      if (!Value.Check(PeekSchema, request)) return answer({ ok: false, code: 'REQUEST_INVALID', message: 'Peek with {runId, stream}.' })
      void peeks.peek(viewer, request).then(answer)
    })
    viewer.on('unpeek', (request) => {
      if (Value.Check(PeekSchema, request)) peeks.unpeek(viewer, request)
    })
  })
  // Whoever may connect may read pipelines; which one is of interest they know themselves.
  pipelines?.observe(({ id, version, by }) => live.emit('saved', { pipelineId: id, version, by }))
  const watched = (room: string): boolean => live.of('/').adapter.rooms.has(room)
  /** Viewers of a run for whom more than so many packets wait. */
  const behind = (runId: string, packets: number): Viewer[] => {
    const { rooms } = live.of('/').adapter
    const ids = [...(rooms.get(roomOf(runId)) ?? []), ...(rooms.get(rowlessRoomOf(runId)) ?? [])]
    return ids.flatMap((id) => live.sockets.sockets.get(id) ?? []).filter((viewer) => waitingPackets(viewer) > packets)
  }
  runs.observe({
    event(runId, event) {
      if (watched(roomOf(runId))) live.to(roomOf(runId)).emit('event', { seq: event.seq, runId, event })
      if (watched(rowlessRoomOf(runId))) live.to(rowlessRoomOf(runId)).emit('event', { seq: event.seq, runId, event: rowlessEvent(event) })
      for (const viewer of behind(runId, MAX_WAITING_PACKETS)) viewer.conn.close(true)
    },
    delta(runId, delta, seq) {
      if (!watched(roomOf(runId)) && !watched(rowlessRoomOf(runId))) return
      const slow = behind(runId, SLOW_PACKETS).map((viewer) => viewer.id)
      if (watched(roomOf(runId))) live.to(roomOf(runId)).except(slow).emit('delta', { seq, delta })
      if (watched(rowlessRoomOf(runId)))
        live
          .to(rowlessRoomOf(runId))
          .except(slow)
          .emit('delta', { seq, delta: rowlessDelta(delta) })
    },
    peeked(runId, rows) {
      const slow = [...live.sockets.sockets.values()].filter((viewer) => waitingPackets(viewer) > SLOW_PACKETS).map(({ id }) => id)
      peeks.show(runId, rows, slow)
    },
    connected(runId, snapshot) {
      if (watched(roomOf(runId))) live.to(roomOf(runId)).emit('snapshot', { seq: snapshot.seq, snapshot })
      if (watched(rowlessRoomOf(runId)))
        live.to(rowlessRoomOf(runId)).emit('snapshot', { seq: snapshot.seq, snapshot: rowlessSnapshot(snapshot) })
    },
    changed() {
      if (!changeTold) return
      changeTold = false
      setTimeout(() => {
        changeTold = true
        live.emit('runs')
      }, CHANGED_EVERY_MS).unref()
    },
  })
  return live
}

/** Packets handed to engine.io that its transport has not taken yet. */
function waitingPackets(viewer: Viewer): number {
  return (viewer.conn as unknown as { readonly writeBuffer: readonly unknown[] }).writeBuffer.length
}

async function reachable<T>(ask: () => Promise<T>): Promise<T> {
  const until = performance.now() + JOIN_WAIT_MS
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (problemOf(error).code !== 'RUN_UNREACHABLE' || performance.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
