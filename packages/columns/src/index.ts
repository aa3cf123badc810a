export { logicalTypeOfCode, TYPE_CODES, type LogicalType } from './logicalType.ts'
