/** What statements read from an operator's config, and the views they are. Configs come from documents: what is of another shape is empty. */
import type { SqlStep, Statement } from './step.ts'
import { quoted } from './words.ts'
import { t } from '../../language/t.ts'

export const NOT_CONNECTED: Statement = { kind: 'none', reason: t('It is not connected yet.') }

export function view(step: SqlStep, port: string, query: string): string {
  return `CREATE TEMPORARY VIEW ${step.view(port)} AS\n${query};`
}

export function only(step: SqlStep, port: string, query: string): Statement {
  return { kind: 'sql', text: view(step, port, query), notes: [] }
}

export function textAt(step: SqlStep, key: string): string {
  const value = step.config[key]
  return typeof value === 'string' ? value : ''
}

export function numberAt(step: SqlStep, key: string): number | null {
  const value = step.config[key]
  return typeof value === 'number' ? value : null
}

export function namesAt(step: SqlStep, key: string): readonly string[] {
  const value = step.config[key]
  return Array.isArray(value) ? value.filter((name): name is string => typeof name === 'string') : []
}

export function entriesAt(step: SqlStep, key: string): readonly Readonly<Record<string, unknown>>[] {
  const value = step.config[key]
  return Array.isArray(value) ? (value as readonly Readonly<Record<string, unknown>>[]) : []
}

export function list(names: readonly string[]): string {
  return names.map(quoted).join(', ')
}
