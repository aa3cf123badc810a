import { elementOf, fieldIndex, isArray, type Field, type LogicalType, type Schema } from '@belay/columns'
import type { ConfigProblem, EdgeType, OperatorManifest, StreamKind, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { unknownColumn } from '../typing/columns.ts'
import { addedColumnProblems } from '../typing/ordering.ts'

const ITEM_TYPES = ['json', 'string', 'int64', 'float64', 'bool', 'timestamp', 'date'] as const

export type FlattenConfig = {
  /** A column of lists: an array, or json that holds one. */
  column: string
  /** Name of the column with one item. */
  as: string
  /** What an item of a json list is. */
  itemType: (typeof ITEM_TYPES)[number]
  /** Name of a column with the item's place, from 1; empty = none. */
  position: string
  /** A row whose list is NULL or empty stays, with NULL as its item. */
  keepEmpty: boolean
  /** The list goes on beside its items. */
  keepList: boolean
}

/** The type of an item; null = the column holds no lists. */
function itemTypeOf(config: FlattenConfig, column: LogicalType): LogicalType | null {
  if (isArray(column)) return elementOf(column)
  return column === 'json' ? config.itemType : null
}

export function flattenedColumns(config: FlattenConfig, input: Schema): Schema {
  return config.keepList ? input : input.filter(({ name }) => name !== config.column)
}

export const flatten: OperatorManifest<FlattenConfig> = {
  type: 'flatten',
  typeVersion: 1,
  title: 'Flatten',
  category: 'transform',
  summary: 'Gives one row for each item of a list',
  keywords: ['unnest', 'explode', 'array', 'list', 'json array', 'flatmap', 'lateral', 'cross join'],
  icon: 'M2 8h3M5 8l3-5h6M5 8h9M5 8l3 5h6',
  help: [
    'Takes a column of lists (an array, or json that holds one) and gives a row for each item, in the order of the list, with the other columns beside it. A **position** column counts the items from 1.',
    'A row whose list is NULL or empty gives no row, unless such rows are kept: then it gives one, with NULL as its item. Json that is no list, or an item that is not of the type asked for, sends the whole row to **errors**.',
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes'] }],
  outputs: [{ name: 'out', title: 'Items' }],
  configSchema: Type.Object({
    column: Type.String(),
    as: Type.String({ minLength: 1 }),
    itemType: Type.Unsafe<FlattenConfig['itemType']>({ type: 'string', enum: [...ITEM_TYPES] }),
    position: Type.String(),
    keepEmpty: Type.Boolean(),
    keepList: Type.Boolean(),
  }),
  form: [
    { path: '/column', label: 'List', control: { kind: 'column', input: 'in' } },
    { path: '/as', label: 'Name of an item', control: { kind: 'text' } },
    {
      path: '/itemType',
      label: 'Items of json are',
      control: { kind: 'choice', options: ITEM_TYPES.map((type) => ({ value: type, label: type })) },
    },
    { path: '/keepEmpty', label: 'Rows without items stay', control: { kind: 'switch' } },
    { path: '/position', label: 'Name of the position', help: 'Empty = none', advanced: true, control: { kind: 'text' } },
    { path: '/keepList', label: 'Keeps the list', advanced: true, control: { kind: 'switch' } },
  ],
  guarantee: { role: 'transform', sentence: 'Keeps no state; replayed rows give the same result.' },
  flink: { support: 'yes' },
  flinkOptions: {
    '/itemType': {
      support: 'differs',
      note: 'UNNEST there takes arrays; json has to become one with JSON_QUERY … RETURNING ARRAY<STRING>.',
    },
  },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'any' },
  carries: ({ config, inputs }, port, column) =>
    flattenedColumns(config, inputs[port]?.schema ?? []).some(({ name }) => name === column) ? column : null,
  defaultConfig: { column: '', as: 'item', itemType: 'json', position: '', keepEmpty: false, keepList: false },
  summarise: ({ column, as }) => (column === '' ? '' : `each ${as} of ${column}`),
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems: [] }
    const { schema } = input
    const list = schema[fieldIndex(schema, config.column)] as Field | undefined
    const kept = flattenedColumns(config, schema)
    const problems: ConfigProblem[] = [...addedColumnProblems(config.as, kept, '/as')]
    if (config.position !== '') problems.push(...addedColumnProblems(config.position, [...kept, itemField(config, 'json')], '/position'))
    const itemType = list === undefined ? null : itemTypeOf(config, list.type)
    if (list === undefined) problems.push(unknownColumn(config.column, schema, '/column'))
    else if (itemType === null)
      problems.push({
        code: 'COLUMN_TYPE',
        severity: 'error',
        message: `${list.name} is ${list.type} and holds no list. Choose a column of arrays or json.`,
        configPath: '/column',
      })
    if (problems.length > 0 || itemType === null) return { outputs: {}, problems }
    return { outputs: { out: outputEdge(config, input, itemType) }, problems }
  },
}

function itemField({ as }: FlattenConfig, type: LogicalType): Field {
  return { name: as, type, nullable: true }
}

function outputEdge(config: FlattenConfig, input: EdgeType, itemType: LogicalType): EdgeType {
  const kept = flattenedColumns(config, input.schema)
  const stays = (name: string): boolean => kept.some((field) => field.name === name)
  const { position, keepEmpty } = config
  const { kind, key } = input.changes
  // A row's items are told apart by their place.
  const itemKey = position !== '' && key?.every(stays) === true ? [...key, position] : null
  const changes: StreamKind = { kind: kind === 'append' ? 'append' : 'changes', key: itemKey }
  return {
    schema: [
      ...kept,
      itemField(config, itemType),
      ...(position === '' ? [] : [{ name: position, type: 'int64' as const, nullable: keepEmpty }]),
    ],
    eventTime: input.eventTime !== null && stays(input.eventTime) ? input.eventTime : null,
    changes,
  }
}
