/** Alerts and webhooks of a real server: it dies while an alert fires, while a run ends and while its receiver is away. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signatureFits, signedRequest } from '@belay/operators/outgoing-http'
import type { Alert, AlertRuleBody } from '@belay/run'
import { expect, onTestFinished, test } from 'vitest'
import { belay, eventsOf, pidOf, PROCESSES, startRun, testHome, testServer, until, untilEvent, untilState } from './support/belay.ts'
import { numbers } from './support/documents.ts'

interface Received {
  readonly key: string
  /** With `SIGNING_KEY`, and with the message's key as its id. */
  readonly signed: boolean
  readonly body: {
    readonly event: string
    readonly text: string
    readonly link: string | null
    readonly run: { readonly runId: string } | null
  }
}

const SIGNING_KEY = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

async function receiver(answer: (count: number) => number): Promise<{ readonly url: string; readonly received: Received[] }> {
  const received: Received[] = []
  let count = 0
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      count += 1
      const status = answer(count)
      const body = Buffer.concat(chunks)
      const key = String(request.headers['idempotency-key'])
      const signature = signedRequest(request.headers)
      const signed = signature?.id === key && signatureFits(SIGNING_KEY, signature, body)
      if (status === 200) received.push({ key, signed, body: JSON.parse(body.toString()) as Received['body'] })
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received }
}

const rule = (more: Partial<AlertRuleBody>): AlertRuleBody => ({
  name: 'Held',
  pipelineId: null,
  runId: null,
  scope: 'run',
  operator: null,
  condition: 'held_operators > 0',
  until: null,
  forMs: 1000,
  resolveAfterMs: 0,
  noData: 'keep',
  severity: 'critical',
  webhooks: [],
  enabled: true,
  ...more,
})

test('an alert fires once over a crash of the server, reaches the webhook, and is resolved; run events come too', PROCESSES, async () => {
  const { url, received } = await receiver((count) => (count === 2 ? 503 : 200))
  const home = testHome()
  const allowed = ['--allow-address', '127.0.0.1']
  const first = await testServer(home, allowed)
  const events = ['run-started', 'run-stopped', 'failure', 'recovered']
  const signWith = { secret: 'hook-key' }
  const wanted = { name: 'Hook', url, events, pipelineId: null, enabled: true, signWith }
  expect((await first.call('POST', '/api/webhooks', wanted)).body.code).toBe('WEBHOOK_INVALID')
  await first.call('PUT', '/api/secrets/hook-key', { value: SIGNING_KEY })
  const hook = await first.call('POST', '/api/webhooks', wanted)
  expect(hook.status).toBe(201)
  expect((await first.call('DELETE', '/api/secrets/hook-key')).body).toMatchObject({ code: 'SECRET_IN_USE', webhooks: ['Hook'] })
  const runId = await startRun(first, numbers())
  const added = await first.call('POST', '/api/alerts/rules', rule({ webhooks: [hook.body.id] }))
  expect(added.status).toBe(201)
  await untilEvent(first, runId, 0, ({ type }) => type === 'committed')
  await first.call('POST', `/api/runs/${runId}/operators/some/kill`, { commandId: 'hold', hold: true })
  const open = async (server: typeof first): Promise<Alert | undefined> =>
    ((await server.call('GET', '/api/alerts?open=true')).body as Alert[])[0]
  const fired = await until('the alert', () => open(first))
  expect(fired).toMatchObject({ runId, ruleName: 'Held', values: { held_operators: 1 } })
  await first.end('SIGKILL')

  const second = await testServer(home, allowed)
  await untilState(second, runId, 'degraded')
  await until('the new server to look', async () => (await second.call('GET', '/readyz')).status === 200)
  expect((await open(second))?.id).toBe(fired.id)
  await second.call('POST', `/api/runs/${runId}/operators/some/restore`, { commandId: 'restore' })
  await until('the end of the alert', async () => (await open(second)) === undefined)
  // A run that ends while nobody looks: the next server tells it.
  const seq = ((await second.call('GET', `/api/runs/${runId}/snapshot`)).body as { seq: number }).seq
  process.kill(pidOf(home, runId), 'SIGKILL')
  await untilEvent(second, runId, seq, ({ type }) => type === 'recovered')
  await second.call('POST', `/api/runs/${runId}/stop`, { commandId: 'stop' })
  await second.end('SIGKILL')

  const third = await testServer(home, allowed)
  await until('everything to be delivered', async () => {
    const { body } = await third.call('GET', '/api/webhooks/deliveries')
    return (
      body.some(({ event }: { event: string }) => event === 'run-stopped') &&
      body.every(({ state }: { state: string }) => state === 'delivered')
    )
  })
  const alerts = (await third.call('GET', '/api/alerts')).body as Alert[]
  expect(alerts).toMatchObject([{ id: fired.id, end: 'condition' }])
  // What was taken just before a crash may come again, under its key.
  const told = new Map(received.map(({ key, body }) => [key, body.event]))
  const happened = (await eventsOf(third, runId)).map(({ type }) => type).filter((type) => type === 'failure' || type === 'recovered')
  expect(happened.length).toBeGreaterThan(2)
  expect([...told.values()].sort()).toEqual(['alert-fired', 'alert-resolved', 'run-started', 'run-stopped', ...happened].sort())
  expect(received.find(({ body }) => body.event === 'alert-fired')?.body).toMatchObject({ text: `critical: Held, at run ${runId}` })
  const died = `The process of run ${runId} died (PROCESS_DIED); it is being recovered`
  expect(received.filter(({ body }) => body.event === 'failure').map(({ body }) => body.text)).toContain(died)
  expect(received.filter(({ signed }) => !signed)).toEqual([])
  expect(received[0].body.link).toContain(`/runs/${runId}`)
})

test('an address of this machine is refused, and the list says why; a preview knows the past', PROCESSES, async () => {
  const { url, received } = await receiver(() => 200)
  const server = await testServer(testHome())
  const bad = await server.call('POST', '/api/webhooks', { name: 'x', url: 'ftp://x/', events: [], pipelineId: null, enabled: true })
  expect(bad).toMatchObject({ status: 400, body: { code: 'WEBHOOK_INVALID' } })
  const { body: hook } = await server.call('POST', '/api/webhooks', { name: 'Hook', url, events: [], pipelineId: null, enabled: true })
  await server.call('POST', `/api/webhooks/${hook.id}/test`, {})
  const delivery = await until('the refusal', async () => {
    const { body } = await server.call('GET', '/api/webhooks/deliveries')
    return body[0].state === 'given-up' && body[0]
  })
  expect(delivery.problem).toContain('--allow-address')
  expect(received).toEqual([])

  const runId = await startRun(server, numbers())
  const preview = async (condition: string) =>
    (await server.call('POST', '/api/alerts/rules/preview', { rule: rule({ condition, forMs: 0 }) })).body
  await until('figures that are kept', async () => (await preview('rows_per_second > 0')).firings.length > 0)
  expect(await preview('rows_per_second > 0')).toMatchObject({ runs: 1, firings: [{ runId, operator: null }], unknownColumns: [] })
  expect(await preview('held_operators > 0')).toMatchObject({ firings: [], unknownColumns: ['held_operators'] })
  const { home } = server
  const added = await belay(['alerts', 'add', 'Rows come', '--when', 'rows_per_second > 0', '--home', home])
  expect(added).toMatchObject({ code: 0, stderr: '' })
  const fires = await until('the alert', async () => {
    const { stdout } = await belay(['alerts', '--home', home])
    return stdout.includes('Rows come') && stdout
  })
  expect(fires).toContain(runId)
  expect((await belay(['alerts', 'add', 'x', '--when', 'lag > 5', '--home', home])).stderr).toContain('lag_seconds')
  const wrong = await server.call('POST', '/api/alerts/rules', rule({ condition: 'lag > 5' }))
  expect(wrong).toMatchObject({ status: 400, body: { code: 'ALERT_RULE_INVALID' } })
  expect(wrong.body.detail).toContain('lag_seconds')
})
