/**
 * HTTP poll source: each answer becomes a record of the log, its rows together with the cursor and the keys that
 * they bring, before anything of it goes on (engine-spec H9).
 *
 * The cursor of the newest record kept is that of the next request. Keys and cursor of records that have been
 * read are in declared state; those of the others are found in the log.
 */
import {
  EngineError,
  type Emitter,
  type OperatorContext,
  type OperatorModule,
  type SourceOperator,
  type StateTable,
  type StateValue,
} from '@belay/engine/operator'
import { Dispatcher, type HttpAnswer } from '../http/dispatcher.ts'
import { withParameter } from '../http/queryParameter.ts'
import { requestHeaders } from '../http/requestHeaders.ts'
import { valueAt, valueText } from '../ingest/jsonPath.ts'
import { ReceivedRows } from '../ingest/receivedRows.ts'
import type { HttpPollConfig } from './manifest.ts'

type Cursor = string | null

interface Header {
  readonly cursor: Cursor
  readonly keys: readonly string[]
}

const KEPT_KEYS = 100_000
const ANSWER_BYTES = 16 * 1_048_576
/** The next page is asked for at once, but an address that has always one more is not asked without end. */
const PAGE_PAUSE_MS = 20

class HttpPoll implements SourceOperator {
  readonly role = 'source'
  readonly #context: OperatorContext<HttpPollConfig>
  readonly #received: ReceivedRows<Header>
  readonly #dispatcher: Dispatcher
  readonly #keys: StateTable
  readonly #done: StateValue<{ readonly cursor: Cursor; readonly keys: number }>
  /** Keys of records that are kept and not yet read to their end. */
  readonly #unread = new Set<string>()
  #cursor: Cursor
  #etag: string | null = null
  #asking = false
  #closed = false
  #nextAtMs: number
  #failure: EngineError | null = null

  constructor(context: OperatorContext<HttpPollConfig>) {
    this.#context = context
    this.#dispatcher = new Dispatcher(context.allowedAddresses)
    this.#keys = context.state.table('keys', {
      version: 1,
      key: [{ name: 'key', type: 'string', nullable: false }],
      value: [{ name: 'number', type: 'int64', nullable: false }],
    })
    this.#done = context.state.value('done', 1, { cursor: null as Cursor, keys: 0 })
    this.#received = new ReceivedRows<Header>(context, (header) => this.#finished(header))
    this.#cursor = this.#done.get().cursor
    for (const { cursor, keys } of this.#received.unread()) {
      this.#cursor = cursor
      for (const key of keys) this.#unread.add(key)
    }
    this.#nextAtMs = context.nowMs()
  }

  read(out: Emitter): 'progress' | 'idle' {
    if (this.#failure !== null) throw this.#failure
    const answer = this.#received.read(out)
    const dueInMs = this.#nextAtMs - this.#context.nowMs()
    if (!this.#asking && dueInMs <= 0) this.#ask()
    else if (!this.#asking && answer === 'idle') this.#context.wake(dueInMs)
    return answer
  }

  #ask(): void {
    this.#asking = true
    this.#poll().then(
      (pauseMs) => this.#again(pauseMs),
      (error: unknown) => {
        if (this.#closed) return
        this.#failure =
          error instanceof EngineError ? error : new EngineError('POLL_FAILED', error instanceof Error ? error.message : String(error))
        this.#context.wake(0)
      },
    )
  }

  #again(pauseMs: number): void {
    if (this.#closed) return
    this.#asking = false
    this.#nextAtMs = this.#context.nowMs() + pauseMs
    this.#context.wake(0)
  }

  /** Milliseconds until the next request. */
  async #poll(): Promise<number> {
    const { intervalMs } = this.#context.config
    let answer: HttpAnswer
    try {
      answer = await this.#get()
    } catch (error) {
      if (!(error instanceof EngineError) || error.code === 'ADDRESS_REFUSED' || error.code === 'URL_INVALID') throw error
      return this.#failed(error)
    }
    if (this.#closed) return intervalMs
    this.#context.count('requests', 1)
    if (answer.status === 304) return this.#well(intervalMs)
    if (answer.status !== 200) return this.#failed(new EngineError('POLL_REFUSED', `The address answered ${answer.status}.`))
    const taken = this.#rowsOf(answer)
    if (taken instanceof EngineError) return this.#failed(taken)
    const { lines, header } = taken
    const next = header.cursor !== this.#cursor
    if (lines.length > 0 || next) {
      try {
        await this.#received.add(header, Buffer.from(lines.join('')))
      } catch (error) {
        // Nothing of it counts; the same is asked for again.
        if (!(error instanceof EngineError) || this.#closed) return intervalMs
        return this.#failed(error)
      }
    }
    this.#cursor = header.cursor
    for (const key of header.keys) this.#unread.add(key)
    this.#etag = answer.headers.etag ?? null
    return this.#well(next && this.#context.config.cursorFrom === 'answer' ? PAGE_PAUSE_MS : intervalMs)
  }

  async #get(): Promise<HttpAnswer> {
    const { config, secrets } = this.#context
    const { url, cursorParameter, timeoutMs } = config
    const target = this.#cursor === null ? url : withParameter(url, cursorParameter, this.#cursor)
    return this.#dispatcher.send({
      method: 'GET',
      url: target,
      headers: requestHeaders(config, secrets, {
        accept: 'application/json',
        'user-agent': 'belay',
        ...(this.#etag === null ? {} : { 'if-none-match': this.#etag }),
      }),
      timeoutMs,
      maxBytes: ANSWER_BYTES,
    })
  }

  #well(pauseMs: number): number {
    this.#context.waits(null)
    return pauseMs
  }

  #failed(error: EngineError): number {
    const { intervalMs } = this.#context.config
    this.#context.count('failed requests', 1)
    this.#context.waits({ code: error.code, message: `${error.message} It is asked again.` })
    return intervalMs
  }

  /** Rows that were not there before, and what the next request needs to know. */
  #rowsOf(answer: HttpAnswer): { readonly lines: readonly string[]; readonly header: Header } | EngineError {
    const { rowsPath, key, cursorFrom, cursorPath } = this.#context.config
    let json: unknown
    try {
      json = JSON.parse(answer.body.toString('utf8'))
    } catch {
      return new EngineError('POLL_REFUSED', 'The answer is not JSON.')
    }
    const found = valueAt(json, rowsPath)
    if (found === undefined || found === null)
      return new EngineError('POLL_REFUSED', `There is nothing at ${rowsPath === '' ? 'the answer' : rowsPath} in the answer.`)
    const rows: readonly unknown[] = Array.isArray(found) ? found : [found]
    const lines: string[] = []
    const keys = new Set<string>()
    for (const row of rows) {
      const value = key === null ? undefined : valueAt(row, key)
      // A row without its key is for whoever reads it to judge.
      if (value !== undefined && value !== null) {
        const text = JSON.stringify(value)
        if (keys.has(text) || this.#known(text)) continue
        keys.add(text)
      }
      lines.push(`${JSON.stringify(row)}\n`)
    }
    const from = cursorFrom === 'answer' ? json : cursorFrom === 'last-row' ? rows.at(-1) : undefined
    const cursor = valueText(from === undefined ? undefined : valueAt(from, cursorPath))
    return { lines, header: { cursor: cursor ?? this.#cursor, keys: [...keys] } }
  }

  #known(key: string): boolean {
    if (this.#unread.has(key)) return true
    this.#keys.key.begin()
    this.#keys.key.text(key)
    return this.#keys.find() >= 0
  }

  /** All rows of a record have been read: the state knows of it from here on. */
  #finished({ cursor, keys }: Header): void {
    let { keys: number } = this.#done.get()
    for (const key of keys) {
      this.#unread.delete(key)
      this.#keys.key.begin()
      this.#keys.key.text(key)
      // The slot first: it may be in other arrays.
      const slot = this.#keys.slotFor()
      this.#keys.numbers(0)[slot] = number
      number += 1
    }
    this.#done.set({ cursor, keys: number })
  }

  watermark(): number | null {
    return this.#received.watermark()
  }

  checkpoint(window: number): void {
    const oldest = this.#done.get().keys - KEPT_KEYS
    if (this.#keys.size > KEPT_KEYS)
      this.#keys.forEach((slot) => {
        if (this.#keys.numbers(0)[slot] < oldest) this.#keys.remove(slot)
      })
    this.#received.checkpoint(window)
  }

  trim(window: number): void {
    this.#received.trim(window)
  }

  settled(): boolean {
    return this.#received.settled()
  }

  close(): void {
    this.#closed = true
    this.#received.close()
    this.#dispatcher.close()
  }
}

export const module: OperatorModule<HttpPollConfig> = { create: (context) => new HttpPoll(context) }
