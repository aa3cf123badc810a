/**
 * A run played by hand: the real `transition` with an executor that does what it is told at once,
 * unless a kind of effect is set to be answered by the test itself.
 */
import type { CommandAnswer, RunCommandBody } from '@belay/run'
import {
  initialState,
  replayJournal,
  transition,
  type Effect,
  type Facts,
  type JobInput,
  type JobState,
  type JournalEntry,
} from '../../src/job/index.ts'
import type { PhysicalPlan } from '../../src/plan/physicalPlan.ts'

export type EffectOf<T extends Effect['type']> = Extract<Effect, { type: T }>

let commands = 0

export class Script {
  state: JobState
  atMs = 1000
  readonly effects: Effect[] = []
  readonly journal: JournalEntry[]
  /** Kinds of effects that nobody answers by itself. */
  readonly silent = new Set<Effect['type']>()
  /** First window that each stream still holds. */
  readonly retained = new Map<string, number>()
  readonly #ended = new Map<string, { readonly attempt: number; readonly window: number }>()
  readonly #owed: JobInput[] = []
  readonly #deadlines: { readonly id: string; readonly atMs: number }[] = []
  #working = false

  constructor(plan: PhysicalPlan, journal: readonly JournalEntry[] = []) {
    this.journal = [...journal]
    this.state = replayJournal(initialState('r', plan), journal)
  }

  /** A fresh run, up and running. */
  static running(plan: PhysicalPlan): Script {
    const script = new Script(plan)
    script.give({ type: 'recovered', fresh: true, manifests: [], damaged: [], nextManifest: 1 })
    return script
  }

  /** A run with a committed checkpoint, nothing in flight, and a window that is not committed. */
  static settled(plan: PhysicalPlan): Script {
    const script = Script.running(plan)
    while (script.state.committed === 0 || script.state.checkpoint !== null || script.state.target === script.state.committed)
      script.windows(1)
    return script
  }

  /** The process dies; another one begins with what the journal and the given store hold. */
  restarted(store: Partial<Extract<JobInput, { type: 'recovered' }>> = {}): Script {
    const next = new Script(this.state.plan, this.journal)
    next.atMs = this.atMs + 1000
    next.give({
      type: 'recovered',
      fresh: false,
      manifests: this.state.manifests,
      damaged: [],
      nextManifest: this.state.nextManifest,
      ...store,
    })
    return next
  }

  /** One input and everything that follows from it; the effects since. */
  give(input: JobInput): readonly Effect[] {
    const from = this.effects.length
    this.#owed.push(input)
    if (this.#working) return []
    this.#working = true
    for (let next = this.#owed.shift(); next !== undefined; next = this.#owed.shift()) {
      const { state, effects } = transition(this.state, next, this.#facts())
      this.state = state
      for (const effect of effects) {
        this.effects.push(effect)
        if (effect.type === 'journal') this.journal.push(effect.entry)
        if (effect.type === 'arm') this.#deadlines.push({ id: effect.id, atMs: this.atMs + effect.afterMs })
        const answer = this.silent.has(effect.type) ? null : this.#answerTo(effect)
        if (answer !== null) this.#owed.push(answer)
      }
    }
    this.#working = false
    return this.effects.slice(from)
  }

  command(body: RunCommandBody, commandId = `m${(commands += 1)}`): CommandAnswer {
    const answer = this.give({ type: 'command', command: { ...body, commandId, by: 'ana' } }).find(
      (effect): effect is EffectOf<'answer'> => effect.type === 'answer' && effect.commandId === commandId,
    )
    if (answer === undefined) throw new Error(`no answer to ${body.type}`)
    return answer.answer
  }

  /** Time goes by, deadlines fire; without ticks. */
  wait(ms: number): void {
    this.atMs += ms
    for (;;) {
      const due = this.#deadlines.findIndex((deadline) => deadline.atMs <= this.atMs)
      if (due < 0) return
      this.give({ type: 'deadline', id: this.#deadlines.splice(due, 1)[0].id })
    }
  }

  tick(hungry = false): void {
    this.give({
      type: 'tick',
      hungry,
      figures: Object.fromEntries(
        this.state.plan.instances.map(({ id }) => [id, { ended: this.#endedBy(id), progress: this.#endedBy(id), inputWaits: false }]),
      ),
    })
  }

  /** Lets windows go by: each is closed by all operators that are open, checkpoints are taken as asked. */
  windows(count: number): void {
    for (let i = 0; i < count; i += 1) {
      this.wait(this.state.plan.windowMs)
      this.tick()
      this.catchUp()
      this.tick()
    }
  }

  /** Every open operator ends all windows it is allowed to. */
  catchUp(): void {
    for (const { id, container } of this.state.plan.instances) {
      if (this.state.containers[container].phase !== 'open' || this.state.instances[id].finalWindow !== null) continue
      const before = this.#endedBy(id)
      const to = this.state.target
      this.#hasEnded(id, Math.max(before, to))
      const { checkpoint } = this.state
      if (checkpoint !== null && checkpoint.window > before && checkpoint.window <= to) this.copied(id, checkpoint.window)
    }
  }

  copied(instance: string, window: number, final = false, sizeBytes = 10): void {
    this.give({ type: 'snapshot-copied', instance, window, attempt: this.state.instances[instance].attempt, sizeBytes, final })
  }

  /** The operator has closed this window, and takes no checkpoint. */
  ends(instance: string, window: number): void {
    this.#hasEnded(instance, window)
  }

  /** The operator's input has ended with this window. */
  finish(instance: string, window: number): void {
    this.#hasEnded(instance, window)
    this.copied(instance, window, true)
  }

  #hasEnded(instance: string, window: number): void {
    this.#ended.set(instance, { attempt: this.state.instances[instance].attempt, window })
  }

  of<T extends Effect['type']>(type: T): EffectOf<T>[] {
    return this.effects.filter((effect): effect is EffectOf<T> => effect.type === type)
  }

  /** Operators that have run under an attempt newer than this one. */
  restartedSince(attempt: number): string[] {
    return this.state.plan.instances.filter(({ id }) => this.state.instances[id].attempt > attempt).map(({ operator }) => operator)
  }

  /** The window that the operator was last deployed at. */
  cutOf(instance: string): number {
    return this.state.instances[instance].cut
  }

  #endedBy(instance: string): number {
    const { cut, attempt } = this.state.instances[instance]
    const ended = this.#ended.get(instance)
    return ended === undefined || ended.attempt !== attempt ? cut : Math.max(cut, ended.window)
  }

  #facts(): Facts {
    return {
      atMs: this.atMs,
      wallMs: this.atMs,
      retainedFrom: (stream) => this.retained.get(stream) ?? 0,
      rowsSince: () => 0,
      ended: (instance) => this.#endedBy(instance),
      working: (instance) => this.#endedBy(instance) + 1,
    }
  }

  /** What an executor says that does at once what it is told. */
  #answerTo(effect: Effect): JobInput | null {
    switch (effect.type) {
      case 'pin':
        return { type: 'pinned', attempt: effect.attempt, refused: [] }
      case 'start-container':
        return { type: 'container-ready', container: effect.container }
      case 'terminate-container':
        return { type: 'container-exited', container: effect.container, cause: null }
      case 'undeploy':
        return { type: 'undeployed', container: effect.container, attempt: effect.attempt }
      case 'deploy':
        return { type: 'deployed', container: effect.container, attempt: effect.attempt }
      case 'write-snapshot':
        return stored(effect)
      case 'write-manifest':
        return { type: 'manifest-stored', seq: effect.manifest.seq, sha256: `m${effect.manifest.seq}` }
      case 'commit-sink':
        return {
          type: 'sink-committed',
          instance: effect.instance,
          window: effect.window,
          attempt: this.state.instances[effect.instance].attempt,
        }
      default:
        return null
    }
  }
}

/** The store's answer to a snapshot that was written. */
export function stored(of: { readonly instance: string; readonly window: number; readonly attempt: number }): JobInput {
  const { instance, window, attempt } = of
  return {
    type: 'snapshot-stored',
    snapshot: { instance, window, attempt, file: `${instance}-${window}-${attempt}`, sizeBytes: 10, sha256: 'x' },
  }
}
