/** The one socket of the page. Rooms are joined and left by whoever shows a run. */
import { io, type Socket } from 'socket.io-client'
import type { ClientMessages, ServerMessages } from '@belay/run'

let socket: Socket<ServerMessages, ClientMessages> | null = null

export function liveSocket(): Socket<ServerMessages, ClientMessages> {
  socket ??= io({ path: '/live', transports: ['websocket', 'polling'], reconnectionDelay: 300, reconnectionDelayMax: 3000 })
  return socket
}

/** After signing in or out: whoever joins next does so as who they are now. */
export function disconnectLive(): void {
  socket?.disconnect()
  socket = null
}
