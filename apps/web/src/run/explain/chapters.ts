/**
 * The run's story for people who learn how checkpointing works: what happened in order, and why the engine
 * does it so. Pure: events and incidents in, chapters out, newest first.
 *
 * Says only what events say: a step that no event tells of is not in a chapter. Checkpoints that went by
 * without anything else are one chapter between two others.
 */
import type { RunEvent } from '@belay/run'
import { bytes, duration, plural, windowName } from '../../theme/numbers.ts'
import { skippedWords } from '../eventWords.ts'
import { titleOf, triggerWords } from '../incidentWords.ts'
import { planOf, type Incident } from '../live/incidents.ts'
import { t } from '../../language/t.ts'

export interface Chapter {
  readonly key: string
  readonly atMs: number
  readonly title: string
  readonly steps: readonly string[]
  /** Why the engine does it so. */
  readonly why: string
  /** Operators that it is about. */
  readonly operators: readonly string[]
  /** The incident that it tells of. */
  readonly incident: Incident | null
}

/** Newest chapters kept: a page that is open for a day has no use for ten thousand. */
const MOST = 60

const WHY_CHECKPOINT = t(
  'A window ends at the same row for every operator, so copies taken there fit together without stopping anyone: no row is in one copy and missing in the next. What a manifest names is committed; if anything dies, it starts again from there.',
)
const WHY_FOLDED = t(
  'Nothing else happened. Each of these was a point to start again from; the newest few are kept, and those that you pin.',
)
const WHY_RECOVERY = t(
  'State is put back to a window that all of them share, and the streams give the rows since then once more, cut into the same windows. So each operator comes to the state it would have had, and what was committed is not written twice.',
)
const WHY_SKIP = t(
  'They are set to skip after a failure: state is put back to their newest checkpoint, and they go on with the next window that reaches them. Nobody before them goes back, no row comes twice, and what went by is lost to them.',
)
const WHY_HOLD = t('A held operator takes no rows, so no window can end behind it: nothing is committed until someone restores it.')

interface Cycle {
  readonly window: number
  readonly atMs: number
  started: boolean
  stored: Extract<RunEvent, { type: 'checkpoint-completed' }>['checkpoint'] | null
  manifest: number | null
  failed: string | null
  readonly published: string[]
}

/** A checkpoint from its first event on. */
function cyclesOf(events: readonly RunEvent[]): Cycle[] {
  const cycles: Cycle[] = []
  const byWindow = new Map<number, Cycle>()
  const at = (window: number, atMs: number): Cycle => {
    const known = byWindow.get(window)
    if (known !== undefined) return known
    const cycle: Cycle = { window, atMs, started: false, stored: null, manifest: null, failed: null, published: [] }
    byWindow.set(window, cycle)
    cycles.push(cycle)
    return cycle
  }
  for (const event of events)
    switch (event.type) {
      case 'checkpoint-started':
        // After a recovery the same window is taken again: another checkpoint.
        if (byWindow.get(event.window)?.started === true) byWindow.delete(event.window)
        at(event.window, event.atMs).started = true
        break
      case 'checkpoint-completed':
        at(event.checkpoint.window, event.atMs).stored = event.checkpoint
        break
      case 'checkpoint-failed':
        at(event.window, event.atMs).failed = event.message
        break
      case 'committed':
        at(event.window, event.atMs).manifest = event.manifest
        break
      case 'sink-committed': {
        const cycle = byWindow.get(event.window)
        if (cycle !== undefined && !cycle.published.includes(event.operator)) cycle.published.push(event.operator)
        break
      }
      case 'run-state':
      case 'operator-state':
      case 'failure':
      case 'recovery-planned':
      case 'recovered':
      case 'config-set':
      case 'checkpoint-interval-set':
      case 'on-row-error-set':
      case 'row-error-rule-set':
      case 'log-level-set':
      case 'command-accepted':
      case 'row-error':
      case 'restored':
      case 'decision-needed':
      case 'process-started':
      case 'notice':
        break
    }
  return cycles
}

function ofCycle(cycle: Cycle, nameOf: (operator: string) => string): Chapter {
  const window = windowName(cycle.window)
  const steps: string[] = []
  if (cycle.started)
    steps.push(
      t('The end of {window} travels through the graph with the rows. Who has it from all inputs copies its state and goes on.', {
        window,
      }),
    )
  if (cycle.failed !== null)
    steps.push(t('It could not be stored: {failed} The last committed window stays where it was.', { failed: cycle.failed }))
  if (cycle.stored !== null)
    steps.push(
      t('All copies are on disk after {duration}: {size} in all, of which only changed pages were written.', {
        duration: duration(cycle.stored.durationMs),
        size: bytes(cycle.stored.sizeBytes),
      }),
    )
  if (cycle.manifest !== null)
    steps.push(
      t(
        'Manifest {manifest} names them together, so {window} is committed. No one will ask for rows before it again, and the streams let go of them.',
        { manifest: cycle.manifest, window },
      ),
    )
  for (const operator of cycle.published)
    steps.push(
      t('{operator} published its rows up to {window}: nothing that fails later takes them back.', { operator: nameOf(operator), window }),
    )
  const title =
    cycle.failed !== null
      ? t('Checkpoint of {window} failed', { window })
      : cycle.manifest === null
        ? t('Checkpoint of {window} is being taken', { window })
        : t('Checkpoint of {window}', { window })
  return {
    key: `checkpoint-${cycle.window}-${cycle.atMs}`,
    atMs: cycle.atMs,
    title,
    steps,
    why: WHY_CHECKPOINT,
    operators: cycle.published,
    incident: null,
  }
}

function ofFolded(cycles: readonly Cycle[]): Chapter {
  const times = cycles.flatMap(({ stored }) => (stored === null ? [] : [stored.durationMs]))
  const first = cycles[0]
  const last = cycles[cycles.length - 1]
  const steps = [t('From {first} to {last}.', { first: windowName(first.window), last: windowName(last.window) })]
  if (times.length > 0)
    steps.push(t('Each was stored after {least} to {most}.', { least: duration(Math.min(...times)), most: duration(Math.max(...times)) }))
  return {
    key: `checkpoints-${first.window}-${first.atMs}`,
    atMs: last.atMs,
    title: t('{checkpoints} before', { checkpoints: plural(cycles.length, 'checkpoint') }),
    steps,
    why: WHY_FOLDED,
    operators: [],
    incident: null,
  }
}

function names(operators: readonly string[], nameOf: (operator: string) => string): string {
  const all = operators.map(nameOf)
  return all.length < 2 ? all.join('') : t('{names} and {last}', { names: all.slice(0, -1).join(', '), last: all.at(-1) ?? '' })
}

function firstStep(incident: Incident, nameOf: (operator: string) => string): string {
  const what = triggerWords(incident, nameOf)
  switch (incident.trigger.kind) {
    case 'kill':
    case 'crash':
      return t('{what}: what was in memory is gone; checkpoints, and the rows in the streams before it, are not.', { what })
    case 'process':
      return t('{what}: all operators and streams are gone with it; checkpoints on disk are not, and sources can be read again.', { what })
    case 'restore-operator':
      return t('{what}: it is to run again.', { what })
    case 'restore-run':
      return t('A person sends {what}.', { what })
  }
}

function ofIncident(incident: Incident, nameOf: (operator: string) => string, of: number): Chapter {
  const steps = [firstStep(incident, nameOf)]
  const plan = planOf(incident)
  if (plan !== null) {
    const others = of - plan.restart.length
    const one = plan.restart.length === 1
    const stay =
      others === 0
        ? ''
        : t(others === 1 ? ' The other {operators} keeps running.' : ' The other {operators} keep running.', {
            operators: plural(others, 'operator'),
          })
    steps.push(
      plan.skipped === null
        ? t(
            one
              ? '{names} goes back to {cut}, the newest window for which their states and the rows since then are there.{stay}'
              : '{names} go back to {cut}, the newest window for which their states and the rows since then are there.{stay}',
            {
              names: names(plan.restart, nameOf),
              cut: windowName(plan.cut),
              stay,
            },
          )
        : t(
            one
              ? '{names} goes on behind what went by: {windows} never reached them.{stay}'
              : '{names} go on behind what went by: {windows} never reached them.{stay}',
            {
              names: names(plan.restart, nameOf),
              windows: skippedWords(plan.skipped),
              stay,
            },
          ),
    )
  }
  const { outcome } = incident
  switch (outcome.kind) {
    case 'recovered': {
      const { restoredMs, firstNewRowMs, caughtUpMs } = outcome.durations
      const parts = [
        ...(restoredMs === null ? [] : [t('states are back after {restored}', { restored: duration(restoredMs) })]),
        ...(firstNewRowMs === null
          ? []
          : [t('the first new row reaches a sink after {firstNewRow}', { firstNewRow: duration(firstNewRowMs) })]),
        t('everyone is where they were after {caughtUp}', { caughtUp: duration(caughtUpMs) }),
      ]
      const text = parts.join(', ')
      steps.push(`${text[0].toUpperCase()}${text.slice(1)}.`)
      break
    }
    case 'held':
      steps.push(
        outcome.untilMs === null
          ? t('{operator} stays down until someone restores it.', { operator: nameOf(outcome.operator) })
          : t('Someone ended the hold.'),
      )
      break
    case 'open':
      steps.push(plan === null ? t('It is being found out how far back it has to go.') : t('The rows since then are being replayed.'))
      break
    case 'superseded':
      steps.push(t('Before it was over something else failed; one recovery covers both.'))
      break
    case 'ended':
      steps.push(t('The run ended before it was over.'))
      break
  }
  return {
    key: `incident-${incident.key}`,
    atMs: incident.startedAtMs,
    title: titleOf(incident),
    steps,
    why: outcome.kind === 'held' && outcome.untilMs === null ? WHY_HOLD : (plan?.skipped ?? null) !== null ? WHY_SKIP : WHY_RECOVERY,
    operators: plan?.restart ?? incident.operators,
    incident,
  }
}

const ROW_WHY: Readonly<Record<Extract<RunEvent, { type: 'row-error' }>['action'], string>> = {
  fail: t(
    'It is set to stop at rows like this one. A replay would bring the same row again: change its policy to skip, or send them to the errors output.',
  ),
  skip: t('It is set to skip and count such rows, so one bad row does not stop the run; after a recovery the same rows are skipped again.'),
  'error-output': t('It is set to send such rows to its errors output, where they are part of the stream like any other row.'),
}

/** Other events that a learner should hear about. */
function ofEvent(event: RunEvent, nameOf: (operator: string) => string): Chapter | null {
  const chapter = (title: string, steps: readonly string[], why: string, operators: readonly string[] = []): Chapter => ({
    key: `event-${event.seq}`,
    atMs: event.atMs,
    title,
    steps,
    why,
    operators,
    incident: null,
  })
  switch (event.type) {
    case 'process-started':
      if (event.adopted)
        return chapter(
          t('The server found the run again'),
          [t('Process {pid} went on without it.', { pid: event.pid })],
          t('A run is a process of its own: a server that stops, dies or is upgraded does not stop it.'),
        )
      return event.attempt > 1
        ? null
        : chapter(
            t('The run starts'),
            [
              t('Process {pid} reads the plan and starts the operators in threads; streams between threads lie in shared memory.', {
                pid: event.pid,
              }),
            ],
            t(
              'Time is cut into streaming windows. Every row belongs to one, and the end of a window reaches each operator after all of its rows.',
            ),
          )
    case 'row-error':
      return chapter(
        t('{operator} meets a row it cannot work on', { operator: nameOf(event.operator) }),
        [`${event.message}${event.count > 1 ? t(' So far {rows}.', { rows: plural(event.count, 'row') }) : ''}`],
        ROW_WHY[event.action],
        [event.operator],
      )
    case 'config-set': {
      const changed = Object.keys({ ...event.before, ...event.values }).filter((key) => event.before[key] !== event.values[key])
      return chapter(
        t('{operator} gets other settings', { operator: nameOf(event.operator) }),
        [
          t('{by} changes {changed}; the new value holds from {window} on.', {
            by: event.by,
            changed: changed.join(', '),
            window: windowName(event.window),
          }),
        ],
        t(
          'Nobody has begun that window, so all instances change at the same row; if an earlier one is replayed, it works with the value it had.',
        ),
        [event.operator],
      )
    }
    case 'checkpoint-interval-set':
      return chapter(
        t('Checkpoints come in another rhythm'),
        [
          t('{by} changes the time between checkpoints from {before} to {interval}.', {
            by: event.by,
            before: duration(event.before),
            interval: duration(event.intervalMs),
          }),
        ],
        t('Fewer of them cost less; after a crash more is replayed, and exactly-once sinks publish later. Results are the same.'),
      )
    case 'decision-needed':
      return chapter(
        t('The run needs a decision'),
        [event.message],
        t('The engine does not guess where a guess could lose rows or write them twice.'),
      )
    case 'run-state':
      switch (event.state) {
        case 'paused':
          return chapter(
            t('The run is paused'),
            [t('Sources give no rows; operators keep their states.')],
            t('Nothing is forgotten: resumed, each source goes on with the row after the last one it gave.'),
          )
        case 'finished':
          return chapter(
            t('The run has finished'),
            [t('The sources have ended, and so did every window.')],
            t('The last window is committed like any other: what sinks published is whole.'),
          )
        case 'failed':
          return chapter(
            t('The run has failed'),
            event.reason === undefined ? [] : [event.reason],
            t('It was started again as often as its restart budget allows. Its checkpoints stay: mend what is wrong and restore it.'),
          )
        case 'stopped':
          return chapter(
            t('The run has stopped'),
            event.reason === undefined ? [] : [event.reason],
            t('What was committed stays; it can be started again from there.'),
          )
        case 'starting':
        case 'running':
        case 'degraded':
        case 'recovering':
        case 'pausing':
        case 'stopping':
        case 'needs-decision':
        case 'unreachable':
          return null
      }
      return null
    case 'operator-state':
    case 'checkpoint-started':
    case 'checkpoint-completed':
    case 'checkpoint-failed':
    case 'committed':
    case 'sink-committed':
    case 'failure':
    case 'recovery-planned':
    case 'recovered':
    case 'on-row-error-set':
    case 'row-error-rule-set':
    case 'log-level-set':
    case 'command-accepted':
    case 'restored':
    case 'notice':
      return null
  }
}

export interface Story {
  readonly events: readonly RunEvent[]
  readonly incidents: readonly Incident[]
  readonly nameOf: (operator: string) => string
  /** Operators of the pipeline. */
  readonly operators: number
}

/** Newest first. */
export function chaptersOf({ events, incidents, nameOf, operators }: Story): readonly Chapter[] {
  const notable = [
    ...incidents.map((incident) => ofIncident(incident, nameOf, operators)),
    ...events.flatMap((event) => ofEvent(event, nameOf) ?? []),
  ].sort((a, b) => a.atMs - b.atMs)
  const cycles = cyclesOf(events)
  const newest = cycles.at(-1)
  const chapters: Chapter[] = []
  let next = 0
  /** Checkpoints up to a moment: those that failed by themselves, the others together. */
  const until = (atMs: number): void => {
    let calm: Cycle[] = []
    const fold = (): void => {
      if (calm.length === 1) chapters.push(ofCycle(calm[0], nameOf))
      else if (calm.length > 1) chapters.push(ofFolded(calm))
      calm = []
    }
    for (; next < cycles.length && cycles[next].atMs < atMs && cycles[next] !== newest; next += 1) {
      const cycle = cycles[next]
      if (cycle.failed === null) calm.push(cycle)
      else {
        fold()
        chapters.push(ofCycle(cycle, nameOf))
      }
    }
    fold()
  }
  for (const chapter of notable) {
    until(chapter.atMs)
    chapters.push(chapter)
  }
  until(Number.POSITIVE_INFINITY)
  if (newest !== undefined) chapters.push(ofCycle(newest, nameOf))
  return chapters.sort((a, b) => b.atMs - a.atMs).slice(0, MOST)
}
