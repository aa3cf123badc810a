/** What is told of a run to those who may not see data: everything but rows. */
import type { RunDelta, RunEvent, RunSnapshot } from '@belay/run'

export function rowlessEvent(event: RunEvent): RunEvent {
  if (!('row' in event)) return event
  const { row: _row, ...rest } = event
  return rest
}

export function rowlessSnapshot(snapshot: RunSnapshot): RunSnapshot {
  return { ...snapshot, tables: {}, events: snapshot.events.map(rowlessEvent) }
}

export function rowlessDelta(delta: RunDelta): RunDelta {
  return { ...delta, tables: {} }
}
