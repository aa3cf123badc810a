// What being watched costs a run: the same rows with nobody and with viewers at the monitor's socket.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { io } from 'socket.io-client'
import { BelayServer } from '../proof/belayServer.mjs'
import { option } from '../proof/figures.mjs'
import { inPairs } from './pairs.mjs'
import { passing } from './passing.mjs'

const ASK_EVERY_MS = 100

/** @param {string} url @param {string} runId */
async function viewer(url, runId) {
  const socket = io(url, { path: '/live', transports: ['websocket'], reconnection: false, forceNew: true })
  await new Promise((resolve, reject) => {
    socket.once('connect_error', reject)
    socket.once('connect', () => socket.emit('join', { runId }, resolve))
  })
  return socket
}

export async function watched() {
  const rows = Number(option('rows', '20000000'))
  const viewers = Number(option('viewers', '5'))
  const home = mkdtempSync(join(tmpdir(), 'belay-watched-'))
  const server = new BelayServer(home)
  const way = (/** @type {string} */ name, /** @type {number} */ count) => ({
    name,
    measure: async () => {
      const { status, body } = await server.call('POST', '/runs', { document: passing('watched', rows), parameters: {} })
      if (status !== 201) throw new Error(JSON.stringify(body))
      const { runId } = body
      const sockets = await Promise.all(Array.from({ length: count }, () => viewer(server.url, runId)))
      while ((await server.call('GET', `/runs/${runId}`)).body.state !== 'finished') await delay(ASK_EVERY_MS)
      for (const socket of sockets) socket.close()
      const final = JSON.parse(readFileSync(join(home, 'runs', runId, 'final.json'), 'utf8'))
      const wallSeconds = (final.events.at(-1).atMs - final.startedAtMs) / 1000
      return { rowsPerSecond: rows / wallSeconds, rowsPerCpuSecond: rows / final.resources.cpuSeconds }
    },
  })
  try {
    await server.start()
    const { taken: _, ...figures } = await inPairs(Number(option('pairs', '5')), way('alone', 0), way('watched', viewers))
    console.log(JSON.stringify({ rows, viewers, ...figures, marks: { lossPercent: 2 } }))
  } finally {
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}
