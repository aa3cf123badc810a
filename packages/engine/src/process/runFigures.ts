/**
 * Figures for the page (packages/run, figures.ts): sampled from shared memory four times a second,
 * rates and shares over the last second.
 */
import {
  USUAL_LOG_LEVEL,
  type CheckpointSummary,
  type OperatorActivity,
  type PlanStreamFigures,
  type RunFigures,
  type StreamFigures,
} from '@belay/run'
import { BLOCKED_BY } from '../container/edge.ts'
import type { JobState } from '../job/index.ts'
import type { PlannedInstance } from '../plan/physicalPlan.ts'
import { ACTIVITIES, INSTANCE_WORD, instanceWords, streamRowsWord } from '../stats/statsBlock.ts'
import { operatorFigures, type InstanceSample } from './operatorFigures.ts'
import type { StreamLogs } from './streamLogs.ts'
import { residentBytes } from './memoryGuard.ts'

interface Sample {
  readonly atMs: number
  readonly rowsIn: number
  readonly rowsOut: number
  readonly ns: Readonly<Record<OperatorActivity, number>>
}

const KEPT_SAMPLES = 5
const LIVE_ROWS = new Set(['running', 'replaying'])

export interface Extra {
  readonly figures: Readonly<Record<string, number>>
  readonly progress: number | null
}

export class FigureSampler {
  readonly #stats: SharedArrayBuffer
  readonly #words: readonly Float64Array[]
  readonly #samples: Sample[][]
  readonly #streamSamples = new Map<string, { atMs: number; rows: number }[]>()
  readonly staged = new Map<string, number>()
  readonly extras = new Map<string, Extra>()

  constructor(stats: SharedArrayBuffer, instances: number) {
    this.#stats = stats
    this.#words = Array.from({ length: instances }, (_, i) => instanceWords(this.#stats, i))
    this.#samples = Array.from({ length: instances }, () => [])
  }

  words(number: number): Float64Array {
    return this.#words[number]
  }

  sample(state: JobState, logs: StreamLogs, atMs: number): Pick<RunFigures, 'operators' | 'streams' | 'planStreams'> {
    const byOperator = new Map<string, InstanceSample[]>()
    state.plan.instances.forEach((planned, number) => {
      const parts = byOperator.get(planned.operator) ?? []
      parts.push(this.#instance(state, planned, number, logs, atMs))
      byOperator.set(planned.operator, parts)
    })
    const operators = Object.fromEntries([...byOperator].map(([operator, parts]) => [operator, operatorFigures(parts)]))
    return { operators, ...this.#streams(state, logs, atMs) }
  }

  #instance(state: JobState, planned: PlannedInstance, number: number, logs: StreamLogs, atMs: number): InstanceSample {
    const instance = state.instances[planned.id]
    const words = this.#words[number]
    const samples = this.#samples[number]
    const now: Sample = {
      atMs,
      rowsIn: words[INSTANCE_WORD.rowsIn],
      rowsOut: words[INSTANCE_WORD.rowsOut],
      ns: {
        busy: words[INSTANCE_WORD.busyNs],
        blocked: words[INSTANCE_WORD.blockedNs],
        starved: words[INSTANCE_WORD.starvedNs],
        idle: words[INSTANCE_WORD.idleNs],
      },
    }
    samples.push(now)
    if (samples.length > KEPT_SAMPLES) samples.shift()
    const before = samples[0]
    const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1000)
    const extra = this.extras.get(planned.id)
    const current = words[INSTANCE_WORD.attempt] === instance.attempt
    const watermark = words[INSTANCE_WORD.watermark]
    const staged = this.staged.get(planned.id)
    const queue = unreadShare(planned, logs)
    const blockedOn = ACTIVITIES[words[INSTANCE_WORD.activity]] === 'blocked' ? readerInTheWay(state, planned, words) : undefined
    return {
      part: planned.part,
      figures: {
        id: planned.id,
        state: instance.state,
        ...(instance.cause === null ? {} : { cause: instance.cause }),
        attempt: instance.attempt,
        container: planned.container,
        activity: LIVE_ROWS.has(instance.state) ? shares(now.ns, before.ns) : { busy: 0, blocked: 0, starved: 0, idle: 1 },
        ...(blockedOn === undefined ? {} : { blockedOn }),
        rowsIn: now.rowsIn,
        rowsOut: now.rowsOut,
        rowsInPerSecond: Math.max(0, now.rowsIn - before.rowsIn) / seconds,
        rowsOutPerSecond: Math.max(0, now.rowsOut - before.rowsOut) / seconds,
        window: current ? Math.max(words[INSTANCE_WORD.window], instance.cut) : instance.cut,
        checkpointWindow: state.checkpoint?.stored[planned.id]?.window ?? instance.final?.window ?? state.committed,
        watermark: Number.isFinite(watermark) && watermark !== 0 ? watermark : null,
        stateSizeBytes: words[INSTANCE_WORD.stateBytes],
        rowErrors: words[INSTANCE_WORD.rowErrors],
        ...(queue === null ? {} : { queue }),
        ...(instance.reached > instance.cut &&
        (instance.state === 'replaying' || instance.state === 'restoring' || instance.state === 'rolling-back' || instance.state === 'down')
          ? { reachedWindow: instance.reached }
          : {}),
      },
      stagedBytes: planned.role === 'sink' && staged !== undefined ? staged : null,
      skippedWindows: instance.skippedWindows,
      live: liveOf(state, planned.operator),
      onRowError: state.onRowErrors[planned.operator] === planned.onRowError ? null : (state.onRowErrors[planned.operator] ?? null),
      logLevel: state.logLevels[planned.operator] === USUAL_LOG_LEVEL ? null : (state.logLevels[planned.operator] ?? null),
      progress: extra?.progress ?? null,
      extra: extra?.figures ?? {},
    }
  }

  /** By stream of the document: its rows over all publishers, its fullest log; beside it the plan's streams that are other ones. */
  #streams(state: JobState, logs: StreamLogs, atMs: number): Pick<RunFigures, 'streams' | 'planStreams'> {
    const streams: Record<string, StreamFigures> = {}
    const planStreams: Record<string, PlanStreamFigures> = {}
    const seen = new Set<string>()
    state.plan.streams.forEach(({ id, edge, publisher }, number) => {
      const samples = this.#streamSamples.get(id) ?? []
      samples.push({ atMs, rows: streamRowsWord(this.#stats, number)[0] })
      if (samples.length > KEPT_SAMPLES) samples.shift()
      this.#streamSamples.set(id, samples)
      const seconds = Math.max(0.001, (atMs - samples[0].atMs) / 1000)
      const log = logs.get(id)
      const ownRowsPerSecond = Math.max(0, samples[samples.length - 1].rows - samples[0].rows) / seconds
      const fill = log === undefined ? null : log.control.fillShare()
      if (id !== edge) planStreams[id] = { rowsPerSecond: Math.round(ownRowsPerSecond), fill }
      if (edge === null) return
      const before = streams[edge] as StreamFigures | undefined
      // What is shared out in two ways is the same rows twice.
      const counted = seen.has(`${edge} ${publisher}`)
      seen.add(`${edge} ${publisher}`)
      const rowsPerSecond = counted ? 0 : ownRowsPerSecond
      streams[edge] = {
        rowsPerSecond: (before?.rowsPerSecond ?? 0) + rowsPerSecond,
        fill: before === undefined || before.fill === null ? fill : fill === null ? before.fill : Math.max(before.fill, fill),
        pinned: (before?.pinned ?? false) || (log?.control.pinned ?? false),
      }
    })
    return { streams, ...(Object.keys(planStreams).length === 0 ? {} : { planStreams }) }
  }
}

/** Of its fullest input; null = none of them is a log. */
function unreadShare({ inputs, container }: PlannedInstance, logs: StreamLogs): number | null {
  let most: number | null = null
  for (const { stream } of inputs) {
    const log = logs.get(stream)
    const reader = log === undefined ? -1 : log.stream.logReaders.indexOf(container)
    if (log === undefined || reader < 0) continue
    most = Math.max(most ?? 0, log.control.unreadShare(reader))
  }
  return most === null ? null : Math.round(most * 1000) / 1000
}

/** null = as in the document. */
function liveOf(state: JobState, operator: string): InstanceSample['live'] {
  const change = state.live[operator]?.at(-1)
  return change === undefined || Object.keys(change.values).length === 0 ? null : change
}

function shares(
  now: Readonly<Record<OperatorActivity, number>>,
  before: Readonly<Record<OperatorActivity, number>>,
): Record<OperatorActivity, number> {
  const spent = {
    busy: Math.max(0, now.busy - before.busy),
    blocked: Math.max(0, now.blocked - before.blocked),
    starved: Math.max(0, now.starved - before.starved),
    idle: Math.max(0, now.idle - before.idle),
  }
  const total = spent.busy + spent.blocked + spent.starved + spent.idle
  if (total === 0) return { busy: 0, blocked: 0, starved: 0, idle: 1 }
  return { busy: spent.busy / total, blocked: spent.blocked / total, starved: spent.starved / total, idle: spent.idle / total }
}

/** The operator whose reading keeps the log full; undefined = none, a pin for a recovery does. */
function readerInTheWay({ plan }: JobState, planned: PlannedInstance, words: Float64Array): string | undefined {
  const id = planned.outputs[words[INSTANCE_WORD.blockedPort]]?.streams[words[INSTANCE_WORD.blockedStream]]
  const stream = plan.streams.find((candidate) => candidate.id === id)
  const reader = words[INSTANCE_WORD.blockedReader]
  if (stream === undefined || reader === BLOCKED_BY.pin) return undefined
  const container = reader === BLOCKED_BY.inline ? stream.publisherContainer : stream.logReaders[reader]
  const instance = stream.readers.find((candidate) => candidate.container === container)?.instance
  return plan.instances.find((candidate) => candidate.id === instance)?.operator
}

export function checkpointSummaries(state: JobState): CheckpointSummary[] {
  return state.manifests.map((manifest) => ({
    manifest: manifest.seq,
    window: manifest.window,
    lineage: manifest.lineage,
    attempt: manifest.attempt,
    atMs: manifest.atMs,
    durationMs: manifest.durationMs,
    sizeBytes: manifest.sizeBytes,
    pinned: manifest.pinned,
  }))
}

export function runFigures(
  state: JobState,
  parts: Pick<RunFigures, 'operators' | 'streams' | 'planStreams' | 'uptimeMs' | 'sharedBytes'>,
): RunFigures {
  return {
    state: state.status,
    ...(state.reason === null ? {} : { reason: state.reason }),
    lineage: state.lineage,
    attempt: state.attempt,
    targetWindow: state.target,
    committedWindow: state.committed,
    ...(state.checkpointIntervalMs === state.plan.checkpointIntervalMs ? {} : { checkpointIntervalMs: state.checkpointIntervalMs }),
    memoryBytes: state.plan.memoryBytes,
    residentBytes: residentBytes(),
    ...parts,
  }
}
