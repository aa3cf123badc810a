/** What must hold at every step of a run, whatever happens. A violation is as bad as a lost row. */
import type { RunEventBody } from '@belay/run'
import type { Effect, JobInput, JobState } from '../../src/job/index.ts'
import type { SimDisk } from './disk.ts'
import type { SimProcess } from './process.ts'

export class Violation extends Error {}

function check(holds: boolean, what: () => string): void {
  if (!holds) throw new Violation(what())
}

/** Failures that faults may lead to; any other one is a defect. */
const EXPECTED_CODES = new Set(['SIMULATED', 'KILLED', 'CONTAINER_EXITED', 'CONTAINER_CRASHED', 'UNDEPLOY_TIMEOUT'])

export class Invariants {
  readonly #disk: SimDisk
  /** Cut of each attempt: all that goes back together goes to one window. */
  readonly #cuts = new Map<number, number>()
  readonly #windows = new Map<string, number>()
  /** Restart sets that people were shown, by incident. */
  readonly #foretold = new Map<string, readonly string[]>()
  readonly #foretoldInRecovery = new Set<string>()
  /** A process has died, and nobody has told so yet. */
  #untold = false
  /** Logs are large enough to hold everything: then what was foretold must happen. */
  readonly #roomy: boolean

  /** Somebody hangs or is slow on purpose; otherwise nobody may be taken for stuck. */
  readonly #mayBeStuck: boolean

  constructor(disk: SimDisk, roomy: boolean, mayBeStuck: boolean) {
    this.#disk = disk
    this.#roomy = roomy
    this.#mayBeStuck = mayBeStuck
  }

  transition(before: JobState, input: JobInput, after: JobState): void {
    if (input.type === 'recovered' && input.died !== undefined && before.death?.told !== true) this.#untold = true
    // A preview made during a recovery counts its members in; that recovery may be over when the kill happens.
    if (input.type === 'command' && input.command.type === 'kill-operator' && before.recovery !== null)
      this.#foretoldInRecovery.add(input.command.operator)
    check(after.attempt >= before.attempt, () => `the attempt went back from ${before.attempt} to ${after.attempt}`)
    if (after.lineage === before.lineage && before.started)
      check(
        after.committed >= before.committed,
        () => `committed went back from ${before.committed} to ${after.committed} by ${input.type}`,
      )
    const { checkpoint, pendingManifest, recovery } = after
    if (checkpoint !== null)
      check(
        checkpoint.window > after.committed,
        () => `a checkpoint of w ${checkpoint.window} is in flight, ${after.committed} is committed`,
      )
    check(
      (pendingManifest === null) === ((checkpoint?.manifest ?? null) === null),
      () => 'a manifest is written without a checkpoint in flight',
    )
    if (recovery !== null && recovery.phase !== 'replaying')
      check(recovery.cut >= after.committed, () => `a recovery goes back to w ${recovery.cut}, below ${after.committed}`)
    // A source that has reached its end does not wait for the clock; who skips may end a window later.
    const skips = after.plan.instances.some((instance) => instance.skips)
    check(skips || after.target + 1 >= after.committed, () => `w ${after.committed} is committed, the clock stands at ${after.target}`)
  }

  effect(process: SimProcess, effect: Effect): void {
    const { state } = process
    switch (effect.type) {
      case 'journal':
        check(effect.entry.type !== 'attempt' || !this.#untold, () => 'a process goes on and has not told of the death of the one before')
        return
      case 'deploy': {
        const cut = this.#cuts.get(effect.attempt) ?? effect.cut
        this.#cuts.set(effect.attempt, cut)
        check(cut === effect.cut, () => `attempt ${effect.attempt} goes back to w ${cut} and to w ${effect.cut}`)
        for (const { instance, snapshot } of effect.instances) {
          const skips = state.plan.instances.some(({ id, skips: may }) => id === instance && may)
          check(
            effect.goesOnAfter === effect.cut || (skips && effect.goesOnAfter > effect.cut),
            () => `${instance} goes on after w ${effect.goesOnAfter} from a checkpoint of w ${effect.cut}`,
          )
          check(effect.cut === 0 || snapshot !== null, () => `${instance} is deployed at w ${effect.cut} without a checkpoint`)
          const final = state.instances[instance].final?.window === snapshot?.window
          check(
            snapshot === null || snapshot.window === effect.cut || final,
            () => `${instance} is deployed at w ${effect.cut} with the checkpoint of w ${snapshot?.window}`,
          )
        }
        return
      }
      case 'rewind-logs':
        return this.#rewound(process, effect)
      case 'write-manifest':
        for (const [instance, ref] of Object.entries(effect.manifest.snapshots))
          check(
            ref.window === effect.manifest.window || effect.manifest.finished.includes(instance),
            () => `manifest ${effect.manifest.seq} of w ${effect.manifest.window} names ${instance} of w ${ref.window}`,
          )
        return
      case 'commit-sink':
        check(
          this.#durable(effect.window),
          () => `${effect.instance} is told to commit w ${effect.window}, and no manifest of it lies on the disk`,
        )
        return
      case 'event':
        return this.#event(effect.event)
      default:
        return
    }
  }

  /** Nobody may write to a log, or read from it, while it is cut back (L10). */
  #rewound(process: SimProcess, effect: Extract<Effect, { type: 'rewind-logs' }>): void {
    for (const id of effect.streams) {
      const stream = process.state.plan.streams.find((candidate) => candidate.id === id)
      if (stream === undefined) continue
      for (const container of [stream.publisherContainer, ...stream.logReaders]) {
        const deployed = process.thread(container)?.deployed ?? null
        check(deployed === null, () => `the log of ${id} is cut back while ${container} works on it`)
      }
    }
  }

  #event(event: RunEventBody): void {
    if (event.type === 'failure' && event.process !== undefined) {
      this.#untold = false
      check(event.operators.length === 0, () => `the process died, and ${event.operators.join(', ')} is blamed`)
    } else if (event.type === 'failure')
      check(
        EXPECTED_CODES.has(event.code) || (this.#mayBeStuck && event.code === 'OPERATOR_STUCK'),
        () => `${event.operators.join(', ')} failed with ${event.code}: ${event.message}`,
      )
    if (event.type === 'recovery-planned' && event.foretold !== undefined) {
      const told = this.#foretold.get(event.incident) ?? event.foretold
      this.#foretold.set(event.incident, told)
      const same = told.length === event.restart.length && told.every((operator) => event.restart.includes(operator))
      check(
        same || event.reason !== undefined,
        () => `foretold ${told.join(', ')}, restarted ${event.restart.join(', ')}, and no reason is given`,
      )
      const others = event.reason?.includes('another failure') === true || event.reason?.includes('could not be stored') === true
      if (this.#roomy && !others && !told.some((operator) => this.#foretoldInRecovery.has(operator)))
        check(same, () => `foretold ${told.join(', ')}, restarted ${event.restart.join(', ')}, although the logs hold everything`)
    }
  }

  published(operator: string, window: number): void {
    check(this.#durable(window), () => `${operator} published w ${window} before its manifest was durable`)
  }

  #durable(window: number): boolean {
    return this.#disk.list('manifests').some((path) => this.#windowOf(String(this.#disk.read(path))) >= window)
  }

  #windowOf(content: string): number {
    let window = this.#windows.get(content)
    if (window === undefined) {
      // One that has rotted counts as what it was: anything.
      window = content === '#' ? Infinity : (JSON.parse(content) as { readonly window: number }).window
      this.#windows.set(content, window)
    }
    return window
  }
}

/** What a sink has lost or has too often; `mayLack`: it need not have everything. null = nothing. */
export function difference(expected: ReadonlyMap<string, number>, actual: ReadonlyMap<string, number>, mayLack: boolean): string | null {
  let lost = 0
  let duplicated = 0
  let example = ''
  for (const entry of new Set([...expected.keys(), ...actual.keys()])) {
    const off = (actual.get(entry) ?? 0) - (expected.get(entry) ?? 0)
    if (off === 0 || (off < 0 && mayLack)) continue
    if (off < 0) lost -= off
    else duplicated += off
    if (example === '') example = `${entry}: ${actual.get(entry) ?? 0} instead of ${expected.get(entry) ?? 0}`
  }
  return lost + duplicated === 0 ? null : `${lost} lost, ${duplicated} too many, e.g. ${example}`
}
