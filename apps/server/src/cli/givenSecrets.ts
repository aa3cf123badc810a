/** Secrets for a run without a server: from files, from the environment, or from those that the home keeps. */
import { existsSync, readFileSync } from 'node:fs'
import { isSecretName } from '@belay/pipeline'
import { ServerError } from '../http/problems.ts'
import { KeyRing } from '../secrets/keyRing.ts'
import { SecretStore } from '../secrets/secretStore.ts'
import { openDatabase } from '../storage/database.ts'
import type { Home } from '../storage/home.ts'
import { withoutLastBreak } from './hiddenInput.ts'

const PREFIX = 'BELAY_SECRET_'

export const SECRET_OPTION = {
  secret: {
    type: 'string',
    multiple: true,
    value: 'name=@FILE',
    help: `a secret that the pipeline uses; else from ${PREFIX}NAME (- as _), else of the home (belay secret)`,
  },
} as const

export interface GivenSecrets {
  has(name: string): boolean
  /** Names that are not there are left out. */
  values(names: readonly string[]): Record<string, string>
}

/** Throws PARAMETERS_INVALID. Files are read at once: they may be gone when a process of the run is started again. */
export function givenSecrets(options: readonly string[], home: Home): GivenSecrets {
  const given = new Map<string, string>()
  for (const option of options) {
    const [, name, file] = /^([^=]*)=@(.+)$/s.exec(option) ?? []
    if (name === undefined || !isSecretName(name))
      throw new ServerError(
        'PARAMETERS_INVALID',
        'Give a secret as --secret name=@FILE. A value on the command line could be read by everybody on this machine.',
      )
    try {
      given.set(name, withoutLastBreak(readFileSync(file, 'utf8')))
    } catch (error) {
      throw new ServerError('PARAMETERS_INVALID', `--secret ${name}: ${file} cannot be read: ${(error as Error).message}.`)
    }
  }
  let opened: SecretStore | null = null
  const store = (): SecretStore | null => (opened ??= storeOf(home))
  const early = (name: string): string | undefined => given.get(name) ?? process.env[`${PREFIX}${name.toUpperCase().replaceAll('-', '_')}`]
  return {
    has: (name) => early(name) !== undefined || store()?.has(name) === true,
    values(names) {
      const found = Object.fromEntries(
        names.flatMap((name): (readonly [string, string])[] => {
          const value = early(name)
          return value === undefined ? [] : [[name, value]]
        }),
      )
      const rest = names.filter((name) => !Object.hasOwn(found, name))
      return { ...(rest.length === 0 ? {} : store()?.values(rest)), ...found }
    },
  }
}

/** null = nothing was ever kept in this home. */
function storeOf(home: Home): SecretStore | null {
  return existsSync(home.database) ? new SecretStore(openDatabase(home.database), new KeyRing(home.path)) : null
}
