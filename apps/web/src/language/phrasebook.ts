/**
 * Sentences that packages and the server make, in the page's language. They are English wherever they
 * travel; here each is recognised by its pattern, the values in its gaps are taken out and put into the
 * other language's sentence. `{1}` is the first gap. A gap may hold a sentence or a piece of one again.
 */

interface Pattern {
  readonly said: string
  /** The longest piece between gaps: a quick no for most patterns. */
  readonly piece: string
  readonly whole: RegExp
}

const GAP = /\{(\d+)\}/g

function lettersOf(pattern: string): number {
  return pattern.replaceAll(GAP, '').replaceAll(/[^A-Za-z]/g, '').length
}

export class Phrasebook {
  readonly #whole = new Map<string, string>()
  #patterns: Pattern[] = []
  readonly #known = new Map<string, string | null>()

  /** The more of a pattern is fixed, the sooner it is tried. */
  constructor(phrases: Readonly<Record<string, string>>) {
    const patterns = Object.keys(phrases).toSorted((a, b) => lettersOf(b) - lettersOf(a))
    for (const pattern of patterns) {
      const pieces = pattern.split(/\{\d+\}/)
      if (pieces.length === 1) this.#whole.set(pattern, phrases[pattern])
      else
        this.#patterns.push({
          said: phrases[pattern],
          piece: pieces.reduce((longest, piece) => (piece.length > longest.length ? piece : longest)),
          whole: new RegExp(`^${pieces.map((piece) => piece.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)).join('(.*?)')}$`, 'su'),
        })
    }
  }

  /** null = it is in no pattern. */
  say(text: string): string | null {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    if (this.#known.size > 2000) this.#known.clear()
    const said = this.#recognise(text)
    this.#known.set(text, said)
    return said
  }

  #recognise(text: string): string | null {
    const whole = this.#whole.get(text)
    if (whole !== undefined) return whole
    for (const { said, piece, whole: pattern } of this.#patterns) {
      const found = text.includes(piece) ? pattern.exec(text) : null
      if (found !== null) return said.replaceAll(GAP, (_, gap: string) => this.#inGap(found[Number(gap)]))
    }
    return null
  }

  #inGap(text: string): string {
    const inner = text.trim()
    const said = inner === '' ? null : this.say(inner)
    return said === null ? text : text.replace(inner, () => said)
  }
}
