/** Operator types used lately in this browser, newest first. */
const KEY = 'belay-recent-operators'
const KEPT = 4

export function recentTypes(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(stored) ? stored.filter((type): type is string => typeof type === 'string').slice(0, KEPT) : []
  } catch {
    return []
  }
}

export function noteUse(type: string): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([type, ...recentTypes().filter((other) => other !== type)].slice(0, KEPT)))
  } catch {
    // Without storage there is no list of recent ones.
  }
}
