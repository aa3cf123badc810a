/** Names, texts and comments as SQL writes them. */

export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

export function comment(words: string): string {
  return words
    .split('\n')
    .map((line) => `-- ${line}`)
    .join('\n')
}

const UNITS: readonly (readonly [string, number])[] = [
  ['DAY', 86_400_000],
  ['HOUR', 3_600_000],
  ['MINUTE', 60_000],
  ['SECOND', 1000],
]

/** `INTERVAL '90' MINUTE`, in the largest unit that is whole. */
export function interval(ms: number): string {
  for (const [unit, size] of UNITS) if (ms >= size && ms % size === 0) return `INTERVAL '${ms / size}' ${unit}`
  return `INTERVAL '${(ms / 1000).toFixed(3)}' SECOND(3)`
}
