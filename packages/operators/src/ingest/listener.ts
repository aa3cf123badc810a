/**
 * A source that listens to a connection somebody sends on: what comes is one record of the log, rows with the id of the
 * last message, before anything of it goes on (engine-spec H9). The newest id that is kept is that of the next
 * connection, so what was not kept is asked for again, where the sender can be asked.
 *
 * A connection that ends is made again, with growing pauses.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { EngineError, type Emitter, type OperatorContext, type SourceOperator, type StateValue } from '@belay/engine/operator'
import { Dispatcher } from '../http/dispatcher.ts'
import { ReceivedRows, type ReceivedRowsConfig } from './receivedRows.ts'

interface Header {
  readonly id: string | null
}

/** What a connection is made with. */
export interface Hearing {
  readonly dispatcher: Dispatcher
  /** Aborted when the source is closed. */
  readonly closed: AbortSignal
  /** Of the newest message that is kept; null = none, or it had none. */
  readonly id: string | null
  /** It stands: what was told of the one before is over. */
  connected(): void
  /** The next pause is at least so long. */
  retryAfter(ms: number): void
  /** Rows as JSON lines. Resolves when they are on the disk: nothing else is to be read meanwhile. */
  keep(lines: readonly string[], id: string | null): Promise<void>
}

/** One connection to its end: `ended` = the sender has no more. Throws EngineError; some no retry can mend. */
export type Connect = (hearing: Hearing) => Promise<'ended' | 'lost'>

const LEAST_PAUSE_MS = 1000
const MOST_PAUSE_MS = 30_000
const FULL_PAUSE_MS = 100
/** No retry mends them. */
const FINAL = new Set(['ADDRESS_REFUSED', 'URL_INVALID', 'SECRET_MISSING', 'SECRET_UNUSABLE'])

export class Listener implements SourceOperator {
  readonly role = 'source'
  readonly #context: OperatorContext<ReceivedRowsConfig>
  readonly #received: ReceivedRows<Header>
  readonly #done: StateValue<Header>
  readonly #closed = new AbortController()
  readonly #dispatcher: Dispatcher
  readonly #hearing: Hearing
  #id: string | null
  #retryMs = LEAST_PAUSE_MS
  #failures = 0
  #ended = false
  #failure: EngineError | null = null

  /** `failureCode`: of an error that nobody foresaw. */
  constructor(context: OperatorContext<ReceivedRowsConfig>, failureCode: string, connect: Connect) {
    this.#context = context
    this.#dispatcher = new Dispatcher(context.allowedAddresses)
    this.#done = context.state.value<Header>('done', 1, { id: null })
    this.#received = new ReceivedRows<Header>(context, (header) => this.#done.set(header))
    this.#id = this.#done.get().id
    for (const { id } of this.#received.unread()) this.#id = id
    const newest = (): string | null => this.#id
    this.#hearing = {
      dispatcher: this.#dispatcher,
      closed: this.#closed.signal,
      get id() {
        return newest()
      },
      connected: () => context.waits(null),
      retryAfter: (ms) => {
        this.#retryMs = Math.max(LEAST_PAUSE_MS, ms)
      },
      keep: (lines, id) => this.#keep(lines, id),
    }
    this.#listen(connect).catch((error: unknown) => {
      if (this.#isClosed()) return
      this.#failure =
        error instanceof EngineError ? error : new EngineError(failureCode, error instanceof Error ? error.message : String(error))
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

  async #listen(connect: Connect): Promise<void> {
    while (!this.#isClosed()) {
      const outcome = await this.#connection(connect)
      if (this.#isClosed()) return
      if (outcome === 'ended') {
        this.#ended = true
        this.#context.wake(0)
        return
      }
      this.#context.count('connections lost', 1)
      if (outcome !== 'lost') this.#context.waits({ code: outcome.code, message: `${outcome.message} It is connected to again.` })
      await this.#pause(Math.min(MOST_PAUSE_MS, this.#retryMs * 2 ** Math.min(10, this.#failures)))
      this.#failures += 1
    }
  }

  async #connection(connect: Connect): Promise<EngineError | 'ended' | 'lost'> {
    try {
      return await connect(this.#hearing)
    } catch (error) {
      if (!(error instanceof EngineError))
        return new EngineError('HTTP_UNREACHABLE', `The connection broke (${(error as NodeJS.ErrnoException).code ?? String(error)}).`)
      if (FINAL.has(error.code)) throw error
      return error
    }
  }

  async #keep(lines: readonly string[], id: string | null): Promise<void> {
    this.#failures = 0
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
    this.#received.close()
    this.#dispatcher.close()
  }
}

/** A value as rows: an object is one, an array of them is several. */
export function linesOfValue(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map((row) => `${JSON.stringify(row)}\n`)
}

/** What is no JSON goes on as it is, for whoever reads it to judge. */
export function lineOfText(text: string): string {
  return `${text.replaceAll(/[\r\n]/g, ' ')}\n`
}
