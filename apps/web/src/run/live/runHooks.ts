/** How components read a run: each hook listens to one topic and re-renders for that alone. */
import { createContext, useCallback, useContext, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { CheckpointSummary, OperatorFigures, RunEvent, RunFigures, RunSnapshot, RunState, StreamFigures, TableRows } from '@belay/run'
import type { Incident } from './incidents.ts'
import type { LinkState, Moment, RunStore, Stored, Topic } from './runStore.ts'
import type { Bottleneck } from './slowness.ts'

export const RunStoreContext = createContext<RunStore | null>(null)

export function useRunStore(): RunStore {
  const store = useContext(RunStoreContext)
  if (store === null) throw new Error('useRunStore is used outside a run page')
  return store
}

function useTopic<T>(topic: Topic, read: (store: RunStore) => T): T {
  const store = useRunStore()
  return useSyncExternalStore(store.subscriber(topic), () => read(store))
}

/** Four times a second: for parts that show figures of the run as a whole. */
export const useRunFigures = (): RunFigures | null => useTopic('run', (store) => store.figures)
export const useRunState = (): RunState | null => useTopic('state', (store) => store.figures?.state ?? null)
export const useRunReason = (): string | null => useTopic('state', (store) => store.figures?.reason ?? null)
/** Paused, or asked to be while another state covers it. */
export const usePaused = (): boolean =>
  useTopic('state', (store) => (store.pauseAsked || store.figures?.state === 'paused') && !store.ended)
/** Ended in fact, whatever moment is shown. */
export const useEnded = (): boolean => useTopic('state', (store) => store.ended)
/** Ended, and the moment shown is its end. */
export const useOver = (): boolean => useTopic('state', (store) => store.ended && store.moment.kind === 'live')
export const useCommittedWindow = (): number => useTopic('committed', (store) => store.figures?.committedWindow ?? 0)
export const useStructure = (): RunSnapshot | null => useTopic('structure', (store) => store.structure)
export const useEvents = (): readonly RunEvent[] => useTopic('events', (store) => store.events)
export const useNotableEvents = (): readonly RunEvent[] => useTopic('events', (store) => store.notable)
export const useCheckpoints = (): readonly CheckpointSummary[] => useTopic('checkpoints', (store) => store.checkpoints)
export const useIncidents = (): readonly Incident[] => useTopic('incidents', (store) => store.incidents)
export const useLink = (): LinkState => useTopic('link', (store) => store.link)
export const useMoment = (): Moment => useTopic('moment', (store) => store.moment)
/** Whether the moment shown is from what the server has kept; null = this page has seen it. */
export const useStored = (): Stored | null => useTopic('moment', (store) => store.stored)
export const useBottleneck = (): Bottleneck | null => useTopic('bottleneck', (store) => store.bottleneck)
export const useOperatorFigures = (id: string): OperatorFigures | undefined => useTopic(`operator:${id}`, (store) => store.operator(id))
/** The committed window as that operator's node shows it: new together with its figures. */
export const useCommittedBeside = (id: string): number => useTopic(`operator:${id}`, (store) => store.figures?.committedWindow ?? 0)
/** Of several operators, in their order; the same list as long as nothing of them is new. `ids` has to be the same list too. */
export function useFiguresOf(ids: readonly string[]): readonly (OperatorFigures | undefined)[] {
  const store = useRunStore()
  const last = useRef<readonly (OperatorFigures | undefined)[]>([])
  const subscribe = useCallback(
    (listener: () => void) => {
      const leave = ids.map((id) => store.subscriber(`operator:${id}`)(listener))
      return () => leave.forEach((stop) => stop())
    },
    [store, ids],
  )
  return useSyncExternalStore(subscribe, () => {
    const next = ids.map((id) => store.operator(id))
    if (next.length !== last.current.length || next.some((one, i) => one !== last.current[i])) last.current = next
    return last.current
  })
}
export const useStreamFigures = (id: string): StreamFigures | undefined => useTopic(`stream:${id}`, (store) => store.stream(id))
export const useTableRows = (id: string): TableRows | undefined => useTopic(`table:${id}`, (store) => store.table(id))
/** Re-renders with every tick of the figures; the history itself is read from the store. */
export const useTickTime = (): number => useTopic('timeline', (store) => store.history.ticks.at(-1)?.atMs ?? 0)

/** The run process's clock, moving every `everyMs` while mounted. */
export function useNow(everyMs: number): number {
  const store = useRunStore()
  const [now, setNow] = useState(() => store.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(store.now()), everyMs)
    return () => clearInterval(timer)
  }, [store, everyMs])
  return now
}
