/**
 * One WebSocket as a stream of what has arrived, in lots: whoever takes a lot says when the next may come, and what comes
 * meanwhile is held up to a bound, then the sender waits. Its address is checked as that of every request.
 */
import type { ClientRequest, IncomingMessage } from 'node:http'
import { EngineError } from '@belay/engine/operator'
import { WebSocket, type ClientOptions } from 'ws'
import { unreachable, type Dispatcher } from '../http/dispatcher.ts'

export interface WebSocketRequest {
  readonly url: string
  readonly protocols: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  /** Sent when it stands; '' = nothing. */
  readonly opening: string
  readonly timeoutMs: number
  /** 0 = no pings. */
  readonly pingMs: number
  readonly silenceMs: number
  readonly maxMessageBytes: number
  readonly closed: AbortSignal
  readonly opened: () => void
}

const HELD_BYTES = 4 * 1_048_576
const HELD_MESSAGES = 10_000
const NORMAL = 1000
/** The sender goes, or is going to be restarted: connections end so. */
const PASSING = new Set([NORMAL, 1001, 1005, 1006, 1012, 1013])

/**
 * Yields messages that arrived together, to the end of the connection; returns its close code. Throws EngineError
 * WEBSOCKET_REFUSED, WEBSOCKET_TOO_LARGE, WEBSOCKET_SILENT, WEBSOCKET_CLOSED, and those of the dispatcher.
 */
export async function* messagesOf(dispatcher: Dispatcher, request: WebSocketRequest): AsyncGenerator<readonly Buffer[], number> {
  const { target, lookup, watch } = dispatcher.guard(request.url, 'web-socket')
  // It is for browsers, and a WebSocket has none.
  target.hash = ''
  const options: ClientOptions & { readonly lookup: typeof lookup } = {
    headers: request.headers,
    lookup,
    handshakeTimeout: request.timeoutMs,
    maxPayload: request.maxMessageBytes,
    perMessageDeflate: false,
    followRedirects: false,
    finishRequest: (sent) => {
      watch(sent)
      sent.end()
    },
  }
  const socket = new WebSocket(target, [...request.protocols], options)
  let held: Buffer[] = []
  let heldBytes = 0
  let failure: EngineError | null = null
  let closed: { readonly code: number; readonly reason: string } | null = null
  let wake: () => void = () => undefined
  const fail = (error: EngineError): void => {
    failure ??= error
    socket.terminate()
  }
  const silence = setTimeout(() => {
    if (socket.isPaused) silence.refresh()
    else fail(new EngineError('WEBSOCKET_SILENT', 'Nothing was sent for too long.'))
  }, request.silenceMs)
  const alive = (): void => void silence.refresh()
  const pings = request.pingMs === 0 ? null : setInterval(() => socket.readyState === WebSocket.OPEN && socket.ping(), request.pingMs)
  const aborted = (): void => socket.terminate()

  socket.on('open', () => {
    alive()
    request.opened()
    if (request.opening !== '') socket.send(request.opening)
  })
  socket.on('message', (data) => {
    alive()
    const message = data as Buffer
    held.push(message)
    heldBytes += message.length
    if (heldBytes > HELD_BYTES || held.length > HELD_MESSAGES) socket.pause()
    wake()
  })
  socket.on('ping', alive)
  socket.on('pong', alive)
  socket.on('unexpected-response', (_sent: ClientRequest, answer: IncomingMessage) => {
    fail(new EngineError('WEBSOCKET_REFUSED', `The address answered ${String(answer.statusCode)} and opened no WebSocket.`))
  })
  socket.on('error', (error) => {
    failure ??= failureOf(error, target.host, request.maxMessageBytes)
  })
  socket.on('close', (code, reason) => {
    closed = { code, reason: reason.toString('utf8') }
    wake()
  })
  request.closed.addEventListener('abort', aborted)
  if (request.closed.aborted) aborted()
  try {
    for (;;) {
      if (held.length === 0 && closed === null) await new Promise<void>((resolve) => (wake = resolve))
      if (held.length > 0) {
        const lot = held
        held = []
        heldBytes = 0
        yield lot
        if (socket.isPaused) socket.resume()
      } else if (closed !== null) return endOf(closed, failure)
    }
  } finally {
    clearTimeout(silence)
    if (pings !== null) clearInterval(pings)
    request.closed.removeEventListener('abort', aborted)
    socket.terminate()
  }
}

function endOf({ code, reason }: { readonly code: number; readonly reason: string }, failure: EngineError | null): number {
  if (failure !== null) throw failure
  if (PASSING.has(code)) return code
  throw new EngineError('WEBSOCKET_CLOSED', `The sender closed the connection (${code}${reason === '' ? '' : ` ${reason}`}).`)
}

export function closedNormally(code: number): boolean {
  return code === NORMAL
}

function failureOf(error: Error, host: string, maxMessageBytes: number): EngineError {
  if (error instanceof EngineError) return error
  if ((error as NodeJS.ErrnoException).code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')
    return new EngineError(
      'WEBSOCKET_TOO_LARGE',
      `A message is larger than ${Math.round(maxMessageBytes / 1024)} KB. Raise Largest message, or subscribe to less.`,
    )
  return unreachable(host, error)
}
