/**
 * Groups events into incidents: what set a recovery off, what was planned, which operator was in
 * which state when, and how it ended.
 *
 * Owns: the incidents of one run, oldest first. Pure: fed with events in order, asked for the list.
 * Invariants: at most one incident is open; what is said about times comes from events alone; the
 * ids that the engine gives may come again after its process has died, so `key` is what is unique.
 */
import type { OperatorState, RecoveryDurations, RunEvent, SkippedWindows } from '@belay/run'

type IncidentTrigger =
  | { readonly kind: 'kill'; readonly by: string }
  | { readonly kind: 'crash' }
  /** The whole run process died; `by` is null unless somebody asked for it. */
  | { readonly kind: 'process'; readonly by: string | null }
  /** A person ended a hold, or restored the run to a checkpoint: no failure, the same recovery. */
  | { readonly kind: 'restore-operator'; readonly by: string; readonly operator: string }
  | { readonly kind: 'restore-run'; readonly window: number }

export interface RecoveryPlanned {
  readonly atMs: number
  readonly attempt: number
  readonly cut: number
  readonly restart: readonly string[]
  /** Instances of those that have several partitions; null = none has. */
  readonly partitions: readonly string[] | null
  readonly foretold: readonly string[] | null
  readonly reason: string | null
  /** Left out instead of replayed; null = nothing is. */
  readonly skipped: SkippedWindows | null
}

/** An operator in one state, from event to event; `toMs` null = still. */
interface StateSpan {
  readonly operator: string
  readonly state: OperatorState
  readonly fromMs: number
  readonly toMs: number | null
}

type IncidentOutcome =
  | { readonly kind: 'open' }
  /** Down until somebody restores it; `untilMs` null = still. */
  | { readonly kind: 'held'; readonly atMs: number; readonly operator: string; readonly untilMs: number | null }
  | { readonly kind: 'recovered'; readonly atMs: number; readonly durations: RecoveryDurations }
  /** Another failure came before this one was over; its recovery covers both. */
  | { readonly kind: 'superseded'; readonly atMs: number }
  | { readonly kind: 'ended'; readonly atMs: number }

export interface Incident {
  readonly key: string
  readonly id: string
  /** Counts failures from 1; restores have none. */
  readonly number: number | null
  readonly trigger: IncidentTrigger
  /** Command that caused it, if one did. */
  readonly commandId: string | null
  /** When the failure was noticed; durations count from here. */
  readonly startedAtMs: number
  readonly askedAtMs: number | null
  readonly operators: readonly string[]
  readonly code: string | null
  readonly message: string | null
  readonly stack: string | null
  /** Every plan made; the last one counts. */
  readonly plans: readonly RecoveryPlanned[]
  readonly spans: readonly StateSpan[]
  readonly outcome: IncidentOutcome
}

export function planOf(incident: Incident): RecoveryPlanned | null {
  return incident.plans.at(-1) ?? null
}

/** Moment at which the last operator of the restart set had its state back; null = not yet. */
export function restoredAt(incident: Incident): number | null {
  const restoring = incident.spans.filter((span) => span.state === 'restoring')
  if (restoring.length === 0 || restoring.some((span) => span.toMs === null)) return null
  return Math.max(...restoring.map((span) => span.toMs ?? 0))
}

/** The incident as it stood at a moment: what came later is not known yet. null = it had not begun. */
export function asOf(incident: Incident, atMs: number): Incident | null {
  if (incident.startedAtMs > atMs) return null
  const { outcome } = incident
  const over = outcome.kind !== 'open' && outcome.atMs <= atMs
  return {
    ...incident,
    plans: incident.plans.filter((plan) => plan.atMs <= atMs),
    spans: incident.spans
      .filter((span) => span.fromMs <= atMs)
      .map((span) => (span.toMs !== null && span.toMs > atMs ? { ...span, toMs: null } : span)),
    outcome: !over
      ? { kind: 'open' }
      : outcome.kind === 'held' && outcome.untilMs !== null && outcome.untilMs > atMs
        ? { ...outcome, untilMs: null }
        : outcome,
  }
}

interface Asked {
  readonly commandId: string
  readonly command: string
  readonly by: string
  readonly operator: string | null
  readonly atMs: number
}

function triggerOf(event: Extract<RunEvent, { type: 'failure' }>): IncidentTrigger {
  if (event.process !== undefined && event.operators.length === 0) return { kind: 'process', by: event.by ?? null }
  return event.by === undefined ? { kind: 'crash' } : { kind: 'kill', by: event.by }
}

/** A command explains a failure only if it came shortly before. */
const EXPLAINS_MS = 15_000

export class Incidents {
  #list: Incident[] = []
  #failures = 0
  #asked: Asked | null = null
  #processStartedAtMs: number | null = null
  #changed = false

  /** The list if it has changed since it was taken last, else null. */
  take(): readonly Incident[] | null {
    if (!this.#changed) return null
    this.#changed = false
    return [...this.#list]
  }

  apply(event: RunEvent): void {
    switch (event.type) {
      case 'command-accepted':
        this.#asked = {
          commandId: event.commandId,
          command: event.command,
          by: event.by,
          operator: event.operator ?? null,
          atMs: event.atMs,
        }
        if (event.command === 'kill-process') this.#processKilled(event)
        return
      case 'process-started':
        if (event.attempt > 1 && !event.adopted) this.#processStartedAtMs = event.atMs
        return
      case 'failure': {
        if (this.#processDeathTold(event)) return
        this.#close({ kind: 'superseded', atMs: event.atMs })
        const asked = event.by === undefined ? null : this.#explanation('kill-operator', event.atMs)
        this.#failures += 1
        this.#begin(event, {
          number: this.#failures,
          trigger: triggerOf(event),
          commandId: asked?.commandId ?? null,
          askedAtMs: asked?.atMs ?? null,
          operators: event.operators,
          code: event.code,
          message: event.message,
          stack: event.stack ?? null,
        })
        return
      }
      case 'recovery-planned': {
        const open = this.#open()
        const plan: RecoveryPlanned = {
          atMs: event.atMs,
          attempt: event.attempt,
          cut: event.cut,
          restart: event.restart,
          partitions: event.partitions ?? null,
          foretold: event.foretold ?? open?.plans.at(-1)?.foretold ?? null,
          reason: event.reason ?? null,
          skipped: event.skipped ?? null,
        }
        if (open !== null && open.id === event.incident) {
          const operators = open.operators.length === 0 ? event.restart : open.operators
          return this.#update({ ...open, operators, plans: [...open.plans, plan] })
        }
        if (open?.trigger.kind === 'process' && open.plans.length === 0) {
          this.#processStartedAtMs = null
          return this.#update({ ...open, id: event.incident, operators: event.restart, plans: [plan] })
        }
        this.#beginWithoutFailure(event, plan)
        return
      }
      case 'operator-state':
        return this.#stateChanged(event.operator, event.state, event.atMs)
      case 'recovered': {
        const open = this.#open()
        if (open === null || open.id !== event.incident) return
        // The others are back; the one that is held is not.
        if (open.spans.some((span) => span.state === 'held' && span.toMs === null)) return
        this.#update({ ...open, outcome: { kind: 'recovered', atMs: event.atMs, durations: event.durations } })
        return
      }
      case 'run-state':
        if (event.state === 'stopped' || event.state === 'finished' || event.state === 'failed')
          this.#close({ kind: 'ended', atMs: event.atMs })
        return
      default:
        return
    }
  }

  #beginWithoutFailure(event: Extract<RunEvent, { type: 'recovery-planned' }>, plan: RecoveryPlanned): void {
    this.#close({ kind: 'superseded', atMs: event.atMs })
    const none = { operators: [], code: null, message: null, stack: null, plans: [plan] }
    const restart = this.#explanation('restore-operator', event.atMs)
    const rewind = this.#explanation('restore-run', event.atMs)
    if (this.#processStartedAtMs !== null) {
      this.#failures += 1
      this.#begin(
        { ...event, atMs: this.#processStartedAtMs },
        {
          ...none,
          number: this.#failures,
          trigger: { kind: 'process', by: null },
          commandId: null,
          askedAtMs: null,
          operators: event.restart,
        },
      )
    } else if (restart !== null && restart.operator !== null) {
      this.#begin(event, {
        ...none,
        number: null,
        trigger: { kind: 'restore-operator', by: restart.by, operator: restart.operator },
        commandId: restart.commandId,
        askedAtMs: restart.atMs,
        operators: [restart.operator],
      })
    } else {
      this.#begin(event, {
        ...none,
        number: null,
        trigger: { kind: 'restore-run', window: event.cut },
        commandId: rewind?.commandId ?? null,
        askedAtMs: rewind?.atMs ?? null,
        operators: event.restart,
      })
    }
    this.#processStartedAtMs = null
  }

  /** The process dies with the answer: nothing more is heard until its successor starts. */
  #processKilled(event: Extract<RunEvent, { type: 'command-accepted' }>): void {
    this.#close({ kind: 'superseded', atMs: event.atMs })
    this.#failures += 1
    this.#begin(
      { incident: event.commandId, seq: event.seq, atMs: event.atMs },
      {
        number: this.#failures,
        trigger: { kind: 'process', by: event.by },
        commandId: event.commandId,
        askedAtMs: event.atMs,
        operators: [],
        code: null,
        message: null,
        stack: null,
      },
    )
  }

  /** Somebody had asked for it: that incident goes on. */
  #processDeathTold(event: Extract<RunEvent, { type: 'failure' }>): boolean {
    if (event.process === undefined) return false
    this.#processStartedAtMs = null
    const open = this.#open()
    if (open?.trigger.kind !== 'process' || open.trigger.by === null || open.code !== null) return false
    const { incident: id, atMs, operators, code, message } = event
    this.#update({ ...open, id, startedAtMs: atMs, operators, code, message })
    return true
  }

  #explanation(command: string, atMs: number): Asked | null {
    const asked = this.#asked
    return asked !== null && asked.command === command && atMs - asked.atMs < EXPLAINS_MS ? asked : null
  }

  #begin(
    event: { readonly incident: string; readonly seq: number; readonly atMs: number },
    rest: Omit<Incident, 'key' | 'id' | 'startedAtMs' | 'plans' | 'spans' | 'outcome'> & { readonly plans?: readonly RecoveryPlanned[] },
  ): void {
    this.#list.push({
      key: `${event.incident}@${event.seq}`,
      id: event.incident,
      startedAtMs: event.atMs,
      plans: [],
      spans: [],
      outcome: { kind: 'open' },
      ...rest,
    })
    this.#changed = true
  }

  #stateChanged(operator: string, state: OperatorState, atMs: number): void {
    const open = this.#open()
    if (open === null) return
    const spans = open.spans.map((span) => (span.operator === operator && span.toMs === null ? { ...span, toMs: atMs } : span))
    if (state !== 'running') spans.push({ operator, state, fromMs: atMs, toMs: null })
    const outcome: IncidentOutcome = state === 'held' ? { kind: 'held', atMs, operator, untilMs: null } : open.outcome
    this.#update({ ...open, spans, outcome })
  }

  /** A held operator keeps its incident open until it is restored or another failure comes. */
  #open(): Incident | null {
    const last = this.#list.at(-1)
    if (last === undefined) return null
    return last.outcome.kind === 'open' || (last.outcome.kind === 'held' && last.outcome.untilMs === null) ? last : null
  }

  #close(outcome: { readonly kind: 'superseded' | 'ended'; readonly atMs: number }): void {
    const open = this.#open()
    if (open === null) return
    this.#update({
      ...open,
      spans: open.spans.map((span) => (span.toMs === null ? { ...span, toMs: outcome.atMs } : span)),
      // That somebody held it says more than that it went on.
      outcome: open.outcome.kind === 'held' ? { ...open.outcome, untilMs: outcome.atMs } : outcome,
    })
  }

  #update(incident: Incident): void {
    this.#list[this.#list.length - 1] = incident
    this.#changed = true
  }
}
