import { said, t } from '../language/t.ts'

/** HTTP calls to the server. Every failure is an `ApiError` with the server's stable code and words. */

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: string
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>

  constructor(status: number, code: string, message: string, body: Readonly<Record<string, unknown>>) {
    super(message)
    this.status = status
    this.code = code
    this.body = body
  }
}

let refused: () => void = () => undefined

/** Told when the server no longer knows who one is, or lets one do less than before. */
export function onRefused(tell: () => void): void {
  refused = tell
}

export interface Answer<T> {
  readonly value: T
  readonly etag: string | null
}

export async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<T>> {
  let response: Response
  try {
    response = await fetch(`/api${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch {
    throw new ApiError(
      0,
      'SERVER_UNREACHABLE',
      t('The server does not answer. Check that it is running; what you did has not been sent.'),
      {},
    )
  }
  const text = await response.text()
  let parsed: unknown = null
  try {
    parsed = text === '' ? null : JSON.parse(text)
  } catch {
    parsed = null
  }
  if (!response.ok) {
    const { code } = (parsed ?? {}) as { code?: string }
    if (code === 'SIGN_IN_NEEDED' || code === 'RIGHT_MISSING') refused()
    const problem = (parsed ?? {}) as { code?: string; detail?: string }
    throw new ApiError(
      response.status,
      problem.code ?? 'SERVER_ERROR',
      problem.detail === undefined ? t('The server answered {status}.', { status: response.status }) : said(problem.detail),
      (parsed ?? {}) as Record<string, unknown>,
    )
  }
  return { value: parsed as T, etag: response.headers.get('etag') }
}

export async function get<T>(path: string): Promise<T> {
  return (await call<T>('GET', path)).value
}

export async function post<T>(path: string, body: unknown = {}): Promise<T> {
  return (await call<T>('POST', path, body)).value
}

/** One per press of a button: the same id again has no second effect. */
export function newCommandId(): string {
  return crypto.randomUUID()
}
