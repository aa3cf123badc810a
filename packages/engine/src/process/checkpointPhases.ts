/**
 * Where the time of a checkpoint went, for each instance. Known to the process that took it, for as long
 * as the checkpoint is kept; nobody decides by it.
 */
import type { CheckpointPhase } from '@belay/run'
import type { FromContainer } from '../container/protocol.ts'

interface Copied {
  readonly window: number
  readonly endAtMs: number
  readonly workedAtMs: number
  readonly copiedAtMs: number
  readonly stoodMs: number
}

interface Stored {
  readonly window: number
  readonly writingAtMs: number
  readonly storedAtMs: number
}

export class CheckpointPhases {
  /** The newest of each instance. */
  readonly #copied = new Map<string, Copied>()
  readonly #stored = new Map<string, Stored>()
  /** By manifest. */
  readonly #kept = new Map<number, readonly CheckpointPhase[]>()

  copied({ instance, window, endWorkMs, copyMs, stoodMs }: Extract<FromContainer, { type: 'snapshot-copied' }>, nowMs: number): void {
    const workedAtMs = nowMs - copyMs
    this.#copied.set(instance, { window, endAtMs: workedAtMs - endWorkMs, workedAtMs, copiedAtMs: nowMs, stoodMs })
  }

  stored({ instance, window }: { readonly instance: string; readonly window: number }, writeMs: number, nowMs: number): void {
    this.#stored.set(instance, { window, writingAtMs: nowMs - writeMs, storedAtMs: nowMs })
  }

  /** Called when the manifest is durable. `kept`: manifests there are. */
  completed(
    checkpoint: { readonly manifest: number; readonly window: number; readonly durationMs: number },
    kept: readonly number[],
    nowMs: number,
  ): void {
    const beganAtMs = nowMs - checkpoint.durationMs
    const since = (atMs: number): number => Math.max(0, Math.round((atMs - beganAtMs) * 10) / 10)
    const phases = [...this.#copied].flatMap(([instance, copied]) => {
      if (copied.window !== checkpoint.window) return []
      const stored = this.#stored.get(instance)
      const written = stored?.window === checkpoint.window ? stored : null
      return [
        {
          instance,
          endMs: since(copied.endAtMs),
          workedMs: since(copied.workedAtMs),
          copiedMs: since(copied.copiedAtMs),
          stoodMs: Math.round(copied.stoodMs * 10) / 10,
          // Without state nothing is written.
          writingMs: since(written === null ? copied.copiedAtMs : Math.max(written.writingAtMs, copied.copiedAtMs)),
          storedMs: since(written === null ? copied.copiedAtMs : written.storedAtMs),
        },
      ]
    })
    this.#kept.set(checkpoint.manifest, phases)
    for (const manifest of this.#kept.keys()) if (manifest !== checkpoint.manifest && !kept.includes(manifest)) this.#kept.delete(manifest)
  }

  of(manifest: number): readonly CheckpointPhase[] | undefined {
    return this.#kept.get(manifest)
  }
}
