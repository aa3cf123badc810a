/** Source that listens to a WebSocket: messages that arrive together are one record of the log. */
import { EngineError, type OperatorContext, type OperatorModule } from '@belay/engine/operator'
import { withParameter } from '../http/queryParameter.ts'
import { requestHeaders } from '../http/requestHeaders.ts'
import { valueAt, valueText } from '../ingest/jsonPath.ts'
import { lineOfText, linesOfValue, Listener, type Hearing } from '../ingest/listener.ts'
import { closedNormally, messagesOf } from './connection.ts'
import { openingMessage, protocolsOf, type WebSocketConfig } from './manifest.ts'

const BYTES_PER_KB = 1024

function webSocketSource(context: OperatorContext<WebSocketConfig>): Listener {
  const { config, secrets } = context

  async function connect(hearing: Hearing): Promise<'ended' | 'lost'> {
    const { url, resumeParameter, messageSecret } = config
    const messages = messagesOf(hearing.dispatcher, {
      url: hearing.id === null || resumeParameter === '' ? url : withParameter(url, resumeParameter, hearing.id),
      protocols: protocolsOf(config.protocols),
      headers: requestHeaders(config, secrets, { 'user-agent': 'belay' }),
      opening: openingMessage(config, hearing.id, () => secretOf(messageSecret)),
      timeoutMs: config.timeoutMs,
      pingMs: config.pingMs,
      silenceMs: config.silenceMs,
      maxMessageBytes: config.messageKb * BYTES_PER_KB,
      closed: hearing.closed,
      opened: () => hearing.connected(),
    })
    for (;;) {
      const next = await messages.next()
      if (next.done === true) return config.endOnClose && closedNormally(next.value) ? 'ended' : 'lost'
      context.count('messages', next.value.length)
      await keep(next.value, hearing)
    }
  }

  async function keep(messages: readonly Buffer[], hearing: Hearing): Promise<void> {
    let { id } = hearing
    const lines: string[] = []
    for (const message of messages) {
      const taken = taking(message.toString('utf8'), config)
      lines.push(...taken.lines)
      id = taken.id ?? id
    }
    await hearing.keep(lines, id)
  }

  function secretOf(reference: WebSocketConfig['messageSecret']): string {
    if (reference === null) throw new EngineError('SECRET_MISSING', 'The message names a secret, and none is chosen. Choose it.')
    return secrets.value(reference)
  }

  return new Listener(context, 'WEBSOCKET_FAILED', connect)
}

interface Taken {
  readonly lines: readonly string[]
  /** null = the message has none. */
  readonly id: string | null
}

/** Rows and id of one message. */
function taking(text: string, { rowsPath, idPath }: Pick<WebSocketConfig, 'rowsPath' | 'idPath'>): Taken {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { lines: [lineOfText(text)], id: null }
  }
  const rows = valueAt(value, rowsPath)
  // Nothing there: a greeting or a receipt, of which an id would say nothing of rows.
  if (rows === undefined || rows === null) return { lines: [], id: null }
  if (idPath === '') return { lines: linesOfValue(rows), id: null }
  const last: unknown = Array.isArray(rows) ? rows.at(-1) : rows
  return { lines: linesOfValue(rows), id: valueText(valueAt(value, idPath)) ?? valueText(valueAt(last, idPath)) }
}

export const module: OperatorModule<WebSocketConfig> = { create: (context) => webSocketSource(context) }
