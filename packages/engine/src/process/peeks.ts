/**
 * Which streams are looked at, and until when (engine-spec H33). A lease that nobody renews ends, so that
 * a server that died costs nothing; containers are told again whenever they get their operators.
 */
import { MOST_PEEKS, PEEK_LEASE_MS, type PeekedRows, type PeekedStream } from '@belay/run'
import type { FromContainer, ToContainer } from '../container/protocol.ts'
import { EngineError } from '../operator/engineError.ts'
import type { PhysicalPlan, PlannedInstance } from '../plan/physicalPlan.ts'

type Taps = Extract<ToContainer, { type: 'peek' }>['taps']

export class Peeks {
  readonly #plan: PhysicalPlan
  readonly #tell: (container: string, taps: Taps) => void
  readonly #show: (rows: PeekedRows) => void
  #streams: readonly string[] = []
  #untilMs = 0

  constructor(plan: PhysicalPlan, tell: (container: string, taps: Taps) => void, show: (rows: PeekedRows) => void) {
    this.#plan = plan
    this.#tell = tell
    this.#show = show
  }

  /** `streams`: of the document; those that are not there are left out. Throws EngineError PEEK_LIMIT. */
  want(streams: readonly string[], nowMs: number): readonly PeekedStream[] {
    if (streams.length > MOST_PEEKS)
      throw new EngineError('PEEK_LIMIT', `${MOST_PEEKS} streams of a run can be looked at at once. Close one that is open.`)
    const answer = streams.flatMap((stream) => {
      const [source] = this.#sources(stream)
      if (source === undefined) return []
      const { schema } = source.instance.outputs[source.port]
      return [{ stream, columns: schema.map(({ name, type }) => ({ name, type })) }]
    })
    this.#untilMs = nowMs + PEEK_LEASE_MS
    if (streams.join('\n') === this.#streams.join('\n')) return answer
    const touched = new Set(
      [...this.#streams, ...streams].flatMap((stream) => this.#sources(stream).map(({ instance }) => instance.container)),
    )
    this.#streams = [...streams]
    for (const container of touched) this.#tell(container, this.#taps(container))
    return answer
  }

  /** Before a container gets its operators: it may be a new thread. */
  remind(container: string): void {
    if (this.#streams.length > 0) this.#tell(container, this.#taps(container))
  }

  endIfOver(nowMs: number): void {
    if (this.#streams.length > 0 && nowMs > this.#untilMs) this.want([], nowMs)
  }

  peeked({ instance, port, every, seen, rows }: Extract<FromContainer, { type: 'peeked' }>): void {
    for (const stream of this.#streams)
      if (this.#sources(stream).some((source) => source.instance.id === instance && source.port === port))
        this.#show({ stream, instance, every, seen, rows })
  }

  #taps(container: string): Taps {
    return this.#streams.flatMap((stream) => {
      const sources = this.#sources(stream)
      return sources
        .filter(({ instance }) => instance.container === container)
        .map(({ instance, port }) => ({ instance: instance.id, port, parts: sources.length }))
    })
  }

  /** Ports that feed a stream of the document. */
  #sources(stream: string): { readonly instance: PlannedInstance; readonly port: number }[] {
    const own = new Set(this.#plan.streams.filter(({ edge }) => edge === stream).map(({ id }) => id))
    return this.#plan.instances.flatMap((instance) =>
      instance.outputs.flatMap(({ streams }, port) => (streams.some((id) => own.has(id)) ? [{ instance, port }] : [])),
    )
  }
}
