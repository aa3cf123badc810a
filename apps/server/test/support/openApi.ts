/** Checks real answers against the OpenAPI document that the server gives. */
import { Compile } from 'typebox/schema'

interface Content {
  readonly schema: Record<string, unknown>
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Record<string, unknown> }
}

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Readonly<Record<string, Content>> }>>
}

/** What is wrong with an answer; empty if it is as documented. `path` as the document has it, e.g. `/api/runs/{id}`. */
export function wrongWith(
  document: OpenApi,
  method: string,
  path: string,
  answer: { readonly status: number; readonly type: string; readonly body: unknown },
): readonly string[] {
  const operation = document.paths[path]?.[method.toLowerCase()]
  if (operation === undefined) return [`${method} ${path} is not in the document`]
  const response = operation.responses[answer.status]
  if (response === undefined) return [`${method} ${path} does not document ${answer.status}`]
  const type = answer.type.split(';')[0]
  const schema = response.content?.[type]?.schema
  if (schema === undefined) return answer.status === 204 ? [] : [`${method} ${path} ${answer.status} does not document ${type}`]
  const [ok, errors] = Compile({ ...schema, components: document.components }).Errors(answer.body)
  return ok ? [] : errors.map((error) => `${method} ${path} ${answer.status}: ${error.instancePath} ${error.message}`)
}
