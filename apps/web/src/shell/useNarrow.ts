/** Whether the window is a phone's: one column, no drawing (ui.md §2). */
import { useSyncExternalStore } from 'react'

const QUERY = '(max-width: 719px)'

function subscribe(listener: () => void): () => void {
  const media = window.matchMedia(QUERY)
  media.addEventListener('change', listener)
  return () => media.removeEventListener('change', listener)
}

export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => window.matchMedia(QUERY).matches)
}
