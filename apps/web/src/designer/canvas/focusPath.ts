/** Focus on a path: what lies neither above nor below the selected operator steps back. */
import { create } from 'zustand'
import { graphOf, reachable } from '@belay/pipeline'
import { drawn, selectedIds, useDesigner } from '../designerStore.ts'

interface FocusPathState {
  /** Operators on the path; null = everything is shown. */
  readonly shown: ReadonlySet<string> | null
  readonly toggle: () => void
  /** Shows only what lies between two operators. */
  readonly between: (from: string, to: string) => void
}

export const useFocusPath = create<FocusPathState>()((set, get) => ({
  shown: null,
  toggle: () => {
    const ids = selectedIds(useDesigner.getState().selection)
    if (get().shown !== null || ids.length === 0) {
      set({ shown: null })
      return
    }
    const { upstream, downstream } = graphOf(drawn())
    set({ shown: new Set(ids.flatMap((id) => [...reachable(upstream, id), ...reachable(downstream, id)])) })
  },
  between: (from, to) => {
    const { upstream, downstream } = graphOf(drawn())
    const below = reachable(downstream, from)
    set({ shown: new Set([...reachable(upstream, to)].filter((id) => below.has(id))) })
  },
}))
