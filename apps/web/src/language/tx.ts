import { createElement, Fragment, type ReactNode } from 'react'
import { t, type Names, type Values } from './t.ts'

/** As `t`, with elements for values: links, code and what else is more than text. */
export function tx<Text extends string>(text: Text, ...[values]: Values<Text, ReactNode>): ReactNode {
  const parts = t<string>(text).split(/\{(\w+)\}/)
  return createElement(Fragment, null, ...parts.map((part, i) => (i % 2 === 0 ? part : values?.[part as Names<Text>])))
}
