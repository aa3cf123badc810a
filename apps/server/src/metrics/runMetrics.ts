/**
 * Figures of runs for Prometheus (reliability §6): the newest ones of each run that lives, and counts
 * of what happened to it since this server looks after it.
 */
import type {
  CheckpointSummary,
  CommandAnswer,
  OperatorFigures,
  RunCommandBody,
  RunDelta,
  RunEvent,
  RunSnapshot,
  RunState,
} from '@belay/run'
import type { RunObserver, RunService } from '../runs/runService.ts'
import { Histogram, type Exposition } from './exposition.ts'

interface RunMeter {
  pipeline: string
  windowMs: number
  figures: RunDelta['figures'] | null
  checkpoint: CheckpointSummary | null
  readonly checkpointSeconds: Histogram
  readonly recoverySeconds: Histogram
  checkpointFailures: number
  /** By code of the failure. */
  readonly failures: Map<string, number>
  processes: number
}

const STATES: readonly RunState[] = [
  'starting',
  'running',
  'recovering',
  'degraded',
  'pausing',
  'paused',
  'stopping',
  'needs-decision',
  'unreachable',
]

export class RunMetrics implements RunObserver {
  readonly #runs: RunService
  readonly #meters = new Map<string, RunMeter>()
  #failedRuns = 0
  /** Commands by name and what came of them. */
  readonly #commands = new Map<string, { readonly command: string; readonly result: string; count: number }>()

  constructor(runs: RunService) {
    this.#runs = runs
  }

  #meter(runId: string): RunMeter {
    let meter = this.#meters.get(runId)
    if (meter === undefined) {
      meter = {
        pipeline: '',
        windowMs: 0,
        figures: null,
        checkpoint: null,
        checkpointSeconds: new Histogram(),
        recoverySeconds: new Histogram(),
        checkpointFailures: 0,
        failures: new Map(),
        processes: 0,
      }
      this.#meters.set(runId, meter)
    }
    return meter
  }

  connected(runId: string, snapshot: RunSnapshot): void {
    const meter = this.#meter(runId)
    meter.pipeline = snapshot.pipelineId
    meter.windowMs = snapshot.document.settings.windowMs
    meter.figures = snapshot.figures
    meter.checkpoint = snapshot.checkpoints.at(-1) ?? null
    meter.processes += 1
  }

  delta(runId: string, delta: RunDelta): void {
    this.#meter(runId).figures = delta.figures
  }

  event(runId: string, event: RunEvent): void {
    const meter = this.#meter(runId)
    switch (event.type) {
      case 'run-state':
        if (event.state === 'failed') this.#failedRuns += 1
        return
      case 'checkpoint-completed':
        meter.checkpoint = event.checkpoint
        meter.checkpointSeconds.observe(event.checkpoint.durationMs / 1000)
        return
      case 'checkpoint-failed':
        meter.checkpointFailures += 1
        return
      case 'failure':
        meter.failures.set(event.code, (meter.failures.get(event.code) ?? 0) + 1)
        return
      case 'recovered':
        meter.recoverySeconds.observe((event.durations.firstNewRowMs ?? event.durations.caughtUpMs) / 1000)
        return
      default:
        return
    }
  }

  changed(): void {
    const live = new Set(this.#runs.live().map((supervision) => supervision.runId))
    for (const runId of this.#meters.keys()) if (!live.has(runId)) this.#meters.delete(runId)
  }

  commanded(_runId: string, { type }: RunCommandBody, answer: CommandAnswer): void {
    const result = answer.type === 'accepted' ? 'accepted' : answer.code
    const key = `${type} ${result}`
    const known = this.#commands.get(key)
    if (known === undefined) this.#commands.set(key, { command: type, result, count: 1 })
    else known.count += 1
  }

  expose(to: Exposition, nowMs: number): void {
    const live = new Map(this.#runs.live().map((supervision) => [supervision.runId, supervision]))
    to.gauge('belay_runs', 'Runs that have not ended.', {}, live.size)
    // A run that has ended is in no other figure.
    to.counter('belay_runs_failed_total', 'Runs that have ended as failed since the server started.', {}, this.#failedRuns)
    for (const [runId, supervision] of live) {
      const meter = this.#meter(runId)
      const labels = { run: runId, pipeline: meter.pipeline }
      for (const state of STATES)
        to.gauge('belay_run_state', '1 for the state that the run is in.', { ...labels, state }, supervision.state === state ? 1 : 0)
      exposeRun(to, labels, meter, supervision.deaths, nowMs)
      for (const [operator, figures] of Object.entries(meter.figures?.operators ?? {}))
        exposeOperator(to, { ...labels, operator }, figures, nowMs)
    }
    for (const { command, result, count } of this.#commands.values())
      to.counter('belay_commands_total', 'Commands to runs, by name and what came of them.', { command, result }, count)
  }
}

function exposeRun(to: Exposition, labels: Readonly<Record<string, string>>, meter: RunMeter, deaths: number, nowMs: number): void {
  const { figures, checkpoint } = meter
  if (figures !== null) {
    const behind = Math.max(0, figures.targetWindow - figures.committedWindow)
    to.gauge('belay_window_current', 'Window that sources are asked to reach.', labels, figures.targetWindow)
    to.gauge('belay_window_committed', 'Newest committed window.', labels, figures.committedWindow)
    to.gauge('belay_window_lag_seconds', 'Windows that are not committed, as time.', labels, (behind * meter.windowMs) / 1000)
    to.gauge('belay_buffer_bytes', 'Shared memory in use: stream logs and snapshot buffers.', labels, figures.sharedBytes)
    to.gauge('belay_buffer_limit_bytes', 'Bound of the shared memory.', labels, figures.memoryBytes)
    to.gauge('belay_run_resident_bytes', 'Resident set of the run process.', labels, figures.residentBytes)
  }
  if (checkpoint !== null) {
    to.gauge('belay_checkpoint_age_seconds', 'Time since the newest checkpoint.', labels, Math.max(0, (nowMs - checkpoint.atMs) / 1000))
    to.gauge('belay_checkpoint_bytes', 'Size of the newest checkpoint.', labels, checkpoint.sizeBytes)
  }
  to.histogram(
    'belay_checkpoint_duration_seconds',
    'From the window end at the first source to the manifest on disk.',
    labels,
    meter.checkpointSeconds,
  )
  to.counter('belay_checkpoint_failures_total', 'Checkpoints that could not be stored.', labels, meter.checkpointFailures)
  for (const [cause, count] of meter.failures)
    to.counter('belay_failures_total', 'Failures of operators, by code.', { ...labels, cause }, count)
  to.histogram('belay_recovery_duration_seconds', 'From the failure to the first new row at a sink.', labels, meter.recoverySeconds)
  to.counter(
    'belay_run_processes_total',
    'Run processes this server has been connected to: 1, and one for each restart.',
    labels,
    meter.processes,
  )
  to.gauge('belay_run_deaths_without_commit', 'Deaths of the run process since something was last committed.', labels, deaths)
}

function exposeOperator(to: Exposition, labels: Readonly<Record<string, string>>, figures: OperatorFigures, nowMs: number): void {
  to.counter(
    'belay_rows_in_total',
    'Rows an operator has taken, replays included; begins anew with the run process.',
    labels,
    figures.rowsIn,
  )
  to.counter(
    'belay_rows_out_total',
    'Rows an operator has given, replays included; begins anew with the run process.',
    labels,
    figures.rowsOut,
  )
  to.counter('belay_row_errors_total', 'Rows an operator could not process.', labels, figures.rowErrors)
  to.gauge('belay_operator_window', 'Window the operator works on.', labels, figures.window)
  to.gauge('belay_operator_up', '1 while the operator works, 0 while it is down, held, stuck or failed.', labels, isUp(figures) ? 1 : 0)
  to.gauge('belay_operator_busy_ratio', 'Share of the last second it was at work.', labels, figures.activity.busy)
  to.gauge('belay_operator_backpressure_ratio', 'Share of the last second it waited for a reader.', labels, figures.activity.blocked)
  to.gauge('belay_state_bytes', 'State of the operator.', labels, figures.stateSizeBytes)
  if (figures.stagedBytes !== undefined) to.gauge('belay_staged_bytes', 'Staged by a sink and not committed.', labels, figures.stagedBytes)
  if (figures.watermark !== null)
    to.gauge(
      'belay_watermark_lag_seconds',
      'How far event time is behind the clock.',
      labels,
      Math.max(0, (nowMs - figures.watermark) / 1000),
    )
}

function isUp({ state }: OperatorFigures): boolean {
  return state !== 'down' && state !== 'held' && state !== 'stuck' && state !== 'failed'
}
