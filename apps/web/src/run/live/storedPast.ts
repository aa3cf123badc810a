/**
 * Pictures of moments that this page has not seen, from the figures and events that the server has kept: read in
 * stretches around the moment shown. Loaded when somebody scrubs there.
 *
 * Owns: the stretches read. Invariant: what nothing tells is not made up; unknown figures are NaN, which the page
 * shows as –.
 */
import type { OperatorFigures, RunEvent, RunFigures, RunHistory, RunSnapshot, RunStanding, StreamFigures } from '@belay/run'
import { get } from '../../api/client.ts'
import { withEvents } from './history.ts'
import { spokenEvents, spokenFigures } from './spokenEvents.ts'
import type { Past, StoredPicture } from './runStore.ts'

export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
  readonly history: RunHistory
  readonly standing: RunStanding
  /** Behind the standing, up to the stretch's end. */
  readonly events: readonly RunEvent[]
}

/** Seconds are kept for a quarter of an hour, then ten of them together. */
const FINE = { keptMs: 840_000, stretchMs: 60_000 }
const COARSE_STRETCH_MS = 600_000
const POINTS = 61
const MOST_EVENTS = 10_000
const STRETCHES_KEPT = 20
/** Figures of longer ago are no longer those of the moment. */
const STALE_MS = 3000

export class StoredPast implements Past {
  readonly #runId: string
  readonly #structure: () => RunSnapshot | null
  readonly #read: () => void
  #stretches: Stretch[] = []
  /** Beginnings of those asked for. */
  readonly #asked = new Set<number>()

  /** `read` is told when a stretch has come. */
  constructor(runId: string, structure: () => RunSnapshot | null, read: () => void) {
    this.#runId = runId
    this.#structure = structure
    this.#read = read
  }

  pictureAt(atMs: number, newestMs: number): StoredPicture | null {
    const stretch = this.#stretches.findLast(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)
    const structure = this.#structure()
    if (stretch !== undefined && structure !== null) return pictureOf(stretch, structure, atMs)
    void this.#ask(atMs, newestMs)
    return null
  }

  async #ask(atMs: number, newestMs: number): Promise<void> {
    const stretchMs = newestMs - atMs < FINE.keptMs ? FINE.stretchMs : COARSE_STRETCH_MS
    const fromMs = Math.floor(atMs / stretchMs) * stretchMs
    if (this.#asked.has(fromMs)) return
    this.#asked.add(fromMs)
    const toMs = Math.min(fromMs + stretchMs, Math.max(atMs + 1, newestMs))
    try {
      const path = `/runs/${this.#runId}`
      const [history, standing] = await Promise.all([
        get<RunHistory>(`${path}/history?from=${fromMs}&to=${Math.round(toMs)}&points=${POINTS}`),
        get<RunStanding>(`${path}/standing?at=${fromMs}`),
      ])
      const after = await get<readonly RunEvent[]>(`${path}/events?after=${standing.seq}&limit=${MOST_EVENTS}`)
      const events = spokenEvents(after.filter((event) => event.atMs <= toMs))
      this.#stretches = [...this.#stretches.slice(1 - STRETCHES_KEPT), { fromMs, toMs, history, standing, events }]
      this.#read()
    } catch {
      // The moment stays without a picture; who scrubs on asks again.
    } finally {
      this.#asked.delete(fromMs)
    }
  }
}

export function pictureOf(stretch: Stretch, structure: RunSnapshot, atMs: number): StoredPicture {
  const { history, standing, events } = stretch
  const now = structure.figures
  const at = stepAt(history, atMs)
  const value = (values: readonly (number | null)[] | undefined): number => (at < 0 ? NaN : (values?.[at] ?? NaN))
  let { committedWindow, checkpointWindow } = standing
  for (const event of events) {
    if (event.atMs > atMs) break
    if (event.type === 'committed' || event.type === 'restored') committedWindow = event.window
    else if (event.type === 'checkpoint-completed') checkpointWindow = event.checkpoint.window
  }
  const targetWindow = Math.round(committedWindow + value(history.run.windowsBehind))
  const operators = Object.fromEntries(
    structure.document.operators.map(({ id }): [string, OperatorFigures] => {
      const series = history.operators[id]
      const [busy, blocked] = [value(series?.busy), value(series?.blocked)]
      const stood = standing.operators[id]
      return [
        id,
        {
          state: stood?.state ?? 'pending',
          attempt: stood?.attempt ?? 0,
          ...(stood?.cause == null ? {} : { cause: stood.cause }),
          container: now.operators[id]?.container ?? '',
          // Of the rest nothing says whether it waited for rows.
          activity: Number.isNaN(busy)
            ? { busy: 0, blocked: 0, starved: 0, idle: 1 }
            : { busy, blocked, starved: 0, idle: Math.max(0, 1 - busy - blocked) },
          rowsIn: NaN,
          rowsOut: NaN,
          rowsInPerSecond: value(series?.rowsInPerSecond),
          rowsOutPerSecond: value(series?.rowsOutPerSecond),
          window: Math.max(0, Math.round(targetWindow - value(series?.windowsBehind))),
          checkpointWindow,
          watermark: null,
          stateSizeBytes: value(series?.stateSizeBytes),
          rowErrors: 0,
        },
      ]
    }),
  )
  const figures: RunFigures = {
    state: standing.state ?? 'starting',
    ...(standing.reason === null ? {} : { reason: standing.reason }),
    lineage: now.lineage,
    attempt: now.attempt,
    targetWindow,
    committedWindow: standing.committedWindow,
    uptimeMs: Math.max(0, atMs - structure.startedAtMs),
    sharedBytes: value(history.run.sharedBytes),
    memoryBytes: now.memoryBytes,
    residentBytes: value(history.run.residentBytes),
    operators,
    streams: streamsOf(structure, operators),
  }
  const spoken = spokenFigures(figures)
  return { figures: { ...withEvents(spoken, events, 0, atMs), committedWindow }, stepMs: at < 0 ? null : history.stepMs }
}

/** A step's figures are there at its end: the newest known ones count, unless they are of long ago. */
function stepAt({ times, stepMs, run }: RunHistory, atMs: number): number {
  const first = times[0]
  if (first === undefined) return -1
  let at = Math.min(times.length - 1, Math.floor((atMs - first) / stepMs))
  while (at >= 0 && run.windowsBehind[at] === null) at -= 1
  return at >= 0 && atMs - times[at] <= stepMs + STALE_MS ? at : -1
}

/** What a stream carried is what its one reader took from it alone, or its sender gave to it alone. */
function streamsOf({ document }: RunSnapshot, operators: RunFigures['operators']): Readonly<Record<string, StreamFigures>> {
  const of = (which: (stream: (typeof document.streams)[number]) => readonly string[]): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>()
    for (const stream of document.streams) for (const id of which(stream)) counts.set(id, (counts.get(id) ?? 0) + 1)
    return counts
  }
  const given = of(({ from }) => [from.operator])
  const taken = of(({ to }) => to.map(({ operator }) => operator))
  return Object.fromEntries(
    document.streams.map((stream) => {
      const reader = stream.to.find(({ operator }) => taken.get(operator) === 1)
      const rowsPerSecond =
        reader !== undefined
          ? operators[reader.operator]?.rowsInPerSecond
          : given.get(stream.from.operator) === 1
            ? operators[stream.from.operator]?.rowsOutPerSecond
            : undefined
      return [stream.id, { rowsPerSecond: rowsPerSecond ?? NaN, fill: 0, pinned: false }]
    }),
  )
}
