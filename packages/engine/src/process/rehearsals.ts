/** What the thread in reserve may practise (see container/rehearsal.ts): the containers through which most rows go. */
import { USUAL_LOG_LEVEL } from '@belay/run'
import type { Deployment, LogBinding, Rehearsal } from '../container/protocol.ts'
import { configsFrom, type JobState } from '../job/index.ts'
import { instanceOf, type PlannedContainer } from '../plan/physicalPlan.ts'
import type { StreamLogs } from './streamLogs.ts'

/** Fewer say little about a stream, and who gets fewer within its log is not waited for. */
const LEAST_ROWS = 10_000
const MOST_ROWS = 60_000
const MOST_BYTES = 16_777_216
const MOST_CONTAINERS = 3

export function rehearsals(state: JobState, logs: StreamLogs): Rehearsal[] {
  const found = state.plan.containers.flatMap((container) => rehearsalOf(container, state, logs) ?? []).sort((a, b) => b.rows - a.rows)
  // One of several partitions is enough: all run the same code.
  const byCode = new Map(found.toReversed().map(({ rehearsal }) => [codeOf(rehearsal), rehearsal]))
  return [...byCode.values()].reverse().slice(0, MOST_CONTAINERS)
}

function codeOf({ deployments }: Rehearsal): string {
  return deployments.map(({ instance }) => instance.operator).join()
}

function rehearsalOf(
  { id, kind, instances }: PlannedContainer,
  state: JobState,
  logs: StreamLogs,
): { readonly rows: number; readonly rehearsal: Rehearsal } | null {
  const planned = instances.map((instance) => instanceOf(state.plan, instance))
  if (kind !== 'compute' || planned.some(({ role }) => role !== 'transform')) return null
  // A row that took its thread along once would take this one too.
  if (planned.some(({ id: instance, operator }) => (state.poison[operator] ?? []).length > 0 || state.budget[instance] !== undefined))
    return null
  const read = logs.readersOf(id).flatMap(({ log, reader }) => {
    const newest = log.control.newestRead(reader, MOST_ROWS, MOST_BYTES)
    return newest === null ? [] : [{ log, reader, ...newest }]
  })
  const rows = read.reduce((sum, passage) => sum + passage.rows, 0)
  if (rows < LEAST_ROWS || read.length < logs.readersOf(id).length) return null
  // All inputs begin with one window; that the first one is not whole does not matter.
  const first = Math.max(...read.map(({ window }) => window))
  const passages = read.map(({ log, from, to, window }) => ({
    stream: log.stream.id,
    from: window === first ? from : log.control.firstRecordOf(first),
    to,
  }))
  const nothing = { number: 0, ring: [], skipTo: null }
  const bindings: LogBinding[] = [
    ...logs.publishedBy(id).map(({ stream, handle }) => ({
      ...nothing,
      stream: stream.id,
      handle,
      routing: stream.routing,
      readers: stream.logReaders.length,
      reader: null,
      position: null,
    })),
    ...read.map(({ log: { stream, handle }, reader }, i) => ({
      ...nothing,
      stream: stream.id,
      handle,
      routing: null,
      readers: stream.logReaders.length,
      reader,
      position: passages[i].from,
    })),
  ]
  const deployments = planned.map((instance): Deployment => {
    const { now } = configsFrom(instance.config, state.live[instance.operator] ?? [], first)
    return {
      instance: { ...instance, config: now, onRowError: 'skip' },
      number: 0,
      state: null,
      cut: first - 1,
      reached: first - 1,
      finished: false,
      endedInputs: [],
      verb: null,
      suspectUntil: null,
      poison: [],
      rowErrorRules: [],
      logLevel: USUAL_LOG_LEVEL,
      live: [],
    }
  })
  return { rows, rehearsal: { deployments, logs: bindings, passages } }
}
