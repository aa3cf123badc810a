/**
 * Source of server-sent events: what arrives together is one record of the log, rows with the id of the last event,
 * before anything of it goes on (engine-spec H9). The newest id that is kept is that of the next connection, so an event
 * that was not kept is asked for again.
 *
 * While the log takes nothing the connection is not read, so the sender waits.
 */
import type { IncomingMessage } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as delay } from 'node:timers/promises'
import {
  EngineError,
  type Emitter,
  type OperatorContext,
  type OperatorModule,
  type SourceOperator,
  type StateValue,
} from '@belay/engine/operator'
import { Dispatcher } from '../http/dispatcher.ts'
import { requestHeaders } from '../http/requestHeaders.ts'
import { ReceivedRows } from '../ingest/receivedRows.ts'
import { EventStream, type ServerEvent } from './eventStream.ts'
import type { SseConfig } from './manifest.ts'

interface Header {
  readonly id: string | null
}

const EVENT_CHARACTERS = 4 * 1_048_576
const LEAST_PAUSE_MS = 1000
const MOST_PAUSE_MS = 30_000
const FULL_PAUSE_MS = 100
/** No retry mends them. */
const FINAL = new Set(['ADDRESS_REFUSED', 'URL_INVALID', 'SECRET_MISSING', 'SECRET_UNUSABLE'])

class ServerSentEvents implements SourceOperator {
  readonly role = 'source'
  readonly #context: OperatorContext<SseConfig>
  readonly #received: ReceivedRows<Header>
  readonly #dispatcher: Dispatcher
  readonly #done: StateValue<Header>
  readonly #names: ReadonlySet<string>
  readonly #closed = new AbortController()
  #response: IncomingMessage | null = null
  #id: string | null
  #retryMs = LEAST_PAUSE_MS
  #failures = 0
  #ended = false
  #failure: EngineError | null = null

  constructor(context: OperatorContext<SseConfig>) {
    this.#context = context
    this.#dispatcher = new Dispatcher(context.allowedAddresses)
    this.#names = new Set(context.config.events.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])))
    this.#done = context.state.value<Header>('done', 1, { id: null })
    this.#received = new ReceivedRows<Header>(context, (header) => this.#done.set(header))
    this.#id = this.#done.get().id
    for (const { id } of this.#received.unread()) this.#id = id
    this.#listen().catch((error: unknown) => {
      if (this.#isClosed()) return
      this.#failure =
        error instanceof EngineError ? error : new EngineError('SSE_FAILED', error instanceof Error ? error.message : String(error))
      context.wake(0)
    })
  }

  #isClosed(): boolean {
    return this.#closed.signal.aborted
  }

  read(out: Emitter): 'progress' | 'idle' | 'ended' {
    if (this.#failure !== null) throw this.#failure
    const answer = this.#received.read(out)
    return answer === 'idle' && this.#ended && this.#received.settled() ? 'ended' : answer
  }

  async #listen(): Promise<void> {
    while (!this.#isClosed()) {
      const outcome = await this.#connection()
      if (this.#isClosed()) return
      if (outcome === 'ended') {
        this.#ended = true
        this.#context.wake(0)
        return
      }
      this.#context.count('connections lost', 1)
      if (outcome !== null) this.#context.waits({ code: outcome.code, message: `${outcome.message} It is connected to again.` })
      await this.#pause(Math.min(MOST_PAUSE_MS, this.#retryMs * 2 ** Math.min(10, this.#failures)))
      this.#failures += 1
    }
  }

  /** One connection to its end; null = it ended as connections do. Throws what no retry can mend. */
  async #connection(): Promise<EngineError | 'ended' | null> {
    const { config, secrets } = this.#context
    try {
      const response = await this.#dispatcher.open({
        url: config.url,
        headers: requestHeaders(config, secrets, {
          accept: 'text/event-stream',
          'cache-control': 'no-store',
          'user-agent': 'belay',
          ...(this.#id === null || this.#id === '' ? {} : { 'last-event-id': encodedId(this.#id) }),
        }),
        timeoutMs: config.timeoutMs,
      })
      this.#response = response
      if (this.#isClosed()) return null
      if (response.statusCode === 204) return 'ended'
      if (response.statusCode !== 200) return new EngineError('SSE_REFUSED', `The address answered ${String(response.statusCode)}.`)
      if (!/^text\/event-stream\b/i.test(response.headers['content-type'] ?? ''))
        return new EngineError(
          'SSE_REFUSED',
          `The address sends ${response.headers['content-type'] ?? 'no type'}, and not text/event-stream.`,
        )
      this.#context.waits(null)
      await this.#take(response)
      return null
    } catch (error) {
      if (error instanceof EngineError) {
        if (FINAL.has(error.code)) throw error
        return error
      }
      return new EngineError('HTTP_UNREACHABLE', `The connection broke (${(error as NodeJS.ErrnoException).code ?? String(error)}).`)
    } finally {
      this.#response?.destroy()
      this.#response = null
    }
  }

  async #take(response: IncomingMessage): Promise<void> {
    const stream = new EventStream(this.#id, EVENT_CHARACTERS)
    const decoder = new StringDecoder('utf8')
    response.setTimeout(this.#context.config.silenceMs, () => {
      response.destroy(new EngineError('SSE_SILENT', 'Nothing was sent for too long.'))
    })
    for await (const chunk of response) {
      const events = stream.push(decoder.write(chunk as Buffer))
      if (events === null) throw new EngineError('SSE_TOO_LARGE', `An event is larger than ${EVENT_CHARACTERS / 1_048_576} MB.`)
      if (stream.retryMs !== null) this.#retryMs = Math.max(LEAST_PAUSE_MS, stream.retryMs)
      if (events.length === 0) continue
      this.#failures = 0
      await this.#keep(events)
      if (this.#isClosed()) return
    }
  }

  /** Until it is on the disk: nothing else is read meanwhile. */
  async #keep(events: readonly ServerEvent[]): Promise<void> {
    const id = events.at(-1)?.id ?? null
    const lines = events.filter(({ name }) => this.#names.size === 0 || this.#names.has(name)).flatMap(({ data }) => linesOf(data))
    this.#context.count('events', events.length)
    if (lines.length === 0 && id === this.#id) return
    const rows = Buffer.from(lines.join(''))
    while (!this.#isClosed()) {
      try {
        await this.#received.add({ id }, rows)
        this.#id = id
        return
      } catch (error) {
        if (!(error instanceof EngineError) || this.#isClosed()) return
        await this.#pause(FULL_PAUSE_MS)
      }
    }
  }

  async #pause(pauseMs: number): Promise<void> {
    await delay(pauseMs, undefined, { signal: this.#closed.signal }).catch(() => undefined)
  }

  watermark(): number | null {
    return this.#received.watermark()
  }

  checkpoint(window: number): void {
    this.#received.checkpoint(window)
  }

  trim(window: number): void {
    this.#received.trim(window)
  }

  settled(): boolean {
    return this.#received.settled()
  }

  close(): void {
    this.#closed.abort()
    this.#response?.destroy()
    this.#received.close()
    this.#dispatcher.close()
  }
}

/** What is no JSON goes on as it is, for whoever reads it to judge. */
function linesOf(data: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(data)
    return (Array.isArray(value) ? value : [value]).map((row) => `${JSON.stringify(row)}\n`)
  } catch {
    return [`${data.replaceAll('\n', ' ')}\n`]
  }
}

/** Headers carry bytes: an id is sent in UTF-8. */
function encodedId(id: string): string {
  return Buffer.from(id, 'utf8').toString('latin1')
}

export const module: OperatorModule<SseConfig> = { create: (context) => new ServerSentEvents(context) }
