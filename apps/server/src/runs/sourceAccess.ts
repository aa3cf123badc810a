/**
 * Who may send rows to an HTTP ingest source: whoever has the right, or, where the source says so, whoever knows its
 * own token or signs with its key. Checked here, before the run's process sees anything.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isSecretReference, type PipelineDocument } from '@belay/pipeline'
import { ServerError } from '../http/problems.ts'

/** `secret`: its name. */
export type SourceAccess =
  | { readonly kind: 'role' }
  | { readonly kind: 'token'; readonly secret: string }
  | { readonly kind: 'signature'; readonly secret: string }

export interface SourceAccessOptions {
  /** Errors: RUN_UNKNOWN, RUN_ENDED, RUN_UNREACHABLE. */
  readonly documentOf: (runId: string) => Promise<PipelineDocument>
  /** null = there is none of that name. */
  readonly secret: (name: string) => string | null
  /** ms since the epoch */
  readonly now: () => number
}

const MAX_RUNS = 1000

export class SourceAccesses {
  readonly #options: SourceAccessOptions
  /** By run and operator: who may send does not change while a run lives. */
  readonly #known = new Map<string, ReadonlyMap<string, SourceAccess>>()

  constructor(options: SourceAccessOptions) {
    this.#options = options
  }

  /** An operator that takes no rows, or is not there, has the rights of the route and none of its own. */
  async of(runId: string, operator: string): Promise<SourceAccess> {
    let known = this.#known.get(runId)
    if (known === undefined) {
      const { operators } = await this.#options.documentOf(runId)
      known = new Map(operators.map(({ id, config }) => [id, accessOf(config)]))
      const [oldest] = this.#known.keys()
      if (this.#known.size >= MAX_RUNS && oldest !== undefined) this.#known.delete(oldest)
      this.#known.set(runId, known)
    }
    return known.get(operator) ?? { kind: 'role' }
  }

  /** Before a body is read. Errors: INGEST_SENDER_REFUSED, INGEST_SECRET_GONE. */
  async checkHead(access: SourceAccess, headers: IncomingHttpHeaders): Promise<void> {
    switch (access.kind) {
      case 'role':
        return
      case 'token': {
        const [, token] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
        if (token !== undefined && same(token, this.#value(access.secret))) return
        throw refused('This source takes rows only with its own token, as `Authorization: Bearer`. Ask whoever runs the pipeline for it.')
      }
      case 'signature': {
        const { REPLAY_WINDOW_MS, signatureAgeMs, signedRequest } = await import('@belay/operators/outgoing-http')
        const signed = signedRequest(headers)
        if (signed === null)
          throw refused(
            'This source takes only what is signed, with webhook-id, webhook-timestamp and webhook-signature (Standard Webhooks).',
          )
        const ageMs = signatureAgeMs(signed, this.#options.now())
        if (Math.abs(ageMs) > REPLAY_WINDOW_MS)
          throw refused(
            `It was signed ${Math.round(Math.abs(ageMs) / 1000)} s ${ageMs > 0 ? 'ago' : 'ahead'}; five minutes are taken. Sign it anew, and check the clock of the sender.`,
          )
      }
    }
  }

  /** The key under which the rows have one effect: of what is signed its id, which nobody else can have chosen. */
  async keyOf(access: SourceAccess, headers: IncomingHttpHeaders, body: Buffer): Promise<string | null> {
    if (access.kind !== 'signature') return [headers['idempotency-key']].flat()[0] ?? null
    const { signatureFits, signedRequest } = await import('@belay/operators/outgoing-http')
    const signed = signedRequest(headers)
    if (signed === null || !signatureFits(this.#value(access.secret), signed, body))
      throw refused('The signature does not fit. Both sides need the same key, and the body has to be sent as it was signed.')
    return signed.id
  }

  #value(name: string): string {
    const value = this.#options.secret(name)
    if (value !== null) return value
    throw new ServerError('INGEST_SECRET_GONE', 'The secret of this source is not there any more. An administrator can set it again.')
  }
}

/** What cannot be read as one of the three lets nobody in. */
function accessOf(config: Readonly<Record<string, unknown>>): SourceAccess {
  const { access = 'role', accessSecret } = config
  if (access === 'role') return { kind: 'role' }
  return { kind: access === 'token' ? 'token' : 'signature', secret: isSecretReference(accessSecret) ? accessSecret.secret : '' }
}

function same(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(left, right)
}

function refused(why: string): ServerError {
  return new ServerError('INGEST_SENDER_REFUSED', why)
}
