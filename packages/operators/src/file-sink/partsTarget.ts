/**
 * One file a commit, `<name>-<lineage>-<firstWindow>.<ext>`: a stage is published by renaming it.
 * Names have no attempt in them, so a commit that is repeated finds its work done.
 */
import { existsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { EngineError } from '@belay/engine/operator'
import { linkDurably, makeFolder, moveDurably, namesIn, syncFolder } from './durable.ts'
import { onPath, type LineagePath } from './lineagePath.ts'
import type { Place, Stage, Target } from './target.ts'

const WINDOW_DIGITS = 12
/** Beyond this many, outputs are told as a pattern. */
const MOST_OUTPUTS = 1000

interface Part {
  readonly name: string
  readonly lineage: number
  readonly firstWindow: number
}

export class PartsTarget implements Target {
  readonly #place: Place

  constructor(place: Place) {
    this.#place = place
  }

  publish(stages: readonly Stage[]): void {
    const { folder, hidden } = this.#place
    for (const stage of stages) {
      const from = join(hidden, stage.file)
      const to = join(folder, this.#partName(stage.lineage, stage.firstWindow))
      if (existsSync(from)) moveDurably(from, to, [folder, hidden])
      else if (!existsSync(to) || statSync(to).size !== stage.sizeBytes)
        throw new EngineError(
          'STAGE_LOST',
          `${stage.file} in ${hidden} is gone and ${basename(to)} is not what was staged, so rows of windows ${stage.firstWindow} to ${stage.window} cannot be published. Restore an older checkpoint.`,
        )
      // It was renamed before; whether that was made durable is not known.
      else for (const renamedIn of [folder, hidden]) syncFolder(renamedIn)
    }
  }

  rewind(path: LineagePath, window: number): void {
    const { folder, hidden, lineage, attempt, home, homeOf } = this.#place
    const wanted = (part: Part): boolean => onPath(path, part.lineage, part.firstWindow, window)
    for (const part of this.#partsIn(folder)) {
      if (homeOf(part.lineage) !== home || wanted(part)) continue
      // What this very lineage did again after a damaged checkpoint is never wanted back.
      const aside = join(hidden, 'superseded', part.lineage === lineage ? `${part.lineage}-attempt-${attempt}` : String(part.lineage))
      makeFolder(aside)
      moveDurably(join(folder, part.name), join(aside, part.name), [folder, aside])
    }
    for (const { lineage: earlier } of path) {
      const aside = join(hidden, 'superseded', String(earlier))
      for (const part of this.#partsIn(aside)) {
        if (wanted(part) && !existsSync(join(folder, part.name)))
          moveDurably(join(aside, part.name), join(folder, part.name), [folder, aside])
      }
    }
  }

  copyFrom(path: LineagePath, window: number): void {
    const { folder, hidden, lineage } = this.#place
    const aside = [...new Set(path.map((step) => step.lineage))].map((earlier) => join(hidden, 'superseded', String(earlier)))
    for (const from of [folder, ...aside]) {
      for (const part of this.#partsIn(from))
        if (part.lineage !== lineage && onPath(path, part.lineage, part.firstWindow, window))
          linkDurably(join(from, part.name), join(folder, this.#partName(lineage, part.firstWindow)), folder)
    }
  }

  putAside(): number {
    const { folder, hidden, runId } = this.#place
    const old = this.#partsIn(folder)
    if (old.length === 0) return 0
    const aside = join(hidden, 'superseded', `before-${runId}`)
    makeFolder(aside)
    for (const part of old) moveDurably(join(folder, part.name), join(aside, part.name), [folder, aside])
    return old.length
  }

  endWithoutRows(): void {
    // No rows, no files.
  }

  outputs(): readonly string[] {
    const { folder, name, extension, home, homeOf } = this.#place
    const parts = this.#partsIn(folder).filter((part) => homeOf(part.lineage) === home)
    return parts.length > MOST_OUTPUTS ? [join(folder, `${name}-*.${extension}`)] : parts.map((part) => join(folder, part.name))
  }

  #partName(lineage: number, firstWindow: number): string {
    return `${this.#place.name}-${lineage}-${String(firstWindow).padStart(WINDOW_DIGITS, '0')}.${this.#place.extension}`
  }

  #partsIn(folder: string): readonly Part[] {
    const { name, extension } = this.#place
    return namesIn(folder).flatMap((file) => {
      if (!file.startsWith(`${name}-`) || !file.endsWith(`.${extension}`)) return []
      const match = /^(\d+)-(\d{12,})$/.exec(file.slice(name.length + 1, -(extension.length + 1)))
      return match === null ? [] : [{ name: file, lineage: Number(match[1]), firstWindow: Number(match[2]) }]
    })
  }
}
