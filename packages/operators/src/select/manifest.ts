import type { EdgeType, OperatorManifest, StreamKind, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { planSelection, type SelectedColumn } from './selection.ts'

export type SelectConfig = { mode: 'all' | 'listed'; columns: { name: string; expression: string }[]; drop: string[] }

/** The name under which an input column is passed on, its own if it has kept it; null = it is not. */
function nameOf(columns: readonly SelectedColumn[], source: string): string | null {
  const passed = columns.filter((column) => column.source === source)
  return (passed.find(({ name }) => name === source) ?? passed[0])?.name ?? null
}

export const select: OperatorManifest<SelectConfig> = {
  type: 'select',
  typeVersion: 1,
  title: 'Select',
  category: 'transform',
  summary: 'Chooses, renames and computes columns',
  keywords: ['map', 'project', 'columns', 'rename', 'compute', 'cast', 'drop'],
  icon: 'M2 3h12M2 8h7M2 13h10',
  help: 'Each column has a **name** and an **expression** over the input. **All** keeps the input columns and adds or replaces the listed ones; **Listed** gives exactly the listed ones. A row whose expression fails goes to **errors** and is left out.',
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes'] }],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({
    mode: Type.Unsafe<'all' | 'listed'>({ type: 'string', enum: ['all', 'listed'] }),
    columns: Type.Array(Type.Object({ name: Type.String(), expression: Type.String() })),
    drop: Type.Array(Type.String()),
  }),
  form: [
    {
      path: '/mode',
      label: 'Keep',
      control: {
        kind: 'choice',
        options: [
          { value: 'all', label: 'all columns, plus these' },
          { value: 'listed', label: 'only these' },
        ],
      },
    },
    { path: '/columns', label: 'Columns', control: { kind: 'assignments', input: 'in' } },
    { path: '/drop', label: 'Leave out', control: { kind: 'columns', input: 'in' } },
  ],
  guarantee: { role: 'transform', sentence: 'Keeps no state; replayed rows give the same result.' },
  flink: { support: 'differs', note: 'A row whose expression fails is NULL or fails the job there; here it goes to errors.' },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'any' },
  carries: ({ config, inputs }, port, column) => nameOf(planSelection(config, inputs[port]?.schema ?? []).columns, column),
  defaultConfig: { mode: 'all', columns: [], drop: [] },
  summarise: ({ columns, drop }) => [...columns.map(({ name }) => name), ...drop.map((name) => `without ${name}`)].join(', '),
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems: [] }
    const { columns, problems } = planSelection(config, input.schema)
    if (problems.some(({ severity }) => severity === 'error')) return { outputs: {}, problems }
    const carried = (name: string): string | null => nameOf(columns, name)
    const { key } = input.changes
    const keyNames = key === null ? null : key.map(carried)
    const kept = keyNames === null || keyNames.includes(null) ? null : keyNames.filter((name) => name !== null)
    const changes: StreamKind = input.changes.kind === 'upsert' ? input.changes : { kind: input.changes.kind, key: kept }
    const out: EdgeType = {
      schema: columns.map(({ name, type, nullable }) => ({ name, type, nullable })),
      eventTime: input.eventTime === null ? null : carried(input.eventTime),
      changes,
    }
    return { outputs: { out }, problems }
  },
}
