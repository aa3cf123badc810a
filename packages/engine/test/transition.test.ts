import type { RunCommandBody } from '@belay/run'
import { ENDED_STATES } from '@belay/run'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  initialState,
  replayJournal,
  transition,
  type Effect,
  type Facts,
  type JobInput,
  type JobState,
  type JournalEntry,
} from '../src/job/index.ts'
import type { PhysicalPlan } from '../src/plan/physicalPlan.ts'
import { plans } from './support/plans.ts'
import { stored } from './support/script.ts'

/** Numbers that decide what happens next; the same list gives the same run. */
const choices = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 50, maxLength: 400 })

/**
 * The real transition in a hostile world: answers come late, in any order, twice, or never; commands
 * come at any time; containers die; the process dies and comes back with what was durable.
 */
class Storm {
  state: JobState
  atMs = 0
  readonly trace: Effect[] = []
  readonly #plan: PhysicalPlan
  readonly #journal: JournalEntry[] = []
  readonly #answers: JobInput[] = []
  readonly #pick: () => number
  #commands = 0

  constructor(plan: PhysicalPlan, numbers: readonly number[]) {
    this.#plan = plan
    let at = 0
    this.#pick = () => numbers[(at += 1) % numbers.length] + at
    this.state = initialState('r', plan)
    this.give({ type: 'recovered', fresh: true, manifests: [], damaged: [], nextManifest: 1 })
  }

  step(): void {
    this.atMs += this.#pick() % 700
    const pick = this.#pick() % 100
    if (pick < 50 && this.#answers.length > 0) {
      const at = this.#pick() % this.#answers.length
      const answer = this.#answers[at]
      if (this.#pick() % 12 > 0) this.#answers.splice(at, 1)
      this.give(answer)
    } else if (pick < 66) this.give(this.#tick())
    else if (pick < 74) this.give({ type: 'command', command: { ...this.#command(), commandId: `m${(this.#commands += 1)}`, by: 'ana' } })
    else if (pick < 76) this.give({ type: 'container-exited', container: this.#oneOf(this.#plan.containers).id, cause: null })
    else if (pick < 95) this.#copy()
    else if (pick < 96) this.#die()
    else this.give(this.#garbage())
  }

  give(input: JobInput): void {
    const before = this.state
    const { state, effects } = transition(before, input, this.#facts())
    this.state = state
    this.#check(before, state, effects)
    for (const effect of effects) this.#perform(effect)
  }

  #perform(effect: Effect): void {
    this.trace.push(effect)
    const answer = answerTo(effect, this.state)
    if (answer !== null) this.#answers.push(answer)
    if (effect.type === 'journal') this.#journal.push(effect.entry)
  }

  #check(before: JobState, after: JobState, effects: readonly Effect[]): void {
    expect(after.attempt).toBeGreaterThanOrEqual(before.attempt)
    if (after.lineage === before.lineage) expect(after.committed).toBeGreaterThanOrEqual(before.committed)
    for (const { id } of this.#plan.instances) {
      expect(after.instances[id].attempt).toBeGreaterThanOrEqual(before.instances[id].attempt)
      expect(after.instances[id].attempt).toBeLessThanOrEqual(after.attempt)
    }
    if (after.checkpoint !== null) expect(after.checkpoint.window).toBeGreaterThan(after.committed)
    if (after.pendingManifest !== null) expect(after.checkpoint?.manifest).toBe(after.pendingManifest.seq)
    if (after.recovery !== null && after.recovery.phase !== 'replaying') expect(after.recovery.cut).toBeGreaterThanOrEqual(after.committed)
    if (ENDED_STATES.includes(before.status)) expect(effects.every((effect) => effect.type === 'answer')).toBe(true)
    this.#checkEffects(after, effects)
  }

  #checkEffects(after: JobState, effects: readonly Effect[]): void {
    const attempts = new Set(this.#journal.flatMap(attemptsIn))
    const answered = new Set(this.#journal.flatMap(commandsIn))
    for (const effect of effects) {
      if (effect.type === 'journal') {
        for (const attempt of attemptsIn(effect.entry)) {
          expect(attempts.has(attempt)).toBe(false)
          attempts.add(attempt)
        }
        for (const id of commandsIn(effect.entry)) answered.add(id)
      }
      if (effect.type === 'deploy') {
        expect(attempts.has(effect.attempt)).toBe(true)
        expect(effect.attempt).toBe(after.attempt)
      }
      if (effect.type === 'answer' && effect.answer.type === 'accepted') expect(answered.has(effect.commandId)).toBe(true)
      // The start of a run that has died before its first checkpoint names nobody.
      if (effect.type === 'write-manifest' && effect.manifest.window > 0) {
        for (const { id } of this.#plan.instances) {
          const snapshot = effect.manifest.snapshots[id]
          expect(snapshot.window === effect.manifest.window || effect.manifest.finished.includes(id)).toBe(true)
        }
      }
      if (effect.type === 'commit-sink') expect(effect.window).toBe(after.committed)
    }
  }

  #tick(): JobInput {
    const figures = this.#plan.instances.map(({ id }) => {
      const { ended, cut } = this.state.instances[id]
      return [
        id,
        { ended: Math.max(cut, ended) + (this.#pick() % 3), progress: this.#pick() % 5, inputWaits: this.#pick() % 2 === 0 },
      ] as const
    })
    return { type: 'tick', figures: Object.fromEntries(figures), hungry: this.#pick() % 4 === 0 }
  }

  #copy(): void {
    const { checkpoint } = this.state
    const missing = this.#plan.instances.filter(({ id }) => checkpoint?.stored[id] === undefined && this.state.instances[id].final === null)
    const { id } = this.#oneOf(missing.length > 0 ? missing : this.#plan.instances)
    const { attempt, ended } = this.state.instances[id]
    const final = this.#pick() % 20 === 0
    const window = final ? ended + 1 : (checkpoint?.window ?? ended)
    this.give({ type: 'snapshot-copied', instance: id, window, attempt, sizeBytes: this.#pick() % 2, final })
  }

  /** Only what was durable is left: the journal, and manifests the job had been told of. */
  #die(): void {
    this.#answers.length = 0
    const { manifests, nextManifest } = this.state
    const worst = manifests.at(-1)
    const damage = worst !== undefined && this.#pick() % 6 === 0
    this.state = replayJournal(initialState('r', this.#plan), this.#journal)
    this.give({
      type: 'recovered',
      fresh: false,
      manifests: damage ? manifests.slice(0, -1) : manifests,
      damaged: damage ? [{ seq: worst.seq, lineage: this.#pick() % 2 === 0 ? 0 : worst.lineage, reason: 'flipped' }] : [],
      nextManifest,
    })
  }

  #command(): RunCommandBody {
    const { operator } = this.#oneOf(this.#plan.instances)
    const bodies: readonly RunCommandBody[] = [
      { type: 'kill-operator', operator, hold: false },
      { type: 'kill-operator', operator, hold: true },
      { type: 'kill-operator', operator, hold: false, expect: [operator] },
      { type: 'restore-operator', operator: Object.keys(this.state.held)[0] ?? operator },
      { type: 'restore-operator', operator: Object.keys(this.state.held)[0] ?? operator },
      { type: 'take-checkpoint', pin: true },
      { type: 'pause' },
      { type: 'resume' },
      {
        type: 'restore-run',
        manifest: this.state.manifests.length === 0 ? 9 : this.#oneOf(this.state.manifests).seq,
        verbs: Object.fromEntries(this.#plan.instances.filter(({ role }) => role === 'sink').map((sink) => [sink.operator, 'rewind'])),
      },
      ...(this.#pick() % 20 === 0 ? [{ type: 'stop', mode: 'drain' } as const, { type: 'stop', mode: 'stop' } as const] : []),
    ]
    return this.#oneOf(bodies)
  }

  /** Inputs that fit nothing: unknown names, wrong attempts and windows. */
  #garbage(): JobInput {
    const instance = this.#pick() % 3 === 0 ? 'nobody' : this.#oneOf(this.#plan.instances).id
    const container = this.#pick() % 3 === 0 ? 'nothing' : this.#oneOf(this.#plan.containers).id
    const attempt = this.state.attempt + (this.#pick() % 3) - 1
    const window = this.#pick() % 20
    const wrong = { code: 'X', message: 'x' }
    const inputs: readonly JobInput[] = [
      { type: 'container-ready', container },
      { type: 'deployed', container, attempt },
      { type: 'undeployed', container, attempt },
      { type: 'pinned', attempt, refused: this.#pick() % 2 === 0 ? [] : ['s-o0', 'nowhere'] },
      { type: 'operator-failed', instance, attempt, window, ...wrong, code: this.#pick() % 3 === 0 ? 'SNAPSHOT_CORRUPT' : 'X' },
      { type: 'snapshot-copied', instance, window, attempt, sizeBytes: 1, final: this.#pick() % 3 === 0 },
      stored({ instance, window, attempt }),
      { type: 'snapshot-failed', instance, window, attempt, ...wrong },
      { type: 'manifest-stored', seq: this.#pick() % 9, sha256: 'x' },
      { type: 'manifest-failed', seq: this.#pick() % 9, ...wrong },
      { type: 'sink-committed', instance, window, attempt },
      { type: 'sink-commit-failed', instance, window, attempt, ...wrong },
      {
        type: 'deadline',
        id: this.#oneOf([
          `exit:${container}:${attempt}`,
          `undeploy:${container}:${attempt}`,
          `backoff:${attempt}`,
          `commit:${instance}`,
          `redo:${instance}:${attempt}`,
          'what',
        ]),
      },
      { type: 'recovered', fresh: true, manifests: [], damaged: [], nextManifest: 1 },
    ]
    return this.#oneOf(inputs)
  }

  #oneOf<T>(list: readonly T[]): T {
    return list[this.#pick() % list.length]
  }

  #facts(): Facts {
    const stream = (id: string): number => (this.#plan.streams.findIndex((one) => one.id === id) * 7 + Math.floor(this.atMs / 5000)) % 5
    return {
      atMs: this.atMs,
      wallMs: this.atMs,
      retainedFrom: (id) => Math.max(0, this.state.committed - 2 + stream(id)),
      rowsSince: () => 0,
      ended: (id) => Math.max(this.state.instances[id].ended, this.state.instances[id].cut),
      working: (id) => this.state.instances[id].ended + 1,
    }
  }
}

function attemptsIn(entry: JournalEntry): number[] {
  return entry.type === 'attempt' ? [entry.attempt] : entry.type === 'group' ? entry.entries.flatMap(attemptsIn) : []
}

function commandsIn(entry: JournalEntry): string[] {
  return entry.type === 'command' ? [entry.commandId] : entry.type === 'group' ? entry.entries.flatMap(commandsIn) : []
}

function answerTo(effect: Effect, state: JobState): JobInput | null {
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
      return { type: 'manifest-stored', seq: effect.manifest.seq, sha256: 'x' }
    case 'commit-sink':
      return { type: 'sink-committed', instance: effect.instance, window: effect.window, attempt: state.instances[effect.instance].attempt }
    case 'arm':
      return effect.id.startsWith('exit') ? null : { type: 'deadline', id: effect.id }
    default:
      return null
  }
}

test('D5 F23 whatever comes in whatever order, the transition never throws and its invariants hold', () => {
  fc.assert(
    fc.property(plans(6), choices, (plan, numbers) => {
      const storm = new Storm(plan, numbers)
      for (let i = 0; i < numbers.length; i += 1) storm.step()
    }),
    { numRuns: 300 },
  )
})

test('D5 the same inputs give the same effects, and no input changes the state it was given', () => {
  fc.assert(
    fc.property(plans(4), choices, (plan, numbers) => {
      const one = new Storm(plan, numbers)
      const two = new Storm(plan, numbers)
      for (let i = 0; i < Math.min(80, numbers.length); i += 1) {
        const before = JSON.stringify(one.state)
        const kept = one.state
        one.step()
        expect(JSON.stringify(kept)).toBe(before)
        two.step()
      }
      expect(one.trace).toEqual(two.trace)
    }),
    { numRuns: 30 },
  )
})
