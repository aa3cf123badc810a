interface Kind {
  readonly protocols: readonly string[]
  readonly example: string
}

const KINDS = {
  http: { protocols: ['https:', 'http:'], example: 'https://example.org/hook' },
  'web-socket': { protocols: ['wss:', 'ws:'], example: 'wss://example.org/stream' },
} as const satisfies Record<string, Kind>

export type UrlKind = keyof typeof KINDS

/** What is wrong with an address that is to be connected to; null = nothing. Browser-safe. */
export function urlProblem(text: string, kind: UrlKind = 'http'): string | null {
  const { protocols, example }: Kind = KINDS[kind]
  if (text === '') return `Give the address, e.g. ${example}.`
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return `${JSON.stringify(text)} is not an address. Write it whole, e.g. ${example}.`
  }
  if (!protocols.includes(url.protocol)) return `${url.protocol} is not supported. Use ${protocols.join(' or ').replaceAll(':', '')}.`
  if (url.username !== '' || url.password !== '') return 'A name or password in the address would be shown to everybody. Leave it out.'
  return null
}
