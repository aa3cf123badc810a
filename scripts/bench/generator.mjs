// What an event of the Nexmark generator costs, in this process and without the engine: the best of
// many short slices, so that what else the machine does counts as little as can be.
import { operators } from '@belay/operators/runtime'
import { option } from '../proof/figures.mjs'

const SLICE = 50_000
const ALL = undefined

/** Ports that are read, and columns asked for. */
const CASES = {
  'all columns': { ports: [0, 1, 2], columns: ALL },
  'all columns of bids': { ports: [2], columns: ALL },
  q0: { ports: [2], columns: { bid: ['auction', 'bidder', 'price', 'extra'] } },
  q2: { ports: [2], columns: { bid: ['auction', 'price'] } },
  q3: { ports: [0, 1], columns: { person: ['id', 'name', 'city', 'state'], auction: ['id', 'seller', 'category'] } },
  q5: { ports: [2], columns: { bid: ['auction'] } },
  q22: { ports: [2], columns: { bid: ['auction', 'bidder', 'price', 'channel', 'url'] } },
}

export async function generator() {
  const slices = Number(option('slices', '200'))
  const module = await operators['nexmark-source']()
  const nsPerEvent = {}
  for (const [name, { ports, columns }] of Object.entries(CASES)) {
    let rows = 0
    const out = { full: false, connected: (port) => ports.includes(port), emit: (_port, batch) => (rows += batch.rows) }
    const config = { file: '', events: 0, rowsPerSecond: 0, eventRate: 100_000, outOfOrderMs: 4000, seed: 1, columns }
    let position = 0
    const state = { value: () => ({ get: () => position, set: (next) => (position = next) }) }
    const source = await module.create({ config, state, progress: () => undefined, wake: () => undefined, nowMs: () => 0 })
    let best = Number.POSITIVE_INFINITY
    for (let slice = 0; slice < slices; slice += 1) {
      const from = position
      const before = process.cpuUsage()
      while (position < from + SLICE) source.read(out)
      const { user, system } = process.cpuUsage(before)
      best = Math.min(best, ((user + system) * 1000) / (position - from))
    }
    nsPerEvent[name] = Math.round(best * 10) / 10
  }
  console.log(JSON.stringify({ slices, eventsPerSlice: SLICE, nsPerEvent }))
}
