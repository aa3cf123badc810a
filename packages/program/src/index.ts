/** Pipelines as TypeScript programs, which make the same document as the designer. */
export {
  approxCountDistinct,
  arrayAgg,
  avg,
  count,
  countDistinct,
  first,
  last,
  max,
  min,
  percentile,
  stddev,
  stddevPop,
  sum,
  topK,
  varPop,
  varSamp,
  type Aggregate,
} from './aggregates.ts'
export type { Columns, ColumnsSpec, ColumnType } from './columns.ts'
export type { OperatorOptions, PipelineOptions } from './drawing.ts'
export { pipeline, type Pipeline } from './pipeline.ts'
export { ProgramError } from './programError.ts'
export type { Stream } from './stream.ts'
