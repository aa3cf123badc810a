export type {
  Emitter,
  FileAccess,
  Operator,
  OperatorContext,
  OperatorLogger,
  OperatorModule,
  OperatorRegistry,
  RowError,
  SecretAccess,
  SinkOperator,
  SourceOperator,
  TableChannel,
  TransformOperator,
  WindowEnd,
} from './operator.ts'
export type { KeyWriter, StateField, StateList, StateMultimap, StateRegistry, StateTable, StateValue, TableShape } from './state.ts'
export type { RowPostAnswer, RowsToPost } from '@belay/run'
export type { IngestLog } from '../ingest/ingestLog.ts'
export { EngineError } from './engineError.ts'
export { isFilePattern, matchingFiles } from './filePattern.ts'
export { syncFile } from '../store/sync.ts'
export { writeColumnKey } from './columnKey.ts'
export { MASKED_FROM_CHARACTERS, SecretMask } from './secretMask.ts'
export { murmur3 } from '../state/murmur.ts'
