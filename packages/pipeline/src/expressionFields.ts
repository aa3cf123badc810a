/** Which config values of an operator are SQL expressions, by its form. */
import type { OperatorManifest } from './manifest.ts'

export interface ExpressionField {
  /** JSON pointer into the config. */
  readonly path: string
  readonly text: string
}

export function expressionFields(manifest: OperatorManifest, config: unknown): readonly ExpressionField[] {
  return manifest.form.flatMap((field): readonly ExpressionField[] => {
    const value = valueAt(config, field.path)
    switch (field.control.kind) {
      case 'expression':
        return textAt(field.path, value)
      case 'assignments':
        return entriesOf(value).flatMap((entry, i) => textAt(`${field.path}/${i}/expression`, entry['expression']))
      case 'conditions':
        return entriesOf(value).flatMap((entry, i) => textAt(`${field.path}/${i}/condition`, entry['condition']))
      case 'aggregates':
        return entriesOf(value).flatMap((entry, i) => textAt(`${field.path}/${i}/filter`, entry['filter']))
      default:
        return []
    }
  })
}

function textAt(path: string, value: unknown): readonly ExpressionField[] {
  return typeof value === 'string' ? [{ path, text: value }] : []
}

function entriesOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) return []
  return value.map((entry: unknown) => (typeof entry === 'object' && entry !== null ? (entry as Readonly<Record<string, unknown>>) : {}))
}

/** The value a JSON pointer leads to; undefined where there is none. */
export function valueAt(target: unknown, path: string): unknown {
  let at: unknown = target
  for (const key of path.split('/').slice(1)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Readonly<Record<string, unknown>>)[key]
  }
  return at
}
