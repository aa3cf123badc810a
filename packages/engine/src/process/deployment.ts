/** What a container is given to run: its instances with state, settings and place, and the logs that it writes and reads. */
import { USUAL_LOG_LEVEL } from '@belay/run'
import type { Deployment, LogBinding, ToContainer } from '../container/protocol.ts'
import { configsFrom, type Effect, type JobInput, type JobState } from '../job/index.ts'
import { EngineError } from '../operator/engineError.ts'
import { instanceOf } from '../plan/physicalPlan.ts'
import { readState } from '../store/manifest.ts'
import type { StreamLogs } from './streamLogs.ts'

type DeployEffect = Extract<Effect, { type: 'deploy' }>

interface Whence {
  /** Folder of the snapshots. */
  readonly snapshots: string
  readonly logs: StreamLogs
  /** Instances' places in the figures block. */
  readonly numbers: ReadonlyMap<string, number>
  /** Containers' places in the doorbell block. */
  readonly containerNumber: (container: string) => number
}

/** The message to the container, or, where a state cannot be read, what the job is to know of it. */
export function deployment(
  effect: DeployEffect,
  state: JobState,
  whence: Whence,
): Extract<ToContainer, { type: 'deploy' }> | Extract<JobInput, { type: 'operator-failed' }> {
  const deployments: Deployment[] = []
  for (const wanted of effect.instances) {
    let bytes: Uint8Array | null
    try {
      bytes = wanted.snapshot === null ? null : readState(whence.snapshots, { ...wanted.snapshot, finished: false })
    } catch (error) {
      const { code, message } = error instanceof EngineError ? error : new EngineError('SNAPSHOT_UNREADABLE', String(error))
      return { type: 'operator-failed', instance: wanted.instance, attempt: effect.attempt, window: effect.cut, code, message }
    }
    const planned = instanceOf(state.plan, wanted.instance)
    const { now, later } = configsFrom(planned.config, wanted.live, effect.goesOnAfter + 1)
    deployments.push({
      instance: { ...planned, config: now, onRowError: state.onRowErrors[planned.operator] ?? planned.onRowError },
      live: later,
      rowErrorRules: state.rowErrorRules[planned.operator] ?? [],
      logLevel: state.logLevels[planned.operator] ?? USUAL_LOG_LEVEL,
      number: whence.numbers.get(wanted.instance) ?? 0,
      state: bytes,
      cut: effect.goesOnAfter,
      reached: wanted.reached,
      finished: wanted.finished,
      endedInputs: wanted.endedInputs,
      verb: wanted.verb,
      suspectUntil: wanted.suspectUntil,
      poison: wanted.poison,
    })
  }
  const { attempt, lineage } = effect
  return { type: 'deploy', attempt, lineage, deployments, logs: bindings(effect, state, whence) }
}

function bindings(effect: DeployEffect, { plan }: JobState, { logs, containerNumber }: Whence): LogBinding[] {
  const written = logs.publishedBy(effect.container).map(({ stream, handle }): LogBinding => ({
    stream: stream.id,
    number: plan.streams.indexOf(stream),
    handle,
    routing: stream.routing,
    readers: stream.logReaders.length,
    reader: null,
    position: null,
    skipTo: null,
    ring: stream.logReaders.map(containerNumber),
  }))
  const read = logs.readersOf(effect.container).map(({ log: { stream, handle, control }, reader }): LogBinding => ({
    stream: stream.id,
    number: plan.streams.indexOf(stream),
    handle,
    routing: null,
    readers: stream.logReaders.length,
    reader,
    position: control.isPinned(reader) ? control.pinOf(reader) : control.firstRecordOf(effect.goesOnAfter + 1),
    skipTo: effect.goesOnAfter > effect.cut ? effect.goesOnAfter : null,
    ring: [containerNumber(stream.publisherContainer)],
  }))
  return [...written, ...read]
}
