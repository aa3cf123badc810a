/**
 * The page's picture of one run, outside React (designer-ux §5.1): figures come in four times a
 * second and go to the parts that show them, never through React Flow's nodes.
 *
 * Owns: events, checkpoints, incidents, history and table rows of one run, and the moment shown.
 * Fed by `runConnection.ts`, read through `runHooks.ts`; talks to nobody, but has `storedPast.ts` read what the page has not seen.
 * Invariants: events are in order of `seq`, without doubles; a listener is told at most once per
 * animation frame, those of single operators and streams some frames later where there are many (`spread.ts`); what is read is the picture of the moment shown, live or past; while a past moment
 * is shown, live data is taken in and shows when live again.
 */
import type {
  CheckpointSummary,
  KillPreview,
  OperatorFigures,
  RunDelta,
  RunEvent,
  RunFigures,
  RunSnapshot,
  StreamFigures,
  TableRows,
} from '@belay/run'
import { ENDED_STATES } from '@belay/run'
import { isQuiet } from '../eventWords.ts'
import { RunHistory } from './history.ts'
import { Incidents, type Incident } from './incidents.ts'
import { SlownessWatch, type Bottleneck, type Wiring } from './slowness.ts'
import { Spread } from './spread.ts'
import { spokenEvents, spokenFigures } from './spokenEvents.ts'
import { StateReel } from './stateReel.ts'
import { said } from '../../language/t.ts'

export type LinkState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly sinceMs: number; readonly attempt: number }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }

export type Moment =
  | { readonly kind: 'live' }
  /** `speed` 0 = stands still, 0.1 = a tenth of real time; goes on until `untilMs`. */
  | { readonly kind: 'past'; readonly atMs: number; readonly speed: number; readonly untilMs: number }

/** A moment that the page has not seen itself. */
export interface StoredPicture {
  readonly figures: RunFigures
  /** Its figures are means of so long; null = of figures nothing is kept. */
  readonly stepMs: number | null
}

/** What the server has kept (`storedPast.ts`); a picture is null until it has been read. */
export interface Past {
  readonly pictureAt: (atMs: number, newestMs: number) => StoredPicture | null
}

export type Stored = { readonly kind: 'reading' } | { readonly kind: 'read'; readonly stepMs: number | null }

/** So far back the server keeps figures. */
const STORED_MS = 86_400_000

const LIVE: Moment = { kind: 'live' }
const NOTABLE_KEPT = 5000
const EVENTS_KEPT = 12_000

export type Topic =
  | 'run'
  | 'state'
  | 'committed'
  | 'events'
  | 'checkpoints'
  | 'link'
  | 'structure'
  | 'timeline'
  | 'incidents'
  | 'moment'
  | 'bottleneck'
  | `operator:${string}`
  | `stream:${string}`
  | `table:${string}`

export class RunStore {
  readonly runId: string
  structure: RunSnapshot | null = null
  events: readonly RunEvent[] = []
  /** Events that are more than windows and checkpoints going by. */
  notable: readonly RunEvent[] = []
  checkpoints: readonly CheckpointSummary[] = []
  incidents: readonly Incident[] = []
  bottleneck: Bottleneck | null = null
  link: LinkState = { kind: 'connecting' }
  moment: Moment = LIVE
  /** This page's clock when the newest figures came. */
  heardAtMs = 0
  readonly history = new RunHistory()
  readonly #previews = new Map<string, KillPreview>()
  /** Somebody paused it and nobody has resumed it: true even while another state covers that. */
  pauseAsked = false
  #live: RunFigures | null = null
  #past: RunFigures | null = null
  /** Of the moment shown, where this page has not seen it itself. */
  stored: Stored | null = null
  #older: Past | null = null
  #tables = new Map<string, TableRows>()
  #pastTables = new Map<string, TableRows>()
  /** States that the screen shows, while newer ones wait in the reel. */
  readonly #shownStates = new Map<string, { state: OperatorFigures['state']; attempt: number; cause: string | undefined }>()
  readonly #reel = new StateReel()
  #incidents = new Incidents()
  readonly #slowness = new SlownessWatch()
  #wiring: Wiring = { readers: new Map() }
  #sources: readonly string[] = []
  /** Run process's clock minus this page's. */
  #skewMs = 0
  readonly #listeners = new Map<Topic, Set<() => void>>()
  readonly #subscribers = new Map<Topic, (listener: () => void) => () => void>()
  readonly #dirty = new Set<Topic>()
  readonly #spread = new Spread<Topic>()
  #scheduled = false
  #playedAtMs = 0

  readonly #nextFrame: (draw: (nowMs: number) => void) => void

  /** `nextFrame` draws when the screen does: the browser's, unless a test turns the frames itself. */
  constructor(runId: string, nextFrame: (draw: (nowMs: number) => void) => void = (draw) => void requestAnimationFrame(draw)) {
    this.runId = runId
    this.#nextFrame = nextFrame
  }

  /** Number of the newest event seen; 0 = none. */
  get seq(): number {
    return this.events.at(-1)?.seq ?? 0
  }

  /** Figures of the moment shown. */
  get figures(): RunFigures | null {
    return this.#past ?? this.#live
  }

  /** Figures of now, whatever is shown: what commands go by. */
  get liveFigures(): RunFigures | null {
    return this.#live
  }

  get ended(): boolean {
    return this.#live !== null && ENDED_STATES.includes(this.#live.state)
  }

  operator(id: string): OperatorFigures | undefined {
    return this.figures?.operators[id]
  }

  stream(id: string): StreamFigures | undefined {
    return this.figures?.streams[id]
  }

  table(id: string): TableRows | undefined {
    return this.stored !== null ? undefined : (this.moment.kind === 'live' ? this.#tables : this.#pastTables).get(id)
  }

  /** Operators that read nothing: what comes in comes from them. */
  get sources(): readonly string[] {
    return this.#sources
  }

  /** The run process's clock, as far as this page knows it. */
  now(): number {
    return Date.now() + this.#skewMs
  }

  /** The newest moment there is: now, or the run's end. */
  newestMs(): number {
    return this.ended ? (this.history.ticks.at(-1)?.atMs ?? this.now()) : this.now()
  }

  /** The earliest moment that can be shown: what is older has been written over. */
  earliestMs(): number {
    return Math.max(this.structure?.startedAtMs ?? 0, this.newestMs() - STORED_MS)
  }

  /** What a kill was foretold to do, kept for the incident that it becomes. */
  notePreview(commandId: string, preview: KillPreview): void {
    this.#previews.set(commandId, preview)
  }

  previewOf(incident: Incident): KillPreview | null {
    return incident.commandId === null ? null : (this.#previews.get(incident.commandId) ?? null)
  }

  applySnapshot(snapshot: RunSnapshot): void {
    const known = this.structure
    const same = known !== null && JSON.stringify(known.document) === JSON.stringify(snapshot.document)
    // The same object again: nodes and edges of the canvas hang on its identity.
    this.structure = same ? { ...snapshot, document: known.document } : snapshot
    if (!same) this.#wire(snapshot)
    this.#mark('structure')
    this.applyEvents(snapshot.events)
    this.checkpoints = mergedCheckpoints(this.checkpoints, snapshot.checkpoints)
    this.#mark('checkpoints')
    // The run's own clock: this page's may differ.
    const atMs = snapshot.startedAtMs + snapshot.figures.uptimeMs
    if (!ENDED_STATES.includes(snapshot.figures.state)) this.#skewMs = atMs - Date.now()
    this.#applyFigures(spokenFigures(snapshot.figures), atMs)
    this.#applyTables(snapshot.tables)
  }

  #wire(snapshot: RunSnapshot): void {
    const readers = new Map<string, { operator: string; stream: string }[]>()
    const fed = new Set<string>()
    for (const stream of snapshot.document.streams)
      for (const to of stream.to) {
        fed.add(to.operator)
        readers.set(stream.from.operator, [...(readers.get(stream.from.operator) ?? []), { operator: to.operator, stream: stream.id }])
      }
    this.#wiring = { readers }
    this.#sources = snapshot.document.operators.map((operator) => operator.id).filter((id) => !fed.has(id))
  }

  applyDelta(delta: RunDelta): void {
    this.#skewMs = delta.atMs - Date.now()
    this.#applyFigures(spokenFigures(delta.figures), delta.atMs)
    this.#applyTables(delta.tables)
  }

  /** Events that follow the newest known; older ones and doubles are left out. */
  applyEvents(events: readonly RunEvent[]): void {
    const seen = this.seq
    const fresh = spokenEvents(events.filter((event) => event.seq > seen))
    if (fresh.length === 0) return
    this.events = [...this.events, ...fresh].slice(-EVENTS_KEPT)
    const notable = fresh.filter((event) => !isQuiet(event))
    if (notable.length > 0) this.notable = [...this.notable, ...notable].slice(-NOTABLE_KEPT)
    for (const event of fresh) this.#applyEvent(event)
    this.#mark('events')
    this.#takeIncidents()
  }

  /** Events from before the oldest known, for the list and for incidents; they change nothing of now. */
  prependEvents(older: readonly RunEvent[]): void {
    const first = this.events[0]?.seq ?? Infinity
    const fresh = spokenEvents(older.filter((event) => event.seq < first))
    if (fresh.length === 0) return
    this.events = [...fresh, ...this.events]
    this.notable = this.events.filter((event) => !isQuiet(event))
    this.#incidents = new Incidents()
    for (const event of this.events) this.#incidents.apply(event)
    const asked = this.events.findLast(
      (event) => event.type === 'command-accepted' && (event.command === 'pause' || event.command === 'resume'),
    )
    this.pauseAsked = asked?.type === 'command-accepted' && asked.command === 'pause'
    this.#mark('state')
    this.checkpoints = mergedCheckpoints(
      this.events.flatMap((event) => (event.type === 'checkpoint-completed' ? [event.checkpoint] : [])),
      this.checkpoints,
    )
    this.#mark('checkpoints')
    this.#mark('events')
    this.#takeIncidents()
  }

  setLink(link: LinkState): void {
    this.link = link
    this.#mark('link')
  }

  /** The server says that the process is gone; the next figures say otherwise. */
  setUnreachable(reason: string | null): void {
    if (this.#live === null || this.ended) return
    this.#live = { ...this.#live, state: 'unreachable', reason: reason === null ? undefined : said(reason) }
    this.#mark('state')
  }

  /** Shows a past moment: standing still, or playing at `speed` until `untilMs`. */
  showMoment(atMs: number, speed = 0, untilMs = atMs): void {
    if (this.moment.kind === 'live') this.#pastTables = new Map(this.#tables)
    this.moment = { kind: 'past', atMs, speed, untilMs }
    this.#playedAtMs = performance.now()
    this.#draw(atMs)
  }

  /** The moment shown once more: more of the past has been read. */
  drawAgain(): void {
    if (this.moment.kind === 'past') this.#draw(this.moment.atMs)
  }

  #draw(atMs: number): void {
    if (this.history.saw(atMs)) {
      this.stored = null
      this.#past = this.history.pictureAt(atMs, this.events)?.figures ?? null
    } else {
      const picture = this.#older?.pictureAt(atMs, this.newestMs()) ?? null
      if (picture !== null) this.#past = picture.figures
      else this.#past ??= this.history.pictureAt(atMs, this.events)?.figures ?? null
      this.stored = picture === null ? { kind: 'reading' } : { kind: 'read', stepMs: picture.stepMs }
      if (this.#older === null) void this.#openPast()
    }
    this.#markAll()
  }

  async #openPast(): Promise<void> {
    const { StoredPast } = await import('./storedPast.ts')
    this.#older ??= new StoredPast(
      this.runId,
      () => this.structure,
      () => this.drawAgain(),
    )
    this.drawAgain()
  }

  freeze(): void {
    this.showMoment(this.newestMs())
  }

  goLive(): void {
    if (this.moment.kind === 'live') return
    this.moment = LIVE
    this.#past = null
    this.stored = null
    this.#markAll()
  }

  #takeIncidents(): void {
    const incidents = this.#incidents.take()
    if (incidents === null) return
    this.incidents = incidents
    this.#mark('incidents')
  }

  #applyEvent(event: RunEvent): void {
    this.#incidents.apply(event)
    switch (event.type) {
      case 'operator-state':
        // Before the first figures there is nothing to show a state on; they carry it themselves.
        if (this.#live === null) return
        this.#reel.push(event.operator, { state: event.state, attempt: event.attempt, cause: event.cause })
        this.#schedule()
        return
      case 'command-accepted':
        if (event.command !== 'pause' && event.command !== 'resume') return
        this.pauseAsked = event.command === 'pause'
        this.#mark('state')
        return
      case 'run-state':
        if (this.#live === null) return
        this.#live = { ...this.#live, state: event.state, reason: event.reason }
        this.#mark('state')
        return
      case 'checkpoint-completed':
        this.checkpoints = mergedCheckpoints(this.checkpoints, [event.checkpoint])
        this.#mark('checkpoints')
        return
      case 'committed':
        if (this.#live === null) return
        this.#live = { ...this.#live, committedWindow: event.window }
        this.#mark('committed')
        // Each of them shows how far behind it that lies.
        for (const id of Object.keys(this.#live.operators)) this.#markLater(`operator:${id}`)
        return
      default:
        return
    }
  }

  #applyFigures(figures: RunFigures, atMs: number): void {
    const before = this.#live
    const operators: Record<string, OperatorFigures> = {}
    for (const [id, operator] of Object.entries(figures.operators)) {
      const shown = this.#reel.waitsFor(id) ? this.#shownStates.get(id) : undefined
      operators[id] = shown === undefined ? operator : { ...operator, ...shown }
      if (shown === undefined) this.#shownStates.set(id, { state: operator.state, attempt: operator.attempt, cause: operator.cause })
      if (before?.operators[id]?.state === operators[id].state) this.#markLater(`operator:${id}`)
      else this.#mark(`operator:${id}`)
    }
    this.#live = { ...figures, operators }
    this.heardAtMs = Date.now()
    for (const id of Object.keys(figures.streams)) this.#markLater(`stream:${id}`)
    this.history.add({ atMs, figures })
    this.#mark('run')
    this.#mark('timeline')
    if (before?.state !== figures.state || before.reason !== figures.reason) this.#mark('state')
    if (before?.committedWindow !== figures.committedWindow) this.#mark('committed')
    const bottleneck = figures.state === 'running' ? this.#slowness.look(this.history.ticks.slice(-10), this.#wiring) : null
    if (bottleneck !== this.bottleneck) {
      this.bottleneck = bottleneck
      this.#mark('bottleneck')
    }
  }

  #applyTables(tables: Readonly<Record<string, TableRows>>): void {
    for (const [id, rows] of Object.entries(tables)) {
      if (this.#tables.get(id)?.version === rows.version) continue
      this.#tables.set(id, rows)
      this.#mark(`table:${id}`)
    }
  }

  /** The same function for the same topic, so that React subscribes once. */
  subscriber(topic: Topic): (listener: () => void) => () => void {
    let subscriber = this.#subscribers.get(topic)
    if (subscriber === undefined) {
      const listeners = new Set<() => void>()
      this.#listeners.set(topic, listeners)
      subscriber = (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      }
      this.#subscribers.set(topic, subscriber)
    }
    return subscriber
  }

  #mark(topic: Topic): void {
    this.#dirty.add(topic)
    this.#schedule()
  }

  #markLater(topic: Topic): void {
    this.#spread.add(topic)
    this.#schedule()
  }

  #markAll(): void {
    for (const topic of this.#listeners.keys())
      if (topic.startsWith('operator:') || topic.startsWith('stream:')) this.#spread.add(topic)
      else this.#dirty.add(topic)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#nextFrame((nowMs) => {
      this.#scheduled = false
      this.#turnReel(nowMs)
      this.#play(nowMs)
      for (const topic of this.#dirty) this.#spread.hurry(topic)
      const topics = [...this.#dirty, ...this.#spread.take()]
      this.#dirty.clear()
      if (!this.#spread.empty) this.#schedule()
      for (const topic of topics) for (const listener of this.#listeners.get(topic) ?? []) listener()
    })
  }

  #turnReel(nowMs: number): void {
    const live = this.#live
    if (live === null) return
    const due = this.#reel.due(nowMs)
    if (due.length > 0) {
      const operators: Record<string, OperatorFigures> = { ...live.operators }
      for (const [id, change] of due) {
        this.#shownStates.set(id, change)
        if (operators[id] === undefined) continue
        operators[id] = { ...operators[id], ...change }
        this.#dirty.add(`operator:${id}`)
      }
      this.#live = { ...live, operators }
    }
    if (!this.#reel.empty) this.#schedule()
  }

  #play(nowMs: number): void {
    const { moment } = this
    if (moment.kind !== 'past' || moment.speed === 0) return
    // What is still being read is waited for.
    const passedMs = this.stored?.kind === 'reading' ? 0 : nowMs - this.#playedAtMs
    const atMs = Math.min(moment.untilMs, moment.atMs + passedMs * moment.speed)
    this.#playedAtMs = nowMs
    this.moment = { ...moment, atMs, speed: atMs >= moment.untilMs ? 0 : moment.speed }
    this.#draw(atMs)
  }
}

/** By manifest number, oldest first; what is newer replaces what was known. */
function mergedCheckpoints(known: readonly CheckpointSummary[], fresh: readonly CheckpointSummary[]): readonly CheckpointSummary[] {
  const last = known.at(-1)
  if (fresh.length === 1 && last !== undefined && fresh[0].manifest > last.manifest) return [...known, fresh[0]]
  const byManifest = new Map(known.map((checkpoint) => [checkpoint.manifest, checkpoint]))
  for (const checkpoint of fresh) byManifest.set(checkpoint.manifest, checkpoint)
  return [...byManifest.values()].sort((a, b) => a.manifest - b.manifest)
}
