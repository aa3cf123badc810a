/**
 * A run's plan as a picture: instances in columns by how far they are from the sources, partitions of an
 * operator below each other, a frame around what one container runs fused, and a junction where rows are
 * shared out, so that n senders and m readers are n + m lines and not n × m. Pure.
 */
import type { PipelineDocument } from '@belay/pipeline'
import type { PlanInstance, PlanStream, RunPlan } from '@belay/run'
import { NODE_HEIGHT, NODE_WIDTH, placesOf } from '../canvas/places.ts'

const COLUMN = 312
const ROW = 136
/** Between the partitions of one operator and what stands below them. */
const GAP = 24
/** Columns side by side before a long chain goes on below. */
const BAND_COLUMNS = 4
/** Between two bands: room for the line that leads back to the left. */
const BAND_GAP = 72
/** A picture so many times as wide as high is wrapped. */
const LONG = 4
export const JUNCTION_SIZE = 30
const FRAME = { side: 14, top: 26, bottom: 14 }

interface PlacedInstance {
  readonly instance: PlanInstance
  readonly x: number
  readonly y: number
}

/** Around all that a container runs, if that is more than one instance. */
interface Frame {
  readonly container: string
  readonly instances: readonly string[]
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Where the rows of a stream are shared out over partitions. */
interface Junction {
  readonly id: string
  readonly share: 'key' | 'spread'
  readonly columns: readonly string[]
  readonly x: number
  readonly y: number
}

export interface PlanLine {
  readonly id: string
  readonly source: string
  readonly target: string
  /** Inside a container rows are handed over as they are. */
  readonly fused: boolean
  /** Whose figures it shows: what one sends, or what a reader has before it. */
  readonly shows: { readonly kind: 'stream'; readonly stream: string } | { readonly kind: 'reader'; readonly instance: string }
  /** The document's stream, to look at its rows; null = inside an operator. */
  readonly edge: string | null
}

export interface PlanPicture {
  readonly instances: readonly PlacedInstance[]
  readonly frames: readonly Frame[]
  readonly junctions: readonly Junction[]
  readonly lines: readonly PlanLine[]
}

export function pictureOf(plan: RunPlan, document: PipelineDocument): PlanPicture {
  const instances = placed(plan, document)
  const at = new Map(instances.map((place) => [place.instance.id, place]))
  const junctions: Junction[] = []
  const lines: PlanLine[] = []
  for (const streams of ways(plan.streams)) {
    const [first] = streams
    if (first.share === 'all') lines.push(...streams.flatMap((stream) => straight(stream, at)))
    else {
      const junction = junctionOf(streams, first, at)
      junctions.push(junction)
      lines.push(...throughJunction(streams, junction.id))
    }
  }
  return { instances, frames: framesOf(instances), junctions, lines }
}

/** Streams that are shared out in the same way: one for each sender. */
function ways(streams: readonly PlanStream[]): readonly (readonly [PlanStream, ...PlanStream[]])[] {
  const byWay = new Map<string, [PlanStream, ...PlanStream[]]>()
  for (const stream of streams) {
    const way = stream.id.replace(/#\d+$/, '')
    const found = byWay.get(way)
    if (found === undefined) byWay.set(way, [stream])
    else found.push(stream)
  }
  return [...byWay.values()]
}

function straight(stream: PlanStream, at: ReadonlyMap<string, PlacedInstance>): PlanLine[] {
  const container = at.get(stream.from)?.instance.container
  return stream.to.map((to) => ({
    id: `${stream.id}:${to}`,
    source: stream.from,
    target: to,
    fused: at.get(to)?.instance.container === container,
    shows: { kind: 'stream', stream: stream.id },
    edge: stream.edge,
  }))
}

function junctionOf(streams: readonly PlanStream[], first: PlanStream, at: ReadonlyMap<string, PlacedInstance>): Junction {
  const readers = first.to.flatMap((id) => at.get(id) ?? [])
  const senders = streams.flatMap(({ from }) => at.get(from) ?? [])
  const middle = (places: readonly PlacedInstance[]): number =>
    places.reduce((sum, { y }) => sum + y, 0) / Math.max(1, places.length) + NODE_HEIGHT / 2
  const right = Math.min(...readers.map(({ x }) => x))
  const back = senders.some(({ x }) => x >= right)
  return {
    id: `junction ${first.id.replace(/#\d+$/, '')}`,
    share: first.share === 'key' ? 'key' : 'spread',
    columns: first.columns ?? [],
    x: (Number.isFinite(right) ? right : 0) - (COLUMN - NODE_WIDTH) / 2 - JUNCTION_SIZE / 2,
    y: (back ? middle(readers) : senders.length === 1 ? middle(senders) : (middle(readers) + middle(senders)) / 2) - JUNCTION_SIZE / 2,
  }
}

function throughJunction(streams: readonly [PlanStream, ...PlanStream[]], junction: string): PlanLine[] {
  const [first] = streams
  const into = streams.map((stream): PlanLine => ({
    id: `${stream.id}:in`,
    source: stream.from,
    target: junction,
    fused: false,
    shows: { kind: 'stream', stream: stream.id },
    edge: stream.edge,
  }))
  const out = first.to.map((instance): PlanLine => ({
    id: `${first.id}:${instance}`,
    source: junction,
    target: instance,
    fused: false,
    shows: { kind: 'reader', instance },
    edge: first.edge,
  }))
  return [...into, ...out]
}

function placed(plan: RunPlan, document: PipelineDocument): PlacedInstance[] {
  const places = placesOf(document)
  const feeding = new Map<string, string[]>()
  for (const { from, to } of plan.streams) for (const id of to) feeding.set(id, [...(feeding.get(id) ?? []), from])
  const columns = columnsOf(plan, feeding)
  const rows = new Map<string, number>()
  const found: PlacedInstance[] = []
  for (const [column, operators] of columns.entries()) {
    const blocks = operators
      .map((instances) => ({ instances, wish: wishOf(instances, feeding, rows), drawn: places.get(instances[0].operator)?.y ?? 0 }))
      .sort((a, b) => (a.wish ?? a.drawn) - (b.wish ?? b.drawn) || a.drawn - b.drawn)
    let free = -Infinity
    for (const { instances, wish } of blocks) {
      const height = (instances.length - 1) * ROW
      const top = Math.max(free, wish === null ? (Number.isFinite(free) ? free : -height / 2) : wish - height / 2)
      for (const [i, instance] of instances.entries()) {
        rows.set(instance.id, top + i * ROW)
        found.push({ instance, x: column * COLUMN, y: top + i * ROW })
      }
      free = top + height + ROW + GAP
    }
  }
  return wrapped(found, columns.length)
}

/** A chain that is much longer than high goes on below, like lines of text, so that it can be read. Containers stay whole. */
function wrapped(places: readonly PlacedInstance[], columns: number): PlacedInstance[] {
  const high = (band: readonly PlacedInstance[]): number => Math.max(...band.map(({ y }) => y)) - Math.min(...band.map(({ y }) => y)) + ROW
  if (places.length === 0 || columns <= BAND_COLUMNS || columns * COLUMN < LONG * high(places)) return [...places]
  let top = 0
  return bandsOf(places, columns).flatMap((band) => {
    const left = Math.min(...band.map(({ x }) => x))
    const highest = Math.min(...band.map(({ y }) => y))
    const moved = band.map((place) => ({ ...place, x: place.x - left, y: place.y - highest + top }))
    top += high(band) + BAND_GAP
    return moved
  })
}

function bandsOf(places: readonly PlacedInstance[], columns: number): readonly (readonly PlacedInstance[])[] {
  const spans = new Map<string, { first: number; last: number }>()
  const column = (place: PlacedInstance): number => Math.round(place.x / COLUMN)
  for (const place of places) {
    const { container } = place.instance
    const span = spans.get(container) ?? { first: column(place), last: column(place) }
    spans.set(container, { first: Math.min(span.first, column(place)), last: Math.max(span.last, column(place)) })
  }
  const mayBreakAt = (at: number): boolean => [...spans.values()].every(({ first, last }) => at <= first || at > last)
  const bands: PlacedInstance[][] = []
  for (let from = 0; from < columns;) {
    let to = Math.min(columns, from + BAND_COLUMNS)
    while (to > from + 1 && !mayBreakAt(to)) to -= 1
    if (!mayBreakAt(to)) for (to = from + BAND_COLUMNS; to < columns && !mayBreakAt(to);) to += 1
    const [first, last] = [from, to]
    bands.push(places.filter((place) => column(place) >= first && column(place) < last))
    from = to
  }
  return bands
}

/** Middle of what an operator's instances read from; null = they are sources. */
function wishOf(
  instances: readonly PlanInstance[],
  feeding: ReadonlyMap<string, readonly string[]>,
  rows: ReadonlyMap<string, number>,
): number | null {
  const above = instances.flatMap(({ id }) => {
    const own = (feeding.get(id) ?? []).flatMap((from) => rows.get(from) ?? [])
    return own.length === 0 ? [] : [own.reduce((sum, y) => sum + y, 0) / own.length]
  })
  return above.length === 0 ? null : above.reduce((sum, y) => sum + y, 0) / above.length
}

/** By distance from the sources, the instances of an operator together: they are all equally far. */
function columnsOf(plan: RunPlan, feeding: ReadonlyMap<string, readonly string[]>): PlanInstance[][][] {
  const far = new Map<string, number>()
  const columns: PlanInstance[][][] = []
  // The plan has its instances in the order of the streams.
  for (const instance of plan.instances) {
    const column = Math.max(-1, ...(feeding.get(instance.id) ?? []).map((from) => far.get(from) ?? -1)) + 1
    far.set(instance.id, column)
    columns[column] ??= []
    const beside = columns[column].find(([other]) => other?.operator === instance.operator)
    if (beside === undefined) columns[column].push([instance])
    else beside.push(instance)
  }
  return Array.from(columns, (column) => column ?? [])
}

function framesOf(instances: readonly PlacedInstance[]): Frame[] {
  const byContainer = new Map<string, PlacedInstance[]>()
  for (const place of instances) {
    const found = byContainer.get(place.instance.container)
    if (found === undefined) byContainer.set(place.instance.container, [place])
    else found.push(place)
  }
  return [...byContainer].flatMap(([container, members]) => {
    if (members.length < 2) return []
    const left = Math.min(...members.map(({ x }) => x))
    const top = Math.min(...members.map(({ y }) => y))
    const right = Math.max(...members.map(({ x }) => x)) + NODE_WIDTH
    const bottom = Math.max(...members.map(({ y }) => y)) + NODE_HEIGHT
    // A frame around a stranger would say what is not so; each node names its container as well.
    const strangers = instances.some(
      ({ instance, x, y }) => instance.container !== container && x < right && x + NODE_WIDTH > left && y < bottom && y + NODE_HEIGHT > top,
    )
    if (strangers) return []
    return [
      {
        container,
        instances: members.map(({ instance }) => instance.id),
        x: left - FRAME.side,
        y: top - FRAME.top,
        width: right - left + 2 * FRAME.side,
        height: bottom - top + FRAME.top + FRAME.bottom,
      },
    ]
  })
}
