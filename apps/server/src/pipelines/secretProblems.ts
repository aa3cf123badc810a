/** What only the server can say of secrets that a pipeline refers to: whether they are there, and who may use them. */
import { isSecretName, secretNames, usedSecrets, type PipelineDocument, type Problem } from '@belay/pipeline'
import { ServerError } from '../http/problems.ts'
import { may, neededFor, type Principal } from '../http/rights.ts'

/** null = not known here, e.g. on a machine where the pipeline is only checked. */
export type KnownSecrets = ((name: string) => boolean) | null

export function secretProblems(document: PipelineDocument, known: KnownSecrets): readonly Problem[] {
  if (known === null) return []
  return usedSecrets(document).flatMap(({ name, operator, configPath }): readonly Problem[] =>
    !isSecretName(name) || known(name)
      ? []
      : [
          {
            code: 'SECRET_UNKNOWN',
            severity: 'error',
            message: `The secret ${name} is not there. Choose another one, or have an administrator add it (page Secrets, or belay secret set ${name}).`,
            place: { operator, configPath },
            fixes: [],
          },
        ],
  )
}

/** Whoever may change or run a pipeline can have its secrets sent anywhere. Throws RIGHT_MISSING. */
export function checkSecretsRight(document: PipelineDocument, principal: Principal | null): void {
  const names = secretNames(document)
  if (names.length > 0 && !may(principal, 'use-secrets'))
    throw new ServerError(
      'RIGHT_MISSING',
      `The pipeline uses ${names.length === 1 ? 'the secret' : 'the secrets'} ${names.join(', ')}; for that you need ${neededFor('use-secrets')}. Ask an administrator.`,
    )
}
