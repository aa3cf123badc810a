/**
 * A copy of some records of a log that is at work, for somebody who has no place as a reader: it holds nothing back
 * and is seen by nobody.
 *
 * Rests on the publisher's order (engine-spec L4): it moves `tail` on before it overwrites, so what still lies behind
 * `tail` after the copy was whole while it was copied.
 */
import type { LogHandle } from './logHandle.ts'
import { distance, RING_AT, WORD } from './logLayout.ts'
import { createOwnLog, SharedLogMemory } from './logMemory.ts'

/** Records `[from, to)`; null = some of them have been overwritten meanwhile. */
export function copyRecords(handle: LogHandle, from: number, to: number): LogHandle | null {
  const source = new SharedLogMemory(handle)
  const bytes = new Uint8Array(handle.memory)
  const entries = Array.from({ length: distance(to, from) }, (_, i) => source.readIndex((from + i) | 0))
  const ringBytes = entries.reduce((sum, { length }) => sum + length, 0)
  const copied = createOwnLog(handle.stream, ringBytes)
  const target = new SharedLogMemory(copied)
  const room = new Uint8Array(copied.memory)
  let offset = 0
  for (const entry of entries) {
    room.set(bytes.subarray(RING_AT + entry.offset, RING_AT + entry.offset + entry.length), RING_AT + offset)
    target.writeIndex({ ...entry, offset })
    offset += entry.length
  }
  target.store(WORD.epoch, source.load(WORD.epoch))
  target.store(WORD.tail, from)
  target.store(WORD.published, to)
  return distance(from, source.load(WORD.tail)) < 0 ? null : copied
}
