/**
 * Entry of the thread that looks into checkpoints for the server: reading and comparing a million keys
 * takes time, which must not be the server's. Owns the files read last, up to a bound.
 */
import { parentPort } from 'node:worker_threads'
import type { CheckpointState, KeyHistory, KeyQuery, StateChanges, StatePage, StateQuery, StateShape } from '@belay/run'
import { EngineError } from '../operator/engineError.ts'
import type { StateImage } from '../state/section.ts'
import { readFrameImages } from '../state/snapshotFrame.ts'
import { shapeOf, storedState, type StoredState } from '../state/storedState.ts'
import { changesOf, differenceOf, entryOf, pageOf, type StateDifference } from '../state/statePages.ts'
import { listManifests, readState, type Manifest, type ManifestOperator } from '../store/manifest.ts'
import { folderAt, type RunFolder } from '../store/runFolder.ts'
import type { FromStateThread, StateQuestion, ToStateThread } from './stateProtocol.ts'

/** Files kept for the next page, all together. */
const KEPT_BYTES = 268_435_456
/** Checkpoints looked into last: who reads one may read on for as long as its files are here, when the run has let it go. */
const REMEMBERED = 8
/** A larger file is not looked into: reading it needs it whole. */
const LARGEST_BYTES = 536_870_912

interface Opened {
  readonly images: ReadonlyMap<string, StateImage>
  readonly sizeBytes: number
}

/** By hash, the one used last at the end. */
const opened = new Map<string, Opened>()
const remembered = new Map<string, Manifest>()
let lastDifference: { readonly name: string; readonly difference: StateDifference } | null = null

function manifestOf(folder: RunFolder, seq: number): Manifest {
  const name = `${folder.root} ${seq}`
  const found = keptManifest(folder, seq) ?? remembered.get(name)
  if (found !== undefined) {
    remembered.delete(name)
    remembered.set(name, found)
    const [oldest] = remembered.keys()
    if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest)
    return found
  }
  throw letGo(seq)
}

function keptManifest({ manifests }: RunFolder, seq: number): Manifest | undefined {
  return listManifests(manifests).manifests.find(({ manifest }) => manifest.seq === seq)?.manifest
}

function letGo(seq: number): EngineError {
  return new EngineError(
    'CHECKPOINT_UNKNOWN',
    `Checkpoint ${seq} is not kept (any more). Choose one of the list; pin those that should stay.`,
  )
}

function holderOf(manifest: Manifest, instance: string): ManifestOperator {
  const found = manifest.operators.find((operator) => operator.instance === instance)
  if (found !== undefined) return found
  throw new EngineError('OPERATOR_UNKNOWN', `There is no operator ${instance} in checkpoint ${manifest.seq}.`)
}

function open(folder: RunFolder, manifest: Manifest, instance: string): Opened {
  const holder = holderOf(manifest, instance)
  const name = holder.sha256 ?? ''
  const known = opened.get(name)
  if (known !== undefined) {
    opened.delete(name)
    opened.set(name, known)
    return known
  }
  if (holder.sizeBytes > LARGEST_BYTES)
    throw new EngineError(
      'STATE_TOO_LARGE',
      `The state of ${instance} has ${holder.sizeBytes} bytes; up to ${LARGEST_BYTES} can be looked into. Run the operator with more partitions, so that each has less.`,
    )
  const bytes = read(folder, manifest, holder)
  const state: Opened = { images: bytes === null ? new Map() : readFrameImages(bytes), sizeBytes: bytes?.length ?? 0 }
  if (bytes !== null) opened.set(name, state)
  let keptBytes = 0
  for (const { sizeBytes } of opened.values()) keptBytes += sizeBytes
  for (const [oldest, { sizeBytes }] of opened) {
    if (keptBytes <= KEPT_BYTES || opened.size <= 1) break
    opened.delete(oldest)
    keptBytes -= sizeBytes
  }
  return state
}

/** A checkpoint may be let go while it is read: then it is not there, and not damaged. */
function read(folder: RunFolder, manifest: Manifest, holder: ManifestOperator): Uint8Array | null {
  try {
    return readState(folder.snapshots, holder)
  } catch (error) {
    throw keptManifest(folder, manifest.seq) === undefined ? letGo(manifest.seq) : error
  }
}

function operatorsOf({ seq, window, atMs, operators }: Manifest): CheckpointState {
  return {
    manifest: seq,
    window,
    atMs,
    operators: operators.map((holder) => ({
      operator: holder.instance.split(/[#~]/, 1)[0],
      instance: holder.instance,
      window: holder.window,
      sizeBytes: holder.file === null ? 0 : holder.sizeBytes,
      finished: holder.finished,
    })),
  }
}

/** Without a wish the one with the most keys. */
function stateNamed(wanted: string | null, shapes: readonly StateShape[], instance: string): string | null {
  if (wanted === null)
    return shapes.reduce<StateShape | null>((most, one) => (most === null || one.size > most.size ? one : most), null)?.name ?? null
  if (shapes.some(({ name }) => name === wanted)) return wanted
  const names = shapes.map(({ name }) => name).join(', ')
  throw new EngineError('STATE_UNKNOWN', `${instance} has no state "${wanted}" there. It has: ${names || 'none'}.`)
}

function page(folder: RunFolder, manifest: Manifest, query: StateQuery): StatePage {
  const { images } = open(folder, manifest, query.instance)
  const states = [...images].map(([own, image]) => shapeOf(own, image))
  const name = stateNamed(query.state, states, query.instance)
  const image = name === null ? undefined : images.get(name)
  return {
    instance: query.instance,
    states,
    state: name,
    ...(image === undefined ? { entries: [], next: null } : pageOf(storedState(image), query)),
  }
}

function changes(folder: RunFolder, older: Manifest, newer: Manifest, query: StateQuery): StateChanges {
  const before = open(folder, older, query.instance).images
  const after = open(folder, newer, query.instance).images
  const shapes = new Map([...before, ...after].map(([own, image]) => [own, shapeOf(own, image)]))
  const name = stateNamed(query.state, [...shapes.values()], query.instance)
  const all = { instance: query.instance, states: [...shapes.values()], state: name }
  if (name === null) return { ...all, added: 0, removed: 0, changed: 0, changes: [], next: null }
  const pair = JSON.stringify([holderOf(older, query.instance).sha256, holderOf(newer, query.instance).sha256, name])
  if (lastDifference?.name !== pair) lastDifference = { name: pair, difference: differenceOf(stateIn(before, name), stateIn(after, name)) }
  const { difference } = lastDifference
  return {
    ...all,
    added: difference.added.length,
    removed: difference.removed.length,
    changed: difference.changed.length / 2,
    ...changesOf(difference, query),
  }
}

function stateIn(images: ReadonlyMap<string, StateImage>, name: string): StoredState | null {
  const image = images.get(name)
  return image === undefined ? null : storedState(image)
}

/** The oldest first. One that is let go while it is read is left out. */
function keyHistory(folder: RunFolder, { instance, state, key }: KeyQuery): KeyHistory {
  const checkpoints: KeyHistory['checkpoints'][number][] = []
  let shape: StateShape | undefined
  for (const { manifest } of listManifests(folder.manifests).manifests) {
    if (!manifest.operators.some((operator) => operator.instance === instance)) continue
    try {
      const { images } = open(folder, manifest, instance)
      const shapes = [...images].map(([own, image]) => shapeOf(own, image))
      const name = state ?? shape?.name ?? stateNamed(null, shapes, instance)
      const image = name === null ? undefined : images.get(name)
      if (name !== null && image !== undefined) shape = shapeOf(name, image)
      const { seq, window, lineage, atMs } = manifest
      checkpoints.push({ manifest: seq, window, lineage, atMs, entry: image === undefined ? null : entryOf(storedState(image), key) })
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'CHECKPOINT_UNKNOWN') throw error
    }
  }
  if (checkpoints.length === 0)
    throw new EngineError(
      'OPERATOR_UNKNOWN',
      `No kept checkpoint knows ${instance}. Name it as the state of a checkpoint lists it, e.g. ${instance}#0.`,
    )
  return { instance, state: shape?.name ?? null, key: shape?.key ?? [], value: shape?.value ?? [], checkpoints }
}

function answer(question: StateQuestion): CheckpointState | StatePage | StateChanges | KeyHistory {
  const folder = folderAt(question.root)
  if (question.type === 'key') return keyHistory(folder, question.query)
  const manifest = manifestOf(folder, question.manifest)
  switch (question.type) {
    case 'operators':
      return operatorsOf(manifest)
    case 'page':
      return page(folder, manifest, question.query)
    case 'changes':
      return changes(folder, manifestOf(folder, question.since), manifest, question.query)
  }
}

const port = parentPort
if (port === null) throw new Error('stateThread is a worker thread entry')
port.on('message', ({ id, question }: ToStateThread) => {
  let message: FromStateThread
  try {
    message = { id, value: answer(question) }
  } catch (error) {
    const { code } = error as { code?: unknown }
    message = {
      id,
      failed: { code: typeof code === 'string' ? code : 'INTERNAL', message: error instanceof Error ? error.message : String(error) },
    }
  }
  port.postMessage(message)
})
