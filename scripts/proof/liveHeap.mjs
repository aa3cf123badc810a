// The memory that a server really holds: its heap after a collection, asked through Node's inspector.
// Resident memory alone does not tell a leak from a heap that nobody has collected yet.
import { createServer } from 'node:net'
import { WebSocket } from 'ws'

const BYTES_PER_MB = 1_048_576

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  await new Promise((resolve) => server.close(resolve))
  return port
}

/**
 * A process that was started with `--inspect=127.0.0.1:port`.
 * @param {number} port
 */
export async function inspectHeap(port) {
  const targets = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()
  const socket = new WebSocket(targets[0].webSocketDebuggerUrl)
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  let asked = 0
  /** @type {Map<number, (result: any) => void>} */
  const waiting = new Map()
  socket.on('message', (/** @type {Buffer} */ data) => {
    const { id, result } = JSON.parse(data.toString('utf8'))
    waiting.get(id)?.(result)
    waiting.delete(id)
  })
  /** @param {string} method @param {object} [params] @returns {Promise<any>} */
  const call = (method, params) =>
    new Promise((resolve) => {
      asked += 1
      waiting.set(asked, resolve)
      socket.send(JSON.stringify({ id: asked, method, params }))
    })
  await call('HeapProfiler.enable')
  return {
    /** MB that are in use after a collection, and buffers outside of the heap. */
    async liveMb() {
      await call('HeapProfiler.collectGarbage')
      const { result } = await call('Runtime.evaluate', {
        expression: 'JSON.stringify(process.memoryUsage())',
        returnByValue: true,
      })
      const { heapUsed, external } = JSON.parse(result.value)
      return (heapUsed + external) / BYTES_PER_MB
    },
    close: () => socket.close(),
  }
}
