/**
 * Worker entry of a container. Unless it is told at once which container it is, it loads the run's
 * operators and then waits, so that a spare thread costs no start when one is needed (engine-spec H31).
 *
 * Compute containers poll their messages between steps and sleep on their doorbell word; io
 * containers are driven by the event loop (engine-spec H20).
 */
import { readlinkSync } from 'node:fs'
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import type { LogLevel } from '@belay/run'
import type { OperatorModule, OperatorRegistry } from '../operator/operator.ts'
import { EngineError } from '../operator/engineError.ts'
import { closeDoors } from './closedDoors.ts'
import { Container, type ContainerPorts } from './container.ts'
import type { ContainerInit, ContainerRole, Rehearsal, ToContainer } from './protocol.ts'
import { rehearse } from './rehearsal.ts'

const SLEEP_MS = 20
const STEPS_PER_LOOK = 16

if (parentPort === null) throw new EngineError('NOT_A_WORKER', 'containerMain is the entry of a worker thread. Start it with new Worker().')
const parent: MessagePort = parentPort
const init = workerData as ContainerInit
if (init.isolated) closeDoors()
const doorbells = new Int32Array(init.doorbells)
const bells = new Map<number, MessagePort>()
let registry: OperatorRegistry | null = null
/** What the event loop has delivered and nobody has handled; a compute loop seldom lets it turn. */
const inbox: ToContainer[] = []
let arrived: () => void = () => {}
let again: () => void = () => {}

parent.on('message', (message: ToContainer) => {
  inbox.push(message)
  arrived()
})

function nextMessage(): ToContainer | undefined {
  return inbox.shift() ?? (receiveMessageOnPort(parent)?.message as ToContainer | undefined)
}

async function loadModule(type: string): Promise<OperatorModule<never>> {
  registry ??= ((await import(init.registryUrl)) as { operators: OperatorRegistry }).operators
  const load = registry[type]
  if (load === undefined)
    throw new EngineError(
      'OPERATOR_UNKNOWN',
      `There is no operator type "${type}" in this installation. Update it, or remove the operator.`,
    )
  return load()
}

/**
 * Containers with something new. They are woken once for several batches: waking a thread costs as much
 * as making a small batch, and one that sleeps looks by itself every SLEEP_MS.
 */
const toRing = new Set<number>()

function ringAll(): void {
  for (const number of toRing) {
    Atomics.add(doorbells, number, 1)
    Atomics.notify(doorbells, number)
    bells.get(number)?.postMessage(0)
  }
  toRing.clear()
}

const ports: ContainerPorts = {
  post: (message) => parent.postMessage(message),
  ring: (containers) => {
    for (const number of containers) toRing.add(number)
  },
  wakeSelf: () => again(),
  loadModule,
}

async function handle(container: Container, message: ToContainer): Promise<void> {
  switch (message.type) {
    case 'rehearse':
      // It came just before the thread was needed.
      return
    case 'become':
      throw new EngineError('ROLE_TWICE', 'A container thread was told twice who it is. This is a defect of the engine.')
    case 'bell':
      message.port.on('message', () => again())
      return
    case 'ringer':
      bells.get(message.container)?.close()
      bells.set(message.container, message.port)
      message.port.unref()
      return
    case 'deploy':
    case 'open':
    case 'undeploy':
    case 'snapshot-memory':
    case 'configure':
    case 'on-row-error':
    case 'row-error-rules':
    case 'log-level':
    case 'commit':
    case 'trim':
    case 'post':
    case 'peek':
    case 'secrets':
      return container.receive(message)
  }
}

/** A function of its own, so that a profile tells the time in it from work. */
function waitForWork(number: number, rung: number, forMs: number): void {
  Atomics.wait(doorbells, number, rung, forMs)
}

async function compute(container: Container, number: number): Promise<never> {
  for (;;) {
    const rung = Atomics.load(doorbells, number)
    for (let next = nextMessage(); next !== undefined; next = nextMessage()) await handle(container, next)
    let moved = false
    for (let i = 0; i < STEPS_PER_LOOK; i += 1) {
      if (!container.step()) {
        moved = i > 0
        break
      }
      moved = true
    }
    ringAll()
    if (!moved) waitForWork(number, rung, container.sleepMs(SLEEP_MS))
  }
}

function io(container: Container): void {
  let scheduled = false
  let timer: NodeJS.Timeout | undefined
  let queue = Promise.resolve()
  const turn = (): void => {
    scheduled = false
    clearTimeout(timer)
    let moved = false
    for (let i = 0; i < STEPS_PER_LOOK && container.step(); i += 1) moved = true
    ringAll()
    if (moved) again()
    else timer = setTimeout(() => again(), container.sleepMs(SLEEP_MS))
  }
  again = () => {
    if (scheduled) return
    scheduled = true
    setImmediate(turn)
  }
  arrived = () => {
    queue = queue.then(async () => {
      for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) await handle(container, next)
      again()
    })
    queue.catch((error: unknown) => {
      setImmediate(() => {
        throw error
      })
    })
  }
  arrived()
  again()
}

/** Loads what every deploy will need; a type that cannot be loaded is reported by the deploy that asks for it. */
async function preload(): Promise<void> {
  await Promise.all(init.types.map((type) => loadModule(type).catch(() => undefined)))
}

/** Where the kernel tells of this thread (Linux); null = nowhere. */
function osThread(): string | null {
  try {
    return readlinkSync('/proc/thread-self')
  } catch {
    return null
  }
}

/** What operators print is theirs and stands in the run's log; what is printed before there are any stays as it is. */
function catchConsole(container: Container): void {
  const levels = { debug: 'debug', trace: 'debug', log: 'info', info: 'info', dir: 'info', warn: 'warning', error: 'error' } as const
  for (const [method, level] of Object.entries(levels) as [keyof typeof levels, LogLevel][]) {
    const print = console[method].bind(console) as (...values: readonly unknown[]) => void
    console[method] = (...values: readonly unknown[]): void => {
      if (!container.console(level, values)) print(...values)
    }
  }
}

/** A loop that practises lets no message come by itself. */
function isNeeded(): boolean {
  const message = receiveMessageOnPort(parent)?.message as ToContainer | undefined
  if (message !== undefined) inbox.push(message)
  return inbox.length > 0
}

/** What goes wrong in it is nobody's business: the operators fail again, and are told of, where it counts. */
async function practise(rehearsals: readonly Rehearsal[]): Promise<void> {
  for (const rehearsal of rehearsals) await rehearse(init, rehearsal, loadModule, isNeeded).catch(() => 0)
  parent.postMessage({ type: 'rehearsed' })
}

async function role(): Promise<ContainerRole> {
  while (inbox.length === 0)
    await new Promise<void>((resolve) => {
      arrived = resolve
    })
  const message = inbox.shift()
  if (message?.type === 'rehearse') {
    await practise(message.rehearsals)
    return role()
  }
  if (message?.type !== 'become')
    throw new EngineError('ROLE_MISSING', 'A container thread was given work before it was told who it is. This is a defect of the engine.')
  return message.role
}

// Only a spare has time to load all operators; a thread with a role loads those it is to run.
const first = receiveMessageOnPort(parent)
if (first === undefined || (first.message as ToContainer).type === 'rehearse') await preload()
if (first !== undefined) inbox.push(first.message as ToContainer)
const { kind, number } = await role()
const container = new Container(init, ports)
catchConsole(container)
parent.postMessage({ type: 'ready', osThread: osThread() })
if (kind === 'io') io(container)
else await compute(container, number)
