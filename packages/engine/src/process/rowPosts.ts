/** Rows on their way to sources: handed to their container, answered when they are durable (engine-spec H9). */
import type { RowPostAnswer, RowsToPost } from '@belay/run'
import type { FromContainer, ToContainer } from '../container/protocol.ts'
import { EngineError } from '../operator/engineError.ts'

/** Bytes on their way at once; above it a container's messages would take the place of its work. */
const MOST_BYTES = 64 * 1_048_576

interface Waiting {
  readonly container: string
  readonly sizeBytes: number
  resolve(answer: RowPostAnswer): void
  reject(error: EngineError): void
}

export class RowPosts {
  readonly #send: (container: string, message: ToContainer) => boolean
  readonly #waiting = new Map<number, Waiting>()
  #next = 1
  #sizeBytes = 0

  /** `send` is false where the container has no thread. */
  constructor(send: (container: string, message: ToContainer) => boolean) {
    this.#send = send
  }

  hand(container: string, instance: string, post: RowsToPost): Promise<RowPostAnswer> {
    if (this.#sizeBytes + post.body.length > MOST_BYTES)
      return Promise.reject(new EngineError('INGEST_FULL', 'Too many rows are on their way to the source. Send them again in a moment.'))
    const number = this.#next
    this.#next += 1
    return new Promise((resolve, reject) => {
      const sizeBytes = post.body.length
      this.#waiting.set(number, { container, sizeBytes, resolve, reject })
      this.#sizeBytes += sizeBytes
      if (!this.#send(container, { type: 'post', instance, number, post })) this.#take(number)?.reject(interrupted())
    })
  }

  answered({ number, outcome }: Extract<FromContainer, { type: 'post-answered' }>): void {
    const waiting = this.#take(number)
    if (outcome.type === 'kept') waiting?.resolve(outcome.answer)
    else waiting?.reject(new EngineError(outcome.code, outcome.message))
  }

  /** The container is gone, or (null) all are: what they were given may have been kept or not. */
  lost(container: string | null): void {
    for (const [number, waiting] of this.#waiting)
      if (container === null || waiting.container === container) this.#take(number)?.reject(interrupted())
  }

  #take(number: number): Waiting | undefined {
    const waiting = this.#waiting.get(number)
    if (this.#waiting.delete(number)) this.#sizeBytes -= waiting?.sizeBytes ?? 0
    return waiting
  }
}

function interrupted(): EngineError {
  return new EngineError(
    'INGEST_CLOSED',
    'The source went down before it said that the rows are kept. Send them again in a moment, with the same key.',
  )
}
