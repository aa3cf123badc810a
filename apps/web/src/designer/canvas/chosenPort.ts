/** The output a stream was begun from by a click: the palette then offers what fits there. */
import { create } from 'zustand'
import type { PortReference } from '@belay/pipeline'

interface ChosenPortState {
  readonly port: PortReference | null
  readonly choose: (port: PortReference | null) => void
}

export const useChosenPort = create<ChosenPortState>()((set) => ({ port: null, choose: (port) => set({ port }) }))
