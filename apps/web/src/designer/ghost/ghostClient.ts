/** The page's end of the ghost worker: started when first asked, answers matched by serial. */
import type { GhostAnswer, GhostRequest } from './ghostWorker.ts'

let worker: Worker | null = null
let last = 0
const waiting = new Map<number, (answer: GhostAnswer) => void>()

type Unnumbered<T> = T extends { readonly serial: number } ? Omit<T, 'serial'> : never

export function askGhost(request: Unnumbered<GhostRequest>): Promise<GhostAnswer> {
  if (worker === null) {
    worker = new Worker(new URL('./ghostWorker.ts', import.meta.url), { type: 'module' })
    worker.addEventListener('message', ({ data }: MessageEvent<GhostAnswer>) => {
      waiting.get(data.serial)?.(data)
      waiting.delete(data.serial)
    })
  }
  const serial = (last += 1)
  const answer = new Promise<GhostAnswer>((resolve) => waiting.set(serial, resolve))
  worker.postMessage({ ...request, serial })
  return answer
}
