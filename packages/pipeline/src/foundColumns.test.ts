import { expect, test } from 'vitest'
import { Type } from 'typebox'
import { withFoundColumns, type FoundInFile, type OperatorManifest, type PipelineDocument } from './index.ts'

const source = {
  type: 'rows',
  typeVersion: 1,
  title: 'Rows',
  category: 'sources',
  summary: '',
  keywords: [],
  icon: '',
  help: '',
  inputs: [],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({}),
  form: [{ path: '/columns', label: 'Columns', control: { kind: 'schema' } }],
  guarantee: { role: 'source', replay: 'seek', sentence: '' },
  flink: { support: 'yes' },
  container: 'io',
  stateful: false,
  partitioning: { kind: 'none', reason: '' },
  defaultConfig: { columns: [], eventTime: null, delimiter: ',', format: 'csv' },
  summarise: () => '',
  typing: () => ({ outputs: {}, problems: [] }),
} satisfies OperatorManifest

const COLUMNS = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'at', type: 'timestamp', nullable: false },
] as const
const FOUND: FoundInFile = { format: 'json-lines', columns: COLUMNS, eventTime: 'at', config: { delimiter: ';' } }

function configAfter(
  config: Readonly<Record<string, unknown>>,
  written: 'kept' | 'replaced',
  found = FOUND,
  manifest: OperatorManifest = source,
): unknown {
  const document: PipelineDocument = {
    format: 1,
    id: 'p',
    name: 'P',
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 33_554_432 },
    operators: [{ id: 'rows', type: 'rows', typeVersion: 1, name: '', config: { ...source.defaultConfig, ...config } }],
    streams: [],
    layout: {},
  }
  return withFoundColumns(document, { rows: manifest }, 'rows', found, written).operators[0].config
}

const WHOLE = { columns: COLUMNS, eventTime: 'at', delimiter: ';', format: 'json-lines' }

test.each(['kept', 'replaced'] as const)('what stands at its default is filled in (%s)', (written) => {
  expect(configAfter({}, written)).toEqual(WHOLE)
})

test('what somebody wrote down is kept where it is meant, and replaced where the form reads another file', () => {
  const own = { eventTime: 'gone', delimiter: '|' }
  expect(configAfter(own, 'kept')).toEqual({ ...WHOLE, ...own })
  expect(configAfter(own, 'replaced')).toEqual(WHOLE)
  const two = { ...FOUND, columns: [...COLUMNS, { name: 'seen', type: 'timestamp', nullable: true }] } as const
  for (const written of ['kept', 'replaced'] as const)
    expect(configAfter({ eventTime: 'seen' }, written, two)).toMatchObject({ eventTime: 'seen' })
})

test('the format of a sink is its own, and Parquet is no format of lines', () => {
  expect(configAfter({}, 'replaced', FOUND, { ...source, category: 'sinks' })).toMatchObject({ format: 'csv' })
  expect(configAfter({}, 'replaced', { ...FOUND, format: 'parquet' })).toMatchObject({ format: 'csv' })
})
