/** Rows as lines of text. */
import type { Batch, Schema } from '@belay/columns'
import { OPS } from '../rows/ops.ts'
import { csvQuoted, csvText, jsonText } from '../rows/rowText.ts'
import { modeOf, OP_COLUMN, type FileSinkConfig } from './manifest.ts'

export interface RowFormat {
  /** First line of a file; empty = none. */
  readonly header: string
  line(batch: Batch, row: number): string
}

function opOf(batch: Batch, row: number): string {
  return OPS[batch.kinds?.[row] ?? 0]
}

export function rowFormat(config: FileSinkConfig, schema: Schema): RowFormat {
  const withOp = modeOf(config) === 'changelog'
  if (config.format === 'csv') {
    const names = schema.map((field) => csvQuoted(field.name))
    return {
      header: `${(withOp ? [OP_COLUMN, ...names] : names).join(',')}\n`,
      line(batch, row) {
        const values = batch.columns.map((column) => csvText(column, row)).join(',')
        return withOp ? `${opOf(batch, row)},${values}\n` : `${values}\n`
      },
    }
  }
  const names = schema.map((field) => `${JSON.stringify(field.name)}:`)
  return {
    header: '',
    line(batch, row) {
      let line = withOp ? `{"${OP_COLUMN}":"${opOf(batch, row)}"` : '{'
      for (let i = 0; i < names.length; i += 1) line += (i > 0 || withOp ? ',' : '') + names[i] + jsonText(batch.columns[i], row)
      return `${line}}\n`
    },
  }
}
