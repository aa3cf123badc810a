/** Texts in the page's language. The English text is the key; `{name}` in it stands for a value. */
import { dictionary, phrasebook } from './language.ts'

export type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never
export type Values<Text extends string, Value> = [Names<Text>] extends [never] ? [] : [values: Readonly<Record<Names<Text>, Value>>]

export function t<Text extends string>(text: Text, ...[values]: Values<Text, string | number>): string {
  const said = dictionary[text] ?? text
  return values === undefined ? said : said.replace(/\{(\w+)\}/g, (_, name: Names<Text>) => String(values[name]))
}

/** A sentence that a package or the server made; it comes in English. */
export function said(text: string): string {
  return dictionary[text] ?? phrasebook?.say(text) ?? text
}
