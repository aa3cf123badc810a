/**
 * What the person looks at on the run page: the chosen operator, the side panel, view, tab and
 * dialog, and the commands that the page sends. In the address as well, so that a link opens the same.
 */
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import type { OperatorNode, PipelineDocument } from '@belay/pipeline'
import { useRefusal } from '../access/session.ts'
import { ApiError, newCommandId, post } from '../api/client.ts'
import { schemeOf, type Scheme } from './canvas/schemes.ts'
import { planOf, type Incident } from './live/incidents.ts'
import { useEnded, useIncidents, useMoment, useRunStore } from './live/runHooks.ts'
import { operatorName } from './operatorFacts.ts'
import { operatorOf, partOf } from './physical/instances.ts'
import { t } from '../language/t.ts'

export type View = 'graph' | 'table'
/** logical: operators as they were drawn. physical: their instances as they run. */
export type Level = 'logical' | 'physical'
export type Tab = 'timeline' | 'metrics' | 'events' | 'checkpoints' | 'explain' | `table:${string}` | `peek:${string}`
/** What the panel at the right shows. */
export type Side =
  | { readonly kind: 'run' }
  | { readonly kind: 'operator'; readonly operator: string }
  | { readonly kind: 'incident'; readonly key: string }
export type OpenDialog =
  | { readonly kind: 'kill'; readonly operator: string }
  | { readonly kind: 'restore'; readonly manifest: number | null }
  | { readonly kind: 'state'; readonly manifest: number | null }
  | { readonly kind: 'phases'; readonly manifest: number }
  | { readonly kind: 'interval' }
  | { readonly kind: 'export' }
  | { readonly kind: 'abort' }
  | { readonly kind: 'keys' }

export interface MonitorState {
  readonly document: PipelineDocument
  readonly ended: boolean
  /** Why nothing can be told to the run: it has ended, or one may not; null = one can. */
  readonly off: string | null
  /** Of an operator or of one instance of it. */
  readonly nameOf: (operator: string) => string
  readonly side: Side
  readonly view: View
  readonly level: Level
  /** What the colours of the graph tell. */
  readonly scheme: Scheme
  readonly tab: Tab
  readonly dialog: OpenDialog | null
  readonly problem: string | null
  readonly tables: readonly OperatorNode[]
  readonly checkpointWindows: number
  /** Window that the recovery under way went back to. */
  readonly cut: number | null
  readonly selected: string | null
  /** The instance of the chosen operator that is chosen itself; null = the operator as a whole. */
  readonly part: string | null
  /** Takes an operator or one instance of it. */
  readonly select: (operator: string | null) => void
  readonly showIncident: (incident: Incident) => void
  /** Closes what the side panel shows. */
  readonly letGo: () => void
  readonly setView: (view: View) => void
  readonly setLevel: (level: Level) => void
  readonly setScheme: (scheme: Scheme) => void
  readonly openTab: (tab: Tab) => void
  /** Looks at rows that the operator sends, or gets where it sends none. */
  readonly peekAt: (operator: string) => void
  readonly openKill: (operator: string | null) => void
  readonly openRestore: (manifest: number | null) => void
  readonly openDialog: (dialog: OpenDialog | null) => void
  readonly restoreOperator: (operator: string) => void
  /** Sends a command of the run; `false` = refused, and the page says why. */
  readonly command: (path: string, body?: Readonly<Record<string, unknown>>) => Promise<boolean>
  readonly clearProblem: () => void
}

/** A recovery can be over before the page has drawn its beginning. */
const FRESH_MS = 15_000

/** Browsers refuse an address that changes with every move of the pointer. */
const RESTS_MS = 300

const MonitorContext = createContext<MonitorState | null>(null)

export function useMonitor(): MonitorState {
  const state = useContext(MonitorContext)
  if (state === null) throw new Error('useMonitor is used outside a run page')
  return state
}

interface Address {
  readonly operator: string | null
  readonly part: string | null
  readonly incident: number | null
  readonly view: View
  readonly level: Level
  readonly scheme: Scheme
  readonly tab: Tab
  /** The moment shown; null = live. */
  readonly atMs: number | null
}

function fromAddress(document: PipelineDocument): Address {
  const query = new URLSearchParams(window.location.search)
  const chosen = query.get('operator')
  const operator = chosen === null ? null : operatorOf(chosen)
  const incident = Number(query.get('incident') ?? 'none')
  const tab = query.get('tab')
  const atMs = Number(query.get('at') ?? 'none')
  return {
    operator: document.operators.some((candidate) => candidate.id === operator) ? operator : null,
    part: operator === chosen ? null : chosen,
    incident: Number.isInteger(incident) ? incident : null,
    view: query.get('view') === 'table' ? 'table' : 'graph',
    level: query.get('level') === 'physical' ? 'physical' : 'logical',
    scheme: schemeOf(query.get('scheme')),
    tab:
      tab === 'metrics' ||
      tab === 'events' ||
      tab === 'checkpoints' ||
      tab === 'explain' ||
      tab?.startsWith('table:') === true ||
      tab?.startsWith('peek:') === true
        ? (tab as Tab)
        : 'timeline',
    atMs: Number.isFinite(atMs) && atMs > 0 ? atMs : null,
  }
}

export function MonitorProvider({ document, children }: { readonly document: PipelineDocument; readonly children: ReactNode }) {
  const store = useRunStore()
  const ended = useEnded()
  const refusal = useRefusal('command-runs')
  const off = ended ? t('The run has ended') : refusal
  const incidents = useIncidents()
  const first = useMemo(() => fromAddress(document), [document])
  const [selected, setSelected] = useState<string | null>(first.operator)
  const [part, setPart] = useState<string | null>(first.part)
  /** Shown over the chosen operator, which stays chosen on the graph. */
  const [shownIncident, setShownIncident] = useState<string | null>(null)
  const [wantedIncident, setWantedIncident] = useState<number | null>(first.incident)
  const [view, setView] = useState<View>(first.view)
  const [level, setLevel] = useState<Level>(first.level)
  const [scheme, setScheme] = useState<Scheme>(first.scheme)
  const [tab, openTab] = useState<Tab>(first.tab)
  const [dialog, openDialog] = useState<OpenDialog | null>(null)
  const [problem, setProblem] = useState<string | null>(null)

  // A link to an incident waits until the events that tell of it have been read.
  useEffect(() => {
    const incident = wantedIncident === null ? undefined : incidents.find((candidate) => candidate.number === wantedIncident)
    if (incident === undefined) return
    setWantedIncident(null)
    setShownIncident(incident.key)
  }, [incidents, wantedIncident])

  // A new incident takes the panel by itself; those from before the page was opened wait to be asked for.
  const newest = incidents.at(-1)
  const knownIncident = useRef<string | null>(null)
  useEffect(() => {
    if (newest === undefined || newest.key === knownIncident.current) return
    knownIncident.current = newest.key
    const underWay = newest.outcome.kind === 'open' || newest.outcome.kind === 'held'
    const fresh = store.now() - newest.startedAtMs < FRESH_MS
    if ((underWay || fresh) && newest.trigger.kind !== 'restore-run') setShownIncident(newest.key)
  }, [newest, store])

  const atMs = useLinkedMoment(first.atMs)
  const incidentNumber = incidents.find((candidate) => candidate.key === shownIncident)?.number ?? wantedIncident
  useEffect(() => {
    const query = new URLSearchParams()
    if (selected !== null) query.set('operator', part ?? selected)
    if (incidentNumber !== null) query.set('incident', String(incidentNumber))
    if (view !== 'graph') query.set('view', view)
    if (level !== 'logical') query.set('level', level)
    if (scheme !== 'health') query.set('scheme', scheme)
    if (tab !== 'timeline') query.set('tab', tab)
    if (atMs !== null) query.set('at', String(atMs))
    const search = query.size === 0 ? '' : `?${query}`
    if (window.location.search !== search) window.history.replaceState(null, '', `${window.location.pathname}${search}`)
  }, [selected, part, incidentNumber, view, level, scheme, tab, atMs])

  const nameOf = useCallback(
    (id: string) => {
      const found = document.operators.find((operator) => operator.id === operatorOf(id))
      return found === undefined ? id : `${operatorName(found)} ${partOf(id)}`.trim()
    },
    [document],
  )
  const command = useCallback(
    async (path: string, body: Readonly<Record<string, unknown>> = {}) => {
      try {
        await post(`/runs/${store.runId}${path}`, { commandId: newCommandId(), ...body })
        setProblem(null)
        return true
      } catch (error) {
        setProblem(error instanceof ApiError ? error.message : String(error))
        return false
      }
    },
    [store],
  )

  const last = incidents.at(-1)
  const open = last !== undefined && (last.outcome.kind === 'open' || last.outcome.kind === 'held') ? last : null
  const cut = open === null ? null : (planOf(open)?.cut ?? null)
  const side = useMemo<Side>(
    () =>
      shownIncident !== null
        ? { kind: 'incident', key: shownIncident }
        : selected !== null
          ? { kind: 'operator', operator: selected }
          : { kind: 'run' },
    [shownIncident, selected],
  )

  const state = useMemo<MonitorState>(
    () => ({
      document,
      ended,
      off,
      nameOf,
      side,
      view,
      level,
      scheme,
      tab,
      dialog,
      problem,
      tables: document.operators.filter((operator) => operator.type === 'table-view'),
      checkpointWindows: Math.max(1, Math.round(document.settings.checkpointIntervalMs / document.settings.windowMs)),
      cut,
      selected,
      part,
      select: (operator) => {
        setShownIncident(null)
        setSelected(operator === null ? null : operatorOf(operator))
        setPart(operator === null || operator === operatorOf(operator) ? null : operator)
      },
      showIncident: (incident) => setShownIncident(incident.key),
      letGo: () => {
        // First what lies on top, then what is beneath it.
        if (shownIncident !== null) setShownIncident(null)
        else if (part !== null) setPart(null)
        else setSelected(null)
      },
      setView,
      setLevel,
      setScheme,
      openTab,
      peekAt: (operator) => {
        const stream =
          document.streams.find(({ from }) => from.operator === operator) ??
          document.streams.find(({ to }) => to.some((end) => end.operator === operator))
        if (stream !== undefined) openTab(`peek:${stream.id}`)
      },
      openKill: (operator) => openDialog({ kind: 'kill', operator: operator ?? document.operators[0]?.id ?? '' }),
      openRestore: (manifest) => openDialog({ kind: 'restore', manifest }),
      openDialog,
      restoreOperator: (operator) => void command(`/operators/${encodeURIComponent(operator)}/restore`),
      command,
      clearProblem: () => setProblem(null),
    }),
    [document, ended, off, nameOf, side, shownIncident, view, level, scheme, tab, dialog, problem, cut, selected, part, command],
  )
  return <MonitorContext.Provider value={state}>{children}</MonitorContext.Provider>
}

/** Shows the moment of the link once; gives the one for the address, which waits until one has come to rest. */
function useLinkedMoment(linkedMs: number | null): number | null {
  const store = useRunStore()
  const moment = useMoment()
  const [restingMs, setRestingMs] = useState(linkedMs)
  const shownMs = moment.kind === 'live' ? null : Math.round(moment.atMs)
  useEffect(() => {
    if (linkedMs !== null) store.showMoment(Math.max(store.earliestMs(), Math.min(store.newestMs(), linkedMs)))
  }, [store, linkedMs])
  useEffect(() => {
    const timer = setTimeout(() => setRestingMs(shownMs), RESTS_MS)
    return () => clearTimeout(timer)
  }, [shownMs])
  return restingMs
}
