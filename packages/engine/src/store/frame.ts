/**
 * The frame around an operator's state on disk: what it is, how long, and a hash over all of it.
 *
 * magic `BLAY` · format u32 · header length u32 · payload length u64 · header (JSON) · payload · sha256 of all before.
 * Any flipped bit, missing or added byte makes `readFrame` refuse the file.
 */
import { createHash } from 'node:crypto'
import { EngineError } from '../operator/engineError.ts'

const FORMAT = 1
const FIXED_BYTES = 20
const HASH_BYTES = 32

export interface FrameHeader {
  readonly runId: string
  readonly instance: string
  readonly window: number
  readonly lineage: number
  readonly attempt: number
  /** The payload is pages to be laid over the frame before, whose file has this hash. */
  readonly delta?: { readonly baseSha256: string; readonly pages: readonly number[]; readonly frameBytes: number }
}

export interface ReadFrame {
  readonly header: FrameHeader
  readonly payload: Uint8Array
  readonly sha256: string
}

/** Parts to be written one after another, and the hash that the manifest keeps. */
export function frameParts(
  header: FrameHeader,
  payload: readonly Uint8Array[],
): { parts: Uint8Array[]; sha256: string; sizeBytes: number } {
  const json = Buffer.from(JSON.stringify(header), 'utf8')
  const payloadBytes = payload.reduce((sum, part) => sum + part.length, 0)
  const head = Buffer.alloc(FIXED_BYTES + json.length)
  head.write('BLAY', 0, 'latin1')
  head.writeUInt32LE(FORMAT, 4)
  head.writeUInt32LE(json.length, 8)
  head.writeBigUInt64LE(BigInt(payloadBytes), 12)
  json.copy(head, FIXED_BYTES)
  const hash = createHash('sha256').update(head)
  for (const part of payload) hash.update(part)
  const digest = hash.digest()
  return { parts: [head, ...payload, digest], sha256: digest.toString('hex'), sizeBytes: head.length + payloadBytes + HASH_BYTES }
}

/** Throws EngineError SNAPSHOT_CORRUPT if the bytes are not exactly what was written. */
export function readFrame(bytes: Uint8Array, path: string): ReadFrame {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const refuse = (what: string): never => {
    throw new EngineError('SNAPSHOT_CORRUPT', `The checkpoint file ${path} ${what}. An older checkpoint has to be used.`)
  }
  if (view.length < FIXED_BYTES + HASH_BYTES || view.toString('latin1', 0, 4) !== 'BLAY')
    return refuse('does not begin as a checkpoint does')
  const digest = createHash('sha256')
    .update(view.subarray(0, view.length - HASH_BYTES))
    .digest()
  if (!digest.equals(view.subarray(view.length - HASH_BYTES))) return refuse('does not match its own hash')
  if (view.readUInt32LE(4) !== FORMAT) return refuse(`has format ${view.readUInt32LE(4)}, which this version does not read`)
  const headerLength = view.readUInt32LE(8)
  const payloadLength = Number(view.readBigUInt64LE(12))
  if (view.length !== FIXED_BYTES + headerLength + payloadLength + HASH_BYTES) return refuse('has another length than it says')
  const header = JSON.parse(view.toString('utf8', FIXED_BYTES, FIXED_BYTES + headerLength)) as FrameHeader
  const at = FIXED_BYTES + headerLength
  return { header, payload: view.subarray(at, at + payloadLength), sha256: digest.toString('hex') }
}
