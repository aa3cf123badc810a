/**
 * Gives running runs the new value of a secret that was replaced, on the page or on the command line: new requests
 * use it, and no plan changes.
 */
import type { RunService } from '../runs/runService.ts'
import type { SecretStore } from './secretStore.ts'

const LOOK_EVERY_MS = 1000

export class SecretHandOver {
  readonly #timer: NodeJS.Timeout

  /** `failed` is told what went wrong; it is tried again with the next change, or when a run's process starts. */
  constructor(secrets: SecretStore, runs: RunService, failed: (error: unknown) => void) {
    let { revision } = secrets.changedAfter(0)
    this.#timer = setInterval(() => {
      try {
        const changed = secrets.changedAfter(revision)
        revision = changed.revision
        if (changed.names.length > 0) runs.giveSecrets(secrets.values(changed.names))
      } catch (error) {
        failed(error)
      }
    }, LOOK_EVERY_MS).unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
