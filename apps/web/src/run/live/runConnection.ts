/**
 * Keeps a `RunStore` fed: joins the run's room, resumes by sequence after a gap, says when the link
 * is lost, and reads what happened before the page was opened.
 *
 * Invariant: the store gets every event exactly once, in order, or is told nothing: while a gap is
 * being filled, newer events wait.
 */
import type { JoinAnswer, RunEvent, RunRecord, ServerMessages } from '@belay/run'
import { get } from '../../api/client.ts'
import { liveSocket } from '../../api/live.ts'
import type { RunStore } from './runStore.ts'
import { said } from '../../language/t.ts'

const PAGE = 5000
/** What a page reads of the time before it was opened; the rest stays on the server. */
const EARLIER = 10_000

export function connectRun(store: RunStore): () => void {
  const socket = liveSocket()
  const { runId } = store
  let attempt = 0
  let closed = false
  let joining = false
  let waiting: RunEvent[] = []
  let earlierAsked = false

  const join = (): void => {
    if (joining) return
    joining = true
    socket
      .timeout(15_000)
      .emit('join', { runId, ...(store.seq === 0 ? {} : { afterSeq: store.seq }) }, (error: Error | null, answer: JoinAnswer) => {
        joining = false
        if (closed) return
        // No answer in time: the server is busy or gone. If it is gone, `connect` joins again.
        if (error !== null) return socket.connected ? join() : undefined
        if (!answer.ok) {
          // While the run process is being started again the room stays empty; ask until it answers.
          if (answer.code === 'RUN_UNREACHABLE') setTimeout(() => !closed && socket.connected && join(), 1000)
          else store.setLink({ kind: 'refused', code: answer.code, message: said(answer.message) })
          return
        }
        attempt = 0
        void resume(answer)
      })
  }

  const resume = async (answer: Extract<JoinAnswer, { ok: true }>): Promise<void> => {
    joining = true
    store.applyEvents(answer.missed)
    try {
      // More was missed than one answer holds.
      while (store.seq > 0 && (answer.snapshot.events[0]?.seq ?? 0) > store.seq + 1) {
        const page = await get<readonly RunEvent[]>(`/runs/${runId}/events?after=${store.seq}&limit=${PAGE}`)
        if (closed || page.length === 0) break
        store.applyEvents(page)
      }
    } catch {
      // The server is gone again: `connect` will join anew, from the sequence number reached.
    }
    joining = false
    if (closed) return
    store.applySnapshot(answer.snapshot)
    store.setLink({ kind: 'live' })
    const later = waiting
    waiting = []
    for (const event of later) take(event)
    void readEarlier()
  }

  const readEarlier = async (): Promise<void> => {
    if (earlierAsked) return
    earlierAsked = true
    try {
      const first = store.events[0]?.seq ?? 1
      let before = first
      while (before > 1 && first - before < EARLIER) {
        const after = Math.max(0, before - 1 - PAGE)
        const page = await get<readonly RunEvent[]>(`/runs/${runId}/events?after=${after}&limit=${before - 1 - after}`)
        if (closed || page.length === 0) return
        store.prependEvents(page)
        before = after + 1
      }
    } catch {
      earlierAsked = false
    }
  }

  const take = (event: RunEvent): void => {
    if (joining || store.structure === null) waiting.push(event)
    // A gap means that a message was lost: ask for what is missing.
    else if (event.seq > store.seq + 1) {
      waiting.push(event)
      join()
    } else store.applyEvents([event])
  }

  const onSnapshot: ServerMessages['snapshot'] = (message) => {
    if (message.snapshot.runId === runId) store.applySnapshot(message.snapshot)
  }
  const onDelta: ServerMessages['delta'] = (message) => {
    if (message.delta.runId === runId && store.structure !== null) store.applyDelta(message.delta)
  }
  const onEvent: ServerMessages['event'] = (message) => {
    if (message.runId === runId) take(message.event)
  }
  /** A run in the list changed its state. A dead process tells nothing itself; the server knows. */
  const onRuns = (): void => {
    if (store.ended) return
    get<RunRecord>(`/runs/${runId}`)
      .then((record) => {
        if (!closed && record.state === 'unreachable') store.setUnreachable(record.reason)
      })
      // The server will say so again when something changes.
      .catch(() => undefined)
  }
  const onDisconnect = (): void => {
    joining = false
    store.setLink({ kind: 'lost', sinceMs: Date.now(), attempt })
  }
  const onRetry = (): void => {
    attempt += 1
    store.setLink({ kind: 'lost', sinceMs: store.link.kind === 'lost' ? store.link.sinceMs : Date.now(), attempt })
  }

  socket.on('connect', join)
  socket.on('disconnect', onDisconnect)
  socket.io.on('reconnect_attempt', onRetry)
  socket.on('snapshot', onSnapshot)
  socket.on('delta', onDelta)
  socket.on('event', onEvent)
  socket.on('runs', onRuns)
  if (socket.connected) join()

  return () => {
    closed = true
    socket.emit('leave', { runId })
    socket.off('connect', join)
    socket.off('disconnect', onDisconnect)
    socket.io.off('reconnect_attempt', onRetry)
    socket.off('snapshot', onSnapshot)
    socket.off('delta', onDelta)
    socket.off('event', onEvent)
    socket.off('runs', onRuns)
  }
}
