/** What is still to come of a request that was answered early. */
import type { IncomingMessage } from 'node:http'

const MOST_BYTES = 67_108_864
const MOST_MS = 10_000

/**
 * Reads what a client still sends and drops it, so that it can read the answer: closed at once, the connection would
 * break while it writes, and nobody would learn that the body was too large. Returns at the end of the body, or when
 * that is longer or slower than anybody's mistake.
 */
export function leftoverRead(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    if (request.readableEnded || request.destroyed) {
      resolve()
      return
    }
    let sizeBytes = 0
    const done = (): void => {
      clearTimeout(timer)
      request.pause()
      resolve()
    }
    const timer = setTimeout(done, MOST_MS)
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length
      if (sizeBytes > MOST_BYTES) done()
    })
    request.once('end', done)
    request.once('close', done)
    request.once('error', done)
    request.resume()
  })
}
