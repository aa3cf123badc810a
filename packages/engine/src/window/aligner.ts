/**
 * When an operator's window ends (engine-spec H12, H14, H17). One per operator; pure bookkeeping.
 *
 * Invariants: a port is parked only after its own END of the current window; a port whose END
 * carries the watermark +∞ has ended with that window and counts as parked from then on; the
 * operator's watermark never goes back, also not over a restore: `kept` goes into checkpoints.
 * Idleness need not: each END says it anew, and nothing is aligned before every port's END.
 */
import { EngineError } from '../operator/engineError.ts'

export interface PortEnd {
  readonly window: number
  /** ms; +Infinity = the port's last window. */
  readonly watermark: number
  readonly idle: boolean
  readonly checkpoint: boolean
}

export interface AlignedWindow {
  readonly window: number
  readonly watermark: number
  /** All inputs are idle: nothing is said about time. */
  readonly idle: boolean
  readonly checkpoint: boolean
  readonly last: boolean
}

/** Watermarks in ms as a checkpoint keeps them; null = none yet (−∞), or ended (+∞), which the checkpoint tells apart by itself. */
export interface KeptWatermarks {
  readonly operator: number | null
  readonly ports: readonly (number | null)[]
}

interface PortState {
  parked: boolean
  closed: boolean
  idle: boolean
  watermark: number
  checkpoint: boolean
}

export class Aligner {
  #window: number
  #watermark = Number.NEGATIVE_INFINITY
  #latenessBase = Number.NEGATIVE_INFINITY
  readonly #ports: PortState[]

  /** `endedPorts` had ended at or before the cut. */
  constructor(ports: number, window: number, endedPorts: readonly number[] = []) {
    this.#window = window
    this.#ports = Array.from({ length: ports }, (_, port) => {
      const closed = endedPorts.includes(port)
      return {
        parked: closed,
        closed,
        idle: false,
        watermark: closed ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY,
        checkpoint: false,
      }
    })
  }

  /** For the checkpoint of the aligned window. */
  kept(): KeptWatermarks {
    return { operator: finiteOrNull(this.#watermark), ports: this.#ports.map((port) => finiteOrNull(port.watermark)) }
  }

  /** Before the first END: what the checkpoint at the cut kept. With other ports than now, theirs do not apply. */
  restore(kept: KeptWatermarks): void {
    this.#watermark = kept.operator ?? Number.NEGATIVE_INFINITY
    this.#latenessBase = this.#watermark
    if (kept.ports.length !== this.#ports.length) return
    for (const [at, port] of this.#ports.entries()) if (!port.closed) port.watermark = kept.ports[at] ?? Number.NEGATIVE_INFINITY
  }

  /** The window whose rows are taken now. */
  get window(): number {
    return this.#window
  }

  /** ms; the watermark at the beginning of the window: what lateness is judged against. */
  get latenessBase(): number {
    return this.#latenessBase
  }

  parked(port: number): boolean {
    return this.#ports[port].parked
  }

  closed(port: number): boolean {
    return this.#ports[port].closed
  }

  /** END(w) of one port; the aligned window once every port has it, else null. */
  end(port: number, end: PortEnd): AlignedWindow | null {
    const state = this.#ports[port]
    if (state.parked)
      throw new EngineError(
        'WINDOW_ORDER',
        `Port ${port} ended window ${end.window} while parked in window ${this.#window}. This is a defect of the engine.`,
      )
    if (end.window !== this.#window)
      throw new EngineError(
        'WINDOW_ORDER',
        `Port ${port} ended window ${end.window}, expected ${this.#window}. This is a defect of the engine.`,
      )
    state.parked = true
    state.idle = end.idle
    state.closed = end.watermark === Number.POSITIVE_INFINITY
    state.checkpoint = end.checkpoint
    if (end.watermark > state.watermark) state.watermark = end.watermark
    return this.#aligned()
  }

  /** The stream of a port is over. Its last END has said so already, unless that was in a window that was skipped. */
  close(port: number): AlignedWindow | null {
    const state = this.#ports[port]
    if (state.closed) return null
    state.parked = true
    state.closed = true
    state.watermark = Number.POSITIVE_INFINITY
    return this.#aligned()
  }

  #aligned(): AlignedWindow | null {
    let watermark = Number.POSITIVE_INFINITY
    let active = false
    let last = true
    let checkpoint = false
    for (const port of this.#ports) {
      if (!port.parked) return null
      if (port.closed) continue
      last = false
      // A rollback may have voided a checkpoint and left its flag in a log: the flag of any open port counts.
      if (port.checkpoint) checkpoint = true
      if (port.idle) continue
      active = true
      if (port.watermark < watermark) watermark = port.watermark
    }
    if (last) {
      this.#watermark = Number.POSITIVE_INFINITY
      return { window: this.#window, watermark: this.#watermark, idle: false, checkpoint: true, last }
    }
    if (active && watermark > this.#watermark) this.#watermark = watermark
    return { window: this.#window, watermark: this.#watermark, idle: !active, checkpoint, last }
  }

  /** Goes on with the next window once END has been accepted by all outputs. */
  next(): void {
    this.#window += 1
    this.#latenessBase = this.#watermark
    for (const port of this.#ports) {
      if (port.closed) continue
      port.parked = false
      port.checkpoint = false
    }
  }
}

function finiteOrNull(watermark: number): number | null {
  return Number.isFinite(watermark) ? watermark : null
}
