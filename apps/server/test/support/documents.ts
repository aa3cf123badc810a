/** Small pipelines for tests. */
import type { PipelineDocument } from '@belay/pipeline'

/** Generator → file, with a table beside it: `rows` 0 = without end. */
export function numbers(
  options: { readonly id?: string; readonly rows?: number; readonly rowsPerSecond?: number; readonly folder?: string } = {},
): PipelineDocument {
  return {
    format: 1,
    id: options.id ?? 'numbers',
    name: 'Numbers',
    parameters: { speed: { type: 'number', default: options.rowsPerSecond ?? 2000 } },
    settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432 },
    operators: [
      {
        id: 'source',
        type: 'generator',
        typeVersion: 1,
        name: 'source',
        config: { rows: options.rows ?? 0, rowsPerSecond: '${speed}', seed: 7, keys: 10 },
      },
      { id: 'some', type: 'filter', typeVersion: 1, name: 'some', config: { condition: 'id % 2 = 0' }, isolate: true },
      {
        id: 'file',
        type: 'file-sink',
        typeVersion: 1,
        name: 'file',
        config: { folder: options.folder ?? 'home:numbers', name: 'numbers', format: 'json-lines', layout: 'parts' },
      },
      { id: 'table', type: 'table-view', typeVersion: 1, name: 'table', config: { rows: 10, key: [] } },
    ],
    streams: [
      { id: 's1', from: { operator: 'source', port: 'out' }, to: [{ operator: 'some', port: 'in' }] },
      {
        id: 's2',
        from: { operator: 'some', port: 'true' },
        to: [
          { operator: 'file', port: 'in' },
          { operator: 'table', port: 'in' },
        ],
      },
    ],
    layout: {},
  }
}

/** CSV → file, both by plain path: for the command line. */
export function copying(
  config: { readonly file?: string; readonly folder?: string; readonly columns?: readonly string[] } = {},
): PipelineDocument {
  return {
    format: 1,
    id: 'copying',
    name: 'Copying',
    parameters: {
      input: { type: 'string', default: config.file ?? './rows.csv' },
      output: { type: 'string', default: config.folder ?? './out' },
      word: { type: 'string', default: 'a/b' },
      header: { type: 'boolean', default: true },
    },
    settings: { windowMs: 50, checkpointIntervalMs: 200, memoryBytes: 33_554_432 },
    operators: [
      {
        id: 'rows',
        type: 'csv-source',
        typeVersion: 1,
        name: 'rows',
        config: {
          file: '${input}',
          columns: (config.columns ?? ['name', 'size']).map((name) => ({ name, type: 'string', nullable: true })),
          eventTime: null,
          outOfOrderMs: 0,
          rowsPerSecond: 0,
          follow: false,
          header: '${header}',
          delimiter: ',',
        },
      },
      {
        id: 'out',
        type: 'file-sink',
        typeVersion: 1,
        name: 'out',
        config: { folder: '${output}', name: 'rows', format: 'json-lines', layout: 'parts' },
      },
    ],
    streams: [{ id: 's1', from: { operator: 'rows', port: 'out' }, to: [{ operator: 'out', port: 'in' }] }],
    layout: {},
  }
}
