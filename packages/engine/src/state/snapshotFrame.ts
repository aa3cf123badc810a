/**
 * How the images of an operator's states lie in snapshot memory (engine-spec H22).
 *
 * Frame: `BST2` u32 · header length u32 · header JSON · sections. A small frame is packed, sections
 * 8-aligned one after the other. A large one is paged: each section lies in extents of whole pages and gets
 * another at the end of the frame when it has filled them, so that it stays where it was for good, and a
 * snapshot into memory that still holds the one before copies only the pages that differ. Comparing instead
 * of tracking writes costs one pass over the memory, and nothing an operator does to its arrays can be missed.
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
type Extents = readonly number[]

interface Layout {
  readonly header: Uint8Array
  /** Of all sections of all images, in order. */
  readonly extents: readonly Extents[]
  /** Bytes of the frame, of a paged one with all room. */
  readonly sizeBytes: number
}

export interface Copied {
  /** Bytes of the frame. */
  readonly sizeBytes: number
  /** Pages that differ from what the memory held before; null = all may. */
  readonly changedPages: readonly number[] | null
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
  return { header, extents, sizeBytes: end }
}

/** A frame as memory holds it. */
interface Held {
  readonly extents: readonly Extents[]
  readonly sizeBytes: number
}

/** Sections keep their places of `before`; null = they cannot. */
function grownLayout(images: readonly NamedImage[], lengths: readonly number[], before: Held): Layout | null {
  if (before.extents.length !== lengths.length) return null
  if (lengths.reduce((sum, length) => sum + length, 0) < before.sizeBytes * LEAST_USED) return null
  let end = before.sizeBytes
  let headerRoom = end
  const extents = before.extents.map((held, section): Extents => {
    headerRoom = Math.min(headerRoom, held[0])
    const room = roomIn(held)
    if (lengths[section] <= room) return held
    const at = end
    const more = aligned(Math.max(lengths[section] - room, room * NEXT_EXTENT), PAGE_BYTES)
    end += more
    return [...held, at, more]
  })
  const header = headerOf(images, extents)
  return 8 + header.length <= headerRoom ? { header, extents, sizeBytes: end } : null
}

function freshLayout(images: readonly NamedImage[], lengths: readonly number[]): Layout {
  // Room for the extents to come.
  let end = aligned(4 * (8 + headerOf(images, null).length) + 1024 * lengths.length, PAGE_BYTES)
  const extents = lengths.map((length): Extents => {
    const at = end
    const room = Math.max(PAGE_BYTES, aligned(length * ROOM, PAGE_BYTES))
    end += room
    return [at, room]
  })
  return { header: headerOf(images, extents), extents, sizeBytes: end }
}

function roomIn(extents: Extents): number {
  let room = 0
  for (let i = 1; i < extents.length; i += 2) room += extents[i]
  return room
}

/** The paged frame that the memory holds. */
function heldIn(memory: Uint8Array): Held | null {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength)
  if (memory.length < 8 || view.getUint32(0, true) !== MAGIC) return null
  const held: Extents[] = []
  for (const { extents } of itemsOf(memory)) {
    if (extents === undefined) return null
    held.push(...extents)
  }
  let sizeBytes = 0
  for (const extents of held) for (let i = 0; i < extents.length; i += 2) sizeBytes = Math.max(sizeBytes, extents[i] + extents[i + 1])
  return { extents: held, sizeBytes }
}

function layoutOf(images: readonly NamedImage[], memory: Uint8Array | null): { readonly layout: Layout; readonly before: Held | null } {
  const packed = packedLayout(images)
  if (packed.sizeBytes <= PACKED_BYTES) return { layout: packed, before: null }
  const lengths = images.flatMap(({ sections }) => sections.map((section) => section.length))
  const before = memory === null ? null : heldIn(memory)
  const grown = before === null ? null : grownLayout(images, lengths, before)
  return grown === null ? { layout: freshLayout(images, lengths), before: null } : { layout: grown, before }
}

/** Bytes of memory for a frame of these images; `memory` may hold the one before. */
export function frameMemoryBytes(images: readonly NamedImage[], memory: Uint8Array | null): number {
  return layoutOf(images, memory).layout.sizeBytes
}

export function writeFrame(images: readonly NamedImage[], memory: Uint8Array): Copied {
  const { layout, before } = layoutOf(images, memory)
  const { header, extents, sizeBytes } = layout
  if (sizeBytes > memory.length)
    throw new EngineError('STATE_MEMORY', `The snapshot needs ${sizeBytes} bytes, its memory has ${memory.length}. Grant more memory.`)
  // Files know nothing of what lies behind the frame before, be it left by a larger one: a restore has zeros there.
  if (before !== null) memory.fill(0, before.sizeBytes, sizeBytes)
  const head = new Uint8Array(8 + header.length)
  const view = new DataView(head.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, header.length, true)
  head.set(header, 8)
  const sections = images.flatMap((image) => image.sections)
  const changedPages: number[] = []
  const copy = (source: Uint8Array, at: number): void => {
    if (before !== null) copyChanged(source, memory, at, changedPages)
    else memory.set(source, at)
  }
  copy(head, 0)
  sections.forEach((section, i) => {
    let from = 0
    for (let k = 0; k < extents[i].length && from < section.length; k += 2) {
      const to = Math.min(section.length, from + extents[i][k + 1])
      copy(section.subarray(from, to), extents[i][k])
      from = to
    }
  })
  return { sizeBytes, changedPages: before === null ? null : changedPages }
}

/** `at` begins a page. What lies behind the end of the source is left: the header says where it ends. */
function copyChanged(source: Uint8Array, memory: Uint8Array, at: number, changedPages: number[]): void {
  for (let from = 0; from < source.length; from += PAGE_BYTES) {
    const page = source.subarray(from, from + PAGE_BYTES)
    const place = memory.subarray(at + from, at + from + page.length)
    if (Buffer.compare(page, place) === 0) continue
    place.set(page)
    changedPages.push((at + from) / PAGE_BYTES)
  }
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
