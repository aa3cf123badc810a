/** The columns of two joined streams, and what is wrong with how they are joined. */
import { isArray, type Field, type Schema } from '@belay/columns'
import type { ConfigField, ConfigProblem, EdgeType } from '@belay/pipeline'
import { Type } from 'typebox'
import { unknownColumn } from '../typing/columns.ts'

export type JoinType = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti'

export interface JoinKey {
  readonly left: string
  readonly right: string
}

export const JoinKeysSchema = Type.Array(Type.Object({ left: Type.String(), right: Type.String() }), { minItems: 1 })

/** Put before the names of right columns that the left side has as well. */
const RIGHT_PREFIX = 'right_'

export const joinKeyFields: readonly ConfigField[] = [
  { path: '/on/0/left', label: 'Key of the left rows', control: { kind: 'column', input: 'left' } },
  { path: '/on/0/right', label: 'Key of the right rows', control: { kind: 'column', input: 'right' } },
]

export function joinTypeField(types: readonly JoinType[]): ConfigField {
  const LABELS: Readonly<Record<JoinType, string>> = {
    inner: 'rows with a match',
    left: 'all left rows',
    right: 'all right rows',
    full: 'all rows of both sides',
    semi: 'left rows that have a match',
    anti: 'left rows that have none',
  }
  const options = types.map((value) => ({ value, label: LABELS[value] }))
  return { path: '/type', label: 'Gives', control: { kind: 'choice', options } }
}

export function keepsLeft(type: JoinType): boolean {
  return type === 'left' || type === 'full'
}

export function keepsRight(type: JoinType): boolean {
  return type === 'right' || type === 'full'
}

/** Only rows of the left side come out. */
export function leftOnly(type: JoinType): boolean {
  return type === 'semi' || type === 'anti'
}

/** The left columns, then the right ones; names of the right side that are taken get the prefix. */
export function joinedSchema(type: JoinType, left: Schema, right: Schema): Schema {
  if (leftOnly(type)) return left
  const taken = new Set(left.map((field) => field.name))
  const optional = (schema: Schema, nullable: boolean): Field[] =>
    schema.map((field) => ({ ...field, nullable: field.nullable || nullable }))
  return [
    ...optional(left, keepsRight(type)),
    ...optional(right, keepsLeft(type)).map((field) => ({
      ...field,
      name: taken.has(field.name) ? `${RIGHT_PREFIX}${field.name}` : field.name,
    })),
  ]
}

/** The name of a right column in the result. */
export function rightName(name: string, left: Schema): string {
  return left.some((field) => field.name === name) ? `${RIGHT_PREFIX}${name}` : name
}

export function joinProblems(on: readonly JoinKey[], type: JoinType, left: EdgeType, right: EdgeType): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  on.forEach((pair, i) => {
    const from = left.schema.find((field) => field.name === pair.left)
    const to = right.schema.find((field) => field.name === pair.right)
    if (from === undefined) problems.push(unknownColumn(pair.left, left.schema, `/on/${i}/left`))
    if (to === undefined) problems.push(unknownColumn(pair.right, right.schema, `/on/${i}/right`))
    if (from === undefined || to === undefined) return
    if (from.type === 'json' || isArray(from.type))
      problems.push({
        code: 'JSON_AS_KEY',
        severity: 'error',
        message: `${pair.left} is ${from.type} and cannot be a key. Take a value out of it in a select before.`,
        configPath: `/on/${i}/left`,
      })
    else if (from.type !== to.type)
      problems.push({
        code: 'KEY_TYPES',
        severity: 'error',
        message: `${pair.left} is ${from.type} and ${pair.right} is ${to.type}: they never match. Cast one of them in a select before.`,
        configPath: `/on/${i}`,
      })
  })
  const schema = joinedSchema(type, left.schema, right.schema)
  const twice = schema.find((field, i) => schema.findIndex((other) => other.name === field.name) !== i)
  if (twice !== undefined)
    problems.push({
      code: 'COLUMN_TWICE',
      severity: 'error',
      message: `Two columns of the result are called ${twice.name}. Rename one in a select before.`,
      port: 'right',
    })
  return problems
}
