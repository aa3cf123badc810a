/**
 * Files of a run's operator log: `operators-000001.jsonl` and on, one JSON line a message. All threads of the run
 * append to the newest one, so what was written is with the operating system when the call returns, and a killed
 * process loses no line. Two shared words say which file that is and how full it is.
 */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { LOG_KEPT_BYTES, LOG_KEPT_MS } from '@belay/run'

export const SEGMENT_BYTES = 2_097_152

const NAME = /^operators-(\d{6,9})\.jsonl$/
const DIGITS = 6
/** Larger than any segment: a place is the number of its segment times this, plus bytes. */
const PLACES = 1_000_000_000

export const SEGMENT_WORD = { number: 0, bytes: 1 } as const

export function segmentPath(folder: string, number: number): string {
  return join(folder, `operators-${String(number).padStart(DIGITS, '0')}.jsonl`)
}

/** Numbers of those that are there, rising. */
export function segmentsIn(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
}

export function placeOf(segment: number, byte: number): number {
  return segment * PLACES + byte
}

export function segmentOf(place: number): { readonly segment: number; readonly byte: number } {
  return { segment: Math.floor(place / PLACES), byte: place % PLACES }
}

/** A process begins a file of its own: the last line of the one before it may be torn. */
export function newSegmentWords(folder: string): SharedArrayBuffer {
  const words = new SharedArrayBuffer(8)
  new Int32Array(words)[SEGMENT_WORD.number] = (segmentsIn(folder).at(-1) ?? 0) + 1
  return words
}

/** Lets the oldest go: those beyond the bytes that are kept, and those that nobody has written to for too long. */
export function trimSegments(folder: string, nowMs: number, limits = { bytes: LOG_KEPT_BYTES, ms: LOG_KEPT_MS }): void {
  let bytes = 0
  const newestFirst = segmentsIn(folder).reverse()
  for (const [i, number] of newestFirst.entries()) {
    const path = segmentPath(folder, number)
    const { size, mtimeMs } = statSync(path)
    bytes += size
    if (i > 0 && (bytes > limits.bytes || nowMs - mtimeMs > limits.ms)) rmSync(path, { force: true })
  }
}
