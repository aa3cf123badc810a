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
}

export function serverClient(options: { readonly url?: string; readonly home?: string }): ServerClient {
  const noted = readServerNote(homePath(options.home))
  const url = (options.url ?? process.env['BELAY_URL'] ?? noted?.url ?? 'http://127.0.0.1:4600').replace(/\/$/, '')
  const token = process.env['BELAY_TOKEN']
  return {
    url,
    ask: async <T>(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> => {
      let response: Response
      let text: string
      try {
        response = await fetch(`${url}/api${path}`, {
          method,
          headers: {
            ...headers,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...(token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        text = await response.text()
      } catch (error) {
        throw new ServerError(
          'SERVER_UNREACHABLE',
          `No Belay server answers at ${url}. Start one with \`belay start\`, or name it with --url.`,
          { cause: error },
        )
      }
      let value: unknown
      try {
        value = text === '' ? null : JSON.parse(text)
      } catch (error) {
        throw new ServerError('SERVER_UNREACHABLE', `What answers at ${url} is not Belay. Name the server with --url.`, { cause: error })
      }
      if (response.ok) return value as T
      const { code, detail, ...more } = (value ?? {}) as { code?: unknown; detail?: string }
      throw isProblemCode(code)
        ? new ServerError(code, detail ?? '', { more })
        : new ServerError(problemOf(value).code, detail ?? `The server answered ${response.status}.`)
    },
  }
}

export function runPath(runId: string): string {
  return `/runs/${encodeURIComponent(runId)}`
}
