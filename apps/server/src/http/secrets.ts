/** Secrets: their names are listed, their values are taken and never given. */
import { secretNames, SECRET_NAME_PATTERN } from '@belay/pipeline'
import { Type } from 'typebox'
import { SECRET_CHARACTERS } from '../secrets/secretStore.ts'
import type { App, Services } from './app.ts'
import { ServerError } from './problems.ts'
import { answers } from './schemas/answers.ts'

const SecretParams = Type.Object({ name: Type.String({ pattern: SECRET_NAME_PATTERN }) })

interface Use {
  readonly pipelines: readonly { readonly id: string; readonly name: string }[]
  readonly runs: readonly string[]
  /** Names of webhooks that sign with it. */
  readonly webhooks: readonly string[]
}

export function secretsRoutes(app: App, { secrets, pipelines, runs, watch }: Services): void {
  const useOf = (): ((name: string) => Use) => {
    const stored = pipelines.list().map(({ id, document }) => ({ id, name: document.name, uses: new Set(secretNames(document)) }))
    return (secret) => ({
      pipelines: stored.flatMap(({ id, name, uses }) => (uses.has(secret) ? [{ id, name }] : [])),
      runs: runs.live().flatMap(({ runId, secrets: uses }) => (uses.includes(secret) ? [runId] : [])),
      webhooks: watch.webhooks.signingWith(secret),
    })
  }

  app.get(
    '/secrets',
    {
      config: { right: 'use-secrets' },
      schema: { operationId: 'listSecrets', summary: 'Names of secrets and who uses them', response: answers(200, ['Secret'], 'Secrets') },
    },
    () => {
      const use = useOf()
      return secrets.list().map((secret) => ({ ...secret, ...use(secret.name) }))
    },
  )
  app.put(
    '/secrets/:name',
    {
      config: { right: 'manage-secrets' },
      schema: {
        operationId: 'setSecret',
        summary: 'Set a secret, or replace its value; running runs get the new one within seconds',
        params: SecretParams,
        body: Type.Object({ value: Type.String({ minLength: 1, maxLength: SECRET_CHARACTERS }) }),
        response: answers(204, null, 'It is kept', [500]),
      },
    },
    async (request, reply) => {
      request.audited.after = secrets.put(request.params.name, request.body.value, request.principal?.name ?? '', Date.now())
      return reply.status(204).send()
    },
  )
  app.delete(
    '/secrets/:name',
    {
      config: { right: 'manage-secrets' },
      schema: {
        operationId: 'removeSecret',
        summary: 'Remove a secret; refused while pipelines or runs use it, unless `force` is given',
        params: SecretParams,
        querystring: Type.Object({ force: Type.Optional(Type.Boolean({ default: false })) }),
        response: answers(204, null, 'It is gone', [404, 409]),
      },
    },
    async (request, reply) => {
      const { name } = request.params
      const use = useOf()(name)
      if (secrets.has(name) && request.query.force !== true && use.pipelines.length + use.runs.length + use.webhooks.length > 0)
        throw new ServerError(
          'SECRET_IN_USE',
          `${name} is used by ${[...use.pipelines.map((pipeline) => pipeline.name), ...use.runs.map((run) => `the run ${run}`), ...use.webhooks.map((hook) => `the webhook ${hook}`)].join(', ')}. Let them use another one first, or remove it by force: then pipelines cannot start any more, and messages wait.`,
          { more: { ...use } },
        )
      secrets.remove(name)
      return reply.status(204).send()
    },
  )
}
