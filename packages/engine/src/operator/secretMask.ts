/**
 * Takes the values of secrets out of words: of errors above all, because whoever was sent a secret may answer
 * with it. Each is found as it is and in the ways in which it is commonly written down: as JSON, in an address,
 * in HTML, in hexadecimal, and in Base64, also within a longer text such as that of `Authorization: Basic`.
 *
 * Rows are data and are not masked: whether a row came back masked would tell whether one has guessed a secret.
 */

/** Shorter values are not looked for: they are parts of ordinary words. */
export const MASKED_FROM_CHARACTERS = 6
/** Of a value with several lines, such as a key in PEM, lines from this length on are looked for one by one. */
const LINE_CHARACTERS = 16
/** Values that were replaced are looked for all the same: one may still come back from whoever it was sent to. */
const MOST_VALUES = 200

type Named = readonly [name: string, value: string]

export class SecretMask {
  static readonly NONE = new SecretMask([])
  readonly #given: readonly Named[]
  readonly #names = new Map<string, string>()
  readonly #pattern: RegExp | null

  constructor(given: readonly Named[]) {
    this.#given = given
    for (const [name, value] of given)
      for (const form of formsOf(value)) if (form.length >= MASKED_FROM_CHARACTERS) this.#names.set(form, name)
    // The longest first: what is found is taken out whole.
    const forms = [...this.#names.keys()].sort((a, b) => b.length - a.length)
    this.#pattern =
      forms.length === 0 ? null : new RegExp(forms.map((form) => form.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g')
  }

  /** Looks for these values too; a name may have had others. */
  and(values: readonly Named[]): SecretMask {
    return new SecretMask([...this.#given, ...values].slice(-MOST_VALUES))
  }

  text(text: string): string {
    return this.#pattern === null ? text : text.replace(this.#pattern, (found) => `[secret ${this.#names.get(found) ?? ''}]`)
  }
}

function formsOf(value: string): readonly string[] {
  const lines = value.includes('\n') ? value.split(/\r?\n/).filter((line) => line.length >= LINE_CHARACTERS) : []
  return [value, value.trim(), ...lines].flatMap((text) => {
    const json = JSON.stringify(text).slice(1, -1)
    const address = encodeURIComponent(text)
    const bytes = Buffer.from(text, 'utf8')
    const hex = bytes.toString('hex')
    return [
      text,
      json,
      JSON.stringify(json).slice(1, -1),
      address,
      address.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
      address.replaceAll('%20', '+'),
      text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
      hex,
      hex.toUpperCase(),
      ...[0, 1, 2].flatMap((before) => {
        const base64 = withinBase64(bytes, before)
        return [base64, base64.replaceAll('+', '-').replaceAll('/', '_')]
      }),
    ]
  })
}

/** What is sure of the Base64 of `bytes` where so many bytes (modulo 3) stand before them, and others behind. */
function withinBase64(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
}
