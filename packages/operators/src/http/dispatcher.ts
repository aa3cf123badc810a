/**
 * The one way by which operators send HTTP requests. A name is looked up once, its addresses are checked, and
 * the connection goes to one that passed: what is checked is what is connected to. Redirects are not followed.
 */
import { lookup } from 'node:dns/promises'
import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { EngineError } from '@belay/engine/operator'
import { mayConnect, parseRange, type AddressRange } from './addresses.ts'
import { urlProblem, type UrlKind } from './urlProblem.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** Of the whole exchange. */
  readonly timeoutMs: number
  /** More of an answer is not read. */
  readonly maxBytes: number
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

interface Resolved {
  readonly address: string
  readonly family: number
}

export interface GuardedTarget {
  readonly target: URL
  readonly lookup: LookupFunction
  readonly watch: (request: ClientRequest) => void
}

export type Resolve = (host: string) => Promise<readonly Resolved[]>

const MAX_SOCKETS = 8
const resolveBySystem: Resolve = (host) => lookup(host, { all: true, verbatim: true })

export class Dispatcher {
  readonly #allowed: readonly AddressRange[]
  readonly #resolve: Resolve
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS })
  readonly #https = new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS })

  /** `allowed`: ranges beside the public internet, as an administrator wrote them. */
  constructor(allowed: readonly string[], resolve: Resolve = resolveBySystem) {
    this.#allowed = allowed.flatMap((text) => parseRange(text) ?? [])
    this.#resolve = resolve
  }

  /** Rejects with EngineError URL_INVALID, ADDRESS_REFUSED, HTTP_TOO_LARGE or HTTP_UNREACHABLE. */
  send({ maxBytes, timeoutMs, ...request }: HttpRequest): Promise<HttpAnswer> {
    return this.#begin(request, AbortSignal.timeout(timeoutMs), (response, host, resolve, failed) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= maxBytes) chunks.push(chunk)
        else response.destroy(tooLarge(host, maxBytes))
      })
      response.on('error', failed)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }))
    })
  }

  /**
   * An answer without end: resolves at its head, and whoever has it reads and destroys it. `timeoutMs`: until then.
   * Rejects as `send`.
   */
  open({ url, headers, timeoutMs }: Pick<HttpRequest, 'url' | 'headers' | 'timeoutMs'>): Promise<IncomingMessage> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeoutMs)
    return this.#begin<IncomingMessage>({ method: 'GET', url, headers }, late.signal, (response, _host, resolve) =>
      resolve(response),
    ).finally(() => clearTimeout(timer))
  }

  /**
   * For a client that makes its own request: its connection is looked up by `lookup`, and `watch` is told of the request
   * before it is sent. Throws EngineError URL_INVALID or ADDRESS_REFUSED.
   */
  guard(url: string, kind: UrlKind): GuardedTarget {
    const problem = urlProblem(url, kind)
    if (problem !== null) throw new EngineError('URL_INVALID', problem)
    const target = new URL(url)
    const host = target.hostname.replace(/^\[|\]$/g, '')
    // An address is connected to without a lookup.
    if (isIP(host) !== 0 && !mayConnect(host, this.#allowed)) throw refused(target.hostname)
    return {
      target,
      lookup: this.#lookup,
      watch: (request) => {
        request.on('socket', (socket) => {
          // Should a connection ever come about by another way than the lookup.
          const check = (): void => {
            if (socket.remoteAddress !== undefined && !mayConnect(socket.remoteAddress, this.#allowed)) socket.destroy(refused(target.host))
          }
          if (socket.connecting) socket.once('connect', check)
          else check()
        })
      },
    }
  }

  #begin<Answer>(
    { method, url, headers, body }: Omit<HttpRequest, 'timeoutMs' | 'maxBytes'>,
    signal: AbortSignal,
    answered: (response: IncomingMessage, host: string, resolve: (answer: Answer) => void, failed: (error: unknown) => void) => void,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { target, lookup: checked, watch } = this.guard(url, 'http')
      const secure = target.protocol === 'https:'
      const failed = (error: unknown): void => reject(error instanceof EngineError ? error : unreachable(target.host, error))
      const request = (secure ? httpsRequest : httpRequest)(target, {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) },
        agent: secure ? this.#https : this.#http,
        lookup: checked,
        signal,
      })
      request.on('error', failed)
      watch(request)
      request.on('response', (response) => answered(response, target.host, resolve, failed))
      request.end(body)
    })
  }

  readonly #lookup: LookupFunction = (host, options, callback) => {
    const given = callback as (error: Error | null, address: string | Resolved[], family?: number) => void
    this.#resolve(host).then(
      (found) => {
        const open = found.filter(({ address }) => mayConnect(address, this.#allowed))
        const [first] = open
        if (first === undefined) given(found.length === 0 ? new Error('no address was found') : refused(host), '')
        else if (options.all === true) given(null, open)
        else given(null, first.address, first.family)
      },
      (error: unknown) => given(error instanceof Error ? error : new Error(String(error)), ''),
    )
  }

  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }
}

function refused(host: string): EngineError {
  return new EngineError(
    'ADDRESS_REFUSED',
    `${host} is an address of this machine or of a private net, which pipelines may not reach. An administrator can allow it: belay start --allow-address ADDRESS/BITS.`,
  )
}

/** The connection failed for this reason. */
export function unreachable(host: string, error: unknown): EngineError {
  const { code, name, message } = error as NodeJS.ErrnoException
  const why = name === 'TimeoutError' || name === 'AbortError' ? 'no answer in time' : (code ?? message)
  return new EngineError('HTTP_UNREACHABLE', `${host} did not answer (${why}). Check the address, and that the service runs.`, {
    cause: error,
  })
}

function tooLarge(host: string, maxBytes: number): EngineError {
  return new EngineError('HTTP_TOO_LARGE', `The answer of ${host} is larger than ${Math.round(maxBytes / 1024)} KB. Ask for less at once.`)
}
