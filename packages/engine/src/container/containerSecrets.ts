/** What a container knows of secrets: the values that its operators refer to, and how to take them out of words. */
import { secretsOfConfig, type SecretReference } from '@belay/pipeline'
import { EngineError } from '../operator/engineError.ts'
import type { SecretAccess } from '../operator/operator.ts'
import { SecretMask } from '../operator/secretMask.ts'

export class ContainerSecrets {
  #values: Readonly<Record<string, string>> = {}
  #mask = SecretMask.NONE

  give(values: Readonly<Record<string, string>>): void {
    this.#mask = this.#mask.and(Object.entries(values).filter(([name, value]) => this.#values[name] !== value))
    this.#values = values
  }

  mask(text: string): string {
    return this.#mask.text(text)
  }

  /** For one operator: it is given what its config refers to and nothing else. */
  accessOf(config: Readonly<Record<string, unknown>>): SecretAccess {
    const own = new Set(secretsOfConfig(config))
    return {
      value: ({ secret }: SecretReference) => {
        if (!own.has(secret) || !Object.hasOwn(this.#values, secret))
          throw new EngineError(
            'SECRET_MISSING',
            `The secret ${secret} was not given to this operator. It gets those that its settings refer to, as {"secret": "name"}.`,
          )
        return this.#values[secret]
      },
      mask: (text) => this.mask(text),
    }
  }
}
