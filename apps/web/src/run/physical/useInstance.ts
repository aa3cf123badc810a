/** Figures of one instance, and what of them a node far away shows. */
import { useMemo, useSyncExternalStore } from 'react'
import type { OperatorFigures, OperatorState, PartitionFigures } from '@belay/run'
import { useOperatorFigures, useRunStore } from '../live/runHooks.ts'
import { instanceFigures } from './instances.ts'

export function useInstance(id: string, operator: string): PartitionFigures | OperatorFigures | undefined {
  const figures = useOperatorFigures(operator)
  return useMemo(() => instanceFigures(figures, id), [figures, id])
}

/** Changes only when a far node looks different: hundreds of them are drawn at once. */
export function useFarFigures(id: string, operator: string): { readonly state: OperatorState; readonly busyTenths: number } {
  const store = useRunStore()
  const seen = useSyncExternalStore(store.subscriber(`operator:${operator}`), () => {
    const figures = instanceFigures(store.operator(operator), id)
    return figures === undefined ? 'pending 0' : `${figures.state} ${Math.round(figures.activity.busy * 10)}`
  })
  const [state, tenths] = seen.split(' ')
  return { state: state as OperatorState, busyTenths: Number(tenths) }
}

export interface LineFigures {
  readonly rowsPerSecond: number
  /** null = inside a container. */
  readonly fillPercent: number | null
}

/** Of what one instance sends on a stream, whether that is all of the document's stream or a part. */
export function useStreamLine(stream: string, edge: string | null): LineFigures {
  const store = useRunStore()
  const seen = useSyncExternalStore(store.subscriber('run'), () => {
    const figures = store.figures?.planStreams?.[stream] ?? (edge === stream ? store.stream(edge) : undefined)
    return figures === undefined
      ? '0 '
      : `${Math.round(figures.rowsPerSecond)} ${figures.fill === null ? '' : Math.round(figures.fill * 100)}`
  })
  return lineFigures(seen)
}

/** Of what comes to one reader: its own rate, and what it has not read. */
export function useReaderLine(instance: string, operator: string): LineFigures {
  const store = useRunStore()
  const seen = useSyncExternalStore(store.subscriber(`operator:${operator}`), () => {
    const figures = instanceFigures(store.operator(operator), instance)
    return figures === undefined
      ? '0 '
      : `${Math.round(figures.rowsInPerSecond)} ${figures.queue === undefined ? '' : Math.round(figures.queue * 100)}`
  })
  return lineFigures(seen)
}

function lineFigures(seen: string): LineFigures {
  const [rows, fill] = seen.split(' ')
  return { rowsPerSecond: Number(rows), fillPercent: fill === '' ? null : Number(fill) }
}
