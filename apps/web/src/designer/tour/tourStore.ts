/** Whether the tour is offered or under way, and that one has had it. */
import { create } from 'zustand'

const SEEN = 'belay-tour-seen'
/** The pipeline of the demo: there it is offered by itself, once. */
const DEMO = 'flights'

interface TourState {
  /** null = it is not shown; -1 = offered. */
  readonly step: number | null
  readonly offer: (pipelineId: string) => void
  readonly start: () => void
  readonly goTo: (step: number) => void
  readonly end: () => void
}

function seen(): boolean {
  try {
    return localStorage.getItem(SEEN) !== null
  } catch {
    // Without storage it would be offered each time.
    return true
  }
}

export const useTour = create<TourState>()((set) => ({
  step: null,
  offer: (pipelineId) => set({ step: pipelineId === DEMO && !seen() ? -1 : null }),
  start: () => set({ step: 0 }),
  goTo: (step) => set({ step }),
  end: () => {
    set({ step: null })
    try {
      localStorage.setItem(SEEN, '1')
    } catch {
      // It is then over for as long as the page is.
    }
  },
}))
