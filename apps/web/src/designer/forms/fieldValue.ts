/** What a config value is worth and where it comes from: the default, a change, or a parameter. */
import type { ConfigField, Parameter } from '@belay/pipeline'
import { same } from '../document/difference.ts'

const WHOLE = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/

/** The parameter that a value is, as a whole; null for plain values. */
export function parameterOf(value: unknown): string | null {
  return typeof value === 'string' ? (WHOLE.exec(value)?.[1] ?? null) : null
}

export type Origin = { readonly kind: 'default' } | { readonly kind: 'changed' } | { readonly kind: 'parameter'; readonly name: string }

export function originOf(value: unknown, fallback: unknown): Origin {
  const name = parameterOf(value)
  if (name !== null) return { kind: 'parameter', name }
  return value === undefined || same(value, fallback) ? { kind: 'default' } : { kind: 'changed' }
}

/** The type a parameter needs to stand for a field's whole value; null where a parameter cannot. */
export function parameterType(control: ConfigField['control']): Parameter['type'] | null {
  switch (control.kind) {
    case 'text':
    case 'choice':
    case 'file':
      return 'string'
    case 'number':
    case 'duration':
      return 'number'
    case 'switch':
      return 'boolean'
    case 'code':
    case 'expression':
    case 'column':
    case 'columns':
    case 'schema':
    case 'assignments':
    case 'conditions':
    case 'aggregates':
    case 'ordering':
    case 'declared-column':
    case 'secret':
    case 'headers':
    case 'additions':
      return null
  }
}

/** A parameter's name from a field's label, free among those taken. */
export function proposeParameter(label: string, taken: readonly string[]): string {
  const base =
    label
      .trim()
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '_')
      .replaceAll(/^[^a-z]+|_+$/g, '') || 'value'
  if (!taken.includes(base)) return base
  for (let n = 2; ; n += 1) if (!taken.includes(`${base}_${n}`)) return `${base}_${n}`
}
