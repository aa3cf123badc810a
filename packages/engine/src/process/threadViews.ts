/** Looks into the threads of a run for people: the stack of one, where one hangs, a profile. One profile at a time. */
import { MOST_PROFILE_MS, type ThreadProfile, type ThreadStack } from '@belay/run'
import { instancesNamed, LOOK_MS } from '../job/index.ts'
import { EngineError } from '../operator/engineError.ts'
import type { PhysicalPlan, PlannedInstance } from '../plan/physicalPlan.ts'
import { lookAt, profileOf, stackText, type InspectedThread, type ThreadSight } from './threadInspector.ts'

const STACK_MS = 5000
/** A container that hangs is ended LOOK_MS after it was noticed, the look included. */
const HUNG_LOOK_MS = LOOK_MS - 50
const SUSPECT_LOOK_MS = 5000

/** Where a container was that hung; without a stack it did not answer. */
interface Hung {
  readonly sentence: string
  readonly stack?: string
}

export class ThreadViews {
  readonly #plan: PhysicalPlan
  readonly #threadOf: (container: string) => InspectedThread | null
  readonly #suspects = new WeakMap<InspectedThread, ThreadSight>()
  #profiling = false

  constructor(plan: PhysicalPlan, threadOf: (container: string) => InspectedThread | null) {
    this.#plan = plan
    this.#threadOf = threadOf
  }

  async stack(operator: string): Promise<ThreadStack> {
    const { id: instance, container } = this.#instance(operator)
    return { instance, container, ...(await lookAt(this.#thread(container, instance), STACK_MS)) }
  }

  async profile(operator: string, forMs: number): Promise<ThreadProfile> {
    const { id: instance, container } = this.#instance(operator)
    const thread = this.#thread(container, instance)
    if (this.#profiling) throw new EngineError('PROFILE_BUSY', 'Another thread of this run is being profiled. Try again when that is done.')
    this.#profiling = true
    try {
      return { instance, container, profile: await profileOf(thread, Math.max(1, Math.min(MOST_PROFILE_MS, forMs))) }
    } finally {
      this.#profiling = false
    }
  }

  /** Looks at a container that makes no progress, in case it is ended for it. */
  suspect(container: string): void {
    const thread = this.#threadOf(container)
    if (thread === null) return
    // What was seen of it at an earlier time says nothing of now.
    this.#suspects.delete(thread)
    void sightOf(thread, SUSPECT_LOOK_MS).then((sight) => sight !== null && this.#suspects.set(thread, sight))
  }

  /** null = nothing can be said. Never takes longer than LOOK_MS; if that is too short, what was seen when it became suspect counts. */
  async whereHangs(container: string): Promise<Hung | null> {
    const thread = this.#threadOf(container)
    if (thread === null) return null
    const sight = await sightOf(thread, HUNG_LOOK_MS)
    const told = sight?.frames == null ? (this.#suspects.get(thread) ?? sight) : sight
    return told === null ? null : hung(told)
  }

  #instance(operator: string): PlannedInstance {
    const [instance] = instancesNamed(this.#plan, operator)
    if (instance === undefined) throw new EngineError('OPERATOR_UNKNOWN', `There is no operator ${operator} in this run.`)
    return instance
  }

  #thread(container: string, instance: string): InspectedThread {
    const thread = this.#threadOf(container)
    if (thread === null)
      throw new EngineError('THREAD_GONE', `The container of ${instance} is down and has no thread. Try again when it runs.`)
    return thread
  }
}

async function sightOf(thread: InspectedThread, withinMs: number): Promise<ThreadSight | null> {
  try {
    return await lookAt(thread, withinMs)
  } catch {
    return null
  }
}

function hung({ at, frames, waitsIn }: ThreadSight): Hung {
  if (frames === null)
    return {
      sentence:
        waitsIn === null
          ? 'It did not answer: it was inside native code, or the machine was too busy for a look at its stack.'
          : `It was inside a system call (the kernel has it wait in ${waitsIn}), so there is no stack.`,
    }
  const [first] = frames
  const inside = at === null ? '' : ` of ${at}`
  return {
    sentence: first === undefined ? 'It was in no function.' : `It was in ${first.name}${inside} (${first.file}:${first.line}).`,
    stack: stackText(frames),
  }
}
