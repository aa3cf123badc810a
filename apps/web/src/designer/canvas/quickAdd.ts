/** Where the quick-add list is open, if it is: after a port, in a stream, or for the first source. */
import { create } from 'zustand'
import type { PortReference } from '@belay/pipeline'
import type { Place } from '../layout/place.ts'
import type { StreamEnd } from '../document/placing.ts'

export type QuickAddPlace =
  | { readonly kind: 'after'; readonly from: PortReference; readonly at: Place | null }
  | { readonly kind: 'into'; readonly end: StreamEnd }
  | { readonly kind: 'source' }

interface QuickAddState {
  readonly place: QuickAddPlace | null
  readonly open: (place: QuickAddPlace) => void
  readonly close: () => void
}

export const useQuickAdd = create<QuickAddState>()((set) => ({
  place: null,
  open: (place) => set({ place }),
  close: () => set({ place: null }),
}))
