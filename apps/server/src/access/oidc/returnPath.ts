/** Where the page goes after signing in: a path of this server, whatever was asked for. Pure. */
const HERE = 'http://here.invalid'

/** `/` for all that a browser could take for another site's address, or for a route of the API. */
export function returnPath(wanted: string | undefined): string {
  // Browsers read a backslash as a slash, and leave out tabs and line breaks.
  if (wanted === undefined || !/^\/[^\\\p{Cc}]*$/u.test(wanted) || !URL.canParse(wanted, HERE)) return '/'
  const url = new URL(wanted, HERE)
  // Dots are taken out by now: what is left must not begin with two slashes.
  if (url.origin !== HERE || url.pathname.startsWith('//') || /^\/(?:api|live|oidc)(?:\/|$)/.test(url.pathname)) return '/'
  return url.pathname + url.search + url.hash
}
