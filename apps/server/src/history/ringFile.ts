/**
 * Records of the same length in a file that never grows beyond its bound: each time has its place, and
 * the newest record there counts. Survives the server as it is; a torn record is one missing point.
 *
 * A record: time f64 (ms since the epoch) · one f32 a column. Little-endian.
 */
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs'

export interface Ring {
  readonly path: string
  readonly stepMs: number
  /** How many records it holds. */
  readonly slots: number
  readonly columns: number
}

export interface HistoryRecord {
  readonly atMs: number
  readonly values: Float32Array
}

const TIME_BYTES = 8

export function recordBytes(columns: number): number {
  return TIME_BYTES + columns * 4
}

export class RingWriter {
  readonly #ring: Ring
  readonly #fd: number

  constructor(ring: Ring) {
    this.#ring = ring
    this.#fd = openSync(ring.path, existsSync(ring.path) ? 'r+' : 'w+', 0o600)
  }

  /** `atMs`: a multiple of the step. */
  write(atMs: number, values: Float32Array): void {
    const { columns } = this.#ring
    const bytes = Buffer.alloc(recordBytes(columns))
    bytes.writeDoubleLE(atMs, 0)
    for (let i = 0; i < columns; i += 1) bytes.writeFloatLE(values[i], TIME_BYTES + i * 4)
    writeSync(this.#fd, bytes, 0, bytes.length, slotOf(this.#ring, atMs) * bytes.length)
  }

  close(): void {
    closeSync(this.#fd)
  }
}

/** Records of `[fromMs, toMs]`, oldest first. */
export function readRing(ring: Ring, fromMs: number, toMs: number): HistoryRecord[] {
  if (!existsSync(ring.path)) return []
  const bytes = readFileSync(ring.path)
  const length = recordBytes(ring.columns)
  const records: HistoryRecord[] = []
  for (let at = 0; at + length <= bytes.length; at += length) {
    const atMs = bytes.readDoubleLE(at)
    // A hole of the file reads as zeros.
    if (!(atMs >= fromMs && atMs <= toMs) || atMs === 0 || slotOf(ring, atMs) * length !== at) continue
    const values = new Float32Array(ring.columns)
    for (let i = 0; i < ring.columns; i += 1) values[i] = bytes.readFloatLE(at + TIME_BYTES + i * 4)
    records.push({ atMs, values })
  }
  return records.sort((a, b) => a.atMs - b.atMs)
}

function slotOf(ring: Ring, atMs: number): number {
  return Math.floor(atMs / ring.stepMs) % ring.slots
}
