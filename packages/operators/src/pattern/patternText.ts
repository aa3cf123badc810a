/**
 * The pattern as text: names one after the other, each with a quantifier if it may match other than
 * one row, as in MATCH_RECOGNIZE: `A B+ C{2,3} D*?`. A second `?` makes it reluctant.
 */

export interface PatternStep {
  readonly name: string
  readonly least: number
  /** ∞ = no limit. */
  readonly most: number
  /** As few rows as will do, instead of as many as there are. */
  readonly reluctant: boolean
}

export type ParsedPattern =
  | { readonly ok: true; readonly steps: readonly PatternStep[] }
  | { readonly ok: false; readonly message: string; readonly from: number; readonly to: number }

const MOST_STEPS = 20
const MOST_ROWS = 1000
const STEP = /([A-Za-z_][A-Za-z0-9_]*)([?*+]|\{\s*(\d*)\s*(?:(,)\s*(\d*)\s*)?\})?(\?)?/y

export function parsePattern(text: string): ParsedPattern {
  const steps: PatternStep[] = []
  const wrong = (message: string, from: number, to = from + 1): ParsedPattern => ({
    ok: false,
    message,
    from,
    to: Math.min(to, text.length),
  })
  let at = 0
  for (;;) {
    while (/\s/.test(text[at] ?? '')) at += 1
    if (at >= text.length) break
    STEP.lastIndex = at
    const match = STEP.exec(text)
    if (match === null) return wrong('Write names with quantifiers, e.g. `A B+ C{2,3}`; alternatives and groups are not supported.', at)
    const [whole, name, quantifier = '', low = '', comma, high = '', reluctant] = match
    const { least, most } = bounds(quantifier, low, comma !== undefined, high)
    if (Number.isNaN(least) || most < Math.max(1, least) || least > MOST_ROWS || (Number.isFinite(most) && most > MOST_ROWS))
      return wrong(`${quantifier} is no number of rows: from 0 to ${MOST_ROWS}, the first not above the second.`, at, at + whole.length)
    if (quantifier === '' && reluctant !== undefined) steps.push({ name, least: 0, most: 1, reluctant: false })
    else steps.push({ name, least, most, reluctant: reluctant !== undefined })
    at += whole.length
    if (steps.length > MOST_STEPS) return wrong(`A pattern has at most ${MOST_STEPS} parts.`, at - whole.length, at)
  }
  if (steps.length === 0) return wrong('There is no pattern. Write the names of the conditions in the order of their rows, e.g. `A B+`.', 0)
  if (steps.every(({ least }) => least === 0))
    return wrong('The pattern fits no rows at all. Let one of its parts need a row.', 0, text.length)
  return { ok: true, steps }
}

function bounds(quantifier: string, low: string, comma: boolean, high: string): { readonly least: number; readonly most: number } {
  switch (quantifier) {
    case '':
      return { least: 1, most: 1 }
    case '?':
      return { least: 0, most: 1 }
    case '*':
      return { least: 0, most: Number.POSITIVE_INFINITY }
    case '+':
      return { least: 1, most: Number.POSITIVE_INFINITY }
    default: {
      const least = low === '' ? (comma && high !== '' ? 0 : Number.NaN) : Number(low)
      return { least, most: !comma ? least : high === '' ? Number.POSITIVE_INFINITY : Number(high) }
    }
  }
}
