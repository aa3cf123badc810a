/**
 * How the images of an operator's states lie in snapshot memory (engine-spec H22).
 *
 * Frame: `BST2` u32 · header length u32 · header JSON · sections. A small frame is packed, sections
 * 8-aligned one after the other. A large one is paged: each section lies in extents of whole pages and gets
 * another at the end of the frame when it has filled them, so that it stays where it was for good, and a
 * snapshot into memory that still holds the one before copies only the pages that differ (state/frameCopy.ts).
 */
import { EngineError } from '../operator/engineError.ts'
import type { StateImage } from './section.ts'

const MAGIC = 0x32545342
export const PAGE_BYTES = 65_536
/** Frames beyond this are paged. */
const PACKED_BYTES = 1_048_576
/** A section that is laid out anew has room to grow by this. */
const ROOM = 1.25
/** The next extent of a section, as a share of those before: few extents, little room that nobody uses. */
const NEXT_EXTENT = 0.25
/** A frame whose sections have shrunk below this share of it is laid out anew. */
const LEAST_USED = 0.25

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export interface NamedImage extends StateImage {
  readonly name: string
}

interface HeaderItem {
  readonly name: string
  readonly kind: StateImage['kind']
  readonly version: number
  readonly shape: string
  readonly header: Readonly<Record<string, number>>
  readonly lengths: readonly number[]
  /** Extents of each section; absent in packed frames. */
  readonly extents?: readonly Extents[]
  /** Where sections begin that have one extent each, as they were written once. */
  readonly at?: readonly number[]
}

/** Place and bytes of the first, place and bytes of the second …: whole pages. */
export type Extents = readonly number[]

export interface Layout {
  readonly header: Uint8Array
  /** Of all sections of all images, in order. */
  readonly extents: readonly Extents[]
  /** Bytes of the frame, of a paged one with all room. */
  readonly sizeBytes: number
  readonly isPaged: boolean
}

function aligned(sizeBytes: number, to: number): number {
  return Math.ceil(sizeBytes / to) * to
}

function headerOf(images: readonly NamedImage[], extents: readonly Extents[] | null): Uint8Array {
  let next = 0
  const items = images.map((image): HeaderItem => {
    const first = next
    next += image.sections.length
    return {
      name: image.name,
      kind: image.kind,
      version: image.version,
      shape: image.shape,
      header: image.header,
      lengths: image.sections.map((section) => section.length),
      ...(extents === null ? {} : { extents: extents.slice(first, next) }),
    }
  })
  return encoder.encode(JSON.stringify(items))
}

function packedLayout(images: readonly NamedImage[]): Layout {
  const header = headerOf(images, null)
  const extents: Extents[] = []
  let end = aligned(8 + header.length, 8)
  for (const { sections } of images) {
    for (const { length } of sections) {
      extents.push([end, length])
      end += aligned(length, 8)
    }
  }
  return { header, extents, sizeBytes: end, isPaged: false }
}

/** A frame as memory holds it. */
export interface HeldFrame {
  readonly extents: readonly Extents[]
  readonly lengths: readonly number[]
  readonly sizeBytes: number
}

/** Sections keep their places of `before`; null = they cannot. `next`: what a further extent has at least, as a share of those before. */
function grownLayout(images: readonly NamedImage[], lengths: readonly number[], before: HeldFrame, next: number): Layout | null {
  if (before.extents.length !== lengths.length) return null
  if (lengths.reduce((sum, length) => sum + length, 0) < before.sizeBytes * LEAST_USED) return null
  let end = before.sizeBytes
  let headerRoom = end
  const extents = before.extents.map((held, section): Extents => {
    headerRoom = Math.min(headerRoom, held[0])
    const room = roomIn(held)
    if (lengths[section] <= room) return held
    const at = end
    const more = aligned(Math.max(lengths[section] - room, room * next), PAGE_BYTES)
    end += more
    return [...held, at, more]
  })
  const header = headerOf(images, extents)
  return 8 + header.length <= headerRoom ? { header, extents, sizeBytes: end, isPaged: true } : null
}

/** With as much room to grow as `mostBytes` leave, up to `ROOM`. */
function freshLayout(images: readonly NamedImage[], lengths: readonly number[], mostBytes: number): Layout {
  const least = freshLayoutWith(images, lengths, 1)
  const spare = (mostBytes - least.sizeBytes - PAGE_BYTES * lengths.length) / lengths.reduce((sum, length) => sum + length, 1)
  return spare <= 0 ? least : freshLayoutWith(images, lengths, Math.min(ROOM, 1 + spare))
}

function freshLayoutWith(images: readonly NamedImage[], lengths: readonly number[], room: number): Layout {
  // Room for the extents to come.
  let end = aligned(4 * (8 + headerOf(images, null).length) + 1024 * lengths.length, PAGE_BYTES)
  const extents = lengths.map((length): Extents => {
    const at = end
    const bytes = Math.max(PAGE_BYTES, aligned(length * room, PAGE_BYTES))
    end += bytes
    return [at, bytes]
  })
  return { header: headerOf(images, extents), extents, sizeBytes: end, isPaged: true }
}

function roomIn(extents: Extents): number {
  let room = 0
  for (let i = 1; i < extents.length; i += 2) room += extents[i]
  return room
}

/** The paged frame that the memory holds; null = none. */
export function heldIn(memory: Uint8Array): HeldFrame | null {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength)
  if (memory.length < 8 || view.getUint32(0, true) !== MAGIC) return null
  const held: Extents[] = []
  const lengths: number[] = []
  for (const item of itemsOf(memory)) {
    if (item.extents === undefined) return null
    held.push(...item.extents)
    lengths.push(...item.lengths)
  }
  let sizeBytes = 0
  for (const extents of held) for (let i = 0; i < extents.length; i += 2) sizeBytes = Math.max(sizeBytes, extents[i] + extents[i + 1])
  return { extents: held, lengths, sizeBytes }
}

/** Of a frame in memory of `mostBytes` that may hold the one `before`, which only a paged one asks for: reading it takes its time. */
export function layoutOf(
  images: readonly NamedImage[],
  heldBefore: () => HeldFrame | null,
  mostBytes: number,
): { readonly layout: Layout; readonly before: HeldFrame | null } {
  const packed = packedLayout(images)
  if (packed.sizeBytes <= PACKED_BYTES) return { layout: packed, before: null }
  const lengths = images.flatMap(({ sections }) => sections.map((section) => section.length))
  const before = heldBefore()
  if (before !== null) {
    // Where memory is short, room for what comes next gives way first, and then the places of the frame before.
    for (const next of [NEXT_EXTENT, 0]) {
      const grown = grownLayout(images, lengths, before, next)
      if (grown !== null && grown.sizeBytes <= mostBytes) return { layout: grown, before }
    }
  }
  return { layout: freshLayout(images, lengths, mostBytes), before: null }
}

export interface MemoryNeed {
  /** So that the next snapshots are small ones as well. */
  readonly wantedBytes: number
  /** Without any room: with less it does not fit. */
  readonly leastBytes: number
}

/** Memory for a frame of these images, which may hold the one `before`. */
export function frameMemoryNeed(images: readonly NamedImage[], before: () => HeldFrame | null): MemoryNeed {
  const { sizeBytes: wantedBytes, isPaged } = layoutOf(images, before, Number.POSITIVE_INFINITY).layout
  // A packed one has no room to do without.
  if (!isPaged) return { wantedBytes, leastBytes: wantedBytes }
  return { wantedBytes, leastBytes: Math.min(wantedBytes, layoutOf(images, () => null, 0).layout.sizeBytes) }
}

export function frameHead(header: Uint8Array): Uint8Array {
  const head = new Uint8Array(8 + header.length)
  const view = new DataView(head.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, header.length, true)
  head.set(header, 8)
  return head
}

function itemsOf(bytes: Uint8Array): HeaderItem[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return JSON.parse(decoder.decode(bytes.slice(8, 8 + view.getUint32(4, true)))) as HeaderItem[]
}

/** By name. Throws EngineError STATE_DAMAGED if the bytes are no frame. */
export function readFrameImages(bytes: Uint8Array): Map<string, StateImage> {
  if (bytes.length < 8) throw new EngineError('STATE_DAMAGED', 'The snapshot is shorter than its header. Restore an older checkpoint.')
  if (new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true) !== MAGIC)
    throw new EngineError(
      'STATE_DAMAGED',
      'The snapshot does not begin with its mark, or has another format. Restore a checkpoint of this version.',
    )
  const images = new Map<string, StateImage>()
  const items = itemsOf(bytes)
  let packedAt = aligned(8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true), 8)
  const part = (name: string, from: number, length: number): Uint8Array => {
    if (from + length > bytes.length)
      throw new EngineError('STATE_DAMAGED', `The snapshot ends inside state "${name}". Restore an older checkpoint.`)
    return bytes.subarray(from, from + length)
  }
  for (const { name, kind, version, shape, header, lengths, extents, at } of items) {
    const sections = lengths.map((length, i) => {
      if (extents !== undefined) return gathered(extents[i], length, (from, room) => part(name, from, room))
      const from = at?.[i] ?? packedAt
      if (at === undefined) packedAt += aligned(length, 8)
      return part(name, from, length)
    })
    images.set(name, { kind, version, shape, header, sections })
  }
  return images
}

/** A section of several extents in one piece. */
function gathered(extents: Extents, length: number, part: (from: number, length: number) => Uint8Array): Uint8Array {
  if (length <= extents[1]) return part(extents[0], length)
  const section = new Uint8Array(length)
  let at = 0
  for (let k = 0; k < extents.length && at < length; k += 2) {
    const piece = part(extents[k], Math.min(extents[k + 1], length - at))
    section.set(piece, at)
    at += piece.length
  }
  return section
}
