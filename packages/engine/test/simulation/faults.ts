/** What goes wrong in a run, and when: drawn from the seed before it starts. */
import type { Pipeline } from './pipelines.ts'
import type { Random } from './random.ts'

export type Fault =
  | { readonly type: 'kill-operator'; readonly operator: string }
  /** Restored by a person after a while. */
  | { readonly type: 'hold'; readonly operator: string; readonly forMs: number }
  | { readonly type: 'crash-container'; readonly container: string }
  /** Its thread dies in the middle of writing to the disk, that many calls from now. */
  | { readonly type: 'crash-writing'; readonly container: string; readonly calls: number }
  | { readonly type: 'operator-throws'; readonly operator: string }
  /** Throws on every row from now on: the run has to give up. */
  | { readonly type: 'operator-broken'; readonly operator: string }
  | { readonly type: 'kill-process' }
  /** Killed between two effects, that many from now. */
  | { readonly type: 'kill-process-at-effect'; readonly effects: number }
  | { readonly type: 'kill-process-writing'; readonly calls: number }
  | { readonly type: 'power-cut' }
  /** Suspended, replaced by a new process, and woken again later. */
  | { readonly type: 'zombie'; readonly forMs: number }
  /** Suspended with its threads and woken again; nobody replaces it. */
  | { readonly type: 'suspend'; readonly forMs: number }
  | { readonly type: 'snapshots-fail'; readonly count: number }
  | { readonly type: 'manifests-fail'; readonly count: number }
  | { readonly type: 'manifests-uncertain'; readonly count: number }
  | { readonly type: 'sink-refuses'; readonly operator: string; readonly forMs: number }
  | { readonly type: 'slow-operator'; readonly container: string; readonly factor: number; readonly forMs: number }
  | { readonly type: 'slow-store'; readonly factor: number; readonly forMs: number }
  /** The thread waits in a system call: it hears nothing and cannot be terminated meanwhile. */
  | { readonly type: 'hang'; readonly container: string; readonly forMs: number }
  | { readonly type: 'pause'; readonly forMs: number }
  | { readonly type: 'take-checkpoint' }
  | { readonly type: 'stop'; readonly mode: 'stop' | 'drain' }
  /** To one of the kept manifests, by position from the newest. */
  | { readonly type: 'restore-run'; readonly back: number }
  /** The newest manifest or a file it names rots, and the process dies. */
  | { readonly type: 'rot'; readonly what: 'manifest' | 'snapshot' }

export interface PlannedFault {
  readonly atMs: number
  readonly fault: Fault
}

const COMMON = [
  'kill-operator',
  'kill-operator',
  'hold',
  'crash-container',
  'operator-throws',
  'kill-process',
  'kill-process-at-effect',
  'slow-store',
  'slow-operator',
] as const
const RARE = [
  'crash-writing',
  'operator-broken',
  'kill-process-writing',
  'power-cut',
  'zombie',
  'suspend',
  'snapshots-fail',
  'manifests-fail',
  'manifests-uncertain',
  'sink-refuses',
  'hang',
  'pause',
  'take-checkpoint',
  'stop',
  'restore-run',
  'rot',
  'rot',
  'rot',
] as const

/** `count` faults in the first `spanMs`; about half of them come close on the heels of the one before, so while it is being recovered from. */
export function randomFaults(random: Random, pipeline: Pipeline, count: number, spanMs: number): PlannedFault[] {
  const faults: PlannedFault[] = []
  let atMs = 0
  let stopped = false
  for (let i = 0; i < count; i += 1) {
    atMs = i > 0 && random.chance(0.45) ? atMs + random.next() * 120 : random.next() * spanMs
    const fault = randomFault(random, pipeline)
    if (fault.type === 'stop' && stopped) continue
    stopped ||= fault.type === 'stop'
    faults.push({ atMs, fault })
  }
  return faults.sort((a, b) => a.atMs - b.atMs)
}

function randomFault(random: Random, { plan, steps }: Pipeline): Fault {
  // Also one partition of an operator by itself.
  const operator = random.chance(0.8) ? random.pick(steps).id : random.pick(plan.instances).id
  const container = random.pick(plan.containers).id
  const type = random.chance(0.6) ? random.pick(COMMON) : random.pick(RARE)
  switch (type) {
    case 'kill-operator':
      return { type, operator }
    case 'operator-throws':
    case 'operator-broken':
      return { type, operator: random.pick(steps).id }
    case 'hold':
      return { type, operator: random.pick(steps).id, forMs: random.between(50, 2500) }
    case 'crash-container':
      return { type, container }
    case 'crash-writing':
      return { type, container, calls: random.between(1, 6) }
    case 'kill-process':
    case 'power-cut':
    case 'take-checkpoint':
      return { type }
    case 'kill-process-at-effect':
      return { type, effects: random.between(1, 30) }
    case 'kill-process-writing':
      return { type, calls: random.between(1, 20) }
    case 'zombie':
      return { type, forMs: random.between(20, 4000) }
    // Now and then longer than anybody may take for anything.
    case 'suspend':
      return { type, forMs: random.next() < 0.3 ? 45_000 : random.between(20, 4000) }
    case 'snapshots-fail':
    case 'manifests-fail':
      return { type, count: random.between(1, 4) }
    case 'manifests-uncertain':
      return { type, count: 1 }
    case 'sink-refuses':
      return { type, operator: random.pick(steps.filter((step) => step.kind === 'sink')).id, forMs: random.between(100, 4000) }
    case 'slow-operator':
      return { type, container, factor: random.pick([10, 50, 200]), forMs: random.between(100, 2000) }
    case 'slow-store':
      return { type, factor: random.pick([10, 50, 200]), forMs: random.between(100, 3000) }
    case 'hang':
      return { type, container, forMs: random.pick([30, 150, 400, 1500, 3500]) }
    case 'pause':
      return { type, forMs: random.between(100, 2000) }
    case 'stop':
      return { type, mode: random.pick(['stop', 'drain']) }
    case 'restore-run':
      return { type, back: random.int(4) }
    case 'rot':
      return { type, what: random.pick(['manifest', 'snapshot']) }
  }
}
