/**
 * Runs one operator through a whole input with random batches, windows, checkpoints and kills, as a
 * container would, and gives what was committed. Whatever the seed, the committed output has to be
 * the same (engine-spec H1, H12, H15): that is what operator tests compare.
 *
 * A kill drops the operator and everything after the newest checkpoint; the input is then cut into
 * other batches and windows than before.
 */
import { batchOf, fieldIndex, type Schema, type Value } from '@belay/columns'
import type { StreamKind } from '@belay/pipeline'
import type { OperatorModule } from '../operator/operator.ts'
import { createOperatorHarness, type HarnessOptions, type OperatorHarness, type OutputRow } from './operatorHarness.ts'

export interface FedPort {
  readonly schema: Schema
  readonly eventTime?: string | null
  readonly changes?: StreamKind
  readonly rows: readonly (readonly Value[])[]
  /** One ROW_KIND a row; absent = the port only appends. */
  readonly kinds?: readonly number[]
}

export interface DisturbedRun<Config> extends Omit<HarnessOptions<Config>, 'inputs' | 'state' | 'attempt'> {
  readonly inputs: Readonly<Record<string, FedPort>>
  readonly seed: number
  readonly kills: number
  /** Rows lie at most so far behind the newest one before them. */
  readonly outOfOrderMs?: number
  /** Most rows of one batch. */
  readonly batchRows?: number
  /** Called with each new incarnation before it gets rows. */
  readonly onStart?: (harness: OperatorHarness) => void
}

export interface CommittedOutput {
  /** By output port. */
  readonly outputs: Readonly<Record<string, readonly OutputRow[]>>
  readonly rowErrors: OperatorHarness['rowErrors']
  readonly counts: ReadonlyMap<string, number>
  readonly kills: number
  readonly windows: number
}

/** Positions in the inputs and what goes with them; immutable, so that a checkpoint is a reference. */
interface Progress {
  readonly window: number
  readonly at: Readonly<Record<string, number>>
  readonly newest: Readonly<Record<string, number>>
  /** Sources: there is nothing more to read. */
  readonly ended: boolean
  readonly outputs: Readonly<Record<string, readonly OutputRow[]>>
}

interface Checkpoint {
  readonly progress: Progress
  readonly state: Uint8Array
}

/** mulberry32: small, seeded, good enough to choose cuts. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

export async function runDisturbed<Config>(module: OperatorModule<Config>, run: DisturbedRun<Config>): Promise<CommittedOutput> {
  const random = randomOf(run.seed)
  const ports = Object.entries(run.inputs)
  const outputNames = Object.keys(run.outputs)
  let killsLeft = run.kills
  let attempt = 0
  const start = async (state: Uint8Array | undefined): Promise<OperatorHarness> => {
    attempt += 1
    const harness = await createOperatorHarness(module, { ...run, attempt, ...(state === undefined ? {} : { state }) })
    run.onStart?.(harness)
    return harness
  }
  let harness = await start(undefined)
  let progress: Progress = {
    window: 1,
    at: Object.fromEntries(ports.map(([name]) => [name, 0])),
    newest: Object.fromEntries(ports.map(([name]) => [name, Number.NEGATIVE_INFINITY])),
    ended: harness.operator.role !== 'source',
    outputs: Object.fromEntries(outputNames.map((name) => [name, []])),
  }
  let checkpoint: Checkpoint | null = null
  const initial = progress
  const taken = (before: Progress): Progress['outputs'] =>
    Object.fromEntries(outputNames.map((name) => [name, [...before.outputs[name], ...harness.takeChanges(name)]]))
  for (;;) {
    progress = harness.operator.role === 'source' ? read(harness, progress, random) : feed(harness, run, ports, progress, random)
    if (killsLeft > 0 && random(4) === 0) {
      killsLeft -= 1
      harness.close()
      const from: Checkpoint | null = checkpoint
      harness = await start(from?.state)
      progress = from?.progress ?? initial
      if (from !== null && harness.operator.role === 'sink') harness.commit(from.progress.window - 1)
      continue
    }
    const done = progress.ended && ports.every(([name, port]) => progress.at[name] >= port.rows.length) && random(3) === 0
    const { window } = progress
    harness.endWindow({ window, watermark: watermarkOf(run, ports, progress, done), last: done })
    progress = { ...progress, window: window + 1, outputs: taken(progress) }
    if (!done && random(3) !== 0) continue
    if (harness.operator.role === 'sink') harness.prepare(window)
    harness.checkpoint(window)
    checkpoint = { progress, state: harness.snapshot() }
    if (harness.operator.role === 'sink' && (done || random(2) === 0)) harness.commit(window)
    if (done) break
  }
  harness.close()
  return {
    outputs: progress.outputs,
    rowErrors: harness.rowErrors,
    counts: harness.counts,
    kills: run.kills - killsLeft,
    windows: progress.window - 1,
  }
}

/** Some reads of one window. */
function read(harness: OperatorHarness, progress: Progress, random: (below: number) => number): Progress {
  for (let reads = random(4); reads > 0; reads -= 1) if (harness.read() === 'ended') return { ...progress, ended: true }
  return progress
}

/** Some rows of one window, from ports in turn as chance wants it. */
function feed<Config>(
  harness: OperatorHarness,
  run: DisturbedRun<Config>,
  ports: readonly (readonly [string, FedPort])[],
  progress: Progress,
  random: (below: number) => number,
): Progress {
  const at = { ...progress.at }
  const newest = { ...progress.newest }
  const batchRows = run.batchRows ?? 50
  for (let batches = random(6); batches > 0 && ports.length > 0; batches -= 1) {
    const [name, port] = ports[random(ports.length)]
    const from = at[name]
    const to = Math.min(port.rows.length, from + 1 + random(batchRows))
    if (to <= from) continue
    const batch = batchOf(port.schema, port.rows.slice(from, to))
    harness.push(name, port.kinds === undefined ? batch : { ...batch, kinds: Uint8Array.from(port.kinds.slice(from, to)) })
    at[name] = to
    const time = fieldIndex(port.schema, port.eventTime ?? '')
    if (time >= 0) for (const row of port.rows.slice(from, to)) newest[name] = Math.max(newest[name], Number(row[time] ?? newest[name]))
  }
  return { ...progress, at, newest }
}

function watermarkOf<Config>(
  run: DisturbedRun<Config>,
  ports: readonly (readonly [string, FedPort])[],
  progress: Progress,
  done: boolean,
): number {
  if (done) return Number.POSITIVE_INFINITY
  const marks = ports.map(([name, port]) =>
    progress.at[name] >= port.rows.length ? Number.POSITIVE_INFINITY : progress.newest[name] - (run.outOfOrderMs ?? 0),
  )
  // The end of all input is told with the last window only.
  const least = Math.min(...marks)
  return least === Number.POSITIVE_INFINITY ? Math.max(...Object.values(progress.newest)) - (run.outOfOrderMs ?? 0) : least
}
