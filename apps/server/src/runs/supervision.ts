/**
 * Keeps one run's process alive until the run has ended: whoever starts a run process restarts it
 * when it dies (contracts: Supervision). Used by the server and by `belay run` alike.
 *
 * Owns the connection to the process. Events are passed on in order of `seq`, without gaps over
 * restarts of the process; figures as they come. A process that dies again and again with nothing
 * committed in between is started after growing pauses, and in the end the run has failed.
 */
import { secretNames } from '@belay/pipeline'
import {
  ENDED_STATES,
  type PeekedRows,
  type RunDelta,
  type RunEvent,
  type RunHandle,
  type RunRecord,
  type Runner,
  type RunSnapshot,
  type RunState,
} from '@belay/run'
import { diskFull } from '../storage/disk.ts'

export interface SupervisionObserver {
  event(event: RunEvent): void
  /** `seq`: of the newest event before it. */
  delta(delta: RunDelta, seq: number): void
  /** Rows of a stream that is looked at. */
  peeked?(rows: PeekedRows): void
  /** A process is connected, for the first time or again: what it shows now. */
  connected(snapshot: RunSnapshot): void
  /** `state` or `reason` have changed. */
  changed(): void
  /** Nothing more will come. */
  ended(): void
}

/** Pauses before a process is started again; one more death without a commit in between is the last. */
const RESTART_PAUSES_MS = [0, 200, 1000, 5000, 30_000, 30_000, 30_000]
const SILENT_AFTER_MS = 5000
const EVENTS_AT_ONCE = 10_000

export class Supervision {
  readonly runId: string
  readonly #runner: Runner
  readonly #home: string
  readonly #observer: SupervisionObserver
  #handle: RunHandle | null = null
  #state: RunState
  #reason: string | null = null
  #seq: number | null = null
  #deaths = 0
  #lastDeltaAt = 0
  #timer: NodeJS.Timeout | null = null
  #over = false
  #secrets: readonly string[] = []
  #adopting: Promise<void> | null = null

  /** `home`: the folder whose disk the run writes to. */
  constructor(runner: Runner, home: string, runId: string, state: RunState, observer: SupervisionObserver) {
    this.#runner = runner
    this.#home = home
    this.runId = runId
    this.#state = state
    this.#observer = observer
  }

  /** null = there is no process at the moment. */
  get handle(): RunHandle | null {
    return this.#handle
  }

  /** Names that the run refers to, as known since it was first connected. */
  get secrets(): readonly string[] {
    return this.#secrets
  }

  get state(): RunState {
    return this.#state
  }

  get reason(): string | null {
    return this.#reason
  }

  /** Times the process died since something was last committed. */
  get deaths(): number {
    return this.#deaths
  }

  /** Takes over a process that has just been connected to. Resolves when its picture is there. */
  async connect(handle: RunHandle): Promise<void> {
    const waiting: RunEvent[] = []
    let ready = false
    let gone = false
    handle.listen({
      event: (event) => {
        if (ready) this.#event(event)
        else waiting.push(event)
      },
      delta: (delta) => {
        if (ready) this.#delta(delta)
      },
      peeked: (rows) => {
        if (ready) this.#observer.peeked?.(rows)
      },
      closed: () => {
        gone = true
        if (ready) this.#died()
      },
    })
    try {
      const snapshot = await handle.snapshot()
      this.#secrets = secretNames(snapshot.document)
      await this.#catchUp(handle, snapshot.seq)
      if (this.#over) return
      this.#lastDeltaAt = performance.now()
      this.#handle = handle
      this.#become(snapshot.figures.state, snapshot.figures.reason ?? null)
      this.#observer.connected(snapshot)
      for (const event of waiting) this.#event(event)
      ready = true
      if (gone) this.#died()
    } catch (error) {
      // It died, or hangs, before it could say where it is.
      handle.close()
      this.#reason = textOf(error)
      this.#died()
    }
  }

  /** What was said between the process before and this one. */
  async #catchUp(handle: RunHandle, upTo: number): Promise<void> {
    if (this.#seq === null) {
      this.#seq = upTo
      return
    }
    while (this.#seq < upTo) {
      const events: readonly RunEvent[] = await handle.events(this.#seq, EVENTS_AT_ONCE)
      if (events.length === 0) return
      for (const event of events) this.#event(event)
    }
  }

  /**
   * Connects to the run's process, or starts it again. Never throws: what fails is tried later. One at a time: who kills
   * a process and asks for the next one is not alone in having noticed its death.
   */
  adopt(): Promise<void> {
    this.#adopting ??= this.#adopt().finally(() => {
      this.#adopting = null
    })
    return this.#adopting
  }

  /**
   * Something is done to the run's process from outside, at whose end it is gone. Who notices the death meanwhile starts
   * no other one: what is done may be its end.
   */
  async apart(work: () => Promise<void>): Promise<void> {
    const done = work()
    const settled = done.catch(() => undefined)
    this.#adopting ??= settled.finally(() => {
      this.#adopting = null
    })
    try {
      await done
    } finally {
      // After the turn in which the adoption that waited has been given free.
      void settled.then(() => this.retry())
    }
  }

  async #adopt(): Promise<void> {
    if (this.#over) return
    try {
      await this.#take(await this.#runner.adopt(this.runId))
    } catch (error) {
      this.#reason = textOf(error)
      this.#died()
    }
  }

  async #take(found: RunHandle | RunRecord): Promise<void> {
    if (this.#over) {
      if ('command' in found) found.close()
      return
    }
    if ('command' in found) return this.connect(found)
    // It may have been brought back and have ended before anybody was connected: what it said is told all the same.
    if (this.#seq !== null) await this.#catchUp(await this.#runner.open(this.runId), Number.MAX_SAFE_INTEGER)
    this.#become(found.state, found.reason)
    this.#finish()
  }

  /** A person wants it tried again now, with a fresh budget. */
  async retry(): Promise<void> {
    if (this.#handle !== null || this.#over) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#deaths = 0
    await this.adopt()
  }

  /** Notices a process that is there but says nothing. */
  checkSilence(): void {
    if (this.#handle === null || this.#state === 'unreachable' || ENDED_STATES.includes(this.#state)) return
    if (performance.now() - this.#lastDeltaAt < SILENT_AFTER_MS) return
    this.#become('unreachable', `The run process has not reported for ${SILENT_AFTER_MS / 1000} s.`)
  }

  #event(event: RunEvent): void {
    if (this.#seq !== null && event.seq <= this.#seq) return
    this.#seq = event.seq
    // Progress has been made durable: dying again is not dying in a row.
    if (event.type === 'committed') this.#deaths = 0
    this.#observer.event(event)
    if (event.type === 'run-state') this.#become(event.state, event.reason ?? null)
  }

  #delta(delta: RunDelta): void {
    this.#lastDeltaAt = performance.now()
    this.#become(delta.figures.state, delta.figures.reason ?? null)
    this.#observer.delta(delta, this.#seq ?? 0)
  }

  #become(state: RunState, reason: string | null): void {
    if (state === this.#state && reason === this.#reason) return
    this.#state = state
    this.#reason = reason
    this.#observer.changed()
  }

  #died(): void {
    this.#handle = null
    if (this.#over) return
    // At its end the process says so, then closes: what the folder says is final.
    const ended = ENDED_STATES.includes(this.#state)
    const pauseMs = ended ? 0 : RESTART_PAUSES_MS[Math.min(this.#deaths, RESTART_PAUSES_MS.length - 1)]
    if (!ended) {
      this.#deaths += 1
      this.#become('unreachable', this.#reason)
      // A full disk is why it dies: it is tried again for as long as that takes.
      if (this.#deaths > RESTART_PAUSES_MS.length && !diskFull(this.#home)) {
        void this.#giveUp()
        return
      }
    }
    this.#timer = setTimeout(() => void this.adopt(), pauseMs)
  }

  async #giveUp(): Promise<void> {
    const reason = `The run process died ${this.#deaths} times with nothing committed in between.${this.#reason === null ? '' : ` ${this.#reason}`}`
    try {
      await this.#runner.end(this.runId, 'failed', reason)
      await this.#take(await this.#runner.adopt(this.runId))
    } catch (error) {
      this.#reason = textOf(error)
      this.#timer = setTimeout(() => void this.#giveUp(), RESTART_PAUSES_MS.at(-1))
    }
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#observer.ended()
  }

  /** Lets go of the run; its process goes on. */
  close(): void {
    this.#over = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#handle?.close()
    this.#handle = null
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
