/**
 * The threads of a run's containers: which thread is which container, their doorbells, and one
 * thread in reserve (engine-spec H31).
 *
 * Invariant: a container has at most one thread, and gets another only after the `exit` of the one
 * before (engine-spec H4); messages of a thread that is no longer a container's are not passed on.
 */
import { MessageChannel } from 'node:worker_threads'
import type { ContainerInit, FromContainer, Rehearsal, ToContainer } from '../container/protocol.ts'
import type { PhysicalPlan } from '../plan/physicalPlan.ts'
import { type ContainerEnd, ContainerThread } from './containerThread.ts'
import type { RunSecrets } from './runSecrets.ts'

export interface ContainersEvents {
  started(container: string, threadId: number): void
  message(container: string, message: FromContainer): void
  /** `cause` null = it was asked to go. */
  exited(container: string, cause: ContainerEnd | null): void
}

export class Containers {
  readonly #plan: PhysicalPlan
  readonly #init: ContainerInit
  readonly #events: ContainersEvents
  readonly #secrets: RunSecrets
  readonly #threads = new Map<string, ContainerThread>()
  readonly #numbers: ReadonlyMap<string, number>
  readonly #kinds: ReadonlyMap<string, 'compute' | 'io'>
  readonly #bellWords: Int32Array
  /** io thread → threads that can ring it. */
  readonly #bells = new WeakMap<ContainerThread, WeakSet<ContainerThread>>()
  #spare: ContainerThread | null = null
  /** The one in reserve that has been told what to practise. */
  #practised: ContainerThread | null = null

  constructor(plan: PhysicalPlan, init: ContainerInit, secrets: RunSecrets, events: ContainersEvents) {
    this.#plan = plan
    this.#init = init
    this.#events = events
    this.#secrets = secrets
    this.#numbers = new Map(plan.containers.map((container, number) => [container.id, number]))
    this.#kinds = new Map(plan.containers.map(({ id, kind }) => [id, kind]))
    this.#bellWords = new Int32Array(init.doorbells)
  }

  has(container: string): boolean {
    return this.#threads.has(container)
  }

  /** The thread that it is now; null = none. */
  threadOf(container: string): ContainerThread | null {
    return this.#threads.get(container) ?? null
  }

  /** Position in the doorbell block. */
  numberOf(container: string): number {
    const number = this.#numbers.get(container)
    if (number === undefined) throw new Error(`no container ${container} in the plan`)
    return number
  }

  start(container: string): void {
    const kind = this.#kinds.get(container)
    if (kind === undefined) return
    const spare = this.#spare
    this.#spare = null
    if (spare?.usable === false) spare.terminate(null)
    const thread = spare?.usable === true ? spare : new ContainerThread(this.#init)
    this.#threads.set(container, thread)
    this.#events.started(container, thread.threadId)
    thread.become(
      { container, number: this.numberOf(container), kind },
      {
        message: (message) => {
          if (this.#threads.get(container) === thread) this.#events.message(container, message)
        },
        exited: (cause) => {
          if (this.#threads.get(container) !== thread) return
          this.#threads.delete(container)
          this.#events.exited(container, cause === null ? null : this.#masked(cause))
        },
      },
    )
    this.tellSecrets(container)
  }

  /** Before the first deploy, and when a value was replaced. */
  tellSecrets(container: string): void {
    const values = this.#secrets.of(container)
    if (Object.keys(values).length > 0) this.post(container, { type: 'secrets', values })
  }

  #masked({ code, message, stack }: { readonly code: string; readonly message: string; readonly stack?: string }): {
    readonly code: string
    readonly message: string
    readonly stack?: string
  } {
    const { mask } = this.#secrets
    return { code, message: mask.text(message), ...(stack === undefined ? {} : { stack: mask.text(stack) }) }
  }

  /** Starts the thread in reserve if there is none; for moments of rest, as it costs a core for some 50 ms. */
  keepSpare(): void {
    this.#spare ??= new ContainerThread(this.#init)
  }

  /** Lets the thread in reserve practise, once; `rehearsals` answers with nothing while there is nothing to practise on. */
  rehearse(rehearsals: () => readonly Rehearsal[]): void {
    const spare = this.#spare
    if (spare === null || spare === this.#practised) return
    const found = rehearsals()
    if (found.length === 0) return
    this.#practised = spare
    spare.rehearse(found)
  }

  terminate(container: string): void {
    this.#threads.get(container)?.terminate(null)
  }

  /** Ended for what it does: for the job it has failed. */
  fail(container: string, why: ContainerEnd): void {
    this.#threads.get(container)?.terminate(why)
  }

  /** Posts and wakes: a compute container looks at its messages between steps, or when its doorbell word changes. */
  post(container: string, message: ToContainer): void {
    this.#threads.get(container)?.post(message)
    this.ring(container)
  }

  /** An io container hears messages by itself, and is rung by its neighbours through ports. */
  ring(container: string): void {
    const number = this.#numbers.get(container)
    if (number === undefined) return
    Atomics.add(this.#bellWords, number, 1)
    Atomics.notify(this.#bellWords, number)
  }

  /** Lets the container and its neighbours ring each other where one of them sleeps in an event loop. */
  connectBells(container: string): void {
    const neighbours = new Set<string>()
    for (const { publisherContainer, logReaders } of this.#plan.streams) {
      if (publisherContainer === container) for (const reader of logReaders) neighbours.add(reader)
      else if (logReaders.includes(container)) neighbours.add(publisherContainer)
    }
    for (const neighbour of neighbours) {
      if (this.#kinds.get(container) === 'io') this.#connectBell(neighbour, container)
      if (this.#kinds.get(neighbour) === 'io') this.#connectBell(container, neighbour)
    }
  }

  #connectBell(ringer: string, io: string): void {
    const from = this.#threads.get(ringer)
    const to = this.#threads.get(io)
    if (from === undefined || to === undefined) return
    const ringers = this.#bells.get(to) ?? new WeakSet()
    if (ringers.has(from)) return
    this.#bells.set(to, ringers.add(from))
    const { port1, port2 } = new MessageChannel()
    to.post({ type: 'bell', port: port1 }, [port1])
    from.post({ type: 'ringer', container: this.numberOf(io), port: port2 }, [port2])
  }
}
