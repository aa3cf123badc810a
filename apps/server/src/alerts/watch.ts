/** Alert rules and webhooks of a server, put together: its timers, its way out, and what it observes. */
import { ServerError } from '../http/problems.ts'
import type { RunService } from '../runs/runService.ts'
import type { Database } from '../storage/database.ts'
import { RunEvents } from '../notify/runEvents.ts'
import { Sender, type Post, type Sign } from '../notify/sender.ts'
import { WebhookStore } from '../notify/webhookStore.ts'
import { Alerts } from './alerts.ts'
import { AlertStore } from './alertStore.ts'

export interface WatchOptions {
  readonly database: Database
  readonly runs: RunService
  /** Ranges that messages may go to beside the public internet. */
  readonly allowedAddresses: readonly string[]
  /** The value of a secret that messages are signed with; null = there is none of that name. */
  readonly secret: (name: string) => string | null
  /** Something is new on the page. */
  readonly changed: () => void
  readonly defect: (error: unknown) => void
}

export interface Watch {
  readonly alerts: Alerts
  readonly alertStore: AlertStore
  readonly webhooks: WebhookStore
  /** Sends what waits. */
  wake(): void
  /** Tells pages that something is new. */
  changed(): void
  /** Where people reach the server; links in messages lead there. */
  reachedAt(url: string): void
  /** After the runs were taken up: tells what happened while no server was there, and begins to watch. */
  begin(): Promise<void>
  close(): void
}

const TICK_MS = 1000
const ANSWER_BYTES = 65_536

export function createWatch({ database, runs, allowedAddresses, secret, changed, defect }: WatchOptions): Watch {
  let reached: string | null = null
  let timer: NodeJS.Timeout | null = null
  const origin = (): string | null => reached
  const webhooks = new WebhookStore(database)
  const alertStore = new AlertStore(database, webhooks)
  const way = wayOut(allowedAddresses)
  const sender = new Sender({ store: webhooks, post: way.post, sign: signer(secret), now: Date.now, changed, defect })
  const told = (): void => {
    changed()
    sender.wake()
  }
  const runEvents = new RunEvents({ database, webhooks, runs, origin, told, defect })
  const alerts = new Alerts({ database, store: alertStore, webhooks, runs, origin, changed, told, defect })
  const openBefore = runEvents.openRuns()
  const ends = [runs.observe(runEvents), runs.observe(alerts)]
  return {
    alerts,
    alertStore,
    webhooks,
    wake: () => sender.wake(),
    changed,
    reachedAt: (url) => {
      reached = url
    },
    async begin() {
      sender.wake()
      await runEvents.catchUpAll()
      await alerts.begin(openBefore)
      timer = setInterval(() => alerts.tick(Date.now()), TICK_MS).unref()
    },
    close() {
      for (const end of ends) end()
      if (timer !== null) clearInterval(timer)
      sender.close()
      way.close()
    },
  }
}

function signer(valueOf: WatchOptions['secret']): Sign {
  return async (secret, id, body) => {
    const { signatureHeaders } = await import('@belay/operators/outgoing-http')
    const key = valueOf(secret)
    // Tried again as after any failure: whoever removed it may set it again.
    if (key === null)
      throw new ServerError('SECRET_MISSING', `the secret ${secret}, which it is signed with, is not there; an administrator can set it`)
    return signatureHeaders(key, id, body, Date.now())
  }
}

/** Operators' own dispatcher, loaded with the first message: what is checked is what is connected to. */
function wayOut(allowedAddresses: readonly string[]): { readonly post: Post; close(): void } {
  const load = async () => {
    const { Dispatcher } = await import('@belay/operators/outgoing-http')
    return new Dispatcher(allowedAddresses)
  }
  let dispatcher: ReturnType<typeof load> | null = null
  return {
    async post({ url, headers, body, timeoutMs }) {
      dispatcher ??= load()
      const answer = await (await dispatcher).send({ method: 'POST', url, headers, body, timeoutMs, maxBytes: ANSWER_BYTES })
      return { status: answer.status, retryAfter: answer.headers['retry-after'] }
    },
    close: () => void dispatcher?.then((loaded) => loaded.close()),
  }
}
