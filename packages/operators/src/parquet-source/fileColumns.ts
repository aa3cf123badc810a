/** What the columns of a Parquet file are, and as which types they can be read. */
import { arrayType, decimalType, isArray, isDecimal, MAX_PRECISION, scaleOf, type LogicalType, type ScalarType } from '@belay/columns'
import { parquetSchema, type FileMetaData, type SchemaElement } from 'hyparquet'
import { flatShape, type FlatShape } from './flatColumn.ts'

type SchemaNode = ReturnType<typeof parquetSchema>

type FileKind = 'bool' | 'integer' | 'float' | 'text' | 'json' | 'timestamp' | 'date' | 'decimal' | 'uuid' | 'nested' | 'unknown'

export interface FileColumn {
  readonly name: string
  readonly kind: FileKind
  /** The type that keeps the values as they are. */
  readonly type: LogicalType
  readonly nullable: boolean
  /** Digits after the point of a decimal. */
  readonly scale: number
  /** How its pages are read; null = by hyparquet. */
  readonly flat: FlatShape | null
}

export function fileColumns(metadata: FileMetaData): readonly FileColumn[] {
  return parquetSchema(metadata).children.map((node) => {
    const { element } = node
    const kind = kindOf(node)
    return {
      name: element.name,
      kind,
      type: kind === 'nested' ? nestedType(node) : scalarType(kind, element),
      nullable: element.repetition_type !== 'REQUIRED',
      scale: element.scale ?? 0,
      flat: node.children.length === 0 ? flatShape(element) : null,
    }
  })
}

function kindOf({ element, children }: SchemaNode): FileKind {
  if (children.length > 0 || element.repetition_type === 'REPEATED') return 'nested'
  const logical = element.logical_type?.type
  const converted = element.converted_type
  if (logical === 'DECIMAL' || converted === 'DECIMAL') return 'decimal'
  if (logical === 'DATE' || converted === 'DATE') return 'date'
  if (logical === 'TIMESTAMP' || converted?.startsWith('TIMESTAMP') === true) return 'timestamp'
  if (logical === 'JSON' || converted === 'JSON') return 'json'
  if (logical === 'UUID') return 'uuid'
  if (logical === 'FLOAT16') return 'float'
  if (logical === 'BSON' || converted === 'BSON' || converted === 'INTERVAL' || logical === 'GEOMETRY' || logical === 'GEOGRAPHY')
    return 'unknown'
  switch (element.type) {
    case 'BOOLEAN':
      return 'bool'
    case 'INT32':
    case 'INT64':
      return 'integer'
    case 'INT96':
      return 'timestamp'
    case 'FLOAT':
    case 'DOUBLE':
      return 'float'
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      return 'text'
    default:
      return 'unknown'
  }
}

function scalarType(kind: FileKind, { precision = 0, scale = 0 }: SchemaElement): ScalarType {
  switch (kind) {
    case 'bool':
    case 'timestamp':
    case 'date':
    case 'json':
      return kind
    case 'integer':
      return 'int64'
    case 'float':
      return 'float64'
    case 'decimal':
      return precision >= 1 && precision <= MAX_PRECISION ? decimalType(precision, scale) : 'float64'
    case 'nested':
      return 'json'
    case 'text':
    case 'uuid':
    case 'unknown':
      return 'string'
  }
}

/** A list of single values is an array, everything else JSON. */
function nestedType({ element, children }: SchemaNode): LogicalType {
  const isList = element.logical_type?.type === 'LIST' || element.converted_type === 'LIST'
  const repeated = children[0]
  const item = isList && repeated?.children.length === 1 ? repeated.children[0] : undefined
  if (item === undefined) return 'json'
  const kind = kindOf(item)
  // Decimals in a list are read as numbers, which do not keep them exactly.
  return kind === 'nested' || kind === 'unknown' || kind === 'decimal' ? 'json' : arrayType(scalarType(kind, item.element))
}

/** The types as which the column can be read, the one that keeps it as it is first. */
export function readableTypes(column: FileColumn): readonly LogicalType[] {
  switch (column.kind) {
    case 'bool':
    case 'float':
    case 'uuid':
      return [column.type]
    case 'integer':
      return ['int64', 'float64', 'timestamp', 'interval']
    case 'text':
    case 'json':
      return column.kind === 'text' ? ['string', 'json'] : ['json', 'string']
    case 'timestamp':
      return ['timestamp', 'int64']
    case 'date':
      return ['date', 'timestamp']
    case 'decimal':
      return column.type === 'float64' ? ['float64'] : [column.type, 'float64']
    case 'nested':
      return column.type === 'json' ? ['json'] : [column.type, 'json']
    case 'unknown':
      return []
  }
}

export function isReadable(column: FileColumn, as: LogicalType): boolean {
  const types = readableTypes(column)
  if (types.includes(as)) return true
  // Other digits before the point: what does not fit is told row by row.
  if (column.kind === 'decimal') return isDecimal(as) && scaleOf(as) === column.scale
  return column.kind === 'nested' && isArray(as) && isArray(column.type)
}

/** Decimals as they are stored: hyparquet makes them numbers, which do not hold all of them. */
export function withRawDecimals(metadata: FileMetaData): FileMetaData {
  return {
    ...metadata,
    schema: metadata.schema.map((element) => {
      if (element.converted_type !== 'DECIMAL' && element.logical_type?.type !== 'DECIMAL') return element
      const { converted_type: _converted, logical_type: _logical, ...raw } = element
      return raw
    }),
  }
}
