/**
 * Source of server-sent events. While the log takes nothing the connection is not read, so the sender waits.
 */
import type { IncomingMessage } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import { EngineError, type OperatorContext, type OperatorModule } from '@belay/engine/operator'
import { requestHeaders } from '../http/requestHeaders.ts'
import { lineOfText, linesOfValue, Listener, type Hearing } from '../ingest/listener.ts'
import { EventStream } from './eventStream.ts'
import type { SseConfig } from './manifest.ts'

const EVENT_CHARACTERS = 4 * 1_048_576

function serverSentEvents(context: OperatorContext<SseConfig>): Listener {
  const { config, secrets } = context
  const names = new Set(config.events.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])))

  async function connect(hearing: Hearing): Promise<'ended' | 'lost'> {
    const response = await hearing.dispatcher.open({
      url: config.url,
      headers: requestHeaders(config, secrets, {
        accept: 'text/event-stream',
        'cache-control': 'no-store',
        'user-agent': 'belay',
        ...(hearing.id === null || hearing.id === '' ? {} : { 'last-event-id': encodedId(hearing.id) }),
      }),
      timeoutMs: config.timeoutMs,
    })
    const closed = (): void => void response.destroy()
    hearing.closed.addEventListener('abort', closed)
    try {
      if (hearing.closed.aborted) return 'lost'
      if (response.statusCode === 204) return 'ended'
      if (response.statusCode !== 200) throw new EngineError('SSE_REFUSED', `The address answered ${String(response.statusCode)}.`)
      const type = response.headers['content-type'] ?? 'no type'
      if (!/^text\/event-stream\b/i.test(type))
        throw new EngineError('SSE_REFUSED', `The address sends ${type}, and not text/event-stream.`)
      hearing.connected()
      await take(response, hearing)
      return 'lost'
    } finally {
      hearing.closed.removeEventListener('abort', closed)
      response.destroy()
    }
  }

  async function take(response: IncomingMessage, hearing: Hearing): Promise<void> {
    const stream = new EventStream(hearing.id, EVENT_CHARACTERS)
    const decoder = new StringDecoder('utf8')
    response.setTimeout(config.silenceMs, () => {
      response.destroy(new EngineError('SSE_SILENT', 'Nothing was sent for too long.'))
    })
    for await (const chunk of response) {
      const events = stream.push(decoder.write(chunk as Buffer))
      if (events === null) throw new EngineError('SSE_TOO_LARGE', `An event is larger than ${EVENT_CHARACTERS / 1_048_576} MB.`)
      if (stream.retryMs !== null) hearing.retryAfter(stream.retryMs)
      if (events.length === 0) continue
      context.count('events', events.length)
      const taken = events.filter(({ name }) => names.size === 0 || names.has(name))
      await hearing.keep(
        taken.flatMap(({ data }) => linesOf(data)),
        events.at(-1)?.id ?? null,
      )
      if (hearing.closed.aborted) return
    }
  }

  return new Listener(context, 'SSE_FAILED', connect)
}

function linesOf(data: string): readonly string[] {
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return [lineOfText(data)]
  }
  return linesOfValue(value)
}

/** Headers carry bytes: an id is sent in UTF-8. */
function encodedId(id: string): string {
  return Buffer.from(id, 'utf8').toString('latin1')
}

export const module: OperatorModule<SseConfig> = { create: (context) => serverSentEvents(context) }
