/**
 * One file: each commit appends its stages. The marker beside it says how much of the file is
 * committed; what lies behind that is an unfinished try and is cut off by the next one.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync, truncateSync } from 'node:fs'
import { basename, join } from 'node:path'
import { EngineError, syncFile } from '@belay/engine/operator'
import { makeFolder, moveDurably, removeIfThere, replaceDurably, syncFolder, writeAllAt } from './durable.ts'
import { onPath, type LineagePath } from './lineagePath.ts'
import type { Place, Stage, Target } from './target.ts'

interface Commit {
  readonly lineage: number
  /** The last window of it. */
  readonly window: number
  /** Size of the file afterwards. */
  readonly sizeBytes: number
}

interface Marker {
  readonly runId: string
  readonly commits: readonly Commit[]
}

/** Commits a rewind can go back to. */
const MOST_COMMITS = 1000
const COPY_BYTES = 1_048_576

export class SingleTarget implements Target {
  readonly #place: Place
  readonly #fileName: string
  readonly #path: string
  readonly #markerPath: string

  /** `fileName` = the original target's; a fork has its lineage in the name. */
  constructor(place: Place, fileName: string) {
    this.#place = place
    this.#fileName = fileName
    this.#path = join(place.folder, forkedName(fileName, place))
    this.#markerPath = join(place.hidden, `${basename(this.#path)}.marker.json`)
  }

  publish(stages: readonly Stage[]): void {
    const { folder, hidden, header, runId } = this.#place
    const { commits } = this.#marker()
    const published = (stage: Stage): boolean => commits.some((commit) => commit.lineage === stage.lineage && commit.window >= stage.window)
    const fresh = stages.filter((stage) => !published(stage))
    if (fresh.length > 0) {
      let sizeBytes = commits.at(-1)?.sizeBytes ?? 0
      const file = openSync(this.#path, existsSync(this.#path) ? 'r+' : 'w+', 0o644)
      try {
        truncateSync(this.#path, sizeBytes)
        if (sizeBytes === 0) sizeBytes += appendBytes(file, Buffer.from(header, 'utf8'), 0)
        for (const stage of fresh) sizeBytes += appendFile(join(hidden, stage.file), file, 0, stage.sizeBytes, sizeBytes)
        syncFile(file)
      } finally {
        closeSync(file)
      }
      syncFolder(folder)
      const done = fresh.at(-1)
      const added = done === undefined ? [] : [{ lineage: done.lineage, window: done.window, sizeBytes }]
      this.#writeMarker({ runId, commits: [...commits, ...added].slice(-MOST_COMMITS) })
    }
    for (const stage of stages) removeIfThere(join(hidden, stage.file))
  }

  rewind(path: LineagePath, window: number, least: number): void {
    const kept = this.#kept(this.#marker().commits, path, window, least)
    const sizeBytes = kept.at(-1)?.sizeBytes ?? 0
    if (existsSync(this.#path) && statSync(this.#path).size > sizeBytes) {
      const aside = join(this.#place.hidden, 'superseded', `before-lineage-${this.#place.lineage}-${this.#place.attempt}`)
      makeFolder(aside)
      this.#copy(this.#path, join(aside, basename(this.#path)), sizeBytes, statSync(this.#path).size)
      syncFolder(aside)
    }
    // In this order: a crash in between leaves a tail that the marker does not count.
    this.#writeMarker({ runId: this.#place.runId, commits: kept })
    if (existsSync(this.#path)) truncateSync(this.#path, sizeBytes)
  }

  copyFrom(path: LineagePath, window: number, least: number): void {
    const { folder, lineage, runId } = this.#place
    const original = new SingleTarget({ ...this.#place, home: this.#place.homeOf(path.at(-1)?.lineage ?? 0) }, this.#fileName)
    const kept = original.#kept(original.#marker().commits, path, window, least)
    const sizeBytes = kept.at(-1)?.sizeBytes ?? 0
    if (sizeBytes > 0) this.#copy(original.#path, this.#path, 0, sizeBytes)
    syncFolder(folder)
    this.#writeMarker({ runId, commits: kept.map((commit) => ({ ...commit, lineage })) })
  }

  putAside(): number {
    // Made by an earlier attempt of this run: what was put aside then must not be replaced by it.
    if (!existsSync(this.#path) || this.#ownMarker() !== null) return 0
    removeIfThere(this.#markerPath)
    const aside = join(this.#place.hidden, 'superseded', `before-${this.#place.runId}`)
    makeFolder(aside)
    moveDurably(this.#path, join(aside, basename(this.#path)), [this.#place.folder, aside])
    return 1
  }

  /** Who reads the file of a run without rows finds none in it, and not that there is no file. */
  endWithoutRows(): void {
    if (this.#ownMarker() !== null) return
    const { folder, header, runId } = this.#place
    const file = openSync(this.#path, 'w', 0o644)
    try {
      appendBytes(file, Buffer.from(header, 'utf8'), 0)
      syncFile(file)
    } finally {
      closeSync(file)
    }
    syncFolder(folder)
    this.#writeMarker({ runId, commits: [] })
  }

  outputs(): readonly string[] {
    return [this.#path]
  }

  /** Commits from the first on that belong to the path; they have to hold at least so much. */
  #kept(commits: readonly Commit[], path: LineagePath, window: number, least: number): readonly Commit[] {
    const end = commits.findIndex((commit) => !onPath(path, commit.lineage, commit.window, window))
    const kept = end < 0 ? commits : commits.slice(0, end)
    if ((kept.at(-1)?.sizeBytes ?? 0) < least)
      throw new EngineError(
        'SINK_CANNOT_REWIND',
        `${basename(this.#path)} no longer holds what it held at window ${window}: it was taken back since. Restore with "keep", or restore a checkpoint of the present lineage.`,
      )
    return kept
  }

  #copy(from: string, to: string, start: number, end: number): void {
    const file = openSync(to, 'w', 0o644)
    try {
      appendFile(from, file, start, end, 0)
      syncFile(file)
    } finally {
      closeSync(file)
    }
  }

  #marker(): Marker {
    return this.#ownMarker() ?? { runId: this.#place.runId, commits: [] }
  }

  #ownMarker(): Marker | null {
    if (!existsSync(this.#markerPath)) return null
    const marker = JSON.parse(readFileSync(this.#markerPath, 'utf8')) as Marker
    return marker.runId === this.#place.runId ? marker : null
  }

  #writeMarker(marker: Marker): void {
    replaceDurably(this.#markerPath, this.#place.hidden, JSON.stringify(marker))
  }
}

function forkedName(fileName: string, { home, extension }: Place): string {
  if (home === 0) return fileName
  const base = fileName.endsWith(`.${extension}`) ? fileName.slice(0, -(extension.length + 1)) : fileName
  return `${base}-${home}.${extension}`
}

function appendBytes(file: number, bytes: Buffer, at: number): number {
  writeAllAt(file, bytes, at)
  return bytes.length
}

/** Copies `[start, end)` of a file to `at`; returns the bytes copied. */
function appendFile(from: string, file: number, start: number, end: number, at: number): number {
  if (!existsSync(from))
    throw new EngineError('STAGE_LOST', `${basename(from)} is gone, so its rows cannot be published. Restore an older checkpoint.`)
  const source = openSync(from, 'r')
  try {
    const chunk = Buffer.allocUnsafe(Math.min(COPY_BYTES, Math.max(1, end - start)))
    let done = start
    while (done < end) {
      const read = readSync(source, chunk, 0, Math.min(chunk.length, end - done), done)
      if (read === 0)
        throw new EngineError('STAGE_LOST', `${basename(from)} is shorter than it was when it was staged. Restore an older checkpoint.`)
      writeAllAt(file, chunk.subarray(0, read), at + done - start)
      done += read
    }
    return end - start
  } finally {
    closeSync(source)
  }
}
