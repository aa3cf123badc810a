/** Alerts that are not over: read once for the whole page, and again whenever the server says that something changed. */
import { useEffect } from 'react'
import type { Alert } from '@belay/run'
import { create } from 'zustand'
import { get } from '../api/client.ts'
import { liveSocket } from '../api/live.ts'

const useStore = create<{ readonly open: readonly Alert[] }>(() => ({ open: [] }))

async function read(): Promise<void> {
  try {
    useStore.setState({ open: await get<Alert[]>('/alerts?open=true') })
  } catch {
    // The connection mark tells; what was known stays until the next reading.
  }
}

/** Keeps the list up to date while its caller is on the page. */
export function useReadOpenAlerts(): void {
  useEffect(() => {
    const again = (): void => void read()
    again()
    const socket = liveSocket()
    socket.on('alerts', again)
    socket.on('connect', again)
    return () => {
      socket.off('alerts', again)
      socket.off('connect', again)
    }
  }, [])
}

/** Of one run, or of all. */
export function useOpenAlerts(runId: string | null = null): readonly Alert[] {
  const open = useStore((state) => state.open)
  return runId === null ? open : open.filter((alert) => alert.runId === runId)
}
