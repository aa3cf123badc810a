import type { Schema } from '@belay/columns'
import type { ConfigProblem, EdgeType, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { unknownColumn } from '../typing/columns.ts'
import { EVENT_SCHEMAS, KINDS, type EventKind } from './schemas.ts'

export type NexmarkSourceConfig = {
  /** JSON lines of events; empty = events are made here. */
  file: string
  /** How many events are made; 0 = without end. */
  events: number
  rowsPerSecond: number
  /** Made events: so many of them in a second of their own time. */
  eventRate: number
  outOfOrderMs: number
  seed: number
  /** Only these columns of each kind; absent = all. The event time is always there. */
  columns?: Partial<Record<EventKind, string[]>>
}

/** Columns of a kind as the output has them, in the order of the published schema. */
export function eventColumns(config: NexmarkSourceConfig, kind: EventKind): Schema {
  const wanted = config.columns?.[kind]
  const all = EVENT_SCHEMAS[kind]
  return wanted === undefined ? all : all.filter(({ name }) => name === 'dateTime' || wanted.includes(name))
}

const Names = Type.Optional(Type.Array(Type.String()))

export const nexmarkSource: OperatorManifest<NexmarkSourceConfig> = {
  type: 'nexmark-source',
  typeVersion: 1,
  title: 'Nexmark events',
  category: 'sources',
  summary: 'Persons, auctions and bids of the Nexmark benchmark, from a file or made up',
  keywords: ['benchmark', 'auction', 'bid', 'generator', 'test data', 'nexmark'],
  icon: 'M2.5 13.5h7M3.5 5.5l4-4l3 3l-4 4zM8.5 6.5l5 5',
  help: [
    'Gives the events of the Nexmark benchmark on three outputs. From a **file** of JSON lines, whose objects say their `type`; or, without a file, events with the published proportions (1 person, 3 auctions, 46 bids in 50) and skews, the same ones for the same seed.',
    'Made events are in time order; **events a second** of their own time says how dense they are. Only outputs that are connected are filled, and only the columns asked for.',
  ].join('\n\n'),
  inputs: [],
  outputs: KINDS.map((kind) => ({ name: `${kind}s`, title: `${kind[0].toUpperCase()}${kind.slice(1)}s` })),
  configSchema: Type.Object({
    file: Type.String(),
    events: Type.Integer({ minimum: 0 }),
    rowsPerSecond: Type.Number({ minimum: 0 }),
    eventRate: Type.Integer({ minimum: 1 }),
    outOfOrderMs: Type.Integer({ minimum: 0 }),
    seed: Type.Integer({ minimum: 0 }),
    columns: Type.Optional(Type.Object({ person: Names, auction: Names, bid: Names })),
  }),
  form: [
    {
      path: '/file',
      label: 'File',
      help: 'Empty = events are made up',
      control: { kind: 'file', access: 'read', extensions: ['jsonl', 'json'] },
    },
    { path: '/events', label: 'Events', help: 'Made up; 0 = without end', control: { kind: 'number', min: 0 } },
    { path: '/rowsPerSecond', label: 'Speed', unit: 'events/s', help: '0 = as fast as it goes', control: { kind: 'number', min: 0 } },
    { path: '/eventRate', label: 'Events a second of their own time', advanced: true, control: { kind: 'number', min: 1 } },
    { path: '/outOfOrderMs', label: 'Events may be late by', unit: 'ms', advanced: true, control: { kind: 'duration' } },
    { path: '/seed', label: 'Seed', advanced: true, control: { kind: 'number', min: 0 } },
  ],
  guarantee: {
    role: 'source',
    replay: 'seek',
    sentence: 'Goes back to any event, of the file or made up, so nothing is lost and nothing comes twice.',
  },
  flink: { support: 'differs', note: "There it is a connector of the benchmark's own, with other made-up events." },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'none', reason: 'its events are one sequence.' },
  defaultConfig: { file: '', events: 1_000_000, rowsPerSecond: 10_000, eventRate: 1000, outOfOrderMs: 0, seed: 1 },
  summarise: ({ file, events }) =>
    file !== '' ? (file.split(/[:/]/).at(-1) ?? '') : events === 0 ? 'made up, without end' : `${String(events)} made up`,
  typing({ config }): TypingResult {
    const problems: ConfigProblem[] = []
    const outputs: Record<string, EdgeType> = {}
    for (const kind of KINDS) {
      config.columns?.[kind]?.forEach((name, i) => {
        if (!EVENT_SCHEMAS[kind].some((field) => field.name === name))
          problems.push(unknownColumn(name, EVENT_SCHEMAS[kind], `/columns/${kind}/${i}`))
      })
      const schema = eventColumns(config, kind)
      const key = kind !== 'bid' && schema.some(({ name }) => name === 'id') ? ['id'] : null
      outputs[`${kind}s`] = { schema, eventTime: 'dateTime', changes: { kind: 'append', key } }
    }
    return { outputs, problems }
  },
}
