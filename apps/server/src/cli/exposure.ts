/** Where the server listens and who gets in. Beyond loopback people sign in, over TLS; nothing weaker starts. */
import { readFileSync } from 'node:fs'
import type { TlsFiles } from '../http/app.ts'
import type { Reach } from '../http/origin.ts'
import { ServerError } from '../http/problems.ts'

export const EXPOSURE_OPTIONS = {
  host: { type: 'string', value: 'ADDRESS', help: 'the address to listen on; 127.0.0.1 by default. Others need TLS or --behind-proxy' },
  name: { type: 'string', multiple: true, value: 'NAME', help: 'a host name under which browsers reach it, e.g. belay.example.org' },
  'tls-cert': { type: 'string', value: 'FILE', help: 'certificate chain, PEM' },
  'tls-key': { type: 'string', value: 'FILE', help: 'its private key, PEM' },
  'behind-proxy': { type: 'boolean', help: 'a proxy ends TLS, keeps Host and sets X-Forwarded-For' },
  'sign-in': { type: 'boolean', help: 'people sign in on loopback too (BELAY_SIGN_IN=1)' },
} as const

export interface Exposure {
  readonly host: string
  readonly signIn: boolean
  readonly tls: TlsFiles | null
  readonly behindProxy: boolean
  readonly reach: Reach
}

export interface ExposureValues {
  readonly host?: string
  readonly name?: readonly string[]
  readonly 'tls-cert'?: string
  readonly 'tls-key'?: string
  readonly 'behind-proxy'?: boolean
  readonly 'sign-in'?: boolean
}

function isLoopback(host: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/i.test(host)
}

function read(path: string, option: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ServerError('BIND_REFUSED', `--${option} ${path} cannot be read: ${(error as Error).message}.`, { cause: error })
  }
}

/** Error: BIND_REFUSED. */
export function exposureOf(values: ExposureValues): Exposure {
  const host = values.host ?? '127.0.0.1'
  const { 'tls-cert': cert, 'tls-key': key } = values
  const behindProxy = values['behind-proxy'] === true
  if ((cert === undefined) !== (key === undefined))
    throw new ServerError('BIND_REFUSED', '--tls-cert and --tls-key belong together. Give both.')
  const tls = cert === undefined || key === undefined ? null : { cert: read(cert, 'tls-cert'), key: read(key, 'tls-key') }
  const beyondLoopback = !isLoopback(host)
  if (beyondLoopback && tls === null && !behindProxy)
    throw new ServerError(
      'BIND_REFUSED',
      `On ${host} others could read what passes and sign in as you. Give --tls-cert and --tls-key, or --behind-proxy if a proxy ends TLS; or listen on 127.0.0.1.`,
    )
  return {
    host,
    signIn: beyondLoopback || behindProxy || values['sign-in'] === true || process.env['BELAY_SIGN_IN'] === '1',
    tls,
    behindProxy,
    reach: { names: (values.name ?? []).map((name) => name.toLowerCase()), beyondLoopback, secure: tls !== null || behindProxy },
  }
}

/** As people on this machine, or those who know the name, open it. */
export function urlOf(exposure: Exposure, port: number): string {
  const { host, reach, behindProxy } = exposure
  if (behindProxy && reach.names.length > 0) return `https://${reach.names[0]}`
  const shown = reach.names[0] ?? (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host)
  return `${exposure.tls === null ? 'http' : 'https'}://${shown.includes(':') ? `[${shown}]` : shown}:${port}`
}
