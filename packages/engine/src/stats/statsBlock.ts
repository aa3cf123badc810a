/**
 * Figures of the run in shared memory: containers write, the job reads (engine-spec L8).
 *
 * One row of float64 words per instance, then two words per stream, counted from the end. Every word has one writer; a reader
 * may see words of different moments, never a torn word on 64-bit machines.
 */
export const INSTANCE_WORD = {
  rowsIn: 0,
  rowsOut: 1,
  window: 2,
  ended: 3,
  watermark: 4,
  stateBytes: 5,
  busyNs: 6,
  blockedNs: 7,
  starvedNs: 8,
  idleNs: 9,
  progressSeq: 10,
  progressRow: 11,
  rowErrors: 12,
  replaying: 13,
  /** While blocked: output port, which of its streams, and who keeps it full (see container/edge.ts). */
  blockedPort: 14,
  firstNewRowAtMs: 15,
  activity: 16,
  inputWaits: 17,
  attempt: 18,
  blockedStream: 19,
  blockedReader: 20,
  /** Heap and buffers of its thread, as last looked at. */
  threadBytes: 21,
  /** `create` has been called and has not returned. */
  beingMade: 22,
} as const
const INSTANCE_WORDS = 24
const STREAM_WORDS = 2

/** Values of the word `activity`. */
export const ACTIVITIES = ['idle', 'busy', 'blocked', 'starved'] as const

export function statsBytes(instances: number, streams: number): number {
  return (instances * INSTANCE_WORDS + streams * STREAM_WORDS) * 8
}

/** Float64 view of one instance's words; index with INSTANCE_WORD. */
export function instanceWords(memory: SharedArrayBuffer, number: number): Float64Array {
  return new Float64Array(memory, number * INSTANCE_WORDS * 8, INSTANCE_WORDS)
}

/** One word: rows published on the stream. */
export function streamRowsWord(memory: SharedArrayBuffer, number: number): Float64Array {
  return streamWord(memory, number, 0)
}

/** One word, the only one that the job writes: rows that the stream's publisher may be ahead of a reader; 0 = no limit. */
export function streamLeadWord(memory: SharedArrayBuffer, number: number): Float64Array {
  return streamWord(memory, number, 1)
}

function streamWord(memory: SharedArrayBuffer, number: number, word: number): Float64Array {
  return new Float64Array(memory, memory.byteLength - (number * STREAM_WORDS + word + 1) * 8, 1)
}
