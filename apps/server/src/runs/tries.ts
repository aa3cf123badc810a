/**
 * Tries: a draft on the real engine for half a minute, with every sink replaced by a table view, so that
 * nothing is written outside its own run folder.
 *
 * A try is a run like any other but for its id, by which lists leave it out. It ends by itself, also if the
 * server was started anew meanwhile, and is deleted when the next one of its pipeline begins.
 */
import { randomBytes } from 'node:crypto'
import type { ManifestCatalogue, OperatorNode, ParameterValue, PipelineDocument } from '@belay/pipeline'
import { isTry, TRY_MS, TRY_PREFIX, type RunRecord } from '@belay/run'
import type { RunService } from './runService.ts'

const ROWS_SHOWN = 200
const GONE_POLL_MS = 50

/** Sinks that only show stay; the others show what they would have written. Pure. */
export function withCapturedSinks(document: PipelineDocument, manifests: ManifestCatalogue): PipelineDocument {
  const captured = new Set<string>()
  const operators = document.operators.map((operator): OperatorNode => {
    const manifest = Object.hasOwn(manifests, operator.type) ? manifests[operator.type] : undefined
    if (manifest === undefined || manifest.outputs.length > 0 || operator.type === 'table-view') return operator
    captured.add(operator.id)
    const { id, name } = operator
    return { id, name, type: 'table-view', typeVersion: 1, config: { rows: ROWS_SHOWN, key: [] } }
  })
  const streams = document.streams.map((stream) => ({
    ...stream,
    to: stream.to.map((end) => (captured.has(end.operator) ? { ...end, port: 'in' } : end)),
  }))
  return { ...document, operators, streams }
}

export interface TryStarted {
  readonly runId: string
  readonly endsAtMs: number
}

export class Tries {
  readonly #runs: RunService
  readonly #timers = new Map<string, NodeJS.Timeout>()

  constructor(runs: RunService) {
    this.#runs = runs
  }

  /** `document` with its sinks captured, and checked. Earlier tries of the pipeline are ended and deleted. */
  async start(document: PipelineDocument, parameters: Readonly<Record<string, ParameterValue>>, by: string): Promise<TryStarted> {
    await Promise.all((await this.#of(document.id)).map((record) => this.#remove(record, by)))
    const runId = `${TRY_PREFIX}${document.id.slice(0, 40)}-${randomBytes(4).toString('hex')}`
    const startedAtMs = Date.now()
    await this.#runs.startAs(runId, document, parameters, by)
    this.#endLater(runId, TRY_MS, by)
    return { runId, endsAtMs: startedAtMs + TRY_MS }
  }

  /** After a start of the server: what runs on gets what is left of its time. */
  async adopt(by: string): Promise<void> {
    for (const { runId, startedAtMs, endedAtMs } of await this.#runs.list())
      if (isTry(runId) && endedAtMs === null) this.#endLater(runId, Math.max(0, startedAtMs + TRY_MS - Date.now()), by)
  }

  /** The runs themselves go on; the next server ends them. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  #endLater(runId: string, inMs: number, by: string): void {
    const timer = setTimeout(() => {
      this.#timers.delete(runId)
      // It may have ended, or been deleted, by itself.
      this.#runs.command(runId, { type: 'stop', mode: 'stop' }, `end-${runId}`, by).catch(() => undefined)
    }, inMs)
    this.#timers.set(runId, timer.unref())
  }

  async #of(pipelineId: string): Promise<RunRecord[]> {
    return (await this.#runs.list()).filter((record) => isTry(record.runId) && record.pipelineId === pipelineId)
  }

  async #remove(record: RunRecord, by: string): Promise<void> {
    const { runId } = record
    clearTimeout(this.#timers.get(runId))
    this.#timers.delete(runId)
    if (record.endedAtMs === null) {
      await this.#runs.command(runId, { type: 'stop', mode: 'abort' }, `abort-${runId}`, by).catch(() => undefined)
      while ((await this.#runs.record(runId)).endedAtMs === null) await new Promise((resolve) => setTimeout(resolve, GONE_POLL_MS))
    }
    await this.#runs.delete(runId)
  }
}
