/**
 * Where the time of a checkpoint went, for each instance. Known to the process that took it, for as long
 * as the checkpoint is kept; nobody decides by it.
 */
import type { CheckpointPhase } from '@belay/run'
import type { FromContainer } from '../container/protocol.ts'

interface Copied {
  readonly endAtMs: number
  readonly workedAtMs: number
  readonly copiedAtMs: number
  readonly stoodMs: number
}

interface Stored {
  readonly writingAtMs: number
  readonly storedAtMs: number
}

export class CheckpointPhases {
  /** By window, then by instance: one checkpoint is written while the next is copied. */
  readonly #copied = new Map<number, Map<string, Copied>>()
  readonly #stored = new Map<number, Map<string, Stored>>()
  /** By manifest. */
  readonly #kept = new Map<number, readonly CheckpointPhase[]>()

  copied({ instance, window, endWorkMs, copyMs, stoodMs }: Extract<FromContainer, { type: 'snapshot-copied' }>, nowMs: number): void {
    const workedAtMs = nowMs - copyMs
    ofWindow(this.#copied, window).set(instance, { endAtMs: workedAtMs - endWorkMs, workedAtMs, copiedAtMs: nowMs, stoodMs })
  }

  stored({ instance, window }: { readonly instance: string; readonly window: number }, writeMs: number, nowMs: number): void {
    ofWindow(this.#stored, window).set(instance, { writingAtMs: nowMs - writeMs, storedAtMs: nowMs })
  }

  /** Called when the manifest is durable. `kept`: manifests there are. */
  completed(
    checkpoint: { readonly manifest: number; readonly window: number; readonly durationMs: number },
    kept: readonly number[],
    nowMs: number,
  ): void {
    const beganAtMs = nowMs - checkpoint.durationMs
    const since = (atMs: number): number => Math.max(0, Math.round((atMs - beganAtMs) * 10) / 10)
    const stored = ofWindow(this.#stored, checkpoint.window)
    const phases = [...ofWindow(this.#copied, checkpoint.window)].map(([instance, copied]) => {
      const written = stored.get(instance)
      return {
        instance,
        endMs: since(copied.endAtMs),
        workedMs: since(copied.workedAtMs),
        copiedMs: since(copied.copiedAtMs),
        stoodMs: Math.round(copied.stoodMs * 10) / 10,
        // Without state nothing is written.
        writingMs: since(written === undefined ? copied.copiedAtMs : Math.max(written.writingAtMs, copied.copiedAtMs)),
        storedMs: since(written === undefined ? copied.copiedAtMs : written.storedAtMs),
      }
    })
    for (const windows of [this.#copied, this.#stored])
      for (const window of windows.keys()) if (window <= checkpoint.window) windows.delete(window)
    this.#kept.set(checkpoint.manifest, phases)
    for (const manifest of this.#kept.keys()) if (manifest !== checkpoint.manifest && !kept.includes(manifest)) this.#kept.delete(manifest)
  }

  of(manifest: number): readonly CheckpointPhase[] | undefined {
    return this.#kept.get(manifest)
  }
}

function ofWindow<T>(windows: Map<number, Map<string, T>>, window: number): Map<string, T> {
  let instances = windows.get(window)
  if (instances === undefined) {
    instances = new Map()
    windows.set(window, instances)
  }
  return instances
}
