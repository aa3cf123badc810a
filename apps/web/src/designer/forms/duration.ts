/** Durations as people write them: `500 ms`, `1 h 30 min`, `2 days`; in the document they are milliseconds. */
const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
}

const SHOWN: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
  ['ms', 1],
]

/** Milliseconds, or null when the text is no duration. A bare number is milliseconds. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim().toLowerCase()
  if (trimmed === '') return null
  if (/^\d+$/.test(trimmed)) return Number(trimmed)
  const part = /(\d+(?:\.\d+)?)\s*([a-z]+)\s*/y
  let total = 0
  while (part.lastIndex < trimmed.length) {
    const match = part.exec(trimmed)
    const unit = match === null ? undefined : UNITS[match[2]]
    if (match === null || unit === undefined) return null
    total += Number(match[1]) * unit
  }
  return Math.round(total)
}

export function durationText(ms: number): string {
  if (!Number.isFinite(ms) || ms <= 0) return '0 ms'
  const parts: string[] = []
  let rest = Math.round(ms)
  for (const [unit, size] of SHOWN) {
    const count = Math.floor(rest / size)
    if (count === 0) continue
    parts.push(`${count} ${unit}`)
    rest -= count * size
  }
  return parts.join(' ')
}
