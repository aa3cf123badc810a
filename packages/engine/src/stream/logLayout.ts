/**
 * Where everything lies in a stream's log (engine-spec L2): one SharedArrayBuffer,
 * `[control 4 KB][index 4,096 × 32 B][data ring]`, every control word with one writer.
 *
 * control (Int32 words): job: epoch · readers' active, pinned, pin.   publisher: published · tail · waiting.
 *                        reader i: cursor.   Float64 at 4088: evictedWindow (publisher; the job once it is gone).
 * index entry: seq i32 · offset u32 · length u32 · rows u32 · window f64 · kind and flags u32 · 0
 * record (64 bytes, then the payload of @belay/columns): magic u16 · version u8 · kind u8 · flags u32 · epoch i32 ·
 *         seq i32 · rows u32 · columns u16 · partitions u16 · window f64 · watermark f64 · windowRows u32 · 0 ·
 *         windowHash u64 (reserved)
 *         With PARTITIONED the record's last bytes are the partition table, u32[partitions + 1] padded to 8: the rows of
 *         partition p are `[table[p], table[p + 1])`.
 * Sequence numbers are Int32 and wrap; they are compared by their difference.
 */

export const CONTROL_BYTES = 4096
export const INDEX_ENTRIES = 4096
export const INDEX_ENTRY_BYTES = 32
export const RING_AT = CONTROL_BYTES + INDEX_ENTRIES * INDEX_ENTRY_BYTES
/** As many as the control block has words for; an operator alone may have 128 partitions. */
export const MAX_READERS = 240

/** Int32 words of the control block. */
export const WORD = { magic: 0, epoch: 1, published: 2, tail: 3, waiting: 4, readers: 16, readerWords: 4 } as const
export const READER = { active: 0, pinned: 1, pin: 2, cursor: 3 } as const
/** Float64 index, behind the words of all readers, of the newest window of which a record was overwritten. */
export const EVICTED_WINDOW_AT = CONTROL_BYTES / 8 - 1

export const LOG_MAGIC = 0x42_4c_4f_47
export const RECORD_MAGIC = 0xbe1a
export const RECORD_VERSION = 1
export const RECORD_BYTES = 64

export const KIND = { data: 1, end: 2, streamEnd: 3 } as const
export const FLAG = { checkpoint: 1, idle: 2, hasKind: 4, partitioned: 8 } as const

export function readerWord(reader: number, word: number): number {
  return WORD.readers + reader * WORD.readerWords + word
}

/** Bytes of a record's partition table. */
export function tableBytes(partitions: number): number {
  return ((partitions + 1) * 4 + 7) & ~7
}

/** Bytes of the whole block for a ring of so many. */
export function logMemoryBytes(ringBytes: number): number {
  return RING_AT + ringBytes
}

/** a − b for wrapping sequence numbers. */
export function distance(a: number, b: number): number {
  return (a - b) | 0
}
