/**
 * Sends what waits in the outbox: at most one message a webhook at once, each until it is taken or given up.
 * A crash between the receiver's answer and its note sends a message again, under the same `idempotency-key`.
 */
import type { Webhook } from '@belay/run'
import { outcomeOf, type Tried } from './attempt.ts'
import type { Due, WebhookStore } from './webhookStore.ts'

export interface PostRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly timeoutMs: number
}

/** Rejects with an error that has a `code` and says what is wrong. */
export type Post = (request: PostRequest) => Promise<{ readonly status: number; readonly retryAfter: string | undefined }>

/** Headers that sign a message with the secret of that name; they are made anew for each try. */
export type Sign = (secret: string, id: string, body: Buffer) => Promise<Readonly<Record<string, string>>>

export interface SenderOptions {
  readonly store: WebhookStore
  readonly post: Post
  readonly sign: Sign
  readonly now: () => number
  /** A message was decided, or will be tried again. */
  readonly changed: () => void
  readonly defect: (error: unknown) => void
}

const TIMEOUT_MS = 10_000
const LONGEST_SLEEP_MS = 60_000
/** What no retry can mend. */
const FINAL: ReadonlySet<string> = new Set(['ADDRESS_REFUSED', 'URL_INVALID'])

export class Sender {
  readonly #options: SenderOptions
  /** Webhooks that are being told something. */
  readonly #busy = new Set<string>()
  #timer: NodeJS.Timeout | null = null
  #closed = false

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** Looks for what is due, now and as long as something waits. */
  wake(): void {
    if (this.#closed) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const { store, now } = this.#options
    try {
      for (const due of store.due(now())) if (!this.#busy.has(due.webhookId)) void this.#send(due)
      const next = store.nextAtMs()
      if (next === null) return
      const pauseMs = Math.min(LONGEST_SLEEP_MS, Math.max(next - now(), 0))
      // What is due and has a busy webhook is looked at when that is free.
      if (pauseMs > 0) this.#timer = setTimeout(() => this.wake(), pauseMs).unref()
      else if (this.#busy.size === 0) this.#timer = setTimeout(() => this.wake(), LONGEST_SLEEP_MS).unref()
    } catch (error) {
      this.#options.defect(error)
      this.#timer = setTimeout(() => this.wake(), LONGEST_SLEEP_MS).unref()
    }
  }

  async #send(due: Due): Promise<void> {
    const { store, now, changed, defect } = this.#options
    this.#busy.add(due.webhookId)
    try {
      const webhook = store.get(due.webhookId)
      const tried: Tried =
        webhook === null || !webhook.enabled
          ? { type: 'failed', message: 'the webhook is switched off', final: true }
          : await this.#try(webhook, due)
      // Told again by the next server: this one no longer writes.
      if (this.#closed) return
      store.decide(due.id, outcomeOf(tried, due.attempts + 1, now()))
      changed()
    } catch (error) {
      defect(error)
    } finally {
      this.#busy.delete(due.webhookId)
      this.wake()
    }
  }

  async #try(webhook: Webhook, { id, event, body }: Due): Promise<Tried> {
    try {
      const bytes = Buffer.from(body)
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'belay',
        'idempotency-key': id,
        'x-belay-event': event,
        ...(webhook.signWith == null ? {} : await this.#options.sign(webhook.signWith.secret, id, bytes)),
      }
      const { status, retryAfter } = await this.#options.post({ url: webhook.url, headers, body: bytes, timeoutMs: TIMEOUT_MS })
      return { type: 'answered', status, retryAfter }
    } catch (error) {
      const { code, message } = error as { code?: unknown; message?: unknown }
      return { type: 'failed', message: String(message ?? error), final: typeof code === 'string' && FINAL.has(code) }
    }
  }

  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }
}
