import type { OperatorManifest, StreamKind } from '@belay/pipeline'
import { Type } from 'typebox'
import { ColumnsSchema, sourceTyping, type DeclaredColumn } from '../typing/columns.ts'

/** The field of a given row that says what happens to it; without it the row is new. */
export const OP_FIELD = '$op'

export type GivenRowsConfig = {
  columns: DeclaredColumn[]
  eventTime: string | null
  /** The watermark without one of its own is so far behind the newest row. */
  outOfOrderMs: number
  changes: StreamKind['kind']
  key: string[] | null
  /** `watermark`: ms since the epoch after the rows; null = as before. */
  steps: { rows: Record<string, unknown>[]; watermark: number | null }[]
  /** A step begins, and the end comes, when there is a file of this name with `-` and the step's number; null = at once. */
  gate: string | null
}

export const givenRows: OperatorManifest<GivenRowsConfig> = {
  type: 'given-rows',
  typeVersion: 1,
  title: 'Given rows',
  category: 'sources',
  summary: 'The rows of a test, in the place of a source',
  keywords: ['test', 'values', 'fixture'],
  icon: 'M2 4h12M2 8h12M2 12h7',
  help: 'Stands in the place of a source while a test of the pipeline runs.',
  inputs: [],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({
    columns: ColumnsSchema,
    eventTime: Type.Union([Type.String(), Type.Null()]),
    outOfOrderMs: Type.Number({ minimum: 0 }),
    changes: Type.Unsafe<StreamKind['kind']>({ type: 'string', enum: ['append', 'changes', 'upsert'] }),
    key: Type.Union([Type.Array(Type.String()), Type.Null()]),
    steps: Type.Array(
      Type.Object({
        rows: Type.Array(Type.Record(Type.String(), Type.Unknown())),
        watermark: Type.Union([Type.Number(), Type.Null()]),
      }),
    ),
    gate: Type.Union([Type.String(), Type.Null()]),
  }),
  form: [],
  guarantee: { role: 'source', replay: 'seek', sentence: 'Gives the same rows again from any one of them.' },
  flink: { support: 'no', reason: 'It is there for tests in Belay.' },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'none', reason: 'its rows have one order.' },
  internal: true,
  defaultConfig: { columns: [], eventTime: null, outOfOrderMs: 0, changes: 'append', key: null, steps: [], gate: null },
  summarise: ({ steps }) => `${steps.reduce((sum, { rows }) => sum + rows.length, 0)} rows`,
  typing({ config }) {
    const { outputs, problems } = sourceTyping({ ...config, file: 'given' })
    const out = outputs['out']
    if (out === undefined) return { outputs, problems }
    const { changes, key } = config
    return {
      outputs: { out: { ...out, changes: changes === 'upsert' ? { kind: changes, key: key ?? [] } : { kind: changes, key } } },
      problems,
    }
  },
}
