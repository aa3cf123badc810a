// Nexmark events as a file of JSON lines: those that the generator makes, each with its type first.
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { rowAt } from '@belay/columns'
import { operators } from '@belay/operators/runtime'

const KINDS = ['person', 'auction', 'bid']
const TIMES = ['dateTime', 'expires']

/** Of fifty events one is a person and three are auctions, at their beginning. @param {number} event */
const kindOf = (event) => (event % 50 === 0 ? 0 : event % 50 <= 3 ? 1 : 2)

/** @param {number} kind @param {import('@belay/columns').Batch} batch @param {number} row */
function lineOf(kind, batch, row) {
  const fields = { ...rowAt(batch, row) }
  for (const time of TIMES) if (fields[time] !== undefined) fields[time] = new Date(fields[time]).toISOString()
  return `${JSON.stringify({ type: KINDS[kind], ...fields })}\n`
}

/** @param {string} path @param {number} events */
export async function writeEvents(path, events) {
  const module = await operators['nexmark-source']()
  const config = { file: '', events, rowsPerSecond: 0, eventRate: 100_000, outOfOrderMs: 4000, seed: 1 }
  let position = 0
  const state = { value: () => ({ get: () => position, set: (next) => (position = next) }) }
  const source = await module.create({ config, state, progress: () => undefined, wake: () => undefined, nowMs: () => 0 })
  const file = openSync(path, 'w')
  for (let answer = ''; answer !== 'ended';) {
    const from = position
    const batches = []
    answer = source.read({ full: false, connected: () => true, emit: (port, batch) => (batches[port] = batch) })
    const next = [0, 0, 0]
    let text = ''
    for (let event = from; event < position; event += 1) {
      const kind = kindOf(event)
      text += lineOf(kind, batches[kind], next[kind]++)
    }
    writeSync(file, text)
  }
  closeSync(file)
}

/** @param {string} path */
export async function linesOf(path) {
  let lines = 0
  for await (const bytes of createReadStream(path, { highWaterMark: 1_048_576 }))
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1
  return lines
}
