/** The logs of a run's streams, allocated once by the job (engine-spec L1), and what recovery does to them. */
import type { PhysicalPlan, PlannedStream } from '../plan/physicalPlan.ts'
import type { LogHandle } from '../stream/logHandle.ts'
import { LogControl } from '../stream/logControl.ts'
import { createLog, SharedLogMemory } from '../stream/logMemory.ts'

export interface StreamLog {
  readonly stream: PlannedStream
  readonly handle: LogHandle
  readonly control: LogControl
}

export class StreamLogs {
  readonly #logs = new Map<string, StreamLog>()
  readonly sizeBytes: number

  constructor(plan: PhysicalPlan, afterWindow: number) {
    let size = 0
    for (const stream of plan.streams) {
      if (stream.logBytes === 0) continue
      const handle = createLog(stream.id, stream.logBytes)
      const control = new LogControl(new SharedLogMemory(handle), stream.logReaders.length)
      control.reset(afterWindow, 0)
      this.#logs.set(stream.id, { stream, handle, control })
      size += handle.memory.byteLength
    }
    this.sizeBytes = size
  }

  get(stream: string): StreamLog | undefined {
    return this.#logs.get(stream)
  }

  all(): Iterable<StreamLog> {
    return this.#logs.values()
  }

  /** The container's readers of all streams. */
  readersOf(container: string): { readonly log: StreamLog; readonly reader: number }[] {
    const readers: { log: StreamLog; reader: number }[] = []
    for (const log of this.#logs.values()) {
      const reader = log.stream.logReaders.indexOf(container)
      if (reader >= 0) readers.push({ log, reader })
    }
    return readers
  }

  publishedBy(container: string): StreamLog[] {
    return [...this.#logs.values()].filter((log) => log.stream.publisherContainer === container)
  }

  /** L6, with its one retry; who skips reads on from the newest record. Returns the streams that could not be pinned. */
  pin(readers: readonly { readonly stream: string; readonly container: string }[], window: number, skips: boolean): string[] {
    const refused = new Set<string>()
    for (const { stream, container } of readers) {
      const log = this.#logs.get(stream)
      if (log === undefined) {
        refused.add(stream)
        continue
      }
      const reader = log.stream.logReaders.indexOf(container)
      const pin = (): boolean => (skips ? log.control.pinHead(reader) : log.control.pinFor(reader, window + 1))
      if (!pin() && !pin()) refused.add(stream)
    }
    return [...refused]
  }

  unpin(readers: readonly { readonly stream: string; readonly container: string }[]): void {
    for (const { stream, container } of readers) {
      const log = this.#logs.get(stream)
      log?.control.unpin(log.stream.logReaders.indexOf(container))
    }
  }

  /** A dead or emptied container reads nothing; its pins stay, they were made for its successor. */
  deactivate(container: string): void {
    for (const { log, reader } of this.readersOf(container)) log.control.deactivateKeepingPin(reader)
  }

  rewind(streams: readonly string[], window: number, epoch: number): void {
    for (const stream of streams) this.#logs.get(stream)?.control.truncateAfter(window, epoch)
  }
}
