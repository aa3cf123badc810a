/**
 * A thread in reserve practises (engine-spec H31): it runs the operators of a container, with the very code that will
 * restore and replay them, on copies of rows that the container has had already. Code that has never run is several
 * times as slow for its first ten thousand rows, and those would be the ones that a recovery waits for.
 *
 * Nothing of it is seen: state, logs, clock, figures and messages are its own and are thrown away; files, secrets and
 * the run's log are out of reach. Only operators that say that they touch nothing else take part, and only rows that
 * did them no harm before. Broken off as soon as the thread is needed.
 */
import type { OperatorModule } from '../operator/operator.ts'
import { statsBytes } from '../stats/statsBlock.ts'
import { LogControl } from '../stream/logControl.ts'
import { copyRecords } from '../stream/logCopy.ts'
import type { LogHandle } from '../stream/logHandle.ts'
import { distance, FLAG, KIND, WORD } from '../stream/logLayout.ts'
import { createOwnLog, type RecordHeader, SharedLogMemory } from '../stream/logMemory.ts'
import { WindowClock } from '../window/clock.ts'
import { Container } from './container.ts'
import type { ContainerInit, Deployment, FromContainer, LogBinding, Rehearsal } from './protocol.ts'

/** As often as it takes for the code to be compiled well. */
const MOST_ROUNDS = 2
const MOST_MS = 1000
const STEPS_PER_LOOK = 8
/** No file can be made there. */
const NOWHERE = '/dev/null/nowhere'
const ATTEMPT = 1
const OUTPUT_BYTES = 1_048_576
const MOST_SNAPSHOT_BYTES = 33_554_432

type LoadModule = (type: string) => Promise<OperatorModule<never>>

/** `interrupted`: somebody needs the thread. Resolves with how often the rows went through. */
export async function rehearse(
  init: ContainerInit,
  { deployments, logs, passages }: Rehearsal,
  loadModule: LoadModule,
  interrupted: () => boolean,
  nowMs = (): number => performance.now(),
): Promise<number> {
  const modules = await Promise.all(deployments.map(({ instance }) => loadModule(instance.type)))
  if (modules.some(({ rehearses }) => rehearses !== true)) return 0
  const startedAt = nowMs()
  const copies = new Map<string, LogHandle>()
  for (const { stream, from, to } of passages) {
    const binding = logs.find((log) => log.stream === stream && log.reader !== null)
    const copy = binding === undefined ? null : copyRecords(binding.handle, from, to)
    if (copy === null) return 0
    copies.set(stream, copy)
  }
  const checkpoint = middleWindow([...copies.values()])
  for (const copy of copies.values()) flagCheckpoint(copy, checkpoint)
  const over = (): boolean => interrupted() || nowMs() - startedAt > MOST_MS
  let rounds = 0
  while (rounds < MOST_ROUNDS && !over()) {
    const states = await pass(init, deployments, ownLogs(logs, copies, null), loadModule, over)
    if (states === null) return rounds
    // As after a failure: from the checkpoint on, with its state as it is read.
    const restored = deployments.map((deployment) => ({
      ...deployment,
      state: states.get(deployment.instance.id) ?? null,
      cut: checkpoint,
      reached: checkpoint,
    }))
    if (!over() && (await pass(init, restored, ownLogs(logs, copies, checkpoint + 1), loadModule, over)) === null) return rounds
    rounds += 1
  }
  return rounds
}

/** Of those that end in the copies; −1 = none does. */
function middleWindow(copies: readonly LogHandle[]): number {
  const [ended = []] = copies.map((copy) => endsIn(copy))
  return ended.at(ended.length >> 1)?.window ?? -1
}

function flagCheckpoint(copy: LogHandle, window: number): void {
  const memory = new SharedLogMemory(copy)
  for (const { offset, ...header } of endsIn(copy))
    memory.writeHeader(offset, {
      ...header,
      flags: header.window === window ? header.flags | FLAG.checkpoint : header.flags & ~FLAG.checkpoint,
    })
}

function endsIn(copy: LogHandle): (RecordHeader & { readonly offset: number })[] {
  const memory = new SharedLogMemory(copy)
  const from = memory.load(WORD.tail)
  return Array.from({ length: distance(memory.load(WORD.published), from) }, (_, i) => {
    const { offset } = memory.readIndex((from + i) | 0)
    return { ...memory.readHeader(offset), offset }
  }).filter(({ kind }) => kind === KIND.end)
}

/** Its inputs from the window on (null = all there is), and outputs that nobody reads. */
function ownLogs(logs: readonly LogBinding[], copies: ReadonlyMap<string, LogHandle>, window: number | null): LogBinding[] {
  return logs.map((log) => {
    const copy = log.reader === null ? undefined : copies.get(log.stream)
    if (copy === undefined) return { ...log, handle: createOwnLog(log.stream, OUTPUT_BYTES), ring: [] }
    const memory = new SharedLogMemory(copy)
    const position = window === null ? memory.load(WORD.tail) : new LogControl(memory, log.readers).firstRecordOf(window)
    return { ...log, handle: copy, position, ring: [] }
  })
}

/** All rows once, and the states of the checkpoint among them; null = something went wrong. */
async function pass(
  init: ContainerInit,
  deployments: readonly Deployment[],
  logs: readonly LogBinding[],
  loadModule: LoadModule,
  over: () => boolean,
): Promise<ReadonlyMap<string, Uint8Array> | null> {
  const states = new Map<string, Uint8Array>()
  let failed = false
  const needed: Extract<FromContainer, { type: 'snapshot-needs' }>[] = []
  const container = new Container(scratch(init, deployments.length, logs.length), {
    ring: () => {},
    wakeSelf: () => {},
    loadModule,
    post: (message) => {
      if (message.type === 'operator-failed' || message.type === 'deploy-failed') failed = true
      else if (message.type === 'snapshot-needs') needed.push(message)
      else if (message.type === 'snapshot-copied' && message.memory !== null)
        states.set(message.instance, new Uint8Array(message.memory, 0, message.sizeBytes))
    },
  })
  const numbered = deployments.map((deployment, number) => ({ ...deployment, number }))
  const bound = logs.map((log, number) => ({ ...log, number }))
  await container.receive({ type: 'deploy', attempt: ATTEMPT, lineage: 1, deployments: numbered, logs: bound })
  await container.receive({ type: 'open', attempt: ATTEMPT })
  while (!failed && !over()) {
    let moved = false
    for (let i = 0; i < STEPS_PER_LOOK; i += 1) moved = container.step() || moved
    for (const { instance, need } of needed.splice(0)) {
      if (need.wantedBytes > MOST_SNAPSHOT_BYTES) return null
      await container.receive({ type: 'snapshot-memory', instance, memory: new SharedArrayBuffer(need.wantedBytes), holds: null })
      moved = true
    }
    if (!moved) break
  }
  await container.receive({ type: 'undeploy', attempt: ATTEMPT })
  return failed ? null : states
}

function scratch(init: ContainerInit, instances: number, streams: number): ContainerInit {
  return {
    ...init,
    stats: new SharedArrayBuffer(statsBytes(instances, streams)),
    clock: WindowClock.create(),
    log: NOWHERE,
    logSegment: new SharedArrayBuffer(8),
    ingest: NOWHERE,
    roots: {},
    allowedAddresses: [],
  }
}
