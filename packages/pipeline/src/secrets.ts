/**
 * References to secrets: wherever a config holds an object whose only member is `secret`, it means the value
 * that is kept under that name. Documents hold names only; values reach operators of a run by another way.
 *
 * Parameters are not replaced within a reference: which secrets a document uses can be read from the document.
 */
import { Type } from 'typebox'
import type { OperatorNode, PipelineDocument } from './document.ts'

export interface SecretReference {
  readonly secret: string
}

export const SECRET_NAME_PATTERN = '^[a-z][a-z0-9-]{0,63}$'
const NAME = new RegExp(SECRET_NAME_PATTERN)

/** For config schemas. The name is checked apart, with words of its own. */
export const SecretReferenceSchema = Type.Object({ secret: Type.String() }, { additionalProperties: false })

export function isSecretName(name: string): boolean {
  return NAME.test(name)
}

export function isSecretReference(value: unknown): value is SecretReference {
  if (typeof value !== 'object' || value === null) return false
  const [key, ...others] = Object.keys(value)
  return key === 'secret' && others.length === 0 && typeof (value as SecretReference).secret === 'string'
}

export interface UsedSecret {
  readonly name: string
  readonly operator: string
  /** JSON pointer into the operator's config. */
  readonly configPath: string
}

/** In the order of the document. */
export function usedSecrets(document: PipelineDocument): readonly UsedSecret[] {
  return document.operators.flatMap(({ id, config }) => {
    const used: UsedSecret[] = []
    visitConfig(config, (name, configPath) => used.push({ name, operator: id, configPath }))
    return used
  })
}

/** Each once, sorted. */
export function secretNames(document: PipelineDocument): readonly string[] {
  return [...new Set(usedSecrets(document).map(({ name }) => name))].sort()
}

/** Names in one operator's config, each once. */
export function secretsOfConfig(config: OperatorNode['config']): readonly string[] {
  const names = new Set<string>()
  visitConfig(config, (name) => names.add(name))
  return [...names]
}

/** A config is never a reference itself. */
function visitConfig(config: OperatorNode['config'], found: (name: string, path: string) => void): void {
  for (const [key, value] of Object.entries(config)) visit(value, `/${key}`, found)
}

function visit(value: unknown, path: string, found: (name: string, path: string) => void): void {
  if (isSecretReference(value)) found(value.secret, path)
  else if (Array.isArray(value)) value.forEach((entry: unknown, i) => visit(entry, `${path}/${i}`, found))
  else if (typeof value === 'object' && value !== null)
    for (const [key, entry] of Object.entries(value)) visit(entry, `${path}/${key}`, found)
}
