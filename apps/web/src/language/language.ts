/** The page's language: chosen, or the browser's. Another one loads the page anew, so that a text is made only once. */

export type Language = 'en' | 'de'
type Part = keyof typeof GERMAN
type Phrases = keyof typeof GERMAN_PHRASES

/** What each part of the page says in German, read only by those who read German. */
const GERMAN = {
  common: () => import('./de/common.json'),
  operators: () => import('./de/operators.json'),
  designer: () => import('./de/designer.json'),
  run: () => import('./de/run.json'),
  examples: () => import('./de/examples.json'),
}

/** Sentences from elsewhere, by who makes them; see phrasebook.ts. */
const GERMAN_PHRASES = {
  server: () => import('./de/server.json'),
  checks: () => import('./de/checks.json'),
  engine: () => import('./de/engine.json'),
}

const KEY = 'belay-language'
const inPage = typeof document !== 'undefined'
const wanted = inPage ? navigator.languages : []

/** null = as the browser. */
export function chosenLanguage(): Language | null {
  try {
    const stored = inPage ? localStorage.getItem(KEY) : null
    return stored === 'en' || stored === 'de' ? stored : null
  } catch {
    return null
  }
}

/** Drafts are kept when the page is left, so that nothing is lost on the way. */
export function chooseLanguage(language: Language | null): void {
  try {
    if (language === null) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, language)
  } catch {
    // A forbidden storage leaves the browser's language.
  }
  window.location.reload()
}

function spoken(): Language {
  const first = wanted.map((tag) => tag.slice(0, 2)).find((tag): tag is Language => tag === 'en' || tag === 'de')
  return chosenLanguage() ?? first ?? 'en'
}

export const language = spoken()
/** For Intl: the language with the country of whoever reads. */
export const locale = wanted.find((tag) => tag.startsWith(language)) ?? language

/** English texts and what they are in German; empty in English. */
export const dictionary: Record<string, string> = {}

/** Before the first line of a part of the page runs. A dictionary that does not come leaves its part in English. */
export async function loadWords(...parts: readonly Part[]): Promise<void> {
  if (language === 'en') return
  const loaded = await Promise.allSettled(parts.map((part) => GERMAN[part]()))
  for (const one of loaded) if (one.status === 'fulfilled') Object.assign(dictionary, one.value.default)
}

const phrases: Record<string, string> = {}
/** What recognises sentences; null in English, and until it has come. */
export let phrasebook: { readonly say: (text: string) => string | null } | null = null

export async function loadPhrases(...parts: readonly Phrases[]): Promise<void> {
  if (language === 'en') return
  try {
    const [{ Phrasebook }, ...loaded] = await Promise.all([import('./phrasebook.ts'), ...parts.map((part) => GERMAN_PHRASES[part]())])
    for (const one of loaded) Object.assign(phrases, one.default)
    phrasebook = new Phrasebook(phrases)
  } catch {
    // Then they stay English.
  }
}

/** What recognises the lines on nodes, `type: line`. */
export async function summaryPhrases(): Promise<(text: string) => string | null> {
  const [{ Phrasebook }, lines] = await Promise.all([import('./phrasebook.ts'), import('./de/summaries.json')])
  const book = new Phrasebook(lines.default)
  return (text) => book.say(text)
}

if (inPage) document.documentElement.lang = language
