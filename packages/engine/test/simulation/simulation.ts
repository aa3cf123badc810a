/**
 * One simulated run from a seed: a random pipeline on the real core, faults, and the ledger at the end.
 * The same seed gives the same run, event by event.
 */
import type { RunCommandBody, RunState } from '@belay/run'
import type { JobInput, JobState, JournalEntry, KeptManifest } from '../../src/job/index.ts'
import { StateStore } from '../../src/state/stateStore.ts'
import { VirtualClock, type Owner } from './clock.ts'
import { SimDisk, type Caller } from './disk.ts'
import { randomFaults, type Fault, type PlannedFault } from './faults.ts'
import { difference, Invariants, Violation } from './invariants.ts'
import { logMemoryFor } from './logMemory.ts'
import { moduleFor, NO_QUIRKS, type Outside, type Quirks } from './operators.ts'
import { evaluate, ledgerOf, randomPipeline, type Pipeline, type PipelineLimits, type Row } from './pipelines.ts'
import { NO_EDGE_QUIRKS, SimProcess, type EdgeQuirks } from './process.ts'
import { Random } from './random.ts'
import { NO_STORE_QUIRKS, type StoreQuirks, type StoreWeather } from './store.ts'
import { Trace } from './trace.ts'

export interface SimulationOptions {
  readonly seed: number
  /** Faults, least and most. */
  readonly faults: readonly [number, number]
  readonly trace?: boolean
  readonly operatorQuirks?: Partial<Quirks>
  readonly edgeQuirks?: Partial<EdgeQuirks>
  readonly storeQuirks?: Partial<StoreQuirks>
  /** A bug: sources let go of rows when a manifest is about to be written, not when it is durable. */
  readonly purgesEarly?: boolean
}

export interface SimulationResult {
  readonly seed: number
  readonly verdict: 'ok' | 'wrong' | 'stuck'
  /** What was wrong; how it ended if nothing was. */
  readonly message: string
  readonly faults: number
  readonly state: RunState | null
  /** Hash over every input and effect: the same for the same seed. */
  readonly fingerprint: string
  readonly virtualMs: number
  readonly events: number
  readonly operators: number
  /** What struck, in order; `recovering`: while a process was starting or a recovery under way. */
  readonly struck: readonly { readonly type: Fault['type']; readonly recovering: boolean }[]
  readonly trace: readonly string[]
}

/** A run whose sources are finite ends by then, counted from its last fault. */
const LIVENESS_MS = 60_000
/** Ordinary runs have a few thousand. */
const MOST_EVENTS = 200_000

/** Faults that count against the budget of restarts. */
const BREAKING: ReadonlySet<Fault['type']> = new Set(['operator-throws', 'crash-container', 'crash-writing', 'hang', 'slow-operator'])

class SimulatedFailure extends Error {
  readonly code = 'SIMULATED'
}

export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  return new Simulation(options).run()
}

class Simulation implements Owner {
  readonly alive = true
  readonly #options: SimulationOptions
  readonly #random: Random
  readonly #clock: VirtualClock
  readonly #disk = new SimDisk()
  readonly #journal: JournalEntry[] = []
  readonly #limits: PipelineLimits
  readonly #pipeline: Pipeline
  readonly #faults: readonly PlannedFault[]
  readonly #invariants: Invariants
  readonly #trace: Trace
  readonly #weather: StoreWeather
  /** How slow the store is in quiet times: the slower, the more often a checkpoint is in flight. */
  readonly #usualSlowness: number
  /** By source: rows before this one cannot be had any more. */
  readonly #forgotten = new Map<string, number>()
  /** By snapshot file of a source: the row it goes on at. */
  readonly #offsets = new Map<string, number>()
  /** Operators that will throw next, and sinks whose target is away until then. */
  readonly #failing = new Set<string>()
  readonly #broken = new Set<string>()
  readonly #refusedUntil = new Map<string, number>()
  #process: SimProcess | null = null
  #zombies: SimProcess[] = []
  readonly #struck: { readonly type: Fault['type']; readonly recovering: boolean }[] = []
  #lastFaultMs = 0
  #commands = 0
  #events = 0
  #starts = 0
  #ended: { readonly state: RunState; readonly reason: string | null; readonly by: JobState } | null = null
  #violation: string | null = null
  /** By operator: its setting from a window on, as the journal says it. */
  readonly #settings = new Map<string, { readonly from: number; readonly setting: number }[]>()
  #settingsRead = 0
  /** Operators that have left rows out, as they may. */
  readonly #skipped = new Set<string>()

  constructor(options: SimulationOptions) {
    this.#options = options
    const random = new Random(options.seed)
    this.#random = random
    this.#clock = new VirtualClock(random.fork('order'))
    const shape = random.fork('pipeline')
    const roomy = shape.chance(0.3)
    this.#limits = {
      logBytes: roomy ? 262_144 : shape.pick([1536, 3072, 6144, 16_384]),
      windowMs: shape.pick([20, 50, 100]),
      checkpointIntervalMs: shape.pick([60, 200, 500]),
      keepCheckpoints: shape.pick([2, 3, 10]),
    }
    this.#usualSlowness = shape.pick([1, 1, 10, 40])
    this.#weather = { failingSnapshots: 0, failingManifests: 0, uncertainManifests: 0, slowness: this.#usualSlowness }
    this.#pipeline = randomPipeline(shape, this.#limits)
    const faults = random.fork('faults')
    const [least, most] = options.faults
    // The whole range, and more often many: a fault costs far less than the run that it disturbs.
    const count = Math.max(faults.between(least, most), faults.between(least, most))
    this.#faults = randomFaults(faults, this.#pipeline, count, 20 * this.#limits.windowMs)
    const mayBeStuck = this.#faults.some(({ fault }) => fault.type === 'hang' || fault.type === 'slow-operator')
    this.#invariants = new Invariants(this.#disk, roomy, mayBeStuck)
    this.#trace = new Trace(options.trace === true, this.#clock)
  }

  park(): boolean {
    return false
  }

  async run(): Promise<SimulationResult> {
    this.#describe()
    this.#start()
    const settings = this.#random.fork('settings')
    const settable = this.#pipeline.steps.filter(({ kind }) => ['pass', 'filter', 'fan', 'union'].includes(kind))
    if (settable.length > 0 && settings.chance(0.4))
      for (let change = settings.between(1, 4); change > 0; change -= 1) {
        const values = { setting: settings.int(4) }
        const { id: operator } = settings.pick(settable)
        this.#clock.in(settings.next() * 30 * this.#limits.windowMs, this, () => this.#command({ type: 'set-config', operator, values }))
      }
    const rhythm = this.#random.fork('rhythm')
    if (rhythm.chance(0.3)) {
      const intervalMs = rhythm.pick([200, 400, 1000])
      this.#clock.in(rhythm.next() * 30 * this.#limits.windowMs, this, () => this.#command({ type: 'set-checkpoint-interval', intervalMs }))
    }
    for (const { atMs, fault } of this.#faults) {
      this.#lastFaultMs = Math.max(this.#lastFaultMs, atMs)
      this.#clock.in(atMs, this, () => this.#inject(fault))
    }
    try {
      while (this.#ended === null && this.#violation === null) {
        this.#events += 1
        const step = this.#clock.step()
        if (
          !(typeof step === 'boolean' ? step : await step) ||
          this.#clock.nowMs > this.#lastFaultMs + LIVENESS_MS ||
          this.#events > MOST_EVENTS
        )
          return this.#result('stuck', this.#whereItStands())
      }
    } catch (error) {
      if (!(error instanceof Violation)) this.#trace.say(() => (error instanceof Error ? (error.stack ?? error.message) : String(error)))
      this.#violation ??= error instanceof Error ? error.message : String(error)
    }
    if (this.#violation !== null) return this.#result('wrong', this.#violation)
    return this.#judge()
  }

  #result(verdict: SimulationResult['verdict'], message: string): SimulationResult {
    return {
      seed: this.#options.seed,
      verdict,
      message,
      faults: this.#struck.length,
      state: this.#ended?.state ?? null,
      fingerprint: this.#trace.fingerprint,
      virtualMs: this.#clock.nowMs,
      events: this.#events,
      operators: this.#pipeline.steps.length,
      struck: this.#struck,
      trace: this.#trace.lines,
    }
  }

  /** The ledger: every sink holds the effect of every row once, for the rows that the last manifest says were read. */
  #judge(): SimulationResult {
    if (this.#ended === null) return this.#result('stuck', 'it has not ended')
    const { state, reason, by } = this.#ended
    if (state === 'failed' && !this.#mayFail()) return this.#result('wrong', `the run failed: ${reason}`)
    const newest = by.manifests.findLast(({ lineage, seq }) => lineage === by.lineage || seq === by.baseManifest)
    const expected = evaluate(this.#pipeline.steps, (source) => (newest === undefined ? 0 : this.#offset(newest, source)))
    for (const step of this.#pipeline.steps) {
      if (step.kind === 'source' && state === 'finished' && by.stopMode === null) {
        const read = newest === undefined ? 0 : this.#offset(newest, step.id)
        if (read !== step.rows) return this.#result('wrong', `finished, but ${step.id} was read up to ${read} of ${step.rows}`)
      }
      // One that was held until the end has not been able to take back what it was told to.
      if (step.kind !== 'sink' || by.verbs[step.id] !== undefined) continue
      // A run that has failed, or what skips, may not have published everything, but never something else.
      const mayLack = state === 'failed' || this.#skipped.has(step.id)
      const off = difference(ledgerOf(expected.get(step.id) ?? []), ledgerOf(this.#outputOf(step.id)), mayLack)
      if (off !== null) return this.#result('wrong', `${step.id}: ${off}`)
    }
    return this.#result('ok', `${state} at w ${by.committed} after attempt ${by.attempt}`)
  }

  /** A broken operator, or three failures of one with nothing committed in between, are too many. */
  #mayFail(): boolean {
    const breaking = this.#faults.filter(({ fault }) => BREAKING.has(fault.type))
    return this.#broken.size > 0 || breaking.length >= 3
  }

  #outputOf(sink: string): Row[] {
    return this.#disk.list(`out/${sink}`).flatMap((path) => JSON.parse(String(this.#disk.read(path))) as Row[])
  }

  #offset(manifest: KeptManifest, source: string): number {
    const file = manifest.snapshots[source]?.file ?? null
    if (file === null) return 0
    let offset = this.#offsets.get(file)
    if (offset === undefined) {
      const content = this.#disk.read(`snapshots/${file}`)
      if (content === null || typeof content === 'string') return 0
      offset = StateStore.restore(content).value('next', 1, 0).get()
      this.#offsets.set(file, offset)
    }
    return offset
  }

  // The run process and who supervises it

  #start(): void {
    if (this.#ended !== null) return
    this.#starts += 1
    this.#trace.say(() => '— a process starts')
    this.#process = new SimProcess({
      clock: this.#clock,
      random: this.#random.fork(`process ${this.#starts}`),
      disk: this.#disk,
      plan: this.#pipeline.plan,
      weather: this.#weather,
      storeQuirks: { ...NO_STORE_QUIRKS, ...this.#options.storeQuirks },
      quirks: { ...NO_EDGE_QUIRKS, ...this.#options.edgeQuirks },
      threads: {
        loadModule: (type, caller) =>
          moduleFor(
            type,
            this.#outside(caller, () => this.#process?.holds(caller) === true),
          ),
        openLog: logMemoryFor,
      },
      journal: this.#journal,
      seen: (process, input, before) => this.#seen(process, input, before),
      effect: (process, effect) => {
        this.#trace.effect(effect)
        if (effect.type === 'deploy' && effect.goesOnAfter > effect.cut)
          for (const { instance } of effect.instances) this.#skipped.add(instance)
        if (!this.#zombies.includes(process)) this.#invariants.effect(process, effect)
        if (effect.type === 'write-manifest' && this.#options.purgesEarly === true) this.#forget([effect.manifest])
      },
      // Nobody listens to one that was replaced.
      ended: (process, state, reason) => {
        if (!this.#zombies.includes(process)) this.#ended ??= { state, reason, by: process.state }
      },
      died: (why) => this.#died(why),
    })
  }

  #noteSettings(entry: JournalEntry): void {
    switch (entry.type) {
      case 'group':
        for (const part of entry.entries) this.#noteSettings(part)
        return
      case 'live': {
        const { from, values } = entry.change
        const before = (this.#settings.get(entry.operator) ?? []).filter((one) => one.from < from)
        this.#settings.set(entry.operator, [...before, { from, setting: Number(values['setting'] ?? 0) }])
        return
      }
      case 'lineage':
        for (const [operator, all] of this.#settings)
          this.#settings.set(operator, [{ from: entry.window + 1, setting: all.at(-1)?.setting ?? 0 }])
        return
      default:
    }
  }

  #seen(process: SimProcess, input: JobInput, before: JobState): void {
    this.#trace.input(input, process.state)
    this.#invariants.transition(before, input, process.state)
    // What a dead process left is only sure once this one has made its own manifest durable (P14). What it drops with
    // that is found again if it dies now (P13).
    if (input.type === 'manifest-stored' && process.state.manifests !== before.manifests && process.state.claim === null)
      this.#forget([...before.manifests, ...process.state.manifests])
    if (process.state.status === 'needs-decision' && before.status !== 'needs-decision') this.#decide(process)
  }

  /** Sources forget what no kept manifest needs any more. */
  #forget(manifests: readonly KeptManifest[]): void {
    if (manifests.length === 0) return
    for (const { id, kind } of this.#pipeline.steps) {
      if (kind !== 'source') continue
      const oldest = Math.min(...manifests.map((manifest) => this.#offset(manifest, id)))
      this.#forgotten.set(id, Math.max(this.#forgotten.get(id) ?? 0, oldest))
    }
  }

  #died(why: string): void {
    this.#trace.say(() => `— the process dies: ${why}`)
    this.#clock.in(10 + this.#random.next() * 200, this, () => {
      if (this.#process?.alive !== true) this.#start()
    })
  }

  /** A person who takes the newest checkpoint there is. */
  #decide(process: SimProcess): void {
    this.#clock.in(100, process, () => {
      const newest = process.state.manifests.at(-1)
      if (newest === undefined) this.#violation ??= `nothing is left to decide about: ${process.state.reason}`
      else this.#command({ type: 'restore-run', manifest: newest.seq, verbs: this.#rewindAll() })
    })
  }

  #rewindAll(): Record<string, 'rewind'> {
    return Object.fromEntries(this.#pipeline.steps.filter(({ kind }) => kind === 'sink').map(({ id }) => [id, 'rewind']))
  }

  // What operators touch

  #outside(caller: Caller, isCurrent: () => boolean): Outside {
    return {
      caller,
      disk: this.#disk,
      random: this.#random,
      quirks: { ...NO_QUIRKS, ...this.#options.operatorQuirks },
      seek: (source, seq) => {
        const forgotten = this.#forgotten.get(source) ?? 0
        if (seq >= forgotten) return
        const what = `${source} was asked for row ${seq}, it has forgotten everything before ${forgotten}`
        // One that was replaced may ask in vain.
        if (isCurrent()) this.#violation ??= what
        throw new SimulatedFailure(what)
      },
      mayFail: (operator) => {
        if (this.#failing.delete(operator) || this.#broken.has(operator)) throw new SimulatedFailure(`${operator} throws`)
      },
      mayPublish: (operator) => {
        if (this.#clock.nowMs < (this.#refusedUntil.get(operator) ?? 0)) throw new SimulatedFailure(`${operator} cannot be reached`)
      },
      worked: (operator, window, setting) => {
        for (; this.#settingsRead < this.#journal.length; this.#settingsRead += 1) this.#noteSettings(this.#journal[this.#settingsRead])
        const wanted = this.#settings.get(operator)?.findLast(({ from }) => from <= window)?.setting ?? 0
        // One that was replaced does not know of what came after it.
        if (isCurrent() && setting !== wanted)
          this.#violation ??= `${operator} worked in w ${window} with the setting ${setting}, it was ${wanted} from then on`
      },
      published: (operator, window) => {
        try {
          this.#invariants.published(operator, window)
        } catch (error) {
          this.#violation ??= error instanceof Error ? error.message : String(error)
        }
      },
    }
  }

  // Faults

  #command(body: RunCommandBody): void {
    const process = this.#process
    if (process === null) return
    this.#commands += 1
    const commandId = `m${this.#commands}`
    this.#clock.in(0, process, () => process.command({ ...body, commandId, by: 'ana' }))
  }

  #inject(fault: Fault): void {
    this.#trace.say(() => `* ${JSON.stringify(fault)}`)
    const process = this.#process
    if (process === null || this.#ended !== null) return
    const { started, claim, recovery } = process.state
    const recovering = !process.alive || !started || claim !== null || (recovery !== null && this.#struck.length > 0)
    this.#struck.push({ type: fault.type, recovering })
    const later = (ms: number, what: () => void): void => {
      this.#lastFaultMs = Math.max(this.#lastFaultMs, this.#clock.nowMs + ms)
      this.#clock.in(ms, this, what)
    }
    switch (fault.type) {
      case 'kill-operator':
        return this.#command({ type: 'kill-operator', operator: fault.operator, hold: false })
      case 'hold':
        this.#command({ type: 'kill-operator', operator: fault.operator, hold: true })
        return later(fault.forMs, () => this.#release(fault.operator))
      case 'crash-container':
        return process.thread(fault.container)?.crash({ code: 'CONTAINER_CRASHED', message: 'it crashed' })
      case 'crash-writing': {
        const thread = process.thread(fault.container)
        if (thread !== undefined) thread.diskCallsLeft = fault.calls
        return
      }
      case 'operator-throws':
        this.#failing.add(fault.operator)
        return
      case 'operator-broken':
        this.#broken.add(fault.operator)
        return
      case 'kill-process':
        return process.kill('killed')
      case 'kill-process-at-effect':
        process.effectsLeft = fault.effects
        return
      case 'kill-process-writing':
        process.diskCallsLeft = fault.calls
        return
      case 'power-cut':
        for (const other of [process, ...this.#zombies]) other.kill('the power was cut')
        return this.#disk.powerCut(this.#random)
      case 'zombie':
        // A dead one cannot come back; its successor is on its way already.
        if (!process.alive) return
        process.suspend()
        this.#zombies.push(process)
        this.#process = null
        this.#clock.in(10 + this.#random.next() * 200, this, () => this.#start())
        return later(fault.forMs, () => process.resume())
      case 'suspend':
        process.suspend()
        return later(fault.forMs, () => process.resume())
      case 'snapshots-fail':
        this.#weather.failingSnapshots += fault.count
        return
      case 'manifests-fail':
        this.#weather.failingManifests += fault.count
        return
      case 'manifests-uncertain':
        this.#weather.uncertainManifests += fault.count
        return
      case 'sink-refuses':
        this.#refusedUntil.set(fault.operator, this.#clock.nowMs + fault.forMs)
        return later(fault.forMs, () => {})
      case 'slow-operator': {
        const thread = process.thread(fault.container)
        if (thread !== undefined) thread.slowness = fault.factor
        return later(fault.forMs, () => {
          if (thread !== undefined) thread.slowness = 1
        })
      }
      case 'slow-store':
        this.#weather.slowness = fault.factor
        return later(fault.forMs, () => {
          this.#weather.slowness = this.#usualSlowness
        })
      case 'hang': {
        const thread = process.thread(fault.container)
        if (thread !== undefined) thread.hangsUntilMs = this.#clock.nowMs + fault.forMs
        return later(fault.forMs, () => {})
      }
      case 'pause':
        this.#command({ type: 'pause' })
        return later(fault.forMs, () => this.#resume())
      case 'take-checkpoint':
        return this.#command({ type: 'take-checkpoint', pin: true })
      case 'stop':
        return this.#stop(fault.mode)
      case 'restore-run': {
        const { manifests } = process.state
        const manifest = manifests.at(-1 - (fault.back % Math.max(1, manifests.length)))
        if (manifest !== undefined) this.#command({ type: 'restore-run', manifest: manifest.seq, verbs: this.#rewindAll() })
        return
      }
      case 'rot':
        return this.#rot(process, fault.what)
    }
  }

  /** Tried again and again: a process may be away, or get the kill only later. */
  #release(operator: string): void {
    if (this.#ended !== null) return
    if (this.#process?.state.held[operator] !== undefined) this.#command({ type: 'restore-operator', operator })
    this.#clock.in(300, this, () => this.#release(operator))
  }

  #resume(): void {
    if (this.#ended !== null) return
    if (this.#process?.state.desired === 'paused') this.#command({ type: 'resume' })
    this.#clock.in(300, this, () => this.#resume())
  }

  #stop(mode: 'stop' | 'drain'): void {
    if (this.#ended !== null || (this.#process?.alive === true && this.#process.state.desired === 'stopped')) return
    this.#command({ type: 'stop', mode })
    this.#clock.in(300, this, () => this.#stop(mode))
  }

  #rot(process: SimProcess, what: 'manifest' | 'snapshot'): void {
    const newest = process.state.manifests.at(-1)
    // With none before it there is nothing to fall back to, and the run would ask for ever.
    if (newest === undefined || process.state.manifests.length < 2) return
    const files = Object.values(newest.snapshots).flatMap(({ file }) => (file === null ? [] : [`snapshots/${file}`]))
    const others = new Set(
      process.state.manifests.slice(0, -1).flatMap(({ snapshots }) => Object.values(snapshots).map(({ file }) => `snapshots/${file}`)),
    )
    const own = files.filter((file) => !others.has(file))
    this.#disk.damage(what === 'manifest' || own.length === 0 ? `manifests/${newest.seq}` : this.#random.pick(own))
    process.kill('its newest checkpoint rots')
  }

  // Words

  #describe(): void {
    this.#trace.say(() => `seed ${this.#options.seed} ${JSON.stringify(this.#limits)}`)
    for (const step of this.#pipeline.steps)
      this.#trace.say(
        () =>
          `  ${step.id} = ${step.kind}(${step.from.join(', ')})${step.skips ? ' skips' : ''}${step.partitions > 1 ? ` ×${step.partitions}` : ''} ${step.kind === 'source' ? `${step.rows} rows` : ''}`,
      )
    this.#trace.say(
      () => `  containers ${this.#pipeline.plan.containers.map(({ id, instances }) => `${id}[${instances.join(' ')}]`).join(' ')}`,
    )
  }

  #whereItStands(): string {
    const state = this.#process?.state
    if (state === undefined) return 'there is no process'
    const instances = Object.entries(state.instances).map(([id, instance]) => `${id} ${instance.state} w ${instance.ended}`)
    return `${state.status} (${state.reason ?? ''}), committed ${state.committed}, target ${state.target}, hold after ${state.holdAfter}, checkpoint ${
      state.checkpoint?.window ?? 'none'
    } lacks ${state.plan.instances
      .filter(({ id }) => state.checkpoint !== null && state.checkpoint.stored[id] === undefined)
      .map(({ id }) => id)
      .join(' ')}, recovery ${state.recovery?.phase ?? 'none'}, ${instances.join(', ')}`
  }
}
