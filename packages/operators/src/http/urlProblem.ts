/** What is wrong with an address that requests are to be sent to; null = nothing. Browser-safe. */
export function urlProblem(text: string): string | null {
  if (text === '') return 'Give the address, e.g. https://example.org/hook.'
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return `${JSON.stringify(text)} is not an address. Write it whole, e.g. https://example.org/hook.`
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `${url.protocol} is not supported. Use https or http.`
  if (url.username !== '' || url.password !== '') return 'A name or password in the address would be shown to everybody. Leave it out.'
  return null
}
