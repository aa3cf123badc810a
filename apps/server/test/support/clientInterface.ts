/** The typed half of the client, packages/client/src/interface.ts, made from the OpenAPI document. */
import { PROBLEMS } from '../../src/http/problems.ts'

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly description?: string
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly schema: Schema
}

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

const member = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`)

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.replace('#/components/schemas/', '')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(' | ')
  const types = [schema.type ?? []].flat()
  if (types.length === 0) return 'unknown'
  return types.map((type) => ofOneType(type, schema)).join(' | ')
}

function ofOneType(type: string, schema: Schema): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type
    case 'integer':
    case 'number':
      return 'number'
    case 'array':
      return `readonly (${schema.items === undefined ? 'unknown' : typeOf(schema.items)})[]`
    case 'object':
      return objectOf(schema)
    default:
      throw new Error(`the client knows no type ${type}`)
  }
}

function objectOf({ properties, required = [], additionalProperties }: Schema): string {
  if (properties === undefined)
    return `Readonly<Record<string, ${typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'unknown'}>>`
  const members = Object.entries(properties).map(
    ([name, schema]) =>
      `${schema.description === undefined ? '' : `/** ${schema.description} */ `}readonly ${member(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`,
  )
  return `{ ${members.join('; ')} }`
}

function partOf(parameters: readonly Parameter[], place: Parameter['in']): string {
  const members = parameters
    .filter((parameter) => parameter.in === place)
    .map(({ name, required, schema }) => `readonly ${member(name)}${required === true ? '' : '?'}: ${typeOf(schema)}`)
  return members.length === 0 ? 'undefined' : `{ ${members.join('; ')} }`
}

function answerOf({ responses }: Operation): string {
  const [status] = Object.keys(responses).filter((code) => code.startsWith('2'))
  const [[type, { schema }] = ['', { schema: {} }]] = Object.entries(responses[status].content ?? {})
  if (type === '') return 'undefined'
  return type === 'application/json' ? typeOf(schema) : 'string'
}

export function clientInterface(document: unknown): string {
  const { paths, components } = document as Document
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const schemas = Object.entries(components.schemas).map(([name, schema]) => `export type ${name} = ${typeOf(schema)}`)
  const shapes = operations.map(({ operation }) => {
    const { parameters = [], requestBody } = operation
    const [body] = Object.values(requestBody?.content ?? {})
    return `  /** ${operation.summary} */
  ${operation.operationId}: {
    path: ${partOf(parameters, 'path')}
    query: ${partOf(parameters, 'query')}
    headers: ${partOf(parameters, 'header')}
    body: ${body === undefined ? 'undefined' : typeOf(body.schema)}
    answer: ${answerOf(operation)}
  }`
  })
  const routes = operations.map(({ path, method, operation }) => `  ${operation.operationId}: ['${method}', '${path}'],`)
  return `// Made from apps/server/openapi.json: BELAY_WRITE_OPENAPI=1 npx vitest run apps/server/test/routes.test.ts

${schemas.join('\n')}

export type ProblemCode =
${Object.keys(PROBLEMS)
  .map((code) => `  | '${code}'`)
  .join('\n')}

/** By operationId. */
export interface Operations {
${shapes.join('\n')}
}

export const ROUTES = {
${routes.join('\n')}
} as const satisfies Readonly<Record<keyof Operations, readonly [method: string, path: string]>>
`
}
