export {
  arrayType,
  decimalType,
  elementOf,
  isArray,
  isDecimal,
  LOGICAL_TYPE_PATTERN,
  MAX_PRECISION,
  parseLogicalType,
  precisionOf,
  scaleOf,
  typeNameOf,
  type ArrayType,
  type DecimalType,
  type LogicalType,
  type ScalarType,
  type TypeName,
} from './logicalType.ts'
export { fieldIndex, type Field, type Schema } from './schema.ts'
export {
  exactAt,
  isNullAt,
  storageOf,
  textAt,
  textOfBytes,
  valueAt,
  valueOfNumber,
  type ArrayColumn,
  type BoolColumn,
  type BytesColumn,
  type Column,
  type I64Column,
  type NumberColumn,
  type NumberType,
  type Storage,
  type Value,
} from './column.ts'
export { civilOfDays, dateText, daysOfCivil, monthLength, parseDate } from './calendar.ts'
export { decimalText, exactOf, MAX_INT64, MIN_INT64, parseDecimal, parseInt64, roundedQuotient, type Exact } from './decimal.ts'
export { compareText, compareValues } from './order.ts'
export { BATCH_BYTES, BATCH_ROWS, gatherBatch, gatherColumn, ROW_KIND, rowAt, sliceBatch, sliceColumn, type Batch } from './batch.ts'
export { copyBytes, viewOf } from './copyBytes.ts'
export { BatchBuilder, batchOf } from './batchBuilder.ts'
export {
  ArrayBuilder,
  BoolBuilder,
  BytesBuilder,
  columnBuilder,
  NumberBuilder,
  pushFrom,
  pushRows,
  pushValue,
  type ColumnBuilder,
} from './columnBuilder.ts'
export { CodecError, decodeBatch, encodeBatch, encodedSizeBytes } from './codec.ts'
