/**
 * Nexmark events, from a file of JSON lines or made up.
 *
 * State: the place in the file, or the number of the next event.
 */
import { BATCH_ROWS, type Schema } from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, SourceOperator, StateValue } from '@belay/engine/operator'
import { Pace } from '../reading/pace.ts'
import { TextSource } from '../reading/textSource.ts'
import { EventFile } from './eventFile.ts'
import { EventMaker } from './eventMaker.ts'
import { timeOf } from './ids.ts'
import { eventColumns, type NexmarkSourceConfig } from './manifest.ts'
import { KINDS, type EventKind } from './schemas.ts'

class MadeEvents implements SourceOperator {
  readonly role = 'source'
  readonly #context: OperatorContext<NexmarkSourceConfig>
  readonly #maker: EventMaker
  readonly #position: StateValue<number>
  readonly #pace: Pace
  #next: number

  constructor(context: OperatorContext<NexmarkSourceConfig>) {
    this.#context = context
    const { config } = context
    const schemas = Object.fromEntries(KINDS.map((kind) => [kind, eventColumns(config, kind)])) as Record<EventKind, Schema>
    this.#maker = new EventMaker(config.seed, config.eventRate, schemas)
    this.#position = context.state.value('event', 1, 0)
    this.#next = this.#position.get()
    this.#pace = new Pace(config.rowsPerSecond, context)
  }

  read(out: Emitter): 'progress' | 'idle' | 'ended' {
    const { events } = this.#context.config
    const left = events === 0 ? BATCH_ROWS : events - this.#next
    if (left <= 0) return 'ended'
    if (out.full) return 'progress'
    const count = this.#pace.allowance(Math.min(BATCH_ROWS, left))
    if (count === 0) return 'idle'
    const maker = this.#maker
    maker.make(this.#next, this.#next + count, { person: out.connected(0), auction: out.connected(1), bid: out.connected(2) })
    this.#next += count
    this.#pace.emitted(count)
    this.#position.set(this.#next)
    if (events > 0) this.#context.progress(this.#next / events)
    KINDS.forEach((kind, port) => {
      const builder = maker.builders[kind]
      if (builder.rows > 0) out.emit(port, builder.finish())
    })
    return events > 0 && this.#next >= events ? 'ended' : 'progress'
  }

  watermark(): number {
    if (this.#next === 0) return Number.NEGATIVE_INFINITY
    return timeOf(this.#next - 1, this.#context.config.eventRate) - this.#context.config.outOfOrderMs
  }
}

function fromFile(context: OperatorContext<NexmarkSourceConfig>): SourceOperator {
  // Who reads what is known only once rows are asked for.
  let emitter: Emitter | null = null
  const format = new EventFile(context.config, (port) => emitter === null || emitter.connected(port))
  const source = new TextSource({ ...context, config: { ...context.config, follow: false } }, () => format, format.outputs)
  return {
    role: 'source',
    read(out) {
      emitter = out
      return source.read(out)
    },
    watermark: () => source.watermark(),
    close: () => source.close(),
  }
}

export const module: OperatorModule<NexmarkSourceConfig> = {
  create: (context) => (context.config.file === '' ? new MadeEvents(context) : fromFile(context)),
}
