/**
 * How the images of an operator's states lie in snapshot memory (engine-spec H22).
 *
 * Frame: `BST2` u32 · header length u32 · header JSON · sections. A small frame is packed, sections
 * 8-aligned one after the other. A large one is paged: each section begins a page and has room to grow,
 * so that it stays where it was, and a snapshot into memory that still holds the one before copies only
 * the pages that differ. Comparing instead of tracking writes costs one pass over the memory, and
 * nothing an operator does to its arrays can be missed.
 */
import { EngineError } from '../operator/engineError.ts'
import type { StateImage } from './section.ts'

const MAGIC = 0x32545342
export const PAGE_BYTES = 65_536
/** Frames beyond this are paged. */
const PACKED_BYTES = 1_048_576
const ROOM = 1.25

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
  /** Where sections begin; absent in packed frames. */
  readonly at?: readonly number[]
}

interface Layout {
  readonly header: Uint8Array
  /** Of all sections of all images, in order. */
  readonly at: readonly number[]
  /** Bytes of the frame. */
  readonly sizeBytes: number
  /** Bytes that its memory should have, so that it can grow. */
  readonly memoryBytes: number
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

function headerOf(images: readonly NamedImage[], at: readonly number[] | null): Uint8Array {
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
      ...(at === null ? {} : { at: at.slice(first, next) }),
    }
  })
  return encoder.encode(JSON.stringify(items))
}

function packedLayout(images: readonly NamedImage[]): Layout {
  const header = headerOf(images, null)
  const at: number[] = []
  let end = aligned(8 + header.length, 8)
  for (const { sections } of images) {
    for (const section of sections) {
      at.push(end)
      end += aligned(section.length, 8)
    }
  }
  return { header, at, sizeBytes: end, memoryBytes: end }
}

/** Sections keep their places of `before` while they fit there. */
function pagedLayout(images: readonly NamedImage[], before: readonly number[] | null, endBefore: number): Layout {
  const lengths = images.flatMap(({ sections }) => sections.map((section) => section.length))
  if (before !== null && before.length === lengths.length) {
    const header = headerOf(images, before)
    const fits =
      8 + header.length <= (before[0] ?? endBefore) &&
      lengths.every((length, section) => before[section] + length <= (before[section + 1] ?? endBefore))
    if (fits) return { header, at: before, sizeBytes: endOf(before, lengths), memoryBytes: endBefore }
  }
  const at: number[] = []
  // Room for the header to grow by digits and nothing else.
  let end = aligned(
    (8 +
      headerOf(
        images,
        lengths.map(() => Number.MAX_SAFE_INTEGER),
      ).length) *
      ROOM,
    PAGE_BYTES,
  )
  for (const length of lengths) {
    at.push(end)
    end += aligned(length * ROOM, PAGE_BYTES)
  }
  return { header: headerOf(images, at), at, sizeBytes: endOf(at, lengths), memoryBytes: end }
}

function endOf(at: readonly number[], lengths: readonly number[]): number {
  return aligned((at.at(-1) ?? 0) + (lengths.at(-1) ?? 0), 8)
}

/** Places of the paged frame that the memory holds; null = none. */
function placesIn(memory: Uint8Array): { readonly at: readonly number[]; readonly end: number } | null {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength)
  if (memory.length < 8 || view.getUint32(0, true) !== MAGIC) return null
  const items = itemsOf(memory)
  const at: number[] = []
  for (const item of items) {
    if (item.at === undefined) return null
    at.push(...item.at)
  }
  return { at, end: memory.length - (memory.length % PAGE_BYTES) }
}

function layoutOf(images: readonly NamedImage[], memory: Uint8Array | null): { readonly layout: Layout; readonly sameBefore: boolean } {
  const packed = packedLayout(images)
  if (packed.sizeBytes <= PACKED_BYTES) return { layout: packed, sameBefore: false }
  const before = memory === null ? null : placesIn(memory)
  const layout = pagedLayout(images, before?.at ?? null, before?.end ?? 0)
  return { layout, sameBefore: before !== null && layout.at === before.at }
}

/** Bytes of memory for a frame of these images, if `memory`, which may hold the one before, does not do. */
export function frameMemoryBytes(images: readonly NamedImage[], memory: Uint8Array | null): number {
  return layoutOf(images, memory).layout.memoryBytes
}

export function writeFrame(images: readonly NamedImage[], memory: Uint8Array): Copied {
  const { layout, sameBefore } = layoutOf(images, memory)
  const { header, at, sizeBytes } = layout
  if (sizeBytes > memory.length)
    throw new EngineError('STATE_MEMORY', `The snapshot needs ${sizeBytes} bytes, its memory has ${memory.length}. Grant more memory.`)
  const head = new Uint8Array(8 + header.length)
  const view = new DataView(head.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, header.length, true)
  head.set(header, 8)
  const sections = images.flatMap((image) => image.sections)
  if (!sameBefore) {
    memory.set(head)
    sections.forEach((section, i) => memory.set(section, at[i]))
    return { sizeBytes, changedPages: null }
  }
  const changedPages: number[] = []
  copyChanged(head, memory, 0, changedPages)
  sections.forEach((section, i) => copyChanged(section, memory, at[i], changedPages))
  return { sizeBytes, changedPages }
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
  for (const { name, kind, version, shape, header, lengths, at } of items) {
    const sections = lengths.map((length, i) => {
      const from = at?.[i] ?? packedAt
      if (at === undefined) packedAt += aligned(length, 8)
      if (from + length > bytes.length)
        throw new EngineError('STATE_DAMAGED', `The snapshot ends inside state "${name}". Restore an older checkpoint.`)
      return bytes.subarray(from, from + length)
    })
    images.set(name, { kind, version, shape, header, sections })
  }
  return images
}
