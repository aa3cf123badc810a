/** In place of the page's language: a session file is read anywhere, has one language, and loads nothing. */
export const language = 'en'
export const locale = undefined
export const dictionary: Readonly<Record<string, string>> = {}
export const phrasebook: { readonly say: (text: string) => string | null } | null = null
