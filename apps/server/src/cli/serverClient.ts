/** Talks to a running server over its HTTP interface. */
import { problemOf, ServerError, isProblemCode } from '../http/problems.ts'
import { homePath, readServerNote } from '../storage/home.ts'

export const SERVER_OPTIONS = {
  url: { type: 'string', value: 'URL', help: 'the server (BELAY_URL; the one that uses the home folder by default)' },
} as const

export interface ServerClient {
  readonly url: string
  /** Throws ServerError with the server's code, or SERVER_UNREACHABLE. */
  readonly ask: <T>(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<T>
  /** What is not JSON; throws as `ask` does. */
  readonly askText: (path: string) => Promise<string>
}

export function serverClient(options: { readonly url?: string; readonly home?: string }): ServerClient {
  const noted = readServerNote(homePath(options.home))
  const url = (options.url ?? process.env['BELAY_URL'] ?? noted?.url ?? 'http://127.0.0.1:4600').replace(/\/$/, '')
  const token = process.env['BELAY_TOKEN']
  /** The answer's text, whatever its status. */
  const send = async (
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ readonly response: Response; readonly text: string }> => {
    try {
      const response = await fetch(`${url}/api${path}`, {
        method,
        headers: {
          ...headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { response, text: await response.text() }
    } catch (error) {
      throw new ServerError(
        'SERVER_UNREACHABLE',
        `No Belay server answers at ${url}. Start one with \`belay start\`, or name it with --url.`,
        { cause: error },
      )
    }
  }
  const parsed = (text: string): unknown => {
    try {
      return text === '' ? null : JSON.parse(text)
    } catch (error) {
      throw new ServerError('SERVER_UNREACHABLE', `What answers at ${url} is not Belay. Name the server with --url.`, { cause: error })
    }
  }
  return {
    url,
    ask: async <T>(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> => {
      const { response, text } = await send(method, path, body, headers)
      const value = parsed(text)
      if (response.ok) return value as T
      throw refusal(value, response.status)
    },
    askText: async (path) => {
      const { response, text } = await send('GET', path, undefined, {})
      if (response.ok) return text
      throw refusal(parsed(text), response.status)
    },
  }
}

function refusal(value: unknown, status: number): ServerError {
  const { code, detail, next: _next, ...more } = (value ?? {}) as { code?: unknown; detail?: string; next?: string }
  return isProblemCode(code)
    ? new ServerError(code, detail ?? '', { more })
    : new ServerError(problemOf(value).code, detail ?? `The server answered ${status}.`)
}

export function runPath(runId: string): string {
  return `/runs/${encodeURIComponent(runId)}`
}
