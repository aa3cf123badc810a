/** Webhooks: where the server sends what happens to runs, and what alerts fire. */
import { randomUUID } from 'node:crypto'
import type { Webhook, WebhookBody } from '@belay/run'
import { Type } from 'typebox'
import { MOST_WEBHOOKS } from '../notify/webhookStore.ts'
import type { SecretStore } from '../secrets/secretStore.ts'
import { AlertParams } from './alerts.ts'
import type { App, Services } from './app.ts'
import { ServerError } from './problems.ts'
import { checkRight, may, type Principal } from './rights.ts'
import { WebhookBodySchema } from './schemas/alerts.ts'
import { answers } from './schemas/answers.ts'

const read = { right: 'read-alerts' as const }
const write = { right: 'write-webhooks' as const }

/** The path of an address is often all that keeps others from using it. */
function shown(webhook: Webhook, to: Principal | null): Webhook {
  return may(to, 'write-webhooks') ? webhook : { ...webhook, url: `${new URL(webhook.url).origin}/…` }
}

/** Throws WEBHOOK_INVALID, or RIGHT_MISSING where a secret is named. */
async function check({ url, signWith }: WebhookBody, by: Principal | null, secrets: SecretStore): Promise<void> {
  if (signWith != null) {
    checkRight(by, 'use-secrets')
    if (!secrets.has(signWith.secret))
      throw new ServerError(
        'WEBHOOK_INVALID',
        `There is no secret ${signWith.secret}. Choose another one, or have an administrator add it (belay secret set).`,
      )
  }
  const { urlProblem } = await import('@belay/operators/outgoing-http')
  const problem = urlProblem(url)
  if (problem !== null) throw new ServerError('WEBHOOK_INVALID', problem)
}

export function webhooksRoutes(app: App, { watch, secrets }: Services): void {
  const { webhooks } = watch

  app.get(
    '/webhooks',
    { config: read, schema: { operationId: 'listWebhooks', summary: 'Webhooks', response: answers(200, ['Webhook'], 'Webhooks') } },
    async (request) => webhooks.list().map((webhook) => shown(webhook, request.principal)),
  )
  app.post(
    '/webhooks',
    {
      config: write,
      schema: {
        operationId: 'addWebhook',
        summary: 'Add a webhook; it is told what happens from now on',
        body: WebhookBodySchema,
        response: answers(201, 'Webhook', 'The webhook is there', [409]),
      },
    },
    async (request, reply) => {
      await check(request.body, request.principal, secrets)
      if (webhooks.list().length >= MOST_WEBHOOKS)
        throw new ServerError('TOO_MANY_WEBHOOKS', `There are ${MOST_WEBHOOKS} webhooks already. Delete those that nobody needs.`)
      const webhook = webhooks.write(randomUUID(), request.body, request.principal?.name ?? '', Date.now())
      request.audited.after = new URL(webhook.url).origin
      watch.changed()
      return reply.status(201).send(webhook)
    },
  )
  app.get(
    '/webhooks/deliveries',
    {
      config: read,
      schema: {
        operationId: 'listDeliveries',
        summary: 'Messages to webhooks and what came of them, newest first; kept for 30 days',
        querystring: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })) }),
        response: answers(200, ['Delivery'], 'Deliveries'),
      },
    },
    async (request) => webhooks.deliveries(request.query.limit ?? 100),
  )
  app.put(
    '/webhooks/:id',
    {
      config: write,
      schema: {
        operationId: 'changeWebhook',
        summary: 'Change a webhook; what waits for it goes to the new address',
        params: AlertParams,
        body: WebhookBodySchema,
        response: answers(200, 'Webhook', 'The webhook', [404]),
      },
    },
    async (request) => {
      request.audited.before = new URL(webhooks.known(request.params.id).url).origin
      await check(request.body, request.principal, secrets)
      const webhook = webhooks.write(request.params.id, request.body, request.principal?.name ?? '', Date.now())
      request.audited.after = new URL(webhook.url).origin
      watch.changed()
      return webhook
    },
  )
  app.delete(
    '/webhooks/:id',
    {
      config: write,
      schema: {
        operationId: 'deleteWebhook',
        summary: 'Delete a webhook; what waits for it is dropped',
        params: AlertParams,
        response: answers(204, null, 'It is gone', [404]),
      },
    },
    async (request, reply) => {
      webhooks.known(request.params.id)
      webhooks.remove(request.params.id, Date.now())
      watch.changed()
      return reply.status(204).send()
    },
  )
  app.post(
    '/webhooks/:id/test',
    {
      config: write,
      schema: {
        operationId: 'testWebhook',
        summary: 'Send it a test message; look at the deliveries for what comes of it',
        params: AlertParams,
        body: Type.Object({}),
        response: answers(201, 'Delivery', 'It waits to be sent', [404]),
      },
    },
    async (request, reply) => {
      const webhook = webhooks.known(request.params.id)
      const atMs = Date.now()
      const id = `${webhook.id}/test/${randomUUID()}`
      const text = `A test of the webhook ${webhook.name}: it works`
      webhooks.enqueue(
        {
          id,
          webhookId: webhook.id,
          alertId: null,
          runId: '',
          event: 'test',
          body: { event: 'test', atMs, text, link: null, run: null, alert: null, details: {} },
        },
        atMs,
      )
      const delivery = webhooks.deliveries(1000).find((candidate) => candidate.id === id)
      watch.wake()
      return reply.status(201).send(delivery)
    },
  )
}
