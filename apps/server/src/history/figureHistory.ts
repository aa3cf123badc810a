/**
 * Keeps figures of runs over time, in the run's folder, so that the page shows the time before it was
 * opened and a run that has ended, and a new server goes on where the one before stopped.
 *
 * Means of a second for 15 minutes and of 10 seconds for 24 hours. Bounded: two ring files a run, the
 * larger one at most 32 MB (a pipeline with more than some hundred operators gets fewer hours).
 * Invariant: what cannot be written is missing and nothing else; a run never notices.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  ENDED_STATES,
  OPERATOR_SERIES,
  RUN_SERIES,
  type HistoryValues,
  type OperatorSeries,
  type RunDelta,
  type RunEvent,
  type RunFigures,
  type RunHistory,
  type RunSeries,
  type RunSnapshot,
} from '@belay/run'
import type { RunObserver } from '../runs/runService.ts'
import { readRing, recordBytes, RingWriter, type HistoryRecord, type Ring } from './ringFile.ts'

const FINE = { stepMs: 1000, slots: 900 } as const
const COARSE = { stepMs: 10_000, slots: 8640 } as const
const MOST_BYTES = 33_554_432
const FORMAT = 1

/** `history/columns.json`: what the columns of both rings are. */
interface Columns {
  readonly format: number
  readonly operators: readonly string[]
}

/** Sums of the step under way. */
class Mean {
  readonly #writer: RingWriter
  readonly #stepMs: number
  readonly #sums: Float64Array
  #count = 0
  #atMs = 0

  constructor(ring: Ring) {
    this.#writer = new RingWriter(ring)
    this.#stepMs = ring.stepMs
    this.#sums = new Float64Array(ring.columns)
  }

  add(atMs: number, values: readonly number[]): void {
    const step = Math.floor(atMs / this.#stepMs) * this.#stepMs
    if (step !== this.#atMs) this.flush()
    this.#atMs = step
    for (let i = 0; i < values.length; i += 1) this.#sums[i] += values[i]
    this.#count += 1
  }

  flush(): void {
    if (this.#count === 0) return
    this.#writer.write(
      this.#atMs,
      Float32Array.from(this.#sums, (sum) => sum / this.#count),
    )
    this.#sums.fill(0)
    this.#count = 0
  }

  close(): void {
    this.flush()
    this.#writer.close()
  }
}

interface Open {
  readonly columns: Columns
  readonly means: readonly Mean[]
}

export interface HistoryQuery {
  readonly fromMs: number
  readonly toMs: number
  /** At most so many steps. */
  readonly points: number
  /** Only this operator; null = all. */
  readonly operator: string | null
}

export class FigureHistory implements RunObserver {
  readonly #runs: string
  readonly #open = new Map<string, Open | null>()
  /** Operators that read from outside, by run. */
  readonly #sources = new Map<string, ReadonlySet<string>>()

  /** `home`: BELAY_HOME. */
  constructor(home: string) {
    this.#runs = join(home, 'runs')
  }

  delta(runId: string, { atMs, figures }: RunDelta): void {
    this.#guarded(runId, () => {
      const open = this.#opened(runId, figures)
      if (open === null) return
      const values = valuesOf(figures, open.columns, this.#sources.get(runId) ?? new Set())
      for (const mean of open.means) mean.add(atMs, values)
    })
  }

  event(runId: string, event: RunEvent): void {
    if (event.type === 'run-state' && ENDED_STATES.includes(event.state)) this.#close(runId)
  }

  ended(runId: string): void {
    this.#close(runId)
  }

  connected(runId: string, { document }: RunSnapshot): void {
    const fed = new Set(document.streams.flatMap(({ to }) => to.map(({ operator }) => operator)))
    this.#sources.set(runId, new Set(document.operators.flatMap(({ id }) => (fed.has(id) ? [] : [id]))))
  }

  changed(): void {
    // States are no figures.
  }

  close(): void {
    for (const runId of this.#open.keys()) this.#close(runId)
  }

  #close(runId: string): void {
    const open = this.#open.get(runId)
    this.#open.delete(runId)
    this.#sources.delete(runId)
    if (open === null || open === undefined) return
    this.#guarded(runId, () => {
      for (const mean of open.means) mean.close()
    })
  }

  /** A full disk, a folder that was deleted: this history ends, and nothing else. */
  #guarded(runId: string, work: () => void): void {
    try {
      work()
    } catch {
      this.#open.set(runId, null)
    }
  }

  #opened(runId: string, figures: RunFigures): Open | null {
    const known = this.#open.get(runId)
    if (known !== undefined) return known
    // What comes after the end belongs to nobody.
    if (ENDED_STATES.includes(figures.state) || !existsSync(join(this.#runs, runId))) return null
    const folder = this.#folder(runId)
    const columns: Columns = { format: FORMAT, operators: Object.keys(figures.operators).sort() }
    if (JSON.stringify(columnsOf(folder)) !== JSON.stringify(columns)) {
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(join(folder, 'columns.json'), JSON.stringify(columns), { mode: 0o600 })
    }
    const open = { columns, means: ringsOf(folder, columns).map((ring) => new Mean(ring)) }
    this.#open.set(runId, open)
    return open
  }

  #folder(runId: string): string {
    return join(this.#runs, runId, 'history')
  }

  /** `runId` must be that of a run there is. */
  read(runId: string, { fromMs, toMs, points, operator }: HistoryQuery): RunHistory {
    const folder = this.#folder(runId)
    const columns = columnsOf(folder)
    if (columns === null) return shaped([], [], 1, { fromMs, toMs: fromMs, points: 1 }, null)
    const [fine, coarse] = ringsOf(folder, columns)
    const newestMs = readRing(fine, 0, Number.MAX_SAFE_INTEGER).at(-1)?.atMs ?? 0
    const ring = fromMs >= newestMs - fine.slots * fine.stepMs && toMs - fromMs <= fine.slots * fine.stepMs ? fine : coarse
    // The step under way began before `fromMs`.
    return shaped(readRing(ring, fromMs - ring.stepMs, toMs), columns.operators, ring.stepMs, { fromMs, toMs, points }, operator)
  }
}

function columnsOf(folder: string): Columns | null {
  try {
    const columns = JSON.parse(readFileSync(join(folder, 'columns.json'), 'utf8')) as Columns
    return columns.format === FORMAT ? columns : null
  } catch {
    return null
  }
}

function ringsOf(folder: string, { operators }: Columns): readonly [fine: Ring, coarse: Ring] {
  const columns = RUN_SERIES.length + operators.length * OPERATOR_SERIES.length
  const most = Math.max(1, Math.floor(MOST_BYTES / recordBytes(columns)))
  const ring = (name: string, { stepMs, slots }: typeof FINE | typeof COARSE): Ring => ({
    path: join(folder, name),
    stepMs,
    slots: Math.min(slots, most),
    columns,
  })
  return [ring('seconds', FINE), ring('tens', COARSE)]
}

function valuesOf(figures: RunFigures, { operators }: Columns, sources: ReadonlySet<string>): number[] {
  const run: Readonly<Record<RunSeries, number>> = {
    rowsInPerSecond: operators.reduce((sum, id) => sum + (sources.has(id) ? figures.operators[id].rowsOutPerSecond : 0), 0),
    windowsBehind: Math.max(0, figures.targetWindow - figures.committedWindow),
    sharedBytes: figures.sharedBytes,
    residentBytes: figures.residentBytes,
  }
  const values = RUN_SERIES.map((series) => run[series])
  for (const id of operators) {
    const operator = figures.operators[id]
    const of: Readonly<Record<OperatorSeries, number>> = {
      rowsInPerSecond: operator.rowsInPerSecond,
      rowsOutPerSecond: operator.rowsOutPerSecond,
      busy: operator.activity.busy,
      blocked: operator.activity.blocked,
      stateSizeBytes: operator.stateSizeBytes,
      windowsBehind: Math.max(0, figures.targetWindow - operator.window),
    }
    for (const series of OPERATOR_SERIES) values.push(of[series])
  }
  return values
}

/** Means of the records of each step; null where there is none. */
function shaped(
  records: readonly HistoryRecord[],
  operators: readonly string[],
  ringStepMs: number,
  { fromMs, toMs, points }: { readonly fromMs: number; readonly toMs: number; readonly points: number },
  wanted: string | null,
): RunHistory {
  const stepMs = Math.max(1, Math.ceil((toMs - fromMs) / points / ringStepMs)) * ringStepMs
  const firstMs = Math.floor(fromMs / stepMs) * stepMs
  const times = Array.from({ length: Math.max(0, Math.floor((toMs - firstMs) / stepMs) + 1) }, (_, i) => firstMs + i * stepMs)
  const counts = new Uint32Array(times.length)
  for (const { atMs } of records) if (atMs >= firstMs) counts[Math.floor((atMs - firstMs) / stepMs)] += 1
  const series = (column: number): (number | null)[] => {
    const sums = new Float64Array(times.length)
    for (const { atMs, values } of records) if (atMs >= firstMs) sums[Math.floor((atMs - firstMs) / stepMs)] += values[column]
    return times.map((_, i) => (counts[i] === 0 ? null : rounded(sums[i] / counts[i])))
  }
  const ofRun = (name: RunSeries): HistoryValues => (operators.length === 0 ? times.map(() => null) : series(RUN_SERIES.indexOf(name)))
  const ofOperator = (id: string, name: OperatorSeries): HistoryValues =>
    series(RUN_SERIES.length + operators.indexOf(id) * OPERATOR_SERIES.length + OPERATOR_SERIES.indexOf(name))
  return {
    stepMs,
    times,
    run: {
      rowsInPerSecond: ofRun('rowsInPerSecond'),
      windowsBehind: ofRun('windowsBehind'),
      sharedBytes: ofRun('sharedBytes'),
      residentBytes: ofRun('residentBytes'),
    },
    operators: Object.fromEntries(
      operators
        .filter((id) => wanted === null || wanted === id)
        .map((id) => [
          id,
          {
            rowsInPerSecond: ofOperator(id, 'rowsInPerSecond'),
            rowsOutPerSecond: ofOperator(id, 'rowsOutPerSecond'),
            busy: ofOperator(id, 'busy'),
            blocked: ofOperator(id, 'blocked'),
            stateSizeBytes: ofOperator(id, 'stateSizeBytes'),
            windowsBehind: ofOperator(id, 'windowsBehind'),
          },
        ]),
    ),
  }
}

/** A float32 has seven digits; more of them are noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(7))
}
