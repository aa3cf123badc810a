/** What one can choose between, for menus and the command palette; the language that is spoken already is left out. */
import { chooseLanguage, chosenLanguage, language, type Language } from './language.ts'
import { t } from './t.ts'

/** Each says its own name, so that whoever does not read the page finds it. */
const NAMES: readonly (readonly [Language, string])[] = [
  ['en', 'English'],
  ['de', 'Deutsch'],
]

interface LanguageChoice {
  readonly key: string
  readonly title: string
  readonly choose: () => void
}

export function languageChoices(): readonly LanguageChoice[] {
  return [
    ...NAMES.filter(([code]) => code !== language).map(([code, name]) => ({
      key: code,
      title: t('Language: {name}', { name }),
      choose: () => chooseLanguage(code),
    })),
    ...(chosenLanguage() === null ? [] : [{ key: 'auto', title: t('Language: as the browser'), choose: () => chooseLanguage(null) }]),
  ]
}
