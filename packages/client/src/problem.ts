import type { ProblemCode } from './interface.ts'

/** What the server answers when it does not do what was asked (RFC 9457). The message says what happened, and what to do next. */
export class BelayProblem extends Error {
  override readonly name = 'BelayProblem'
  /** Stable; what programs should look at. Newer servers may have others. */
  readonly code: ProblemCode | (string & {})
  /** HTTP status */
  readonly status: number
  /** What else the problem brings, e.g. `problems` of a pipeline. */
  readonly more: Readonly<Record<string, unknown>>
  /** After so many seconds the same request may be answered otherwise; null = it does not say. */
  readonly retryAfterSeconds: number | null

  constructor(status: number, body: unknown, retryAfter: string | null) {
    const { code, detail, type: _type, title: _title, status: _status, ...more } = (body ?? {}) as Readonly<Record<string, unknown>>
    super(typeof detail === 'string' ? detail : `The server answered ${status}.`)
    this.code = typeof code === 'string' ? code : 'INTERNAL'
    this.status = status
    this.more = more
    this.retryAfterSeconds = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null
  }
}

/** No answer came: what was asked may have been done or not. */
export class BelayUnreachable extends Error {
  override readonly name = 'BelayUnreachable'
}
