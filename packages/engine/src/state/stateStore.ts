/**
 * All declared state of one operator instance (operator/state.ts), its snapshot and its return.
 *
 * A snapshot (state/snapshotFrame.ts) names each state with kind, schema version and shape. What it
 * holds and what `create` declares must agree; anything else is STATE_MISMATCH (engine-spec H26).
 */
import { EngineError } from '../operator/engineError.ts'
import type { StateList, StateMultimap, StateRegistry, StateTable, StateValue, TableShape } from '../operator/state.ts'
import { ByteList } from './byteList.ts'
import { HashTable, tableShapeText } from './hashTable.ts'
import { Multimap } from './multimap.ts'
import type { StateImage } from './section.ts'
import { type Copied, FrameCopy, type MemoryHolds } from './frameCopy.ts'
import { frameMemoryNeed, type HeldFrame, heldIn, type MemoryNeed, type NamedImage, readFrameImages } from './snapshotFrame.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

interface Piece {
  readonly sizeBytes: number
  image(): StateImage
}

class JsonValue<T> implements StateValue<T> {
  readonly #version: number
  #value: T

  constructor(version: number, value: T) {
    this.#version = version
    this.#value = value
  }

  get sizeBytes(): number {
    return 64
  }

  get(): T {
    return this.#value
  }

  set(value: T): void {
    this.#value = value
  }

  image(): StateImage {
    return { kind: 'value', version: this.#version, shape: '', header: {}, sections: [encoder.encode(JSON.stringify(this.#value))] }
  }
}

function mismatch(name: string, what: string): EngineError {
  return new EngineError(
    'STATE_MISMATCH',
    `The checkpoint's state "${name}" does not fit this version of the operator: ${what}. Restore with the version that wrote it, or start the operator with empty state.`,
  )
}

export class StateStore implements StateRegistry {
  readonly #pieces = new Map<string, Piece>()
  readonly #restored: Map<string, StateImage>
  #copy: FrameCopy | null = null

  constructor(restored: Map<string, StateImage> = new Map()) {
    this.#restored = restored
  }

  /** Reads a snapshot; the bytes may be reused afterwards only once everything is declared. */
  static restore(bytes: Uint8Array): StateStore {
    return new StateStore(readFrameImages(bytes))
  }

  #take(name: string, kind: StateImage['kind'], version: number, shape: string): StateImage | undefined {
    if (this.#pieces.has(name))
      throw new EngineError('STATE_TWICE', `The state "${name}" is declared twice. Give each state of an operator its own name.`)
    const image = this.#restored.get(name)
    if (image === undefined) return undefined
    if (image.kind !== kind) throw mismatch(name, `it is a ${image.kind}, a ${kind} is declared`)
    if (image.version !== version) throw mismatch(name, `it has schema version ${image.version}, version ${version} is declared`)
    if (image.shape !== shape) throw mismatch(name, `its columns are ${image.shape}, declared are ${shape}`)
    this.#restored.delete(name)
    return image
  }

  table(name: string, shape: TableShape): StateTable {
    const image = this.#take(name, 'table', shape.version, tableShapeText(shape))
    const table = image === undefined ? new HashTable(shape) : HashTable.ofImage(shape, image)
    this.#pieces.set(name, table)
    return table
  }

  multimap(name: string, shape: TableShape): StateMultimap {
    const image = this.#take(name, 'multimap', shape.version, tableShapeText(shape))
    const map = image === undefined ? new Multimap(shape) : Multimap.ofImage(shape, image)
    this.#pieces.set(name, map)
    return map
  }

  list(name: string, version: number): StateList {
    const image = this.#take(name, 'list', version, '')
    const list = image === undefined ? new ByteList(version) : ByteList.ofImage(image)
    this.#pieces.set(name, list)
    return list
  }

  value<T>(name: string, version: number, initial: T): StateValue<T> {
    const image = this.#take(name, 'value', version, '')
    const value = new JsonValue<T>(version, image === undefined ? initial : (JSON.parse(decoder.decode(image.sections[0].slice())) as T))
    this.#pieces.set(name, value)
    return value
  }

  /** The checkpoint holds this state and nobody has declared it yet. */
  holds(name: string): boolean {
    return this.#restored.has(name)
  }

  /** After `create`: restored state that nobody declared would be lost without a word. */
  assertAllDeclared(): void {
    const [left] = this.#restored.keys()
    if (left !== undefined) throw mismatch(left, 'the operator no longer declares it')
  }

  get empty(): boolean {
    return this.#pieces.size === 0
  }

  /** Live size for the figures. */
  get sizeBytes(): number {
    let sizeBytes = 0
    for (const piece of this.#pieces.values()) sizeBytes += piece.sizeBytes
    return sizeBytes
  }

  #images(): NamedImage[] {
    return [...this.#pieces].map(([name, piece]) => ({ name, ...piece.image() }))
  }

  /** Memory for the next snapshot, which may go where `memory` holds one before; null = into the memory of the last one. */
  snapshotMemoryNeed(memory: Uint8Array | null = null, holds: MemoryHolds = 'another'): MemoryNeed {
    const before = (): HeldFrame | null => (memory === null ? (this.#copy?.frame ?? null) : holds === 'nothing' ? null : heldIn(memory))
    return frameMemoryNeed(this.#images(), before)
  }

  /**
   * Begins a snapshot of the state as it is now. Until it is finished, its steps may be mixed with work on the state;
   * one that was begun before is finished. Throws STATE_MEMORY if the memory is too small.
   */
  beginSnapshot(memory: Uint8Array, holds: MemoryHolds): FrameCopy {
    this.#copy?.finish()
    this.#copy = new FrameCopy(this.#images(), memory, holds)
    return this.#copy
  }

  /** Copies everything that is not there yet into `memory`. Throws STATE_MEMORY if it is too small. */
  snapshotInto(memory: Uint8Array): Copied {
    return this.beginSnapshot(memory, 'another').finish()
  }

  snapshot(): Uint8Array {
    const bytes = new Uint8Array(this.snapshotMemoryNeed().wantedBytes)
    return bytes.subarray(0, this.snapshotInto(bytes).sizeBytes)
  }
}
