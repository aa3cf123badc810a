/** Where in an answer or a message something lies. */

/** `a.b.0`; '' = the value itself. Own members only. */
export function valueAt(value: unknown, path: string): unknown {
  let at = value
  for (const part of path === '' ? [] : path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined
    at = (at as Record<string, unknown>)[part]
  }
  return at
}

/** Of what a place in a stream is told by; null = none. */
export function valueText(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}
