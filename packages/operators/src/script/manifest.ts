import type { Schema } from '@belay/columns'
import type { ConfigProblem, EdgeType, OperatorManifest, TypingInput, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { ColumnsSchema, declaredProblems, type DeclaredColumn } from '../typing/columns.ts'
import { keyProblems } from '../typing/keys.ts'
import { ttlField, ttlProblems, TtlSchema } from '../typing/timeToLive.ts'

export type ScriptConfig = {
  /** The body of a function of `row` and `ctx`, or a module with `export default (row, ctx) => …`. */
  code: string
  /** What it gives; empty = the columns of the input. */
  columns: DeclaredColumn[]
  /** Rows that agree in these columns go to one partition. */
  keys: string[]
  /** State not written for so long is forgotten; 0 = never, as said; absent = never, as nobody has said. */
  ttlMs?: number
  /** It knows what to do with rows that are taken back. */
  changelogAware: boolean
}

/** What the script gives. The event time goes on under its own name. */
function outputEdge({ config, inputs }: TypingInput<ScriptConfig>): EdgeType | null {
  const input = inputs['in']
  if (input === undefined) return null
  const schema: Schema =
    config.columns.length === 0 ? input.schema : config.columns.map(({ name, type, nullable }) => ({ name, type, nullable }))
  const { eventTime } = input
  const kept = schema.some(({ name, type }) => name === eventTime && type === 'timestamp')
  const { kind } = input.changes
  return { schema, eventTime: kept ? eventTime : null, changes: { kind: kind === 'upsert' ? 'changes' : kind, key: null } }
}

export const script: OperatorManifest<ScriptConfig> = {
  type: 'script',
  typeVersion: 1,
  title: 'Script',
  category: 'transform',
  summary: 'Runs JavaScript of your own for each row, with state and timers',
  keywords: ['javascript', 'js', 'code', 'function', 'custom', 'udf', 'user-defined', 'flatmap', 'process', 'map', 'state', 'timer'],
  icon: 'M5.5 4L2 8l3.5 4M10.5 4L14 8l-3.5 4M9 2.5L7 13.5',
  help: [
    'Write the body of a function of `row` and `ctx`, or a module with `export default (row, ctx) => …`. It is called once for each row, in strict mode, and returns nothing, an object, or an array of objects, whose properties are the declared output columns. `ctx.emit(object)` gives a row as well. It has to be synchronous: there is no `import`, and a promise is an error.',
    '`row.name` reads a column: numbers, timestamps and intervals (ms) are numbers, int64 beyond 2^53 a BigInt, decimals and dates text (`4263.060`, `2001-01-31`), json what it stands for, NULL null. The row is gone after the call, and using a kept one throws: keep `row.copy()`, a plain object, which also makes `{ ...row.copy(), total: 1 }`.',
    '`ctx.state.get(key)`, `.set(key, value)` and `.delete(key)` keep JSON values that are in every checkpoint. Variables outside the function are not state: they begin anew whenever the operator does. `ctx.timer(atMs, key)` calls `export function onTimer({ at, key }, ctx)` at the end of the first window whose event time (the watermark) has reached `at`; where the rows have no event time, window time counts, and at the end of the input all that are left.',
    '`ctx.log.info(text, fields)`, `.debug`, `.warning` and `.error`, and `console`, write into the run’s log, which the monitor shows live; a row that is replayed writes again.',
    '`ctx.now()` is the window’s time: it goes on by the length of a window with each window, and is the same when the window is replayed. `ctx.random()` is seeded by operator, window and row. `ctx.op` is `+I`, `-U`, `+U` or `-D` where rows are taken back. `Date.now()` and `Math.random()` are allowed: after a failure rows may then come out other than before, but each of them once.',
    'A row for which the script throws, or gives what does not fit the columns, goes to **errors** with the line of the script, and leaves nothing behind: no output, no state, no timer. A script that never returns is ended, and the row found and left out or reported, as set for the operator.',
    'A script is trusted like the person who may edit the pipeline: it runs with all rights of the run’s process.',
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes'] }],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({
    code: Type.String({ maxLength: 100_000 }),
    columns: ColumnsSchema,
    keys: Type.Array(Type.String()),
    ttlMs: TtlSchema,
    changelogAware: Type.Boolean(),
  }),
  form: [
    { path: '/code', label: 'Script', control: { kind: 'code', language: 'javascript' } },
    { path: '/columns', label: 'Gives', help: 'Empty = the columns of the input', control: { kind: 'schema' } },
    { path: '/keys', label: 'Share out by', help: 'For several partitions', advanced: true, control: { kind: 'columns', input: 'in' } },
    { ...ttlField, label: 'Forgets state after', help: 'Since it was last written; 0 = never', advanced: true },
    {
      path: '/changelogAware',
      label: 'Takes rows that are taken back',
      help: 'What it gives for such a row is taken back too',
      advanced: true,
      control: { kind: 'switch' },
    },
  ],
  guarantee: { role: 'transform', sentence: 'Its state and timers are in every checkpoint; variables of the script are not.' },
  flink: { support: 'no', reason: 'The script is JavaScript. Write a user-defined function there.' },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'key', columns: ({ keys }) => keys },
  defaultConfig: { code: 'return row\n', columns: [], keys: [], changelogAware: false },
  summarise: ({ code }) => firstLine(code),
  typing(typing): TypingResult {
    const { config, inputs } = typing
    const problems: ConfigProblem[] = [...declaredProblems(config.columns, '/columns')]
    if (config.code.trim() === '')
      problems.push({
        code: 'SCRIPT_EMPTY',
        severity: 'error',
        message: 'There is no script. Write one, e.g. `return row` to pass every row on.',
        configPath: '/code',
        fixes: [{ kind: 'set-config', label: 'Pass every row on', configPath: '/code', value: 'return row\n' }],
      })
    if (/\.\s*state\b/.test(config.code)) problems.push(...ttlProblems(config.ttlMs, [], 'every key that the script sets'))
    const input = inputs['in']
    if (input !== undefined) problems.push(...keyProblems(config.keys, input.schema, '/keys'), ...changesProblems(config, input))
    const edge = outputEdge(typing)
    return { outputs: edge === null || problems.some(({ severity }) => severity === 'error') ? {} : { out: edge }, problems }
  },
}

function changesProblems(config: ScriptConfig, input: EdgeType): readonly ConfigProblem[] {
  if (input.changes.kind === 'append' || config.changelogAware) return []
  return [
    {
      code: 'SCRIPT_CHANGES',
      severity: 'error',
      message:
        'The script gets rows that are taken back, and does not say that it knows what to do with them. Turn the changes into rows with a column op before it, or let it take them: `ctx.op` then says which is which.',
      port: 'in',
      fixes: [{ kind: 'set-config', label: 'Let it take them', configPath: '/changelogAware', value: true }],
    },
  ]
}

/** The first line that is not only a comment. */
function firstLine(code: string): string {
  return (
    code
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '' && !line.startsWith('//')) ?? ''
  )
}
