/** What names errors of rows, and those that are left out although their operator fails on others. Pure. */
import { createHash } from 'node:crypto'
import { ROW_ERROR_RULES, type RowErrorRule } from '@belay/run'

const MARK_CHARACTERS = 16
const ROW_CHARACTERS = 2000
export const MESSAGE_CHARACTERS = 500

/** Names rows by what is kept of their text: of a very long one, its beginning. */
export function rowMark(row: string): string {
  return createHash('sha256').update(shownRow(row)).digest('hex').slice(0, MARK_CHARACTERS)
}

/** `row`: as JSON; null = none is known. */
export function isLeftOut(rules: readonly RowErrorRule[], code: string, message: string, row: string | null): boolean {
  return rules.some((rule) => {
    switch (rule.kind) {
      case 'error':
        return rule.code === code && rule.shape === shapeOf(message)
      case 'row':
        return row !== null && rule.row === rowMark(row)
    }
  })
}

/** `rules` with or without that one. */
export function withRule(rules: readonly RowErrorRule[], rule: RowErrorRule, skip: boolean): readonly RowErrorRule[] {
  const others = rules.filter((one) => !sameRule(one, rule))
  return skip ? [...others, rule] : others
}

export function sameRule(a: RowErrorRule, b: RowErrorRule): boolean {
  return a.kind === 'row' ? b.kind === 'row' && a.row === b.row : b.kind === 'error' && a.code === b.code && a.shape === b.shape
}

export function tooManyRules(operator: string): string {
  return `${operator} leaves out ${ROW_ERROR_RULES} kinds of errors and rows already. Take some back, or have all its bad rows left out.`
}

export function shownRow(row: string): string {
  return row.length > ROW_CHARACTERS ? `${row.slice(0, ROW_CHARACTERS)}…` : row
}

/** What messages of one kind have in common. */
export function shapeOf(message: string): string {
  return message
    .slice(0, MESSAGE_CHARACTERS)
    .replace(/"(?:[^"\\]|\\.)*"|“[^”]*”|'[^'\n]*'/g, '…')
    .replace(/\d[\d.,_]*/g, '#')
}
