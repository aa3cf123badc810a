export { logicalTypeOfCode, TYPE_CODES, type LogicalType } from './logicalType.ts'
export { fieldIndex, type Field, type Schema } from './schema.ts'
export {
  isNullAt,
  storageOf,
  textAt,
  textOfBytes,
  valueAt,
  type BoolColumn,
  type BytesColumn,
  type Column,
  type NumberColumn,
  type Storage,
  type Value,
} from './column.ts'
export { BATCH_BYTES, BATCH_ROWS, gatherBatch, gatherColumn, ROW_KIND, rowAt, sliceBatch, type Batch } from './batch.ts'
export { BatchBuilder, batchOf, BoolBuilder, BytesBuilder, columnBuilder, NumberBuilder, type ColumnBuilder } from './batchBuilder.ts'
export { CodecError, decodeBatch, ENCODING, encodeBatch, encodedSizeBytes } from './codec.ts'
