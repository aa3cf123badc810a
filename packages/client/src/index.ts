/**
 * Client of a Belay server, typed by its OpenAPI document. Uses `fetch` and nothing else, in Node and in browsers.
 */
import { ROUTES, type Operations, type RunEvent, type RunRecord } from './interface.ts'
import { BelayProblem, BelayUnreachable } from './problem.ts'

export type * from './interface.ts'
export { BelayProblem, BelayUnreachable } from './problem.ts'

type Name = keyof Operations
type Part<Key extends string, Value> = Value extends undefined
  ? unknown
  : Partial<Value> extends Value
    ? { readonly [key in Key]?: Value }
    : { readonly [key in Key]: Value }

interface Always {
  readonly signal?: AbortSignal
  /** A body that is not JSON: rows as JSON lines, or a file. */
  readonly content?: { readonly type: string; readonly bytes: string | Uint8Array<ArrayBuffer> }
}

type RequestOf<Operation extends Operations[Name]> = Part<'path', Operation['path']> &
  Part<'query', Operation['query']> &
  Part<'headers', Operation['headers']> &
  Part<'body', Operation['body']> &
  Always

type Given<Operation extends Operations[Name]> =
  Partial<RequestOf<Operation>> extends RequestOf<Operation> ? [request?: RequestOf<Operation>] : [request: RequestOf<Operation>]

/** Operations that the same `commandId` makes happen once. */
export type CommandName = { [name in Name]: 'commandId' extends keyof Operations[name]['body'] ? name : never }[Name]

type CommandRequest<Operation extends Operations[Name]> = Omit<RequestOf<Operation>, 'body'> & {
  readonly body?: Omit<Operation['body'], 'commandId'> & { readonly commandId?: string }
}

export interface BelayClientOptions {
  /** Where the server is, e.g. `http://127.0.0.1:4600`. */
  readonly url: string
  /** As `belay token create` gives it; not needed where nobody signs in. */
  readonly token?: string
  /** Instead of the one that is there, e.g. to trust a certificate of one's own. */
  readonly fetch?: typeof fetch
}

interface Untyped extends Always {
  readonly path?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
}

const TRIES = 6
const FIRST_PAUSE_MS = 200
const POLL_MS = 500
const PAGE = 1000
const ENDED: ReadonlySet<string> = new Set(['stopped', 'finished', 'failed'])

export class BelayClient {
  readonly #options: BelayClientOptions

  constructor(options: BelayClientOptions) {
    this.#options = options
  }

  /** One request, named by its operationId. Throws BelayProblem or BelayUnreachable. */
  async call<Of extends Name>(name: Of, ...[request]: Given<Operations[Of]>): Promise<Operations[Of]['answer']> {
    return (await this.#send(name, (request ?? {}) as Untyped)) as Operations[Of]['answer']
  }

  /**
   * A request with an effect, which happens once however often it is sent: it gets a `commandId` unless it has one, and is
   * sent again with the same while nobody answers, or the server asks to wait. Throws as `call` does, in the end.
   */
  async command<Of extends CommandName>(name: Of, request: CommandRequest<Operations[Of]>): Promise<Operations[Of]['answer']> {
    const { body, ...rest } = request as Untyped
    const sent = { ...rest, body: { commandId: crypto.randomUUID(), ...(body as object | undefined) } }
    for (let tried = 1; ; tried += 1) {
      try {
        return (await this.#send(name, sent)) as Operations[Of]['answer']
      } catch (error) {
        const waits = error instanceof BelayUnreachable || (error instanceof BelayProblem && (error.status === 429 || error.status === 503))
        if (!waits || tried === TRIES || sent.signal?.aborted === true) throw error
        const asked = error instanceof BelayProblem ? (error.retryAfterSeconds ?? 0) * 1000 : 0
        await pause(Math.max(asked, FIRST_PAUSE_MS * 2 ** tried), sent.signal)
      }
    }
  }

  /** Events of a run, each once and in order, until it has ended and all were given. Goes on over restarts of the server. */
  async *events(runId: string, options: { readonly after?: number; readonly signal?: AbortSignal } = {}): AsyncGenerator<RunEvent, void> {
    const { signal } = options
    let after = options.after ?? 0
    for (;;) {
      signal?.throwIfAborted()
      let ended = false
      try {
        // Read before the events: if it has ended by now, they are all there.
        ended = ENDED.has(((await this.#send('readRun', { path: { id: runId }, signal })) as RunRecord).state)
        for (let page: readonly RunEvent[] = []; ;) {
          page = (await this.#send('listRunEvents', { path: { id: runId }, query: { after, limit: PAGE }, signal })) as readonly RunEvent[]
          yield* page
          after = page.at(-1)?.seq ?? after
          if (page.length < PAGE) break
        }
      } catch (error) {
        if (!(error instanceof BelayUnreachable || (error instanceof BelayProblem && error.status === 503))) throw error
        ended = false
      }
      if (ended) return
      await pause(POLL_MS, signal)
    }
  }

  async #send(name: Name, { path = {}, query = {}, headers = {}, body, content, signal }: Untyped): Promise<unknown> {
    const [method, pattern] = ROUTES[name]
    const url = new URL(
      pattern.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(path[key]))),
      this.#options.url,
    )
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value))
    const sent = new Headers()
    for (const [key, value] of Object.entries(headers)) if (value !== undefined) sent.set(key, value)
    if (this.#options.token !== undefined) sent.set('authorization', `Bearer ${this.#options.token}`)
    if (content !== undefined || body !== undefined) sent.set('content-type', content?.type ?? 'application/json')
    const bytes = content?.bytes ?? (body === undefined ? undefined : JSON.stringify(body))
    let response: Response
    let text: string
    try {
      response = await (this.#options.fetch ?? fetch)(url, {
        method,
        headers: sent,
        ...(bytes === undefined ? {} : { body: bytes }),
        ...(signal === undefined ? {} : { signal }),
      })
      text = await response.text()
    } catch (error) {
      signal?.throwIfAborted()
      throw new BelayUnreachable(`No answer from ${url.origin}.`, { cause: error })
    }
    const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '')
    const value: unknown = text === '' ? undefined : isJson ? JSON.parse(text) : text
    if (!response.ok) throw new BelayProblem(response.status, isJson ? value : null, response.headers.get('retry-after'))
    return value
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
