/**
 * Values of the secrets that a run's operators refer to. They come over the control socket after the start, are
 * in memory only, and go to the containers whose operators refer to them and to no others (engine-spec H11).
 */
import { secretsOfConfig } from '@belay/pipeline'
import { SecretMask } from '../operator/secretMask.ts'
import type { PhysicalPlan } from '../plan/physicalPlan.ts'

export class RunSecrets {
  /** Names by container. */
  readonly #wanted = new Map<string, Set<string>>()
  readonly #values = new Map<string, string>()
  #mask = SecretMask.NONE

  constructor(plan: PhysicalPlan) {
    for (const { container, config } of plan.instances)
      for (const name of secretsOfConfig(config)) this.#wanted.set(container, (this.#wanted.get(container) ?? new Set()).add(name))
  }

  get #names(): readonly string[] {
    return [...new Set([...this.#wanted.values()].flatMap((names) => [...names]))].sort()
  }

  /** Names whose values have not come. */
  get missing(): readonly string[] {
    return this.#names.filter((name) => !this.#values.has(name))
  }

  /** What no operator refers to is not kept. Containers that have other values now. */
  give(values: Readonly<Record<string, string>>): readonly string[] {
    const changed = this.#names.filter((name) => Object.hasOwn(values, name) && values[name] !== this.#values.get(name))
    for (const name of changed) this.#values.set(name, values[name])
    this.#mask = this.#mask.and(changed.map((name) => [name, values[name]] as const))
    return [...this.#wanted].flatMap(([container, names]) => (changed.some((name) => names.has(name)) ? [container] : []))
  }

  of(container: string): Readonly<Record<string, string>> {
    const names = [...(this.#wanted.get(container) ?? [])]
    return Object.fromEntries(names.flatMap((name) => (this.#values.has(name) ? [[name, this.#values.get(name) ?? '']] : [])))
  }

  get mask(): SecretMask {
    return this.#mask
  }
}
