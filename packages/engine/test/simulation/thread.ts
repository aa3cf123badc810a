/**
 * A simulated container thread around the real `Container`: it handles its messages, takes steps,
 * sleeps on its bell, may be slow or hang, and is dead only at its exit.
 */
import { Container } from '../../src/container/container.ts'
import type { ContainerInit, FromContainer, ToContainer } from '../../src/container/protocol.ts'
import type { OperatorModule } from '../../src/operator/operator.ts'
import type { LogHandle } from '../../src/stream/logHandle.ts'
import type { LogMemory } from '../../src/stream/logMemory.ts'
import type { Owner, VirtualClock } from './clock.ts'
import type { Caller } from './disk.ts'
import type { Random } from './random.ts'

export type ToThread = Exclude<ToContainer, { type: 'become' | 'bell' | 'ringer' }>

export interface ThreadWorld {
  readonly clock: VirtualClock
  readonly random: Random
  readonly process: Owner
  readonly init: ContainerInit
  loadModule(type: string, caller: Caller): OperatorModule<never>
  openLog(handle: LogHandle): LogMemory
  ring(containers: readonly number[]): void
  message(message: FromContainer): void
  exited(cause: { readonly code: string; readonly message: string } | null): void
}

/** Longer than the real one: a bell that is not rung must be noticed, and looking in vain takes time. */
const SLEEP_MS = 80
const STEPS_PER_LOOK = 16

export class SimThread implements Owner, Caller {
  readonly container: string
  readonly #world: ThreadWorld
  readonly #engine: Container
  /** Under way to it; what has arrived. */
  readonly #mail: ToThread[] = []
  readonly #inbox: ToThread[] = []
  /** Written by the thread, not yet read by the job; what is left when it exits may be lost. */
  readonly #outbox: FromContainer[] = []
  #inboxAtMs = 0
  #outboxAtMs = 0
  #awake = false
  #asleepSinceMs = 0
  /** A look at its bell is due; there is never more than one. */
  #looksLater = false
  #exiting = false
  #gone = false
  #error: { readonly code: string; readonly message: string } | null = null
  diskCallsLeft: number | null = null
  /** Factor on the time of every step. */
  slowness = 1
  /** Does nothing until then: it waits inside a system call, or in a loop. */
  hangsUntilMs = 0
  /** Attempt it has deployed; null = it is empty. */
  deployed: number | null = null

  constructor(container: string, world: ThreadWorld) {
    this.container = container
    this.#world = world
    this.#engine = new Container(world.init, {
      post: (message) => this.#post(message),
      ring: (containers) => {
        if (this.alive) world.ring(containers)
      },
      wakeSelf: () => {},
      loadModule: (type) => Promise.resolve(world.loadModule(type, this)),
      openLog: (handle) => world.openLog(handle),
    })
    world.clock.in(world.random.between(5, 60), this, () => {
      this.#post({ type: 'ready', osThread: null })
      this.wake()
    })
  }

  get alive(): boolean {
    return !this.#gone && this.#world.process.alive
  }

  park(what: () => void | Promise<void>): boolean {
    return this.#world.process.park(what)
  }

  /** Order is kept; a message takes a moment. */
  receive(message: ToThread): void {
    const { clock, random } = this.#world
    this.#inboxAtMs = Math.max(this.#inboxAtMs, clock.nowMs + random.next() * 2)
    this.#mail.push(message)
    clock.in(this.#inboxAtMs - clock.nowMs, this, () => {
      this.#inbox.push(...this.#mail.splice(0, 1))
      this.wake()
    })
  }

  wake(): void {
    if (this.#awake || !this.alive) return
    this.#awake = true
    this.#turnIn(this.#world.random.next() * 0.3)
  }

  /** Told to die: a running loop ends at once, a system call only when it returns. */
  terminate(): void {
    if (this.#exiting) return
    this.#exiting = true
    const { clock, random } = this.#world
    const inCallMs = Math.max(0, this.hangsUntilMs - clock.nowMs)
    clock.in(inCallMs + random.next() * 6, this, () => this.#exit(null))
  }

  /** It ends by itself, in the middle of whatever it does. */
  crash(cause: { readonly code: string; readonly message: string }): void {
    this.#exit(cause)
  }

  died(): void {
    this.#exit({ code: 'CONTAINER_CRASHED', message: 'it died while it was writing' })
  }

  #exit(cause: { readonly code: string; readonly message: string } | null): void {
    if (!this.alive) return
    const { clock, random, process } = this.#world
    // The last messages may get lost with the thread, the first ones are read before its exit is.
    const left = this.#outbox.splice(0)
    for (const message of left.slice(0, random.int(left.length + 1))) this.#world.message(message)
    this.#gone = true
    this.#error ??= cause
    clock.in(random.next() * 3, process, () => this.#world.exited(this.#exiting ? null : this.#error))
  }

  #post(message: FromContainer): void {
    if (!this.alive) return
    const { clock, random } = this.#world
    this.#outbox.push(message)
    this.#outboxAtMs = Math.max(this.#outboxAtMs, clock.nowMs + random.next() * 2)
    clock.in(this.#outboxAtMs - clock.nowMs, this, () => {
      const next = this.#outbox.shift()
      if (next !== undefined) this.#world.message(next)
    })
  }

  #turnIn(delayMs: number): void {
    this.#world.clock.in(delayMs, this, () => this.#turn())
  }

  #turn(): void | Promise<void> {
    const { clock, random } = this.#world
    if (this.hangsUntilMs > clock.nowMs) return this.#turnIn(this.hangsUntilMs - clock.nowMs)
    if (this.#exiting && random.chance(0.7)) return
    return this.#inbox.length === 0 ? this.#work() : this.#readAndWork()
  }

  async #readAndWork(): Promise<void> {
    for (let message = this.#inbox.shift(); message !== undefined; message = this.#inbox.shift()) {
      if (message.type === 'undeploy') this.deployed = null
      if (message.type === 'deploy') this.deployed = message.attempt
      if (message.type !== 'rehearse') await this.#engine.receive(message)
      if (!this.alive) return
    }
    this.#work()
  }

  #work(): void {
    const { clock, random } = this.#world
    let steps = 0
    const most = random.between(1, STEPS_PER_LOOK)
    while (steps < most && this.alive && this.#engine.step()) steps += 1
    if (!this.alive) return
    if (steps > 0) return this.#turnIn((0.05 + random.next() * 0.3) * steps * this.slowness)
    this.#awake = false
    this.#asleepSinceMs = clock.nowMs
    if (!this.#looksLater) this.#lookIn(SLEEP_MS)
  }

  #lookIn(delayMs: number): void {
    const { clock } = this.#world
    this.#looksLater = true
    clock.in(delayMs, this, () => {
      this.#looksLater = false
      if (this.#awake) return
      const leftMs = this.#asleepSinceMs + SLEEP_MS - clock.nowMs
      if (leftMs > 0.001) this.#lookIn(leftMs)
      else this.wake()
    })
  }
}
