/**
 * Tells webhooks what happens to runs. What happened while no server was there is told by the next one: each run has
 * a cursor in the database, moved in the same step in which a message is put into the outbox.
 */
import { ENDED_STATES, isTry, type RunDelta, type RunEvent, type RunRecord, type RunSnapshot } from '@belay/run'
import type { RunObserver } from '../runs/runService.ts'
import { atOnce, type Database } from '../storage/database.ts'
import { runMessage, startedMessage, webhookEventOf, type MessageBody } from './message.ts'
import type { WebhookStore } from './webhookStore.ts'

/** What it needs of the run service. */
interface RunReader {
  events(runId: string, after: number, limit: number): Promise<readonly RunEvent[]>
  record(runId: string): Promise<RunRecord>
}

interface Cursor {
  readonly pipelineId: string
  readonly seq: number
  readonly ended: boolean
}

export interface RunEventsOptions {
  readonly database: Database
  readonly webhooks: WebhookStore
  readonly runs: RunReader
  /** As browsers reach the server; null = not known yet. */
  readonly origin: () => string | null
  readonly told: () => void
  readonly defect: (error: unknown) => void
}

const EVENTS_AT_ONCE = 10_000

export class RunEvents implements RunObserver {
  readonly #options: RunEventsOptions
  readonly #cursors = new Map<string, Cursor>()
  /** Runs whose past is being read, and what they said meanwhile: it comes after their past. */
  readonly #catchingUp = new Map<string, RunEvent[]>()

  constructor(options: RunEventsOptions) {
    this.#options = options
    const rows = options.database.prepare('SELECT * FROM watched_runs').all() as {
      run_id: string
      pipeline_id: string
      seq: number
      ended: number
    }[]
    for (const { run_id: runId, pipeline_id: pipelineId, seq, ended } of rows)
      this.#cursors.set(runId, { pipelineId, seq, ended: ended === 1 })
  }

  connected(runId: string, snapshot: RunSnapshot): void {
    if (isTry(runId)) return
    const cursor = this.#cursors.get(runId)
    if (cursor === undefined || cursor.ended) this.#started(runId, snapshot, cursor !== undefined)
    void this.#catchUp(runId)
  }

  #started(runId: string, { pipelineId, startedAtMs, seq, figures, events }: RunSnapshot, resumed: boolean): void {
    // Of a run that goes on, the newest thing it said.
    const atMs = resumed ? (events.at(-1)?.atMs ?? startedAtMs) : startedAtMs
    const message = startedMessage({ runId, pipelineId }, atMs, resumed, this.#options.origin())
    this.#tell(runId, message, `started-${figures.attempt}`, { pipelineId, seq: resumed ? seq : 0, ended: false })
  }

  /** Runs that the server before had not seen end. */
  openRuns(): { readonly runId: string; readonly pipelineId: string }[] {
    return [...this.#cursors].flatMap(([runId, { pipelineId, ended }]) => (ended ? [] : [{ runId, pipelineId }]))
  }

  /** Runs that ended while no server was there: nobody connects to them again. Forgets those that are gone. */
  async catchUpAll(): Promise<void> {
    for (const [runId, { ended }] of this.#cursors)
      if (ended) await this.#unlessGone(runId, async () => void (await this.#options.runs.record(runId)))
      else await this.#catchUp(runId)
  }

  async #catchUp(runId: string): Promise<void> {
    if (this.#catchingUp.has(runId)) return
    const meanwhile: RunEvent[] = []
    this.#catchingUp.set(runId, meanwhile)
    await this.#unlessGone(runId, () => this.#readPast(runId))
    this.#catchingUp.delete(runId)
    for (const event of meanwhile) this.event(runId, event)
  }

  async #readPast(runId: string): Promise<void> {
    for (let after = this.#cursors.get(runId)?.seq ?? 0; ;) {
      const events = await this.#options.runs.events(runId, after, EVENTS_AT_ONCE)
      for (const event of events) this.#take(runId, event)
      after = events.at(-1)?.seq ?? after
      if (events.length < EVENTS_AT_ONCE) return
    }
  }

  async #unlessGone(runId: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const { code } = error as { code?: unknown }
      if (code === 'RUN_UNKNOWN') this.#forget(runId)
      // Between two lives of the run process nobody answers; its next life catches up.
      else if (code !== 'RUN_UNREACHABLE') this.#options.defect(error)
    }
  }

  event(runId: string, event: RunEvent): void {
    const waiting = this.#catchingUp.get(runId)
    if (waiting === undefined) this.#take(runId, event)
    // Others are of no interest, and there are many.
    else if (webhookEventOf(event) !== null) waiting.push(event)
  }

  #take(runId: string, event: RunEvent): void {
    const cursor = this.#cursors.get(runId)
    const name = webhookEventOf(event)
    if (cursor === undefined || name === null || event.seq <= cursor.seq) return
    const ended = event.type === 'run-state' && ENDED_STATES.includes(event.state)
    const run = { runId, pipelineId: cursor.pipelineId }
    this.#tell(runId, runMessage(run, event, name, this.#options.origin()), String(event.seq), { ...cursor, seq: event.seq, ended })
  }

  /** Which webhooks are told, and how far the run has been read, is one step. */
  #tell(runId: string, message: MessageBody, key: string, cursor: Cursor): void {
    const { database, webhooks, told, defect } = this.#options
    try {
      const wanting = webhooks.wanting(message.event, cursor.pipelineId, message.atMs)
      atOnce(database, () => {
        for (const { id } of wanting)
          webhooks.enqueue(
            { id: `${id}/${runId}/${key}`, webhookId: id, alertId: null, runId, event: message.event, body: message },
            message.atMs,
          )
        database
          .prepare('INSERT OR REPLACE INTO watched_runs (run_id, pipeline_id, seq, ended) VALUES (?, ?, ?, ?)')
          .run(runId, cursor.pipelineId, cursor.seq, cursor.ended ? 1 : 0)
      })
      this.#cursors.set(runId, cursor)
      if (wanting.length > 0) told()
    } catch (error) {
      defect(error)
    }
  }

  #forget(runId: string): void {
    this.#cursors.delete(runId)
    this.#options.database.prepare('DELETE FROM watched_runs WHERE run_id = ?').run(runId)
  }

  delta(_runId: string, _delta: RunDelta): void {
    // Figures are no events.
  }

  changed(): void {
    // States come as events.
  }
}
