/** The graph of a session at one moment: a box an operator, with its state, rate and window ladder. */
import type { SessionFile } from '@belay/run'
import { NODE_HEIGHT, NODE_WIDTH, placesOf } from '../run/canvas/places.ts'
import { rate, windowName } from '../theme/numbers.ts'
import { element, shape } from './dom.ts'
import type { OperatorMoment, SessionMoment } from './moment.ts'

const MARGIN = 24
const LADDER = { left: 12, width: NODE_WIDTH - 24, top: NODE_HEIGHT - 14 } as const

export interface Graph {
  readonly root: HTMLElement
  show(moment: SessionMoment, chosen: string | null): void
}

export function graphOf({ snapshot: { document: pipeline } }: SessionFile, choose: (operator: string | null) => void): Graph {
  const places = placesOf(pipeline)
  const xs = [...places.values()].map(({ x }) => x)
  const ys = [...places.values()].map(({ y }) => y)
  const left = Math.min(0, ...xs) - MARGIN
  const top = Math.min(0, ...ys) - MARGIN
  const width = Math.max(0, ...xs) + NODE_WIDTH + MARGIN - left
  const height = Math.max(0, ...ys) + NODE_HEIGHT + MARGIN - top
  const edges = pipeline.streams.flatMap(({ from, to }) =>
    to.flatMap((end) => {
      const [a, b] = [places.get(from.operator), places.get(end.operator)]
      if (a === undefined || b === undefined) return []
      const [x1, y1, x2, y2] = [a.x + NODE_WIDTH, a.y + NODE_HEIGHT / 2, b.x, b.y + NODE_HEIGHT / 2]
      const bend = Math.max(40, Math.abs(x2 - x1) / 2)
      return [shape('path', { class: 'edge', d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` })]
    }),
  )
  const nodes = shape('g', {})
  const drawing = shape('svg', { viewBox: `${left} ${top} ${width} ${height}`, role: 'group', 'aria-label': 'Graph' }, ...edges, nodes)
  const root = element('div', { class: 'graph' })
  root.append(drawing)
  return {
    root,
    show(moment, chosen) {
      nodes.replaceChildren(
        ...pipeline.operators.map(({ id, name }) => {
          const { x, y } = places.get(id) ?? { x: 0, y: 0 }
          const now = moment.operators.get(id)
          const state = now?.state ?? 'unknown'
          const node = shape(
            'g',
            {
              class: chosen === id ? 'node chosen' : 'node',
              transform: `translate(${x} ${y})`,
              'data-operator': id,
              'data-state': state,
              tabindex: 0,
              role: 'button',
              'aria-label': `${name || id}, ${state}`,
            },
            shape('rect', { class: 'box', width: NODE_WIDTH, height: NODE_HEIGHT, rx: 8 }),
            shape('text', { x: 12, y: 22, class: 'name' }, cut(name || id)),
            shape('text', { x: NODE_WIDTH - 12, y: 22, class: 'state' }, state.replace('-', ' ')),
            shape('text', { x: 12, y: 44, class: 'rate' }, rateWords(now)),
            ...busyBar(now),
            ...ladder(moment, now),
          )
          node.addEventListener('click', () => choose(chosen === id ? null : id))
          node.addEventListener('keydown', (event) => {
            if (event.key === 'Enter' || event.key === ' ') choose(chosen === id ? null : id)
          })
          return node
        }),
      )
    },
  }
}

function cut(text: string): string {
  return text.length > 18 ? `${text.slice(0, 17)}…` : text
}

function rateWords(now: OperatorMoment | undefined): string {
  const out = now?.figures.rowsOutPerSecond ?? null
  const taken = now?.figures.rowsInPerSecond ?? null
  if (out === null && taken === null) return 'no figures'
  return out !== null && out > 0 ? `out ${rate(out)}` : `in ${rate(taken ?? 0)}`
}

function busyBar(now: OperatorMoment | undefined): SVGElement[] {
  const busy = now?.figures.busy ?? 0
  const blocked = now?.figures.blocked ?? 0
  const width = NODE_WIDTH - 24
  return [
    shape('rect', { class: 'bar', x: 12, y: 52, width, height: 5, rx: 2 }),
    shape('rect', { class: 'busy', x: 12, y: 52, width: width * Math.min(1, busy), height: 5, rx: 2 }),
    shape('rect', {
      class: 'blocked',
      x: 12 + width * Math.min(1, busy),
      y: 52,
      width: width * Math.max(0, Math.min(1 - busy, blocked)),
      height: 5,
    }),
  ]
}

/** The same scale in every node: committed, last checkpoint, the window it works on. */
function ladder({ committed, checkpointWindow, target }: SessionMoment, now: OperatorMoment | undefined): SVGElement[] {
  const from = Math.max(0, committed - 1)
  const to = Math.max(from + 4, target ?? checkpointWindow) + 1
  const at = (window: number): number => LADDER.left + (LADDER.width * Math.max(0, Math.min(to, window) - from)) / (to - from)
  const marks = [
    shape('line', { class: 'ladder', x1: LADDER.left, x2: LADDER.left + LADDER.width, y1: LADDER.top, y2: LADDER.top }),
    shape(
      'rect',
      { class: 'committed', x: at(committed) - 5, y: LADDER.top + 2, width: 10, height: 3 },
      shape('title', {}, `committed ${windowName(committed)}`),
    ),
    shape(
      'rect',
      { class: 'checkpoint', x: at(checkpointWindow) - 3, y: LADDER.top - 6, width: 6, height: 6 },
      shape('title', {}, `checkpoint ${windowName(checkpointWindow)}`),
    ),
  ]
  if (now?.window != null) {
    const x = at(now.window)
    marks.push(
      shape('path', { class: 'working', d: `M${x} ${LADDER.top - 7}l4 7h-8z` }, shape('title', {}, `works on ${windowName(now.window)}`)),
    )
  }
  return marks
}
