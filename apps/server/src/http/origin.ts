/**
 * Keeps other web pages away: only the server's own names are served (against DNS rebinding), and
 * only its own pages may send requests that a browser marks with where they come from.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { ServerError } from './problems.ts'

/** How the server can be reached. */
export interface Reach {
  /** Host names that lead here, beside those of loopback. */
  readonly names: readonly string[]
  /** Whether it listens beyond loopback: then every IP address may name it. Rebinding needs a name. */
  readonly beyondLoopback: boolean
  /** Whether browsers reach it over TLS, its own or a proxy's. */
  readonly secure: boolean
}

export const LOOPBACK: Reach = { names: [], beyondLoopback: false, secure: false }

const LOCAL_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]'])

function hostAllowed(host: string | undefined, reach: Reach): boolean {
  if (host === undefined) return false
  const name = host.replace(/:\d+$/, '').toLowerCase()
  if (LOCAL_HOSTS.has(name) || reach.names.includes(name)) return true
  return reach.beyondLoopback && isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0
}

/** No origin = not a browser's cross-site request. */
function originAllowed(origin: string | undefined, host: string | undefined, reach: Reach): boolean {
  return origin === undefined || origin.toLowerCase() === `${reach.secure ? 'https' : 'http'}://${String(host).toLowerCase()}`
}

/**
 * Browsers say how a request came about even where they send no origin, e.g. for images and links.
 * Another port of this machine is `same-site`, and just as foreign.
 */
function siteAllowed(site: string | string[] | undefined): boolean {
  return site === undefined || site === 'same-origin' || site === 'none'
}

/** Throws HOST_REFUSED or ORIGIN_REFUSED. `navigation`: links from elsewhere may lead to the page. */
export function checkSender(headers: IncomingHttpHeaders, navigation: boolean, reach: Reach): void {
  if (!hostAllowed(headers.host, reach)) {
    const names = ['127.0.0.1', 'localhost', ...reach.names]
    throw new ServerError(
      'HOST_REFUSED',
      `This server answers to ${names.slice(0, -1).join(', ')} and ${names.at(-1)} only. Open it under one of those names${reach.beyondLoopback ? ', or start it with --name for another' : ''}.`,
    )
  }
  if (!originAllowed(headers.origin, headers.host, reach) || (!navigation && !siteAllowed(headers['sec-fetch-site'])))
    throw new ServerError('ORIGIN_REFUSED', 'A page of another site may not use this server. Open Belay itself.')
}
