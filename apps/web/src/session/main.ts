/**
 * The viewer inside a session file: it reads what the server has put beside it, and nothing else. No framework: the
 * file has to stay small, and to open in years to come.
 */
import type { RunEvent, SessionFile } from '@belay/run'
import { eventLine, isQuiet } from '../run/eventWords.ts'
import { titleOf, triggerWords } from '../run/incidentWords.ts'
import { Incidents, planOf, type Incident } from '../run/live/incidents.ts'
import { bytes, clock, clockWithTenths, count, duration, percent, plural, rate, windowName } from '../theme/numbers.ts'
import { element, shape } from './dom.ts'
import { graphOf } from './graph.ts'
import { momentAt, seriesOf, spanOf, type SessionMoment } from './moment.ts'
import style from './session.css?inline'

const EVENTS_SHOWN = 400

function start(): void {
  const data = document.getElementById('session')?.textContent
  if (data == null) throw new Error('the file has no data')
  const session = JSON.parse(data) as SessionFile
  const { record, snapshot } = session
  const { document: pipeline } = snapshot
  const names = new Map(pipeline.operators.map(({ id, name }) => [id, name || id]))
  const nameOf = (id: string): string => names.get(id) ?? id
  const incidents = incidentsOf(session.events)
  const { fromMs, toMs } = spanOf(session)
  let atMs = toMs
  let chosen: string | null = null

  const graph = graphOf(session, (operator) => {
    chosen = operator
    draw()
  })
  const time = element('output', { class: 'time', 'data-testid': 'moment' })
  const facts = element('section', { class: 'facts', 'aria-label': 'At this moment', 'data-testid': 'facts' })
  const slider: HTMLInputElement = element('input', {
    type: 'range',
    class: 'scrub',
    min: String(fromMs),
    max: String(toMs),
    step: '100',
    value: String(toMs),
    'aria-label': 'Moment shown',
    input: (): void => show(Number(slider.value)),
  })
  const charts = chartsOf(session, fromMs, toMs, (ms) => show(ms))
  function show(ms: number): void {
    atMs = Math.max(fromMs, Math.min(toMs, ms))
    slider.value = String(atMs)
    draw()
  }
  const notable = session.events.filter((event) => !isQuiet(event))
  const step = (by: 1 | -1): void => {
    const next = by > 0 ? notable.find((event) => event.atMs > atMs) : notable.findLast((event) => event.atMs < atMs)
    show(next?.atMs ?? (by > 0 ? toMs : fromMs))
  }
  const draw = (): void => {
    const moment = momentAt(session, atMs)
    graph.show(moment, chosen)
    const date = new Date(atMs).toLocaleDateString()
    time.textContent = `${date} ${clockWithTenths(atMs)}`
    slider.setAttribute('aria-valuetext', time.textContent)
    facts.replaceChildren(...factsOf(moment, chosen, nameOf))
    charts.show(atMs)
  }

  document.head.append(element('style', {}, style))
  document.title = `${pipeline.name}, run ${record.runId}`
  document.body.append(
    element(
      'header',
      {},
      element('h1', {}, pipeline.name),
      element('p', {}, `run ${record.runId}, ${record.state}${record.reason === null ? '' : `: ${record.reason}`}`),
      element(
        'p',
        { class: 'quiet' },
        `${new Date(record.startedAtMs).toLocaleString()}, ${duration(toMs - record.startedAtMs)}; started by ${record.startedBy}. Exported ${new Date(session.exportedAtMs).toLocaleString()} by ${session.exportedBy}, Belay ${session.version}. This file asks no server.`,
      ),
    ),
    element(
      'main',
      {},
      element('div', { class: 'stage' }, graph.root, facts),
      element(
        'div',
        { class: 'scrubber' },
        element('button', { type: 'button', 'aria-label': 'Event before', click: () => step(-1) }, '‹'),
        marks(incidents, fromMs, toMs, slider),
        element('button', { type: 'button', 'aria-label': 'Event after', click: () => step(1) }, '›'),
        time,
      ),
      charts.root,
      part('Incidents', incidents.length, incidents.length === 0 ? element('p', {}, 'None.') : incidentList(incidents, nameOf, show)),
      part('Checkpoints', session.checkpoints.length, checkpointTable(session)),
      part('Events', notable.length, eventList(notable, nameOf, show)),
      part('Settings', null, settingsOf(session)),
      ...rowsOf(session),
      part(
        'Left out',
        session.leftOut.length,
        session.leftOut.length === 0
          ? element('p', {}, 'Nothing.')
          : element('ul', {}, ...session.leftOut.map((line) => element('li', {}, line))),
      ),
    ),
  )
  draw()
}

function part(title: string, size: number | null, ...children: readonly Node[]): HTMLElement {
  const made = element('details', {}, element('summary', {}, title, size === null ? '' : ` ${count(size)}`), ...children)
  if (title === 'Incidents' || title === 'Left out') made.open = true
  return made
}

function incidentsOf(events: readonly RunEvent[]): readonly Incident[] {
  const incidents = new Incidents()
  for (const event of events) incidents.apply(event)
  return incidents.take() ?? []
}

function marks(incidents: readonly Incident[], fromMs: number, toMs: number, slider: HTMLElement): HTMLElement {
  const at = (ms: number): number => ((ms - fromMs) / Math.max(1, toMs - fromMs)) * 1000
  const drawing = shape(
    'svg',
    { viewBox: '0 0 1000 8', preserveAspectRatio: 'none', class: 'marks', 'aria-hidden': 'true' },
    ...incidents.map(({ startedAtMs }) => shape('rect', { class: 'mark', x: at(startedAtMs) - 1, y: 0, width: 3, height: 8 })),
  )
  const made = element('div', { class: 'track' }, slider)
  made.append(drawing)
  return made
}

function pairs(entries: readonly (readonly [string, string])[]): HTMLElement {
  return element('dl', {}, ...entries.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))))
}

const known = (value: number | null, words: (value: number) => string): string => (value === null ? 'not kept' : words(value))

function factsOf(moment: SessionMoment, chosen: string | null, nameOf: (id: string) => string): HTMLElement[] {
  const operator = chosen === null ? undefined : moment.operators.get(chosen)
  if (chosen !== null && operator !== undefined) {
    const { state, cause, window, figures } = operator
    return [
      element('h2', {}, nameOf(chosen)),
      pairs([
        ['state', `${state ?? 'not known'}${cause === null ? '' : `, ${cause}`}`],
        ['works on', known(window, windowName)],
        ['in', known(figures.rowsInPerSecond, rate)],
        ['out', known(figures.rowsOutPerSecond, rate)],
        ['busy', known(figures.busy, percent)],
        ['blocked', known(figures.blocked, percent)],
        ['state size', known(figures.stateSizeBytes, bytes)],
        ['behind', known(figures.windowsBehind, (value) => plural(Math.round(value), 'window'))],
      ]),
    ]
  }
  return [
    element('h2', {}, 'This run'),
    pairs([
      ['state', `${moment.state ?? 'not known'}${moment.reason === null ? '' : `: ${moment.reason}`}`],
      ['committed', windowName(moment.committed)],
      ['last checkpoint', windowName(moment.checkpointWindow)],
      ['rows in', known(moment.figures.rowsInPerSecond, rate)],
      ['not committed', known(moment.figures.windowsBehind, (value) => plural(Math.round(value), 'window'))],
      ['shared memory', known(moment.figures.sharedBytes, bytes)],
      ['process', known(moment.figures.residentBytes, bytes)],
    ]),
    element('p', { class: 'quiet' }, 'Choose an operator to see its figures.'),
  ]
}

interface Charts {
  readonly root: HTMLElement
  show(atMs: number): void
}

function chartsOf(session: SessionFile, fromMs: number, toMs: number, choose: (ms: number) => void): Charts {
  const { histories } = session
  const sizes = Object.keys(histories[0]?.operators ?? {})
  const drawn = [
    chart(
      'Rows in',
      seriesOf(histories, ({ run }) => run.rowsInPerSecond),
      rate,
    ),
    chart(
      'Windows not committed',
      seriesOf(histories, ({ run }) => run.windowsBehind),
      count,
    ),
    chart(
      'State',
      seriesOf(histories, ({ operators, times }) =>
        times.map((_, i) => {
          const values = sizes.map((id) => operators[id]?.stateSizeBytes[i] ?? null)
          return values.every((value) => value === null) ? null : values.reduce<number>((sum, value) => sum + (value ?? 0), 0)
        }),
      ),
      bytes,
    ),
    chart(
      'Memory of the process',
      seriesOf(histories, ({ run }) => run.residentBytes),
      bytes,
    ),
  ]
  const cursors: SVGElement[] = []
  const x = (ms: number): number => ((ms - fromMs) / Math.max(1, toMs - fromMs)) * 1000

  function chart(title: string, points: ReturnType<typeof seriesOf>, words: (value: number) => string) {
    return { title, points: points.filter(({ atMs }) => atMs >= fromMs - 10_000 && atMs <= toMs), words }
  }

  const root = element(
    'div',
    { class: 'charts' },
    ...drawn.map(({ title, points, words }) => {
      const most = Math.max(1e-9, ...points.map(({ value }) => value ?? 0))
      let path = ''
      let open = false
      for (const { atMs, value } of points) {
        if (value !== null) path += `${open ? 'L' : 'M'}${x(atMs).toFixed(1)} ${(38 - (value / most) * 36).toFixed(1)}`
        open = value !== null
      }
      const cursor = shape('line', { class: 'cursor', y1: 0, y2: 40, x1: 0, x2: 0 })
      cursors.push(cursor)
      const drawing = shape(
        'svg',
        { viewBox: '0 0 1000 40', preserveAspectRatio: 'none', role: 'img', 'aria-label': `${title}, at most ${words(most)}` },
        shape('path', { class: 'line', d: path }),
        cursor,
      )
      drawing.addEventListener('click', (event) => {
        const box = drawing.getBoundingClientRect()
        choose(fromMs + ((event.clientX - box.left) / box.width) * (toMs - fromMs))
      })
      const figure = element('figure', {}, element('figcaption', {}, `${title}, at most ${words(most)}`))
      figure.append(drawing)
      return figure
    }),
  )
  return {
    root,
    show(atMs) {
      for (const cursor of cursors) {
        cursor.setAttribute('x1', String(x(atMs)))
        cursor.setAttribute('x2', String(x(atMs)))
      }
    },
  }
}

function moveTo(atMs: number, show: (ms: number) => void): HTMLElement {
  return element('button', { type: 'button', class: 'at', click: () => show(atMs) }, clock(atMs))
}

function incidentList(incidents: readonly Incident[], nameOf: (id: string) => string, show: (ms: number) => void): HTMLElement {
  return element(
    'ul',
    {},
    ...incidents.toReversed().map((incident) => {
      const plan = planOf(incident)
      const { outcome } = incident
      const lasted = outcome.kind === 'recovered' ? `, caught up after ${duration(outcome.durations.caughtUpMs)}` : `, ${outcome.kind}`
      const back = plan === null ? '' : `; ${plan.restart.map(nameOf).join(', ')} went back to ${windowName(plan.cut)}`
      return element(
        'li',
        {},
        moveTo(incident.startedAtMs, show),
        element('b', {}, ` ${titleOf(incident)} `),
        `${triggerWords(incident, nameOf)}${lasted}${back}`,
        incident.message === null ? null : element('span', { class: 'quiet' }, ` ${incident.message}`),
      )
    }),
  )
}

function eventList(events: readonly RunEvent[], nameOf: (id: string) => string, show: (ms: number) => void): HTMLElement {
  const shown = events.slice(-EVENTS_SHOWN).reverse()
  return element(
    'ul',
    {},
    ...shown.map((event) => {
      const { title, detail } = eventLine(event, nameOf)
      return element('li', {}, moveTo(event.atMs, show), element('b', {}, ` ${title} `), element('span', { class: 'quiet' }, detail))
    }),
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': head.join(', ') },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...head.map((cell) => element('th', {}, cell)))),
      element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map((cell) => element('td', {}, cell))))),
    ),
  )
}

function checkpointTable({ checkpoints }: SessionFile): HTMLElement {
  return table(
    ['Window', 'Stored at', 'Took', 'Size', 'Lineage', 'Pinned'],
    checkpoints
      .toReversed()
      .map(({ window, atMs, durationMs, sizeBytes, lineage, pinned }) => [
        windowName(window),
        clockWithTenths(atMs),
        duration(durationMs),
        bytes(sizeBytes),
        String(lineage),
        pinned ? 'yes' : '',
      ]),
  )
}

function settingsOf({ snapshot }: SessionFile): HTMLElement {
  return element(
    'pre',
    { tabindex: '0', role: 'region', 'aria-label': 'Settings' },
    JSON.stringify({ parameters: snapshot.parameters, pipeline: snapshot.document }, null, 2),
  )
}

function rowsOf({ snapshot, rows }: SessionFile): HTMLElement[] {
  if (!rows) return []
  return Object.entries(snapshot.tables).map(([operator, { columns, rows: lines, window }]) =>
    part(
      `Rows of ${operator}`,
      lines.length,
      element('p', { class: 'quiet' }, `As of ${windowName(window)}.`),
      table(
        columns.map(({ name }) => name),
        lines.map((line) => line.map((cell) => String(cell))),
      ),
    ),
  )
}

start()
